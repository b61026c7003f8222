//! How far X was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ids::Ids, parse::id_time};
use hark_mention::Timestamp;

/// How far the search goes back, less some minutes for clocks and waiting. Unit: milliseconds.
pub(super) const REACH: i64 = (7 * 24 * 60 - 10) * 60 * 1000;

/// A search ends half a minute before it is made, so that X has them all. Unit: milliseconds.
const LAG: i64 = 60_000;

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// By [`key`] of the query.
    pub(super) searches: BTreeMap<String, Search>,
    /// The collected posts.
    pub(super) ids: Ids,
    pub(super) check: Check,
}

/// The question which of the collected posts are gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Check {
    /// When it was asked last. Milliseconds since 1970.
    pub(super) asked: i64,
    /// The job that looks for the answer.
    pub(super) job: Option<String>,
}

/// How far one query was searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Search {
    /// The newest post of the last finished search.
    pub(super) since: Option<u64>,
    /// Up to when everything was searched. Milliseconds since 1970.
    pub(super) from: i64,
    /// A search that is under way.
    pub(super) walk: Option<Walk>,
}

/// A search goes from the newest post to the oldest; only at its end does it count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Walk {
    newest: u64,
    /// The oldest so far.
    pub(super) until: u64,
    /// When it began. Milliseconds since 1970.
    began: i64,
}

/// Where a search begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Start {
    /// After this post.
    Post(u64),
    /// At this time; what the last search left out for being too old lies before it.
    Time(Timestamp),
}

impl Search {
    /// A query that was never searched.
    pub(super) fn new(from: i64) -> Self {
        Self { since: None, from, walk: None }
    }

    /// Where to begin, and the time of which X no longer has the posts.
    pub(super) fn start(&self, now: i64) -> (Start, Option<(i64, i64)>) {
        let reach = now.saturating_sub(REACH);
        let gap = (self.from < reach).then_some((self.from, reach));
        match self.since {
            // X refuses a post that is older than its reach.
            Some(post) if id_time(post).as_millis() > reach => (Start::Post(post), gap),
            _ => (Start::Time(Timestamp::from_millis(self.from.max(reach).min(now.saturating_sub(LAG)))), gap),
        }
    }

    /// Notes a page that brought these posts, the oldest of the walk so far; `more` says whether it goes on.
    pub(super) fn note(&mut self, ids: &[u64], more: bool, now: i64) {
        let newest = ids.iter().copied().max();
        let walk = match (self.walk, newest, ids.iter().copied().min()) {
            (Some(walk), _, oldest) => Some(Walk { until: oldest.unwrap_or(walk.until).min(walk.until), ..walk }),
            (None, Some(newest), Some(until)) => Some(Walk { newest, until, began: now }),
            (None, ..) => None,
        };
        // A page without posts that promises more would be asked for again and again.
        if more && !ids.is_empty() {
            self.walk = walk;
            return;
        }
        self.since = walk.map(|walk| walk.newest).max(self.since);
        self.from = walk.map_or(now, |walk| walk.began).saturating_sub(LAG).max(self.from);
        self.walk = None;
    }

    /// Notes that everything up to `post` came by the stream.
    pub(super) fn streamed(&mut self, post: u64) {
        if self.walk.is_none() {
            self.since = self.since.max(Some(post));
            self.from = self.from.max(id_time(post).as_millis());
        }
    }

    /// Notes that nothing was missed up to `now`, because the stream stood.
    pub(super) fn listened(&mut self, now: i64) {
        if self.walk.is_none() {
            self.from = self.from.max(now.saturating_sub(LAG));
        }
    }
}

/// A short name for a query, so that cursors stay small.
pub(super) fn key(query: &str) -> String {
    Sha256::digest(query).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::x::parse::first_id;

    const DAY: i64 = 24 * 3600 * 1000;
    const NOW: i64 = 1_795_334_400_000;

    fn post(at: i64) -> u64 {
        first_id(Timestamp::from_millis(at))
    }

    #[test]
    fn a_search_counts_when_it_is_at_its_end() {
        let mut search = Search::new(NOW - DAY);
        assert_eq!(search.start(NOW), (Start::Time(Timestamp::from_millis(NOW - DAY)), None));
        search.note(&[post(NOW - 10), post(NOW - 20)], true, NOW);
        assert_eq!((search.since, search.walk.map(|walk| walk.until)), (None, Some(post(NOW - 20))));
        // Posts that are written meanwhile are for the next search.
        search.note(&[post(NOW - 30)], false, NOW + 99);
        assert_eq!(search, Search { since: Some(post(NOW - 10)), from: NOW - LAG, walk: None });
        assert_eq!(search.start(NOW + DAY), (Start::Post(post(NOW - 10)), None));
    }

    #[test]
    fn what_is_older_than_the_search_reaches_is_a_gap() {
        let mut search = Search::new(NOW);
        search.note(&[post(NOW)], false, NOW);
        let (start, gap) = search.start(NOW + 9 * DAY);
        assert!(matches!(start, Start::Time(time) if time.as_millis() > NOW + 2 * DAY));
        assert_eq!(gap.map(|gap| gap.0), Some(NOW));
        // Nothing was written, but everything was searched: no gap.
        search.note(&[], false, NOW + 8 * DAY);
        let (start, gap) = search.start(NOW + 9 * DAY);
        assert_eq!((start, gap), (Start::Time(Timestamp::from_millis(NOW + 8 * DAY - LAG)), None));
    }

    #[test]
    fn an_empty_page_that_promises_more_ends_the_search() {
        let mut search = Search::new(NOW - DAY);
        search.note(&[], true, NOW);
        assert_eq!(search, Search { since: None, from: NOW - LAG, walk: None });
    }
}
