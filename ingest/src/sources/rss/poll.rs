//! One look at one feed: ask, follow the answer's wishes, compare.

use std::time::{Duration, SystemTime};

use hark_mention::{RejectReason, Rejection, Timestamp};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use super::{
    changes,
    config::feed_url,
    parse::{self, Channel},
    state::{FeedState, Moved},
};
use crate::{
    http::{self, Answer, Http},
    source::{Item, Part, SourceError},
};

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                      text/xml;q=0.8, */*;q=0.1";

/// Longest pause that a feed can ask for with `ttl` or `max-age`.
const MAX_WISH: Duration = Duration::from_secs(3600);

/// Longest pause after failures.
const MAX_BACK_OFF: Duration = Duration::from_secs(24 * 3600);

/// Most bytes of a document that is no feed that go to the dead letters.
const MAX_RAW: usize = 256 << 10;

/// A look at one feed.
pub(super) struct Poll {
    pub(super) configured: Url,
    pub(super) state: FeedState,
    pub(super) interval: Duration,
    /// Most items to remember.
    pub(super) room: usize,
}

/// What came of it.
pub(super) struct Polled {
    pub(super) state: FeedState,
    pub(super) items: Vec<Item>,
    /// How the feed is doing.
    pub(super) part: Part,
}

const GONE: &str = "is gone for good (410); remove it from `urls`";

/// What is told of a feed that is gone.
pub(super) fn gone(feed: &Url) -> Part {
    Part { name: http::place(feed), error: Some(SourceError::setup(GONE)) }
}

/// How a look went.
enum Look {
    /// A document, or none because it is the same.
    Fine {
        items: Vec<Item>,
        wish: Duration,
    },
    Failed {
        items: Vec<Item>,
        error: SourceError,
    },
    Gone,
}

impl Poll {
    /// Looks at the feed; never fails, for one broken feed is no reason to stop the others.
    pub(super) async fn run(mut self, http: Http) -> Polled {
        let place = http::place(&self.configured);
        let look = self.look(&http).await;
        let (items, pause, error) = match look {
            Look::Fine { items, wish } => {
                self.state.failures = 0;
                (items, self.interval.max(wish.min(MAX_WISH)), None)
            }
            Look::Failed { items, error } => {
                self.state.failures = self.state.failures.saturating_add(1);
                // An address that fails is not worth more than the one the operator wrote.
                self.state.moved = None;
                let back_off = self.interval.saturating_mul(1 << self.state.failures.min(12)).min(MAX_BACK_OFF);
                let wait = if let SourceError::Later { wait, .. } = error { wait } else { None };
                let pause = wait.unwrap_or(back_off).max(self.interval);
                tracing::warn!(feed = place, %error, failures = self.state.failures, again_in = ?pause, "feed failed");
                (items, pause, Some(error))
            }
            Look::Gone => {
                tracing::warn!(feed = place, "feed {GONE}");
                self.state = FeedState { gone: true, ..FeedState::default() };
                (Vec::new(), MAX_BACK_OFF, Some(SourceError::setup(GONE)))
            }
        };
        self.state.due = after(pause);
        Polled { state: self.state, items, part: Part { name: place, error } }
    }

    async fn look(&mut self, http: &Http) -> Look {
        let address = feed_url(self.state.address(self.configured.as_str())).unwrap_or_else(|| self.configured.clone());
        let answer = match http.get(&address, self.headers()).await {
            Ok(answer) => answer,
            Err(error) => return Look::Failed { items: Vec::new(), error: error.into() },
        };
        let status = answer.status;
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            self.note_move(&address, answer.moved_to.as_ref());
        }
        match status {
            StatusCode::NOT_MODIFIED => {
                self.note_validators(&answer.headers);
                Look::Fine { items: Vec::new(), wish: max_age(&answer.headers) }
            }
            StatusCode::GONE => Look::Gone,
            _ if status.is_success() => self.read(answer).await,
            _ => {
                let wait = http::retry_after(&answer.headers, SystemTime::now());
                let error = SourceError::Later { error: format!("answers {status}"), wait };
                Look::Failed { items: Vec::new(), error }
            }
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(ACCEPT))]);
        let validators =
            [(header::IF_NONE_MATCH, &self.state.etag), (header::IF_MODIFIED_SINCE, &self.state.last_modified)];
        for (name, value) in validators {
            if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    async fn read(&mut self, answer: Answer) -> Look {
        let (configured, seen, room) = (self.configured.clone(), std::mem::take(&mut self.state.seen), self.room);
        let before = seen.clone();
        let (charset, url, body) = (charset(&answer.headers), answer.url.clone(), answer.body.clone());
        // A large feed takes a while to read; and should a document make the reader panic, only this look fails.
        let work = tokio::task::spawn_blocking(move || {
            let feed = parse::feed(&body, charset.as_deref(), &url)?;
            let channel = Channel::of(&configured, &feed);
            let (items, seen) = changes::compare(&channel, &feed, &seen, room, Timestamp::now());
            Ok((items, seen, feed.ttl_minutes, feed.broken))
        });
        let read = work.await.unwrap_or_else(|_| Err("the document cannot be read".to_owned()));
        match read {
            Ok((items, seen, ttl, broken)) => {
                if let Some(error) = broken {
                    tracing::debug!(feed = http::place(&self.configured), error, "feed is cut off; read up to there");
                }
                self.state.seen = seen;
                self.state.etag = None;
                self.state.last_modified = None;
                self.note_validators(&answer.headers);
                let ttl = Duration::from_secs(ttl.unwrap_or_default().saturating_mul(60));
                Look::Fine { items, wish: ttl.max(max_age(&answer.headers)) }
            }
            Err(error) => {
                self.state.seen = before;
                Look::Failed { items: self.rejected(&answer, &error), error: SourceError::later(error) }
            }
        }
    }

    /// A document that is no feed goes to the dead letters once, not at every look.
    fn rejected(&self, answer: &Answer, error: &str) -> Vec<Item> {
        if self.state.failures > 0 || answer.body.is_empty() {
            return Vec::new();
        }
        let raw = answer.body.slice(..answer.body.len().min(MAX_RAW));
        let rejection = Rejection::new(RejectReason::WrongShape, error);
        vec![Item::Reject { raw, place: http::place(&answer.url), rejection }]
    }

    fn note_validators(&mut self, headers: &HeaderMap) {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        self.state.etag = text(header::ETAG).or(self.state.etag.take());
        self.state.last_modified = text(header::LAST_MODIFIED).or(self.state.last_modified.take());
    }

    fn note_move(&mut self, asked: &Url, moved_to: Option<&Url>) {
        let Some(url) = moved_to.map(ToString::to_string) else {
            // An answer without redirect at the configured address: it is back.
            if *asked == self.configured {
                self.state.moved = None;
            }
            return;
        };
        let met = self.state.moved.as_ref().filter(|moved| moved.url == url).map_or(0, |moved| moved.met);
        self.state.moved = Some(Moved { url, met: met.saturating_add(1) });
    }
}

/// The moment `pause` from now, in milliseconds since 1970.
fn after(pause: Duration) -> i64 {
    Timestamp::now().as_millis().saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

/// The `charset` of a content type.
fn charset(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let value = kind.split(';').find_map(|part| part.trim().strip_prefix("charset="))?;
    Some(value.trim_matches(['"', '\'', ' ']).to_owned())
}

/// For how long the answer stays fresh, by `Cache-Control: max-age`.
fn max_age(headers: &HeaderMap) -> Duration {
    let control = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = control.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}
