//! What a mention must say for a query to match: for sources that are searched by words, and for databases that are
//! asked before every row is looked at. A necessary condition, not a sufficient one: what passes is still evaluated.

use crate::{
    bare,
    syntax::{Condition, Field, Form, Query, Term, Test},
};

/// What a mention must say at least for a query to match.
#[derive(Clone, Debug, PartialEq)]
pub enum Necessary<'q> {
    /// No mention can match.
    Never,
    /// At least one of these terms is said. Never empty.
    AnyOf(Vec<&'q Term>),
    /// A mention may match whatever it says.
    Anything,
}

impl Query {
    /// The narrowest list of terms of which a mention must say at least one.
    ///
    /// `source` is the type name of the source that is asked, when one is: what is looked for elsewhere is left out.
    pub fn necessary(&self, source: Option<&str>) -> Necessary<'_> {
        match self {
            Self::Term(term) => Necessary::AnyOf(vec![term]),
            Self::Field(_) | Self::Not(_) => match self.is_certain(source) {
                Some(false) => Necessary::Never,
                _ => Necessary::Anything,
            },
            Self::Near(near) => narrowest([&*near.left, &near.right].into_iter().map(|side| side.necessary(source))),
            Self::And(parts) => narrowest(parts.iter().map(|part| part.necessary(source))),
            Self::Or(parts) => widest(parts.iter().map(|part| part.necessary(source))),
        }
    }

    /// Whether the query holds of every mention of `source` (or none), as far as the source alone decides it.
    fn is_certain(&self, source: Option<&str>) -> Option<bool> {
        match self {
            Self::Field(Condition { field: Field::Source, test }) => {
                let source = bare(source?);
                match test {
                    Test::Is(value) => Some(source == bare(value)),
                    Test::Begins(value) => Some(source.starts_with(&bare(value))),
                    _ => Some(false),
                }
            }
            Self::Term(_) | Self::Field(_) | Self::Near(_) => None,
            Self::Not(inner) => inner.is_certain(source).map(|holds| !holds),
            Self::And(parts) => decided(parts.iter().map(|part| part.is_certain(source)), false),
            Self::Or(parts) => decided(parts.iter().map(|part| part.is_certain(source)), true),
        }
    }

    /// The query without what it says about `field`, as if that always spoke for a match; `None` when all then matches.
    ///
    /// For where the field is not known yet, such as the language before it is detected: whatever the query matches,
    /// this one matches too.
    pub fn without(&self, field: Field) -> Option<Self> {
        self.assuming(field, true).ok()
    }

    /// The rest of the query when conditions on `field` are `true` where that helps it to hold; `Err` when that decides.
    fn assuming(&self, field: Field, helps: bool) -> Result<Self, bool> {
        let list = |parts: &[Self], deciding: bool, many: fn(Vec<Self>) -> Self| {
            let mut rest = Vec::new();
            for part in parts {
                match part.assuming(field, helps) {
                    Ok(part) => rest.push(part),
                    Err(holds) if holds == deciding => return Err(deciding),
                    Err(_) => {}
                }
            }
            match rest.len() {
                0 => Err(!deciding),
                1 => Ok(rest.remove(0)),
                _ => Ok(many(rest)),
            }
        };
        match self {
            Self::Field(condition) if condition.field == field => Err(helps),
            Self::Term(_) | Self::Field(_) | Self::Near(_) => Ok(self.clone()),
            Self::Not(inner) => match inner.assuming(field, !helps) {
                Ok(inner) => Ok(Self::Not(Box::new(inner))),
                Err(holds) => Err(!holds),
            },
            Self::And(parts) => list(parts, false, Self::And),
            Self::Or(parts) => list(parts, true, Self::Or),
        }
    }
}

impl Term {
    /// Letters that are in the bare form (see [`crate::bare`]) of every text that says the term: its longest word, or
    /// the longest piece of it between wildcards.
    pub fn needle(&self) -> String {
        let wild = |c: char| self.form == Form::Word && c == '?';
        let pieces = self.text.split(|c: char| c == '*' || wild(c) || !c.is_alphanumeric());
        // A longer piece in bytes may be a shorter one in letters, but not by much.
        pieces.map(bare).max_by_key(String::len).unwrap_or_default()
    }
}

