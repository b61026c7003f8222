//! The keys of `[[source]]` with `type = "bluesky"`.

use std::path::PathBuf;

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Size, Span},
};
use serde::Deserialize;
use url::Url;

use super::{BlueskySource, api::Version, parse};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_IDLE: Span = Span::from_secs(10);
const MAX_IDLE: Span = Span::from_secs(600);
const MAX_OVERLAP: Span = Span::from_secs(600);
const MAX_HOSTS: usize = 20;

/// `[[source]]` with `type = "bluesky"`: all public posts, as they are written, by Jetstream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlueskyConfig {
    /// Jetstream servers, 1 to 20: names, or addresses that begin with `wss://` or `ws://`. When one fails, the next
    /// takes over. Default: the four public ones of Bluesky.
    pub hosts: Vec<String>,
    /// Version of the stream: 1, or 2, which is newer and not on every server. Default: 1.
    pub stream: u8,
    /// Name of an account, such as `hark.bsky.social`, to search history with. Default: none, then there is no history.
    pub account: Option<String>,
    /// An app password of that account.
    pub password: Option<Secret>,
    /// Where the account lives and searches. Default: `https://bsky.social/xrpc`.
    pub search_url: String,
    /// Languages to keep, as BCP 47 such as `nl`: posts that declare one of them, or none at all. Default: every
    /// language.
    pub languages: Vec<String>,
    /// The zstd dictionary of Jetstream's compression, a file. With it about half the traffic. Default: none, plain text.
    pub dictionary: Option<PathBuf>,
    /// How long a connection may be silent; servers send a ping every 30 s. `10s` to `10m`. Default: `75s`.
    pub idle_timeout: Span,
    /// How much is read again after a reconnection, for servers do not agree on the time to the second. `0s` to `10m`.
    /// Default: `5s`.
    pub overlap: Span,
    /// Largest event that the server sends us. `64KiB` to `16MiB`. Default: `1MiB`.
    pub max_event_bytes: Size,
}

impl Default for BlueskyConfig {
    fn default() -> Self {
        let host = |name: &str| format!("{name}.bsky.network");
        Self {
            hosts: ["jetstream2.us-east", "jetstream1.us-east", "jetstream2.us-west", "jetstream1.us-west"]
                .map(host)
                .to_vec(),
            stream: 1,
            account: None,
            password: None,
            search_url: "https://bsky.social/xrpc".to_owned(),
            languages: Vec::new(),
            dictionary: None,
            idle_timeout: Span::from_secs(75),
            overlap: Span::from_secs(5),
            max_event_bytes: Size::from_mib(1),
        }
    }
}

impl SourceKind for BlueskyConfig {
    const NAME: &'static str = "bluesky";

    const FACTS: Facts = Facts {
        needs: "nothing",
        cost: "free",
        delay: "seconds",
        deletes: "yes, both within seconds",
        history: "some 36 hours; more by search, with an account",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(BlueskySource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        // A time from the far future says the most about clocks.
        for now in [Timestamp::EPOCH, Timestamp::END] {
            drop(parse::frame(Version::One, bytes, now));
            drop(parse::frame(Version::Two, bytes, now));
            drop(parse::found(bytes, now));
        }
    }

    fn collects(&self, wanted: &Terms) -> String {
        format!("reads every public post of the network (it cannot be asked for words); {}", wanted.kept())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let hosts = self.hosts.len();
        rule((1..=MAX_HOSTS).contains(&hosts), "hosts", format!("must be 1 to {MAX_HOSTS} servers, found `{hosts}`"));
        rule(matches!(self.stream, 1 | 2), "stream", format!("must be 1 or 2, found `{}`", self.stream));
        let both = self.account.is_some() == self.password.is_some();
        rule(both, "password", "must stand with `account`, and `account` with it".to_owned());
        let url = &self.search_url;
        rule(base_address(url).is_some(), "search_url", format!("must be an http or https address, found `{url}`"));
        for (index, host) in self.hosts.iter().enumerate() {
            let expected = format!("must be a host name, or an address with wss:// or ws://, found `{host}`");
            rule(endpoint(host, self.version()).is_some(), &format!("hosts[{index}]"), expected);
        }
        for (index, language) in self.languages.iter().enumerate() {
            let is_tag = (2..=35).contains(&language.len())
                && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let expected = format!("must be a language such as `nl`, found `{language}`");
            rule(is_tag, &format!("languages[{index}]"), expected);
        }
        let idle = self.idle_timeout;
        rule(
            (MIN_IDLE..=MAX_IDLE).contains(&idle),
            "idle_timeout",
            format!("must be {MIN_IDLE} to {MAX_IDLE}, found `{idle}`"),
        );
        let overlap = self.overlap;
        rule(overlap <= MAX_OVERLAP, "overlap", format!("must be at most {MAX_OVERLAP}, found `{overlap}`"));
        let size = self.max_event_bytes;
        rule(
            (64 << 10..=16 << 20).contains(&size.bytes()),
            "max_event_bytes",
            format!("must be 64KiB to 16MiB, found `{size}`"),
        );
    }
}

impl BlueskyConfig {
    pub(super) fn version(&self) -> Version {
        if self.stream == 2 { Version::Two } else { Version::One }
    }
}

/// Where to connect to: `name`, `name:port` or a `ws` address.
pub(super) fn endpoint(host: &str, version: Version) -> Option<Url> {
    let text = if host.contains("://") { host.to_owned() } else { format!("wss://{host}") };
    let url = Url::parse(&text).ok()?;
    let is_host = matches!(url.scheme(), "ws" | "wss") && url.has_host() && url.path() == "/" && url.query().is_none();
    let path = match version {
        Version::One => "/subscribe",
        Version::Two => "/xrpc/network.bsky.jetstream.subscribeEvents",
    };
    is_host.then(|| url.join(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        BlueskyConfig::default().check("source[2]", &mut problems);
        assert_eq!(problems, []);
        let bad = BlueskyConfig {
            hosts: vec!["https://example.org".into(), "a host".into(), "ws://127.0.0.1:6008".into()],
            stream: 3,
            account: Some("hark.example".into()),
            password: None,
            search_url: "bsky.social".into(),
            languages: vec!["Dutch!".into()],
            dictionary: None,
            idle_timeout: Span::from_secs(1),
            overlap: Span::from_secs(3600),
            max_event_bytes: Size::from_mib(64),
        };
        bad.check("source[2]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = [
            "stream",
            "password",
            "search_url",
            "hosts[0]",
            "hosts[1]",
            "languages[0]",
            "idle_timeout",
            "overlap",
            "max_event_bytes",
        ];
        assert_eq!(paths, expected.map(|key| format!("source[2].{key}")));
    }
}
