//! The keys of `[[source]]` with `type = "lemmy"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;
use url::Url;

use super::{
    LemmySource,
    parse::{self, Languages},
};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(30);
const MAX_POLL_INTERVAL: Span = Span::from_secs(86_400);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MAX_OVERLAP: Span = Span::from_secs(86_400);
const MIN_RECHECK: Span = Span::from_secs(3600);
const MAX_RECHECK: Span = Span::from_secs(30 * 86_400);
const MAX_COMMUNITIES: usize = 50;

/// `[[source]]` with `type = "lemmy"`: new posts and comments that one Lemmy server knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LemmyConfig {
    /// The server: a host name such as `feddit.nl`, or its address. Required.
    pub instance: String,
    /// Communities to read, such as `fairphone@lemmy.ml`; up to 50. Default: all that the server knows.
    pub communities: Vec<String>,
    /// Only communities of this server. Default: no, also those that it got from others.
    pub local: bool,
    /// Token of an account, for a server that asks for a log-in. Default: none.
    pub token: Option<Secret>,
    /// Keep every post, also those that no brand or product matches: for communities of your own. Default: no.
    pub everything: bool,
    /// Time between two looks. `30s` to `1d`. Default: `1m`.
    pub poll_interval: Span,
    /// How much older than the newest known one something new may be; posts of other servers arrive late.
    /// `0s` to `1d`. Default: `5m`.
    pub overlap: Span,
    /// How often each of the newest 4,000 kept posts and comments is looked at again, for edits and deletions.
    /// `1h` to `30d`. Default: `1d`.
    pub recheck: Span,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
}

impl Default for LemmyConfig {
    fn default() -> Self {
        Self {
            instance: String::new(),
            communities: Vec::new(),
            local: false,
            token: None,
            everything: false,
            poll_interval: Span::from_secs(60),
            overlap: Span::from_secs(300),
            recheck: Span::from_secs(86_400),
            timeout: Span::from_secs(20),
        }
    }
}

impl SourceKind for LemmyConfig {
    const NAME: &'static str = "lemmy";

    const FACTS: Facts = Facts {
        needs: "a server",
        cost: "free",
        delay: "a minute",
        deletes: "each kept post and comment is looked at again once a day",
        history: "everything that the server lists",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(LemmySource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop((parse::list(bytes, true), parse::list(bytes, false)));
        drop(parse::single(bytes));
        parse::id_of(bytes);
        drop(parse::view(bytes, &Languages::default(), Timestamp::END));
    }

    fn collects(&self, wanted: &Terms) -> String {
        let what = match self.communities.is_empty() {
            true => "every new post and comment".to_owned(),
            false => format!("every new post and comment in {}", self.communities.join(", ")),
        };
        format!(
            "reads {what} on {}; {}",
            self.instance,
            if self.everything { "everything is kept".to_owned() } else { wanted.kept() }
        )
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let instance = &self.instance;
        let expected = format!("must be a server such as `feddit.nl`, found `{instance}`");
        rule(address(instance).is_some(), "instance", expected);
        let count = self.communities.len();
        rule(count <= MAX_COMMUNITIES, "communities", format!("must be up to {MAX_COMMUNITIES}, found `{count}`"));
        for (index, name) in self.communities.iter().enumerate() {
            let key = format!("communities[{index}]");
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | ':');
            let holds = !name.is_empty() && name.chars().all(is_plain);
            rule(holds, &key, format!("must be a name such as `fairphone@lemmy.ml`, found `{name}`"));
            rule(
                !self.communities.iter().take(index).any(|other| other == name),
                &key,
                format!("stands twice: `{name}`"),
            );
        }
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("overlap", self.overlap, Span::from_secs(0), MAX_OVERLAP);
        span("recheck", self.recheck, MIN_RECHECK, MAX_RECHECK);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
    }
}

/// The address of a server that is given by its name or its address.
pub(super) fn address(instance: &str) -> Option<Url> {
    let text = instance.trim();
    if text.contains("://") { base_address(text) } else { base_address(&format!("https://{text}")) }
        .filter(|url| url.path() == "/" && url.query().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = LemmyConfig {
            instance: "feddit.nl".into(),
            communities: vec!["fairphone@lemmy.ml".into()],
            ..LemmyConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = LemmyConfig {
            instance: "feddit.nl/c/phones".into(),
            communities: vec!["a b".into(), "c".into(), "c".into()],
            poll_interval: Span::from_secs(1),
            overlap: Span::from_secs(100_000),
            recheck: Span::from_secs(1),
            timeout: Span::from_millis(1),
            ..good
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected =
            ["instance", "communities[0]", "communities[2]", "poll_interval", "overlap", "recheck", "timeout"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
