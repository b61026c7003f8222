//! The keys of `[[source]]` with `type = "gdelt"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Span},
};
use serde::Deserialize;

use super::{GdeltSource, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(300);
const MAX_POLL_INTERVAL: Span = Span::from_secs(86_400);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MIN_PAUSE: Span = Span::from_secs(5);
const MAX_PAUSE: Span = Span::from_secs(600);
const MAX_HISTORY: Span = Span::from_secs(90 * 86_400);
pub(super) const MAX_SEARCH: usize = 20;

/// Shortest and longest question that is sent. Unit: characters.
pub(super) const MIN_WORDS: usize = 3;
const MAX_WORDS: usize = 250;

/// `[[source]]` with `type = "gdelt"`: news of the whole world, by its headlines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GdeltConfig {
    /// What to search for in the full texts of articles, 1 to 20 questions in GDELT's own language: `fairphone`,
    /// `"fair phone"`, `("NS Reizigers" OR prorail) sourcecountry:netherlands`. Required.
    pub search: Vec<String>,
    /// How far back the first look goes; GDELT knows three months. `0s` to `90d`. Default: `1d`.
    pub history: Span,
    /// Time between two looks; GDELT adds articles every 15 minutes. `5m` to `1d`. Default: `15m`.
    pub poll_interval: Span,
    /// Shortest time between two requests; GDELT asks for 5 seconds and punishes haste. `5s` to `10m`. Default: `10s`.
    pub pause: Span,
    /// Most time that one request may take. `1s` to `5m`. Default: `60s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://api.gdeltproject.org/api/v2/doc`.
    pub base_url: String,
}

impl Default for GdeltConfig {
    fn default() -> Self {
        Self {
            search: Vec::new(),
            history: Span::from_secs(86_400),
            poll_interval: Span::from_secs(900),
            pause: Span::from_secs(10),
            timeout: Span::from_secs(60),
            base_url: "https://api.gdeltproject.org/api/v2/doc".to_owned(),
        }
    }
}

impl SourceKind for GdeltConfig {
    const NAME: &'static str = "gdelt";

    const FACTS: Facts =
        Facts { needs: "nothing", cost: "free", delay: "half an hour", deletes: "no", history: "three months" };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(GdeltSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        parse::answer(bytes);
        drop(parse::article(&String::from_utf8_lossy(bytes), "question", Timestamp::END));
    }

    fn collects(&self, wanted: &Terms) -> String {
        if self.search.is_empty() {
            return match wanted.searches(MAX_SEARCH) {
                Ok(asked) => format!(
                    "asks for the headlines of articles that hold {}, which your brands listen for, and keeps all of them",
                    asked.join(", ")
                ),
                Err(error) => format!("collects nothing: {error}"),
            };
        }
        let asked = self.search.iter().map(|words| format!("`{words}`")).collect::<Vec<_>>().join(", ");
        format!("asks for the headlines of articles that hold {asked}, and keeps all of them")
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let asked = self.search.len();
        rule(asked <= MAX_SEARCH, "search", format!("must be at most {MAX_SEARCH} questions, found `{asked}`"));
        for (index, words) in self.search.iter().enumerate() {
            let key = format!("search[{index}]");
            let length = words.trim().chars().count();
            let expected = format!("must be {MIN_WORDS} to {MAX_WORDS} characters, found `{words}`");
            rule((MIN_WORDS..=MAX_WORDS).contains(&length), &key, expected);
            let is_open = words.contains(" OR ") && !words.contains('(');
            rule(!is_open, &key, format!("must have `OR` within brackets, such as `(a OR b)`, found `{words}`"));
            rule(!self.search.iter().take(index).any(|other| other == words), &key, format!("stands twice: `{words}`"));
        }
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("history", self.history, Span::from_secs(0), MAX_HISTORY);
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("pause", self.pause, MIN_PAUSE, MAX_PAUSE);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        let url = &self.base_url;
        rule(base_address(url).is_some(), "base_url", format!("must be an http or https address, found `{url}`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = GdeltConfig { search: vec!["(fairphone OR shiftphone)".into()], ..GdeltConfig::default() };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = GdeltConfig {
            search: vec!["ns".into(), "a b OR c".into(), "same".into(), "same".into()],
            history: Span::from_secs(100 * 86_400),
            poll_interval: Span::from_secs(1),
            pause: Span::from_secs(1),
            timeout: Span::from_millis(1),
            base_url: "x".into(),
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected =
            ["search[0]", "search[1]", "search[3]", "history", "poll_interval", "pause", "timeout", "base_url"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
