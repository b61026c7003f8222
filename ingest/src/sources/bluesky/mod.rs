//! Bluesky: every public post as it is written, from a Jetstream server.
//!
//! **Deletions are exact.** Every deletion of a post is passed on, also of posts that no query matched: whether one
//! was kept cannot be known here without remembering all that were ever kept, and a bounded memory would let deleted
//! posts stay. The network deletes 10 to 20 posts a second, so that is about 1.3 million small events a day. A post
//! that no longer matches after an edit becomes a deletion too; edits are rare.
//!
//! **Resuming** reads some seconds again, for servers stamp events with their own clocks; rows are keyed by post, so
//! a repeat changes nothing. A server keeps about 36 hours; after a longer pause it begins with what it has and says
//! nothing, so the first event is compared with the cursor and a gap is told with its two ends.

mod api;
mod config;
mod connection;
mod parse;
mod search;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Delete, DropReason, Event, Gap, Mention, RejectReason, Rejection, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

pub use self::config::BlueskyConfig;
use self::{
    api::Version,
    connection::{Connection, Heard, Setup},
    parse::{SOURCE, What},
    search::Search,
};
use crate::source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError};

/// A page is given back after this time, or when it has so many bytes or items.
const PAGE_TIME: Duration = Duration::from_secs(1);
const PAGE_BYTES: usize = 5 << 20;
const PAGE_ITEMS: usize = 10_000;

/// A first event so much later than the cursor means that the server no longer has what was between.
const GAP_US: i64 = 60 * 1_000_000;

/// A connection that lasted less is a failed one.
const SHORT: Duration = Duration::from_secs(10);

/// Longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Reads the posts of the whole network.
pub struct BlueskySource {
    setup: Setup,
    search: Option<Search>,
    version: Version,
    endpoints: Vec<Url>,
    languages: Vec<String>,
    context: SourceContext,
    /// The endpoint in use.
    current: usize,
    /// Connections in a row that ended soon.
    failures: u32,
    open: Option<Open>,
}

impl std::fmt::Debug for BlueskySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlueskySource").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

/// A connection, and up to where its events have been handed out.
struct Open {
    connection: Connection,
    position: Option<i64>,
    /// Whether an event has come yet.
    has_spoken: bool,
    /// What the server no longer had.
    gaps: Vec<Gap>,
}

/// The cursor: the server's time of the last event, in microseconds since 1970. It is good on every server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Progress {
    time_us: i64,
}

