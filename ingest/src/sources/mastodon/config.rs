//! The keys of `[[source]]` with `type = "mastodon"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;
use url::Url;

use super::{MastodonSource, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(15);
const MAX_POLL_INTERVAL: Span = Span::from_secs(3600);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MAX_OVERLAP: Span = Span::from_secs(3600);
const MIN_RECHECK: Span = Span::from_secs(600);
const MAX_RECHECK: Span = Span::from_secs(30 * 86_400);
const MIN_CATCH_UP: Span = Span::from_secs(3600);
const MAX_CATCH_UP: Span = Span::from_secs(90 * 86_400);
const MAX_HASHTAGS: usize = 20;

/// `[[source]]` with `type = "mastodon"`: public posts that one Mastodon server knows, by hashtag or all of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MastodonConfig {
    /// The server: a host name such as `mastodon.nl`, or its address. Required.
    pub instance: String,
    /// Hashtags to follow, without `#`; up to 20. Capitals do not count. Default: none.
    pub hashtags: Vec<String>,
    /// Also the timeline of all public posts; what no brand or product matches is left out. Default: no.
    pub public: bool,
    /// Only posts that were written on this server. Default: no, also those that it got from others.
    pub local: bool,
    /// Token of an account on the server, with the right `read`. With it posts, edits and deletions come as they
    /// happen; without, the server is asked again and again, if it lets strangers read. Default: none.
    pub token: Option<Secret>,
    /// Time between two looks, without a token. `15s` to `1h`. Default: `1m`.
    pub poll_interval: Span,
    /// How much before the last known post is read again after an interruption: posts of other servers arrive late.
    /// `0s` to `1h`. Default: `10m`.
    pub overlap: Span,
    /// Longest interruption that is made good; what is older becomes a known gap. `1h` to `90d`. Default: `7d`.
    pub catch_up: Span,
    /// How often each of the newest 4,000 kept posts is looked at again, for edits and deletions that were not told.
    /// `10m` to `30d`. Default: `12h`.
    pub recheck: Span,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
    /// How long a stream may be silent; servers send a sign of life every 15 s. `1s` to `5m`. Default: `45s`.
    pub idle_timeout: Span,
}

impl Default for MastodonConfig {
    fn default() -> Self {
        Self {
            instance: String::new(),
            hashtags: Vec::new(),
            public: false,
            local: false,
            token: None,
            poll_interval: Span::from_secs(60),
            overlap: Span::from_secs(600),
            catch_up: Span::from_secs(7 * 86_400),
            recheck: Span::from_secs(12 * 3600),
            timeout: Span::from_secs(20),
            idle_timeout: Span::from_secs(45),
        }
    }
}

impl SourceKind for MastodonConfig {
    const NAME: &'static str = "mastodon";

    const FACTS: Facts = Facts {
        needs: "a server; a token of an account there for the live stream",
        cost: "free",
        delay: "seconds with a token, a minute without",
        deletes: "yes: told with a token, and each kept post is looked at again twice a day",
        history: "the interruption, up to 7 days",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(MastodonSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Ok(base) = Url::parse("https://social.example.org/") else { return };
        drop(parse::list(bytes));
        parse::id_of(bytes);
        drop(parse::status(bytes, &base, Timestamp::END));
    }

    fn collects(&self, wanted: &Terms) -> String {
        let tags = self.hashtags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(", ");
        let public = || format!("every public post that {} knows; {}", self.instance, wanted.kept());
        match (self.public, tags.is_empty()) {
            (false, _) => format!("reads posts with {tags} on {}, and keeps all of them", self.instance),
            (true, true) => format!("reads {}", public()),
            (true, false) => format!("keeps all posts with {tags}, and reads {}", public()),
        }
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let instance = &self.instance;
        let expected = format!("must be a server such as `mastodon.nl`, found `{instance}`");
        rule(address(instance).is_some(), "instance", expected);
        let tags = self.hashtags.len();
        rule(tags <= MAX_HASHTAGS, "hashtags", format!("must be up to {MAX_HASHTAGS}, found `{tags}`"));
        rule(tags > 0 || self.public, "hashtags", "must name at least one, or set `public = true`".to_owned());
        for (index, tag) in self.hashtags.iter().enumerate() {
            let key = format!("hashtags[{index}]");
            rule(is_hashtag(tag), &key, format!("must be letters, digits and `_`, without `#`, found `{tag}`"));
            let again = self.hashtags.iter().take(index).any(|other| other.to_lowercase() == tag.to_lowercase());
            rule(!again, &key, format!("stands twice: `{tag}`"));
        }
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("overlap", self.overlap, Span::from_secs(0), MAX_OVERLAP);
        span("catch_up", self.catch_up, MIN_CATCH_UP, MAX_CATCH_UP);
        span("recheck", self.recheck, MIN_RECHECK, MAX_RECHECK);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        span("idle_timeout", self.idle_timeout, MIN_TIMEOUT, MAX_TIMEOUT);
    }
}

/// The address of a server that is given by its name or its address.
pub(super) fn address(instance: &str) -> Option<Url> {
    let text = instance.trim();
    if text.contains("://") { base_address(text) } else { base_address(&format!("https://{text}")) }
        .filter(|url| url.path() == "/" && url.query().is_none())
}

fn is_hashtag(tag: &str) -> bool {
    !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '·')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = MastodonConfig {
            instance: "mastodon.nl".into(),
            hashtags: vec!["Fairphone".into()],
            ..MastodonConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = MastodonConfig {
            instance: "https://mastodon.nl/@me".into(),
            hashtags: vec!["#ns".into(), "ns".into(), "NS".into()],
            poll_interval: Span::from_secs(1),
            overlap: Span::from_secs(86_400),
            catch_up: Span::from_secs(1),
            recheck: Span::from_secs(1),
            timeout: Span::from_millis(1),
            idle_timeout: Span::from_millis(1),
            ..MastodonConfig::default()
        };
        bad.check("source[0]", &mut problems);
        MastodonConfig { instance: "a b".into(), ..MastodonConfig::default() }.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = [
            "instance",
            "hashtags[0]",
            "hashtags[2]",
            "poll_interval",
            "overlap",
            "catch_up",
            "recheck",
            "timeout",
            "idle_timeout",
            "instance",
            "hashtags",
        ];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }

    #[test]
    fn a_server_is_a_name_or_an_address() {
        let text = |instance| address(instance).map(String::from);
        assert_eq!(text("mastodon.nl").as_deref(), Some("https://mastodon.nl/"));
        assert_eq!(text("http://127.0.0.1:3000").as_deref(), Some("http://127.0.0.1:3000/"));
        assert_eq!(text("mastodon.nl/api"), None);
    }
}
