//! What X is asked for: words and phrases joined into as few queries as fit.

/// Longest query of the recent search. Unit: characters.
///
/// Source: <https://docs.x.com/x-api/posts/search/introduction>.
pub(super) const MAX_SEARCH: usize = 512;

/// Longest rule of the stream. Unit: characters.
///
/// Source: <https://docs.x.com/x-api/posts/filtered-stream/introduction>.
pub(super) const MAX_RULE: usize = 1024;

/// Queries that together find every post that says one of `words`, each at most `limit` characters; with the conditions
/// that hold for all posts. A word that does not fit by itself is left out.
pub(super) fn of_words(words: &[String], languages: &[String], limit: usize) -> Vec<String> {
    let end = conditions(languages);
    let room = limit.saturating_sub(end.chars().count() + "()".len());
    let mut queries: Vec<String> = Vec::new();
    let mut open = String::new();
    for word in words.iter().map(|word| operand(word)).filter(|word| word.chars().count() <= room) {
        let joined = if open.is_empty() { word.clone() } else { format!("{open} OR {word}") };
        if joined.chars().count() <= room {
            open = joined;
        } else {
            queries.push(format!("({open}){end}"));
            open = word;
        }
    }
    if !open.is_empty() {
        queries.push(format!("({open}){end}"));
    }
    queries
}

/// A query that the operator wrote, with the conditions that hold for all posts.
pub(super) fn of_operator(query: &str, languages: &[String]) -> String {
    format!("({}){}", query.trim(), conditions(languages))
}

/// Reposts are the words of others. X detects the languages; a post without words has none and is left out too.
fn conditions(languages: &[String]) -> String {
    match languages {
        [] => " -is:retweet".to_owned(),
        [language] => format!(" lang:{language} -is:retweet"),
        many => {
            let many: Vec<String> = many.iter().map(|language| format!("lang:{language}")).collect();
            format!(" ({}) -is:retweet", many.join(" OR "))
        }
    }
}

/// A word as it is, anything else as a phrase, so that nothing in it is an operator.
fn operand(word: &str) -> String {
    let word = word.trim();
    let name = word.strip_prefix(['#', '@']).unwrap_or(word);
    let is_plain = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_plain && !matches!(name.to_ascii_uppercase().as_str(), "OR" | "AND" | "NOT") {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace(['"', '\\'], " ").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_and_phrases_become_one_query() {
        let asked = of_words(&words(&["fairphone", "fair phone", "#fp5", "or", "a\"b:c"]), &[], MAX_SEARCH);
        assert_eq!(asked, [r#"(fairphone OR "fair phone" OR #fp5 OR "or" OR "a b:c") -is:retweet"#]);
        let languages = words(&["nl", "en"]);
        assert_eq!(of_words(&words(&["x1"]), &languages, MAX_SEARCH), ["(x1) (lang:nl OR lang:en) -is:retweet"]);
        assert_eq!(of_operator("cat OR dog", &words(&["nl"])), "(cat OR dog) lang:nl -is:retweet");
        assert_eq!(of_words(&[], &[], MAX_SEARCH), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn every_query_fits_and_no_word_is_lost(found in proptest::collection::vec("[a-zé ]{1,60}", 0..60)) {
            let asked = of_words(&found, &words(&["nl"]), MAX_SEARCH);
            proptest::prop_assert!(asked.iter().all(|query| query.chars().count() <= MAX_SEARCH));
            let all = asked.join("\n");
            proptest::prop_assert!(found.iter().all(|word| all.contains(&operand(word))));
        }
    }
}
