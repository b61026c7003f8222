//! What brands and products listen for, in words that a site can be asked for.

use hark_ingest::Terms;
use hark_mention::config::RuleSet;
use hark_query::{Field, Form, Mark, Necessary, Query, Term, bare};

/// The words and phrases of which every mention that is listened for holds at least one, as far as a source of type
/// `kind` can have it; or why that cannot be told.
pub(crate) fn terms(rules: &RuleSet, kind: &str) -> Terms {
    let brands = rules.brands.iter().map(|brand| ("brand", &brand.name, &brand.query));
    let products = rules.products.iter().map(|product| ("product", &product.name, &product.query));
    let cannot = |because: String| Terms { words: Vec::new(), because: Some(because) };
    let mut words: Vec<String> = Vec::new();
    for (what, name, text) in brands.chain(products) {
        let Ok(query) = text.parse::<Query>() else { continue };
        match words_of(&query, kind) {
            Ok(more) => {
                for word in more {
                    if !words.iter().any(|known| bare(known) == bare(&word)) {
                        words.push(word);
                    }
                }
            }
            Err(why) => return cannot(format!("the query of {what} `{name}` {why}")),
        }
    }
    if words.is_empty() {
        return cannot("no brand or product is listened for there".to_owned());
    }
    Terms { words, because: None }
}

fn words_of(query: &Query, kind: &str) -> Result<Vec<String>, String> {
    const OTHER: &str = "can match without any certain word";
    // The language is not known before a mention is here.
    let query = query.without(Field::Lang).ok_or("asks for languages only")?;
    match query.necessary(Some(kind)) {
        Necessary::Never => Ok(Vec::new()),
        Necessary::Anything => Err(OTHER.to_owned()),
        Necessary::AnyOf(terms) => terms.into_iter().map(word_of).collect(),
    }
}

/// A term as people type it into a search box. What stands for many words cannot be asked for.
fn word_of(term: &Term) -> Result<String, String> {
    let is_wild = term.text.contains('*') || (term.form == Form::Word && term.text.contains('?'));
    if is_wild {
        return Err(format!("looks for `{term}`, which stands for many words"));
    }
    let mark = term.mark.map(Mark::as_char).into_iter();
    Ok(mark.chain(term.text.chars()).collect())
}

#[cfg(test)]
mod tests {
    use hark_mention::config::Brand;

    use super::*;

    fn terms_of(queries: &[&str], kind: &str) -> Result<Vec<String>, String> {
        let brand = |query: &&str| Brand { name: "A".into(), query: (*query).into(), competitors: Vec::new() };
        let rules = RuleSet { brands: queries.iter().map(brand).collect(), ..RuleSet::default() };
        let Terms { words, because } = terms(&rules, kind);
        because.map_or(Ok(words), Err)
    }

    #[test]
    fn brands_are_asked_for_by_the_words_that_they_cannot_do_without() {
        let asked =
            terms_of(&["fairphone OR \"Fair Phone\" lang:nl", "Fairphone battery", "#repair source:reddit"], "x");
        assert_eq!(asked, Ok(vec!["fairphone".into(), "Fair Phone".into()]));
        assert_eq!(terms_of(&["#repair source:reddit"], "reddit"), Ok(vec!["#repair".into()]));
    }

    #[test]
    fn what_cannot_be_asked_for_says_why() {
        let why = |query: &str| terms_of(&["fairphone", query], "x");
        assert_eq!(
            why("batter* OR accu"),
            Err("the query of brand `A` looks for `batter*`, which stands for many words".into())
        );
        assert_eq!(why("rating:<=0.4"), Err("the query of brand `A` can match without any certain word".into()));
        assert_eq!(terms_of(&[], "x"), Err("no brand or product is listened for there".into()));
    }
}
