//! The keys of `[[source]]` with `type = "hackernews"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Span},
};
use serde::Deserialize;

use super::{HackerNewsSource, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(5);
const MAX_POLL_INTERVAL: Span = Span::from_secs(3600);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MIN_HISTORY: Span = Span::from_secs(3600);
const MAX_HISTORY: Span = Span::from_secs(20 * 365 * 24 * 3600);
const MAX_TERMS: usize = 50;

/// `[[source]]` with `type = "hackernews"`: all new stories and comments, their edits and deletions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HackerNewsConfig {
    /// Time between two looks for news. `5s` to `1h`. Default: `30s`.
    pub poll_interval: Span,
    /// How far to look back when a search term is new, such as `30d`. `1h` to `7300d`. Default: no looking back.
    pub history: Option<Span>,
    /// What to look for in history, up to 50 phrases; the site's own search finds them. Needed with `history`.
    pub search: Vec<String>,
    /// Requests under way together. 1 to 64. Default: 16.
    pub concurrency: usize,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
    /// Address of the live interface. Default: `https://hacker-news.firebaseio.com/v0`.
    pub base_url: String,
    /// Address of the search interface. Default: `https://hn.algolia.com/api/v1`.
    pub search_url: String,
}

impl Default for HackerNewsConfig {
    fn default() -> Self {
        Self {
            poll_interval: Span::from_secs(30),
            history: None,
            search: Vec::new(),
            concurrency: 16,
            timeout: Span::from_secs(20),
            base_url: "https://hacker-news.firebaseio.com/v0".to_owned(),
            search_url: "https://hn.algolia.com/api/v1".to_owned(),
        }
    }
}

impl SourceKind for HackerNewsConfig {
    const NAME: &'static str = "hackernews";

    const FACTS: Facts = Facts {
        needs: "nothing",
        cost: "free",
        delay: "under a minute",
        deletes: "yes, as the list of changes tells them",
        history: "everything, by its search",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(HackerNewsSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::item(bytes, Timestamp::EPOCH));
    }

    fn collects(&self, wanted: &Terms) -> String {
        format!("reads every new story and comment (some 15,000 a day); {}", wanted.kept())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        span("history", self.history.unwrap_or(MIN_HISTORY), MIN_HISTORY, MAX_HISTORY);
        let terms = self.search.len();
        let filled = self.search.iter().all(|term| !term.trim().is_empty());
        rule(terms <= MAX_TERMS && filled, "search", format!("must be up to {MAX_TERMS} phrases, none empty"));
        rule(self.history.is_none() || terms > 0, "search", "must say what `history` looks for".to_owned());
        rule(terms == 0 || self.history.is_some(), "history", "must say how far `search` looks back".to_owned());
        let concurrency = self.concurrency;
        rule((1..=64).contains(&concurrency), "concurrency", format!("must be 1 to 64, found `{concurrency}`"));
        for (key, url) in [("base_url", &self.base_url), ("search_url", &self.search_url)] {
            rule(base_address(url).is_some(), key, format!("must be an http or https address, found `{url}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        HackerNewsConfig::default().check("source[1]", &mut problems);
        assert_eq!(problems, []);
        let bad = HackerNewsConfig {
            poll_interval: Span::from_millis(1),
            history: Some(Span::from_secs(1)),
            concurrency: 0,
            timeout: Span::from_secs(3600),
            base_url: "gopher://x".into(),
            ..HackerNewsConfig::default()
        };
        bad.check("source[1]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["poll_interval", "timeout", "history", "search", "concurrency", "base_url"];
        assert_eq!(paths, expected.map(|key| format!("source[1].{key}")));
    }
}
