//! Which mentions a search must look at, as a condition of the database. It may let too many through, never too few.

use clickhouse::query::Query as Sql;
use hark_query::{Necessary, Query};

/// Most needles that the database looks for at once.
const MOST_NEEDLES: usize = 255;

/// A text with letters beyond ASCII may say `cafe` as `Café`; whether it does is left to the engine of queries.
const MAY_SAY_IT_OTHERWISE: &str = "length(text) != lengthUTF8(text) OR length(title) != lengthUTF8(title)";
const SAYS_IT: &str = "multiSearchAnyCaseInsensitive(text, {needles:Array(String)}) \
    OR multiSearchAnyCaseInsensitive(title, {needles:Array(String)})";

/// The condition, and the letters that it looks for.
pub(super) struct Candidates {
    pub(super) condition: String,
    needles: Vec<String>,
}

impl Candidates {
    pub(super) fn of(query: &Query) -> Self {
        let Necessary::AnyOf(terms) = query.necessary(None) else {
            let never = matches!(query.necessary(None), Necessary::Never);
            return Self { condition: if never { "0" } else { "1" }.to_owned(), needles: Vec::new() };
        };
        let mut needles: Vec<String> = terms.iter().map(|term| term.needle()).collect();
        if needles.iter().any(String::is_empty) {
            return Self { condition: "1".to_owned(), needles: Vec::new() };
        }
        // What is bare has letters beyond ASCII only if the text has some too.
        needles.retain(|needle| needle.is_ascii());
        needles.sort_unstable();
        needles.dedup();
        let condition = match needles.len() {
            0 => format!("({MAY_SAY_IT_OTHERWISE})"),
            1..=MOST_NEEDLES => format!("({SAYS_IT} OR {MAY_SAY_IT_OTHERWISE})"),
            _ => "1".to_owned(),
        };
        needles.truncate(if condition == "1" { 0 } else { MOST_NEEDLES });
        Self { condition, needles }
    }

    pub(super) fn bind(&self, query: Sql) -> Sql {
        if self.needles.is_empty() { query } else { query.param("needles", &self.needles) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_what_every_match_says_narrows_the_search() {
        let of = |query: &str| Candidates::of(&query.parse().unwrap());
        assert_eq!(of("Batteries NEAR/3 (dead OR empty)").needles, ["batteries"]);
        assert_eq!(of("café OR 電池").needles, ["cafe"]);
        assert_eq!(of("電池").condition, format!("({MAY_SAY_IT_OTHERWISE})"));
        assert_eq!(of("lang:nl NOT ad").condition, "1");
    }
}
