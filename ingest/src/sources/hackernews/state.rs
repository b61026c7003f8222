//! How far Hacker News has been read. Bounded: at most [`MAX_KNOWN`] items known, [`MAX_MISSING`] waited for and one
//! entry a search term, about 200 KB in all.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

/// Most published items whose state is remembered; at the busiest of times those of several hours.
const MAX_KNOWN: usize = 5_000;

/// Most ids that are waited for.
const MAX_MISSING: usize = 1_000;

/// How long an id that gives `null` or an error is asked for again. Some never appear.
const MISSING_FOR: Duration = Duration::from_secs(15 * 60);

/// The fingerprint of what is gone.
pub(super) const GONE: u64 = 0;

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Every id up to this one has been read or is in `missing`.
    pub(super) last_id: u64,
    pub(super) missing: Vec<Missing>,
    known: VecDeque<Known>,
    /// What remains of history, by search term.
    pub(super) history: BTreeMap<String, Window>,
}

/// An id that was not there, and since when; milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Missing {
    pub(super) id: u64,
    pub(super) since: i64,
}

/// A published item's id and fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Known(u64, u64);

/// The time still to be searched, in seconds since 1970: from `since` up to but not including `until`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) since: i64,
    pub(super) until: i64,
}

impl Window {
    pub(super) fn is_empty(self) -> bool {
        self.until <= self.since
    }
}

impl Progress {
    /// What was last published about an item, if that is remembered.
    pub(super) fn known(&self, id: u64) -> Option<u64> {
        self.known.iter().rev().find(|known| known.0 == id).map(|known| known.1)
    }

    /// Remembers what was published about an item; the oldest memory goes when there are too many.
    pub(super) fn remember(&mut self, id: u64, fingerprint: u64) {
        self.known.retain(|known| known.0 != id);
        self.known.push_back(Known(id, fingerprint));
        while self.known.len() > MAX_KNOWN {
            self.known.pop_front();
        }
    }

    /// Notes that an id was not there; gives up in time, and on the oldest when there are too many.
    pub(super) fn miss(&mut self, id: u64, since: i64, now: Timestamp) {
        let waited = now.as_millis().saturating_sub(since);
        if u128::try_from(waited).unwrap_or_default() > MISSING_FOR.as_millis() {
            tracing::debug!(id, "item never appeared");
            return;
        }
        self.missing.push(Missing { id, since });
        if self.missing.len() > MAX_MISSING {
            let given_up = self.missing.remove(0);
            tracing::warn!(id = given_up.id, "too many items to wait for; gave up on the oldest");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn memory_is_bounded_and_waiting_ends() {
        let mut progress = Progress::default();
        let now = Timestamp::from_seconds(1_795_000_000);
        for id in 0..20_000 {
            progress.remember(id, u64::MAX);
            progress.miss(id, now.as_millis(), now);
        }
        assert_eq!(progress.known(19_999), Some(u64::MAX));
        assert_eq!(progress.known(1), None);
        assert!(serde_json::to_string(&progress).unwrap().len() < 300_000);
        let waiting = progress.missing.len();
        progress.miss(1, now.as_millis() - 16 * 60 * 1000, now);
        assert_eq!(progress.missing.len(), waiting);
    }
}
