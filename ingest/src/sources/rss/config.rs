//! The keys of `[[source]]` with `type = "rss"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Size, Span},
};
use serde::Deserialize;
use url::Url;

use super::{
    RssSource, changes,
    parse::{self, Channel},
    state::MAX_FEEDS,
};
use crate::{
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(30);
const MAX_POLL_INTERVAL: Span = Span::from_secs(7 * 24 * 3600);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);

/// `[[source]]` with `type = "rss"`: news, blogs and podcasts that publish RSS, Atom or JSON Feed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RssConfig {
    /// Addresses of the feeds, 1 to 400. Required. More feeds go into another `[[source]]`.
    pub urls: Vec<String>,
    /// Time between two looks at one feed; a feed that asks for more gets it, up to an hour. `30s` to `7d`. Default: `5m`.
    pub poll_interval: Span,
    /// Most time that one look may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Largest feed that is read, after decompression. `1KiB` to `50MiB`. Default: `10MiB`.
    pub max_bytes: Size,
    /// Feeds that are looked at together. 1 to 64. Default: 8.
    pub concurrency: usize,
}

impl Default for RssConfig {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            poll_interval: Span::from_secs(300),
            timeout: Span::from_secs(30),
            max_bytes: Size::from_mib(10),
            concurrency: 8,
        }
    }
}

impl SourceKind for RssConfig {
    const NAME: &'static str = "rss";

    const FACTS: Facts = Facts {
        needs: "addresses of feeds",
        cost: "free",
        delay: "minutes (`poll_interval`)",
        deletes: "no; edits while an item is in its feed",
        history: "what the feed holds",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(RssSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let Some(url) = feed_url("https://example.org/feed") else { return };
        let Ok(feed) = parse::feed(bytes, None, &url) else { return };
        changes::compare(&Channel::of(&url, &feed), &feed, &[], usize::MAX, Timestamp::END);
    }

    fn collects(&self, _: &Terms) -> String {
        match self.urls.len() {
            1 => "keeps every item of its feed, for you chose it".to_owned(),
            many => format!("keeps every item of {many} feeds, for you chose them one by one"),
        }
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let feeds = self.urls.len();
        rule((1..=MAX_FEEDS).contains(&feeds), "urls", format!("must be 1 to {MAX_FEEDS} addresses, found `{feeds}`"));
        for (index, url) in self.urls.iter().enumerate() {
            let key = format!("urls[{index}]");
            rule(feed_url(url).is_some(), &key, format!("must be an http or https address, found `{url}`"));
            rule(!self.urls.iter().take(index).any(|earlier| earlier == url), &key, format!("stands twice: `{url}`"));
        }
        rule(
            (MIN_POLL_INTERVAL..=MAX_POLL_INTERVAL).contains(&self.poll_interval),
            "poll_interval",
            format!("must be {MIN_POLL_INTERVAL} to {MAX_POLL_INTERVAL}, found `{}`", self.poll_interval),
        );
        rule(
            (MIN_TIMEOUT..=MAX_TIMEOUT).contains(&self.timeout),
            "timeout",
            format!("must be {MIN_TIMEOUT} to {MAX_TIMEOUT}, found `{}`", self.timeout),
        );
        rule(
            (1 << 10..=50 << 20).contains(&self.max_bytes.bytes()),
            "max_bytes",
            format!("must be 1KiB to 50MiB, found `{}`", self.max_bytes),
        );
        rule(
            (1..=64).contains(&self.concurrency),
            "concurrency",
            format!("must be 1 to 64, found `{}`", self.concurrency),
        );
    }
}

/// A feed's address, if it is one.
pub(super) fn feed_url(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = RssConfig { urls: vec!["https://example.org/feed".into()], ..RssConfig::default() };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = RssConfig {
            urls: vec!["ftp://example.org/".into(), "http://a/".into(), "http://a/".into()],
            poll_interval: Span::from_secs(1),
            timeout: Span::from_millis(1),
            max_bytes: Size::from_mib(100),
            concurrency: 0,
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["urls[0]", "urls[2]", "poll_interval", "timeout", "max_bytes", "concurrency"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