impl BlueskySource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for a server that is none, a dictionary that cannot be read, or a contact that cannot
    /// stand in a header.
    pub fn new(config: BlueskyConfig, context: SourceContext) -> Result<Self, SourceError> {
        let version = config.version();
        let endpoint = |host: &String| {
            config::endpoint(host, version)
                .ok_or_else(|| SourceError::Setup(format!("`{host}` is no Jetstream server")))
        };
        let endpoints: Vec<Url> = config.hosts.iter().map(endpoint).collect::<Result<_, _>>()?;
        if endpoints.is_empty() {
            return Err(SourceError::Setup("`hosts` must not be empty".to_owned()));
        }
        Ok(Self {
            setup: Setup::new(&config, &context)?,
            search: Search::new(&config, &context)?,
            version,
            endpoints,
            languages: config.languages.iter().map(|language| primary(language)).collect(),
            context,
            current: 0,
            failures: 0,
            open: None,
        })
    }

    /// Connects to the first server that is there, beginning with the current one.
    async fn connect(&mut self, position: Option<i64>) -> Result<Open, SourceError> {
        let mut problem = None;
        for _ in 0..self.endpoints.len() {
            let endpoint = &self.endpoints[self.current];
            match Connection::open(&self.setup, endpoint, position).await {
                Ok(connection) => {
                    tracing::info!(host = endpoint.host_str(), "connected");
                    return Ok(Open { connection, position, has_spoken: false, gaps: Vec::new() });
                }
                Err(error) => {
                    tracing::warn!(host = endpoint.host_str(), %error, "not connected");
                    // One server that refuses us is no reason to give up while another is only away.
                    if !matches!(problem, Some(SourceError::Later { .. })) {
                        problem = Some(error);
                    }
                    self.use_next();
                }
            }
        }
        Err(problem.unwrap_or_else(|| SourceError::later("no server")))
    }

    fn use_next(&mut self) {
        self.current = (self.current + 1) % self.endpoints.len();
    }

    /// Reads one page; says why the connection ended, if it did.
    async fn read(&self, open: &mut Open) -> (Vec<Item>, Option<String>) {
        let deadline = Instant::now() + PAGE_TIME;
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < PAGE_ITEMS && bytes < PAGE_BYTES {
            match open.connection.next(deadline).await {
                Heard::Event(frame) => {
                    bytes += frame.len();
                    items.push(self.item(open, &frame));
                }
                Heard::Unreadable(raw, error) => {
                    let rejection = Rejection::new(RejectReason::BadEncoding, error);
                    items.push(Item::Reject { raw, place: SOURCE.to_owned(), rejection });
                }
                Heard::Nothing => return (items, None),
                Heard::Closed(reason) => return (items, Some(reason)),
            }
            // A flood never makes the socket wait, so the deadline has to be looked at here too.
            if Instant::now() >= deadline {
                break;
            }
        }
        (items, None)
    }

    /// What becomes of one frame; does no I/O.
    pub fn read_frame(&self, frame: &[u8]) -> Item {
        self.time_and_fate(frame).1
    }

    fn time_and_fate(&self, frame: &[u8]) -> (Option<i64>, Item) {
        match parse::frame(self.version, frame, Timestamp::now()) {
            Ok(read) => (read.time_us, self.fate(read.what)),
            Err((time_us, rejection)) => {
                let place = time_us.map_or_else(|| SOURCE.to_owned(), |time_us| format!("time_us {time_us}"));
                (time_us, Item::Reject { raw: Bytes::copy_from_slice(frame), place, rejection })
            }
        }
    }

    fn item(&self, open: &mut Open, frame: &Bytes) -> Item {
        let (time_us, item) = self.time_and_fate(frame);
        if let Some(time_us) = time_us {
            self.note_time(open, time_us);
        }
        item
    }

    fn fate(&self, what: What) -> Item {
        match what {
            What::Nothing(reason) => Item::Drop(reason),
            What::Gone(event) => Item::Keep(event),
            What::Post { mention, languages, changed } => {
                if self.speaks(&languages) && self.context.wants(&mention) {
                    Item::Keep(Event::Upsert(mention))
                } else if changed {
                    Item::Keep(no_longer_wanted(*mention))
                } else {
                    Item::Drop(DropReason::NoQueryMatched)
                }
            }
        }
    }

    /// Whether a post declares one of the languages to keep, or none at all.
    fn speaks(&self, declared: &[String]) -> bool {
        self.languages.is_empty()
            || declared.is_empty()
            || declared.iter().any(|language| self.languages.contains(&primary(language)))
    }

    fn note_time(&self, open: &mut Open, time_us: i64) {
        if let Some(position) = open.position
            && !open.has_spoken
            && is_gap(position, time_us)
        {
            let time = |time_us: i64| Timestamp::from_millis(time_us / 1000);
            let (from, to) = (time(position), time(time_us));
            let host = self.endpoints[self.current].host_str();
            tracing::warn!(host, %from, %to, "gap: the server has no events in between");
            open.gaps.push(Gap { from, to, why: "the server keeps some 36 hours and no longer had it".to_owned() });
        }
        open.has_spoken = true;
        open.position = Some(open.position.map_or(time_us, |position| position.max(time_us)));
    }

    /// How long to wait after a connection that ended; a server that drops everybody at once is not helped by haste.
    fn pause(&mut self, open: &Open) -> Duration {
        self.failures = if open.connection.opened.elapsed() < SHORT { self.failures.saturating_add(1) } else { 0 };
        let pause = Duration::from_millis(250).saturating_mul(1 << self.failures.min(10)).min(MAX_PAUSE);
        if self.failures <= 1 { Duration::ZERO } else { pause }
    }
}

/// Whether a server that was asked for everything since `position` left something out, for its first event is of
/// `first`. The network is never quiet for long.
fn is_gap(position: i64, first: i64) -> bool {
    first.saturating_sub(position) > GAP_US
}

/// An edit after which no query matches: what was kept of the post has to go.
fn no_longer_wanted(mention: Mention) -> Event {
    let at = Timestamp::from_millis(i64::try_from(mention.revision).unwrap_or(i64::MAX));
    Event::Delete(Delete { id: mention.id, source: SOURCE.to_owned(), reason: Some("edited".to_owned()), at })
}

/// The language itself: `en` of `en-US`.
fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[async_trait]
impl Source for BlueskySource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let position = after.map(Cursor::read::<Progress>).transpose()?.map(|progress| progress.time_us);
        // The connection is out of `self` while it is read: a call that is dropped half-way drops it too, and a page
        // that did not become durable is read again because the cursor then differs from the connection's position.
        let mut open = match self.open.take() {
            Some(open) if open.position == position => open,
            _ => self.connect(position).await?,
        };
        let (items, ended) = self.read(&mut open).await;
        let next =
            open.position.filter(|_| open.position != position).map(|time_us| Cursor::new(&Progress { time_us }));
        let gaps = std::mem::take(&mut open.gaps);
        let Some(reason) = ended else {
            self.open = Some(open);
            return Ok(Page { gaps, ..Page::new(items, next, Again::Now) });
        };
        tracing::warn!(host = self.endpoints[self.current].host_str(), reason, "connection ended");
        self.use_next();
        let pause = self.pause(&open);
        if !open.has_spoken {
            return Err(SourceError::later(format!("connection ended before its first event: {reason}")));
        }
        let again = if pause.is_zero() { Again::Now } else { Again::After(pause) };
        Ok(Page { gaps, ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        self.estimate_history(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clamped_cursor_is_a_gap_and_an_overlap_is_none() {
        let position = 1_795_334_400_000_000;
        for first in [position - 5_000_000, position, position + 2_000_000] {
            assert!(!is_gap(position, first));
        }
        assert!(is_gap(position, position + 36 * 3_600_000_000));
    }

    #[test]
    fn languages_are_compared_without_their_region() {
        assert_eq!(["en-US", "EN", "en_GB", "nl"].map(primary), ["en", "en", "en", "nl"]);
    }
}
