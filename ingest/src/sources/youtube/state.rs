//! How far YouTube has been read.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    walk::{Walk, before},
    watch::Watch,
};

/// Most found videos that are followed; the ones without news for longest go.
const MAX_FOUND: usize = 300;

/// Most threads whose number of answers is remembered, and most that wait to be read.
const MAX_THREADS: usize = 1_000;

/// Longest pause between two looks at a found video.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// The cursor. Bounded: some 800 KB at most, most of it the mentions to look at again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// By channel and video.
    pub(super) walks: BTreeMap<String, Walk>,
    /// When the search for these words was last made, in milliseconds since 1970.
    pub(super) searched: BTreeMap<String, i64>,
    /// Where the next page of a search for history begins, by its words.
    pub(super) search_pages: BTreeMap<String, String>,
    /// Videos that searches found, by id.
    pub(super) found: BTreeMap<String, Found>,
    pub(super) threads: Threads,
    pub(super) watch: Watch,
}

/// A video that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) title: String,
    /// When it was found, in milliseconds since 1970.
    pub(super) at: i64,
    /// When it last had a new comment, or was found.
    pub(super) news: i64,
}

impl Found {
    /// The pause until the next look: a tenth of the time without news, so that many quiet videos cost little.
    pub(super) fn pause(&self, least: Duration, now: Timestamp) -> Duration {
        let quiet = Duration::from_millis(u64::try_from(now.as_millis().saturating_sub(self.news)).unwrap_or_default());
        (quiet / 10).clamp(least, MAX_PAUSE.max(least))
    }
}

/// Threads with more answers than come along with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Threads {
    /// How many answers each had when they were last read.
    counts: VecDeque<(String, u64)>,
    /// Those whose answers are still to be read.
    pub(super) open: VecDeque<OpenThread>,
}

/// A thread whose answers are being read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenThread {
    pub(super) id: String,
    pub(super) video: Option<String>,
    /// Whether only what is wanted is kept of it.
    pub(super) only_wanted: bool,
    /// Where the next page of answers begins.
    pub(super) next: Option<String>,
    pub(super) pages: u32,
}

impl Threads {
    /// Notes how many answers a thread has; if that has changed, they are to be read.
    pub(super) fn note(&mut self, thread: OpenThread, answers: u64) {
        if self.counts.iter().any(|(id, count)| *id == thread.id && *count == answers) {
            return;
        }
        self.counts.retain(|(id, _)| *id != thread.id);
        self.counts.push_back((thread.id.clone(), answers));
        if self.counts.len() > MAX_THREADS {
            self.counts.pop_front();
        }
        if self.open.len() < MAX_THREADS && !self.open.iter().any(|open| open.id == thread.id) {
            self.open.push_back(thread);
        }
    }
}

impl Progress {
    /// Notes videos that a search found; says how many are new.
    pub(super) fn note_found(&mut self, videos: impl Iterator<Item = (String, String)>, now: Timestamp) -> usize {
        let at = now.as_millis();
        let mut new = 0;
        for (id, title) in videos {
            new += usize::from(!self.found.contains_key(&id));
            let title = title.chars().take(100).collect();
            self.found.entry(id).or_insert(Found { title, at, news: at });
        }
        while self.found.len() > MAX_FOUND {
            let Some(quietest) = self.found.iter().min_by_key(|(_, found)| found.news).map(|(id, _)| id.clone()) else {
                break;
            };
            self.found.remove(&quietest);
        }
        new
    }

    /// Forgets found videos that have been followed for long enough, and listings that are no longer read.
    pub(super) fn tidy(&mut self, follow: Duration, now: Timestamp, is_configured: impl Fn(&str) -> bool) {
        let since = before(now, follow).as_millis();
        self.found.retain(|_, found| found.at >= since);
        self.walks.retain(|name, _| is_configured(name) || video(name).is_some_and(|id| self.found.contains_key(id)));
    }
}

/// The name of the listing of a video's comments.
pub(super) fn video_name(id: &str) -> String {
    format!("video {id}")
}

/// The video that a listing is of.
pub(super) fn video(name: &str) -> Option<&str> {
    name.strip_prefix("video ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + hours * 3600)
    }

    #[test]
    fn quiet_videos_are_looked_at_less_often_and_then_no_more() {
        let mut progress = Progress::default();
        assert_eq!(progress.note_found([("a".to_owned(), "A".to_owned())].into_iter(), at(0)), 1);
        assert_eq!(progress.note_found([("a".to_owned(), "A".to_owned())].into_iter(), at(1)), 0);
        let least = Duration::from_secs(900);
        let pause = |hours| progress.found.get("a").unwrap().pause(least, at(hours)).as_secs();
        assert_eq!((pause(0), pause(10), pause(1000)), (900, 3600, 24 * 3600));
        progress.walks.insert(video_name("a"), Walk::default());
        progress.tidy(Duration::from_secs(24 * 3600), at(24), |_| false);
        assert_eq!((progress.found.len(), progress.walks.len()), (1, 1));
        progress.tidy(Duration::from_secs(24 * 3600), at(25), |_| false);
        assert_eq!((progress.found.len(), progress.walks.len()), (0, 0));
    }

    #[test]
    fn a_thread_is_read_again_when_its_answers_have_changed() {
        let mut threads = Threads::default();
        let thread = |id: &str| OpenThread { id: id.to_owned(), video: None, only_wanted: false, next: None, pages: 0 };
        threads.note(thread("a"), 7);
        assert_eq!(threads.open.pop_front(), Some(thread("a")));
        threads.note(thread("a"), 7);
        assert!(threads.open.is_empty());
        threads.note(thread("a"), 8);
        assert_eq!(threads.open.len(), 1);
        for n in 0..5_000 {
            threads.note(thread(&n.to_string()), 7);
        }
        assert!(threads.open.len() <= MAX_THREADS && threads.counts.len() <= MAX_THREADS);
    }
}
