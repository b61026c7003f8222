//! The requests to one server.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hark_mention::Timestamp;
use reqwest::{StatusCode, header};
use url::Url;

use super::{
    api::Instance,
    config::{self, MastodonConfig},
    events::{Events, MAX_EVENT},
};
use crate::{
    client::{Api, ApiError, Auth},
    http::{Answer, Limits},
    source::{SourceContext, SourceError},
};

/// Posts of one page; a server gives 40 at most.
const PAGE: usize = 40;

/// Posts that one request may ask for by their ids.
pub(super) const BATCH: usize = 20;

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Timeline {
    /// Posts with a hashtag, in small letters.
    Hashtag(String),
    /// All public posts.
    Public,
}

impl Timeline {
    /// The name under which its progress is kept.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Hashtag(tag) => format!("#{tag}"),
            Self::Public => "public".to_owned(),
        }
    }
}

/// Asks one server.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    api: Api,
    /// Where the streams are, once that is known.
    streams: Option<Api>,
    auth: Auth,
    context: SourceContext,
    limits: Limits,
    local: bool,
    idle: Duration,
}

impl Requests {
    pub(super) fn new(config: &MastodonConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let instance = &config.instance;
        let base = config::address(instance).ok_or_else(|| SourceError::Setup(format!("`{instance}` is no server")))?;
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let auth = config.token.clone().map_or(Auth::None, Auth::Bearer);
        let api = Api::new(base.as_str(), auth.clone(), context, limits)?.limited_by(limited);
        let (local, idle) = (config.local, config.idle_timeout.duration());
        Ok(Self { api, streams: None, auth, context: context.clone(), limits, local, idle })
    }

    pub(super) fn base(&self) -> &Url {
        self.api.base()
    }

    /// The posts of `timeline` that come next after the id `after`, or the newest ones; the newest first.
    pub(super) async fn page(&self, timeline: &Timeline, after: Option<&str>) -> Result<Bytes, ApiError> {
        let path = match timeline {
            Timeline::Hashtag(tag) => format!("api/v1/timelines/tag/{tag}"),
            Timeline::Public => "api/v1/timelines/public".to_owned(),
        };
        let request = self.api.get(&path).query("limit", PAGE).query_if("local", self.local.then_some("true"));
        Ok(request.query_if("min_id", after).send().await?.body)
    }

    /// Those of the posts `ids` that are there.
    pub(super) async fn statuses(&self, ids: &[String]) -> Result<Bytes, ApiError> {
        let request = ids.iter().fold(self.api.get("api/v1/statuses"), |request, id| request.query("id[]", id));
        Ok(request.send().await?.body)
    }

    /// The post `id`; `None` when it is gone.
    pub(super) async fn status(&self, id: &str) -> Result<Option<Bytes>, ApiError> {
        match self.api.get(&format!("api/v1/statuses/{id}")).send().await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.is_gone() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the stream of `timeline`.
    pub(super) async fn open(&mut self, timeline: &Timeline) -> Result<Events, SourceError> {
        let streams = match &self.streams {
            Some(streams) => streams.clone(),
            None => self.find_streams().await?,
        };
        self.streams = Some(streams.clone());
        let path = match (timeline, self.local) {
            (Timeline::Hashtag(_), false) => "api/v1/streaming/hashtag",
            (Timeline::Hashtag(_), true) => "api/v1/streaming/hashtag/local",
            (Timeline::Public, false) => "api/v1/streaming/public",
            (Timeline::Public, true) => "api/v1/streaming/public/local",
        };
        let tag = match timeline {
            Timeline::Hashtag(tag) => Some(tag),
            Timeline::Public => None,
        };
        let lines =
            streams.get(path).header("accept", "text/event-stream").query_if("tag", tag).lines(MAX_EVENT).await?;
        Ok(Events::new(lines, self.idle))
    }

    /// Streams may be at a host of their own, which the server tells. One that belongs to somebody else is not taken:
    /// the token is for this server.
    async fn find_streams(&self) -> Result<Api, SourceError> {
        let told = match self.api.get("api/v2/instance").json::<Instance>().await {
            Ok(instance) => instance.configuration.urls.streaming,
            Err(ApiError::Refused { status: StatusCode::NOT_FOUND, .. } | ApiError::NotAsExpected { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let told = told.and_then(|url| Url::parse(&url.replacen("ws", "http", 1)).ok());
        let base = told.filter(|url| is_same_site(url, self.base())).unwrap_or_else(|| self.base().clone());
        Ok(Api::new(base.as_str(), self.auth.clone(), &self.context, self.limits)?.limited_by(limited))
    }
}

/// Whether both hosts are the same, or have the last two parts of their names in common.
fn is_same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_owned();
        let is_address = url.domain().is_none();
        let parts: Vec<&str> = host.rsplit('.').take(if is_address { usize::MAX } else { 2 }).collect();
        parts.join(".")
    };
    let is_encrypted = one.scheme() == "https" || other.scheme() == "http";
    is_encrypted && one.host_str().is_some() && site(one) == site(other)
}

/// How long a limit lasts: `X-RateLimit-Reset` is a time by the server's clock, which `Date` tells.
fn limited(answer: &Answer, now: SystemTime) -> Option<Duration> {
    if answer.status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let text = |name: &str| answer.headers.get(name)?.to_str().ok();
    let reset = Timestamp::parse(text("x-ratelimit-reset")?).ok()?;
    let server_now = text(header::DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    let server_now = server_now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let reset = Duration::from_millis(u64::try_from(reset.as_millis()).ok()?);
    // `Date` has whole seconds only.
    Some(reset.saturating_sub(server_now) + Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use reqwest::header::HeaderMap;

    use super::*;

    #[test]
    fn streams_of_another_site_are_not_taken() {
        let same = |one: &str, other: &str| is_same_site(&Url::parse(one).unwrap(), &Url::parse(other).unwrap());
        assert!(same("https://streaming.mastodon.social", "https://mastodon.social"));
        assert!(same("https://streaming.example.org", "https://social.example.org"));
        assert!(same("http://127.0.0.1:4000", "http://127.0.0.1:3000"));
        assert!(!same("https://evil.example", "https://mastodon.social"));
        assert!(
            !same("http://streaming.mastodon.social", "https://mastodon.social"),
            "no token over a plain connection"
        );
        assert!(!same("http://10.0.0.1", "http://127.0.0.1"));
    }

    #[test]
    fn a_limit_lasts_until_the_reset_by_the_servers_clock() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-reset", "2026-11-22T08:05:00.131957Z".parse().unwrap());
        headers.insert("date", "Sun, 22 Nov 2026 08:03:00 GMT".parse().unwrap());
        let answer = |status| Answer {
            status,
            headers: headers.clone(),
            body: Bytes::new(),
            url: Url::parse("https://example.org/").unwrap(),
            moved_to: None,
        };
        // Our clock is an hour off.
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 07:03:00 GMT").unwrap();
        let wait = limited(&answer(StatusCode::TOO_MANY_REQUESTS), now);
        assert_eq!(wait, Some(Duration::from_millis(121_131)));
        assert_eq!(limited(&answer(StatusCode::UNAUTHORIZED), now), None);
    }
}
