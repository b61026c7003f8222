//! The keys of `[[source]]` with `type = "discourse"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;
use url::Url;

use super::{DiscourseSource, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(60);
const MAX_POLL_INTERVAL: Span = Span::from_secs(86_400);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MIN_RECHECK: Span = Span::from_secs(3600);
const MAX_RECHECK: Span = Span::from_secs(30 * 86_400);

/// `[[source]]` with `type = "discourse"`: every new post of one Discourse forum.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscourseConfig {
    /// Address of the forum, such as `https://forum.example.org`. Required.
    pub url: String,
    /// API key of the forum, for one that asks for a log-in. Default: none.
    pub api_key: Option<Secret>,
    /// Account that reads with `api_key`. Default: `system`.
    pub api_username: String,
    /// Keep every post, also those that no brand or product matches: for a forum of your own. Default: no.
    pub everything: bool,
    /// Time between two looks; the forum's list is renewed once a minute. `1m` to `1d`. Default: `2m`.
    pub poll_interval: Span,
    /// How often each of the newest 4,000 kept posts is looked at again, for edits and deletions. `1h` to `30d`.
    /// Default: `1d`.
    pub recheck: Span,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
}

impl Default for DiscourseConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            api_key: None,
            api_username: "system".to_owned(),
            everything: false,
            poll_interval: Span::from_secs(120),
            recheck: Span::from_secs(86_400),
            timeout: Span::from_secs(20),
        }
    }
}

impl SourceKind for DiscourseConfig {
    const NAME: &'static str = "discourse";

    const FACTS: Facts = Facts {
        needs: "the address of a forum; an API key only where it asks for a log-in",
        cost: "free",
        delay: "two minutes",
        deletes: "each kept post is looked at again once a day",
        history: "everything",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(DiscourseSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(base) = Url::parse("https://forum.example.org/") else { return };
        drop(parse::list(bytes));
        parse::id_of(bytes);
        drop(parse::post(bytes, None, &base, Timestamp::END));
    }

    fn collects(&self, wanted: &Terms) -> String {
        format!(
            "reads every new post on {}; {}",
            self.url,
            if self.everything { "everything is kept".to_owned() } else { wanted.kept() }
        )
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let url = &self.url;
        rule(base_address(url).is_some(), "url", format!("must be an http or https address, found `{url}`"));
        rule(!self.api_username.trim().is_empty(), "api_username", "must not be empty".to_owned());
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("recheck", self.recheck, MIN_RECHECK, MAX_RECHECK);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = DiscourseConfig { url: "https://forum.example.org".into(), ..DiscourseConfig::default() };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = DiscourseConfig {
            url: "forum".into(),
            api_username: " ".into(),
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(1),
            timeout: Span::from_millis(1),
            ..good
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["url", "api_username", "poll_interval", "recheck", "timeout"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