/// How common a term is, 0 to 1, guessed by its length: what is said with more letters is said less often.
pub(crate) fn commonness(term: &Term) -> f64 {
    // A letter of a script with many letters says as much as several Latin ones.
    let letters: u32 =
        term.text.chars().filter(|c| c.is_alphanumeric()).map(|c| if c > '\u{2e80}' { 3 } else { 1 }).sum();
    let beginning = if term.text.contains('*') { 10.0 } else { 1.0 };
    (beginning * 0.6_f64.powi(letters.min(40) as i32)).min(1.0)
}

/// All must hold: the narrowest demand is demanded at least.
fn narrowest<'q>(demands: impl Iterator<Item = Necessary<'q>>) -> Necessary<'q> {
    let price = |terms: &[&Term]| terms.iter().map(|term| commonness(term)).sum::<f64>();
    demands.fold(Necessary::Anything, |narrowest, demand| match (narrowest, demand) {
        (Necessary::Never, _) | (_, Necessary::Never) => Necessary::Never,
        (Necessary::Anything, other) | (other, Necessary::Anything) => other,
        (Necessary::AnyOf(a), Necessary::AnyOf(b)) => Necessary::AnyOf(if price(&b) < price(&a) { b } else { a }),
    })
}

/// One must hold: any of the demands may be the one.
fn widest<'q>(demands: impl Iterator<Item = Necessary<'q>>) -> Necessary<'q> {
    demands.fold(Necessary::Never, |widest, demand| match (widest, demand) {
        (Necessary::Anything, _) | (_, Necessary::Anything) => Necessary::Anything,
        (Necessary::Never, other) | (other, Necessary::Never) => other,
        (Necessary::AnyOf(mut all), Necessary::AnyOf(more)) => {
            for term in more {
                if !all.contains(&term) {
                    all.push(term);
                }
            }
            Necessary::AnyOf(all)
        }
    })
}

/// A list is decided by one part that is `deciding`, or by all parts.
fn decided(mut parts: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let all = parts.try_fold(true, |known, part| match part {
        Some(holds) if holds == deciding => Err(()),
        part => Ok(known && part.is_some()),
    });
    match all {
        Err(()) => Some(deciding),
        Ok(true) => Some(!deciding),
        Ok(false) => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn necessary(query: &str, source: Option<&str>) -> String {
        match query.parse::<Query>().unwrap().necessary(source) {
            Necessary::Never => "never".to_owned(),
            Necessary::Anything => "anything".to_owned(),
            Necessary::AnyOf(terms) => terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        }
    }

    #[test]
    fn the_narrowest_list_of_terms() {
        assert_eq!(necessary("fairphone AND (battery OR accu)", None), "fairphone");
        assert_eq!(necessary("(fairphone OR \"fair phone\") phone", None), "fairphone | \"fair phone\"");
        assert_eq!(necessary("the NEAR/3 fairphone NOT case", None), "fairphone");
        assert_eq!(necessary("a OR NOT b c", None), "a | c");
        assert_eq!(necessary("source:trustpilot rating:<=0.4", None), "anything");
        assert_eq!(necessary("fairphone OR rating:1", None), "anything");
    }

    #[test]
    fn a_source_is_not_asked_for_what_it_cannot_have() {
        let query = "source:reddit fairphone OR source:bluesky shiftphone OR rss NOT source:rss";
        assert_eq!(necessary(query, Some("reddit")), "fairphone | rss");
        assert_eq!(necessary(query, Some("rss")), "never");
        assert_eq!(necessary(query, None), "fairphone | shiftphone | rss");
    }

    #[test]
    fn what_is_not_known_yet_is_left_out() {
        let without = |query: &str| query.parse::<Query>().unwrap().without(Field::Lang).map(|query| query.to_string());
        assert_eq!(without("fairphone lang:nl").unwrap(), "fairphone");
        assert_eq!(without("fairphone NOT lang:(nl OR en)").unwrap(), "fairphone");
        assert_eq!(without("a (lang:nl OR b)").unwrap(), "a");
        assert_eq!(without("a (lang:nl b OR c)").unwrap(), "a AND (b OR c)");
        assert_eq!(without("lang:nl"), None);
    }

    #[test]
    fn a_needle_is_in_every_text_that_says_the_term() {
        let needle = |query: &str| match query.parse::<Query>().unwrap() {
            Query::Term(term) => term.needle(),
            other => panic!("{other} is no term"),
        };
        assert_eq!(needle("\"fair Phoné\""), "phone");
        assert_eq!(needle("wom?n"), "wom");
        assert_eq!(needle("#batter*"), "batter");
        assert_eq!(needle("電池交換"), "電池交換");
    }
}
