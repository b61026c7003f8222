//! The keys of `[[source]]` with `type = "linkedin"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{LinkedInSource, api::List, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_INTERVAL: Span = Span::from_secs(300);
const MAX_INTERVAL: Span = Span::from_secs(24 * 3600);
const MIN_WINDOW: Span = Span::from_secs(24 * 3600);
const MAX_WINDOW: Span = Span::from_secs(90 * 24 * 3600);
const MAX_ORGANISATIONS: usize = 50;

/// `[[source]]` with `type = "linkedin"`: the posts of your own organisations, and the comments on them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkedInConfig {
    /// An access token of a member who administers the organisations: `${env:NAME}` or `${file:PATH}`.
    pub token: Option<Secret>,
    /// Numbers of the organisations, 1 to 50.
    pub organisations: Vec<String>,
    /// How long a post is looked at for edits, comments and deletions, and how far the first look goes back. `1d` to
    /// `90d`. Default: `14d`.
    pub window: Span,
    /// Time between two looks; LinkedIn allows so many requests a day. `5m` to `1d`. Default: `30m`.
    pub poll_interval: Span,
    /// Time between two looks at the comments of a post that is older than three days. `5m` to `1d`. Default: `12h`.
    pub recheck: Span,
    /// Version of the interface, year and month; each lives about a year. Default: `202609`.
    pub version: String,
    /// Address of the interface. Default: `https://api.linkedin.com`.
    pub base_url: String,
}

impl Default for LinkedInConfig {
    fn default() -> Self {
        Self {
            token: None,
            organisations: Vec::new(),
            window: Span::from_secs(14 * 24 * 3600),
            poll_interval: Span::from_secs(1800),
            recheck: Span::from_secs(12 * 3600),
            version: "202609".to_owned(),
            base_url: "https://api.linkedin.com".to_owned(),
        }
    }
}

impl SourceKind for LinkedInConfig {
    const NAME: &'static str = "linkedin";
    const FACTS: Facts = Facts {
        needs: "an app with the Community Management API and an administrator's token",
        cost: "free",
        delay: "minutes (`poll_interval`)",
        deletes: "yes, within a day for posts of the last weeks (`window`)",
        history: "everything",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(LinkedInSource::new(self, &context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(list) = serde_json::from_slice::<List>(bytes) else { return };
        for json in &list.elements {
            let _ = parse::post(json, "urn:li:organization:1", Timestamp::END);
            let _ = parse::comment(json, "urn:li:share:1", "urn:li:organization:1", Timestamp::END);
        }
    }

    fn collects(&self, _: &Terms) -> String {
        let count = self.organisations.len();
        format!("keeps every post of {count} organisations and the comments on them; LinkedIn has no search for others")
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        rule(self.token.is_some(), "token", "is needed: `${env:NAME}` or `${file:PATH}`".to_owned());
        let count = self.organisations.len();
        let expected = format!("must be 1 to {MAX_ORGANISATIONS} numbers, found `{count}`");
        rule((1..=MAX_ORGANISATIONS).contains(&count), "organisations", expected);
        for (index, organisation) in self.organisations.iter().enumerate() {
            let expected = format!("must be the number of an organisation, found `{organisation}`");
            rule(is_number(organisation), &format!("organisations[{index}]"), expected);
        }
        let spans = [
            ("window", self.window, MIN_WINDOW, MAX_WINDOW),
            ("poll_interval", self.poll_interval, MIN_INTERVAL, MAX_INTERVAL),
            ("recheck", self.recheck, MIN_INTERVAL, MAX_INTERVAL),
        ];
        for (key, value, min, max) in spans {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        }
        let is_version = self.version.len() == 6 && is_number(&self.version);
        rule(is_version, "version", format!("must be a year and a month such as `202609`, found `{}`", self.version));
        let is_address = base_address(&self.base_url).is_some();
        rule(is_address, "base_url", format!("must be an http or https address, found `{}`", self.base_url));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        let token = Some(Secret::Env("LINKEDIN_TOKEN".into()));
        LinkedInConfig { token, organisations: vec!["1234".into()], ..LinkedInConfig::default() }
            .check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = LinkedInConfig {
            token: None,
            organisations: vec!["urn:li:organization:1".into()],
            window: Span::from_secs(60),
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(1),
            version: "v2".into(),
            base_url: "x".into(),
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let keys = ["token", "organisations[0]", "window", "poll_interval", "recheck", "version", "base_url"];
        assert_eq!(paths, keys.map(|key| format!("source[0].{key}")));
    }
}
