//! What a source collected of the last weeks, to notice edits and deletions, which its interface does not tell.

use std::collections::{BTreeMap, BTreeSet};

use hark_mention::{DropReason, Event, Mention, Rejection, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::source::Item;

/// Most posts of one list, and comments of all lists, that are remembered; the oldest are forgotten.
const MAX_POSTS: usize = 500;
const MAX_COMMENTS: usize = 5_000;

/// Most entries that are remembered as rejected.
const MAX_REJECTED: usize = 1_000;

/// A part of a cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// Posts by their id, by list.
    pub(super) lists: BTreeMap<String, BTreeMap<String, Thread>>,
    /// Entries that could not be read: they come again at each look, and are dead letters once.
    rejected: BTreeSet<u32>,
}

/// A post and its comments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    /// Of the post's words.
    pub(super) print: u32,
    /// When it was published. Milliseconds since 1970.
    pub(super) at: i64,
    /// When it was edited or commented on. Milliseconds since 1970.
    pub(super) updated: i64,
    pub(super) count: u64,
    /// When all comments were read. Milliseconds since 1970.
    pub(super) read: i64,
    /// Words by the comment's id.
    pub(super) comments: BTreeMap<String, u32>,
}

/// How what was read compares with what is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compared {
    New,
    Same,
    Edited,
}

impl Compared {
    pub(super) fn of(known: Option<u32>, print: u32) -> Self {
        match known {
            None => Self::New,
            Some(known) if known == print => Self::Same,
            Some(_) => Self::Edited,
        }
    }
}

/// What somebody wrote, in 32 bits.
pub(super) fn fingerprint(mention: &Mention) -> u32 {
    digest(&mention.text)
}

fn digest(text: &str) -> u32 {
    Sha256::digest(text).iter().take(4).fold(0, |hash, byte| hash << 8 | u32::from(*byte))
}

/// What becomes of a post or comment. Where its own edit time is not told, the moment of noticing is that of the edit.
pub(super) fn fate(mut mention: Mention, compared: Compared, now: Timestamp) -> Item {
    if compared == Compared::Same {
        return Item::Drop(DropReason::Unchanged);
    }
    if mention.text.is_empty() {
        return Item::Drop(DropReason::Empty);
    }
    if compared == Compared::Edited && mention.revision == 0 {
        mention.revision = u64::try_from(now.as_millis()).unwrap_or_default();
        mention.edited_at = Some(now);
    }
    Item::Keep(Event::Upsert(Box::new(mention)))
}

impl Known {
    pub(super) fn thread(&mut self, list: &str, post: &str) -> Option<&mut Thread> {
        self.lists.get_mut(list)?.get_mut(post)
    }

    /// What becomes of an entry that cannot be read.
    pub(super) fn reject(&mut self, json: &Value, source: &str, rejection: Rejection) -> Item {
        let raw = json.to_string();
        if self.rejected.len() >= MAX_REJECTED {
            self.rejected.clear();
        }
        if !self.rejected.insert(digest(&raw)) {
            return Item::Drop(DropReason::Unchanged);
        }
        let place = json.get("id").and_then(Value::as_str).unwrap_or(source).to_owned();
        Item::Reject { raw: raw.into(), place, rejection }
    }

    /// Forgets what is older than `since`, and what is too much.
    pub(super) fn trim(&mut self, list: &str, since: i64) {
        if let Some(posts) = self.lists.get_mut(list) {
            posts.retain(|_, thread| thread.at >= since);
            while posts.len() > MAX_POSTS {
                let oldest = posts.iter().min_by_key(|(_, thread)| thread.at).map(|(id, _)| id.clone());
                oldest.into_iter().for_each(|id| drop(posts.remove(&id)));
            }
        }
        let threads = || self.lists.values().flat_map(BTreeMap::values);
        let mut comments: usize = threads().map(|thread| thread.comments.len()).sum();
        while comments > MAX_COMMENTS {
            let threads = self.lists.values_mut().flat_map(BTreeMap::values_mut);
            let Some(oldest) = threads.filter(|thread| !thread.comments.is_empty()).min_by_key(|thread| thread.at)
            else {
                break;
            };
            comments -= oldest.comments.len();
            oldest.comments.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut known = Known::default();
        let comments = |count: usize| (0..count).map(|id| (id.to_string(), 1)).collect();
        let posts = (0..600).map(|at| (format!("{at:04}"), Thread { at, comments: comments(30), ..Thread::default() }));
        known.lists.insert("feed".into(), posts.collect());
        known.trim("feed", 50);
        let posts = &known.lists["feed"];
        assert_eq!((posts.len(), posts.keys().next().map(String::as_str)), (MAX_POSTS, Some("0100")));
        let comments: usize = posts.values().map(|thread| thread.comments.len()).sum();
        assert!(comments <= MAX_COMMENTS && !posts["0599"].comments.is_empty() && posts["0100"].comments.is_empty());
    }
}
