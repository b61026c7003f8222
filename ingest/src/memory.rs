//! What a source published lately, kept in its cursor: repeats, edits and deletions are recognised by it, and it says
//! what to look at again.
//!
//! Bounded: at most [`ROOM`] mentions, the oldest go first. Edits and deletions of older ones are seen only where the
//! source itself tells of them by an id that needs no look-up.

use std::{
    collections::VecDeque,
    time::{Duration, Instant, SystemTime},
};

use hark_mention::{Delete, DropReason, Event, Mention, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    fingerprint::{GONE, fingerprint, same_words},
    source::Item,
};

/// Most mentions that are remembered; with their addresses some 500 KB, for a cursor has to fit into one record.
pub(crate) const ROOM: usize = 4_000;

/// Least turns in which the memory is looked at, so that a memory that fills is not left alone for long.
const MIN_TURNS: usize = 24;

/// The mentions of one source that were published lately, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Memory {
    known: VecDeque<Known>,
}

/// One of them. On the wire a list, for there are thousands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub(crate) struct Known {
    /// What the source calls it.
    pub(crate) key: String,
    /// Its mention id, where that is not the source's name, a colon and the key.
    pub(crate) mention: Option<String>,
    /// What it said; [`GONE`] when it was deleted.
    print: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Row {
    Named(String, u64, String),
    Plain(String, u64),
}

impl From<Row> for Known {
    fn from(row: Row) -> Self {
        match row {
            Row::Named(key, print, mention) => Self { key, mention: Some(mention), print },
            Row::Plain(key, print) => Self { key, mention: None, print },
        }
    }
}

impl From<Known> for Row {
    fn from(known: Known) -> Self {
        let Known { key, mention, print } = known;
        match mention {
            Some(mention) => Self::Named(key, print, mention),
            None => Self::Plain(key, print),
        }
    }
}

impl Memory {
    /// What is known of `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Known> {
        self.known.iter().rev().find(|known| known.key == key)
    }

    /// What becomes of a mention that was read under `key`: `wanted` says whether it is listened for.
    ///
    /// A repeat is dropped, an edit gets the time of noticing as its revision, and what no longer matches any query
    /// after an edit is deleted.
    pub(crate) fn judge(&mut self, key: &str, mut mention: Mention, wanted: bool, now: Timestamp) -> Item {
        let print = fingerprint(&mention);
        let before = self.get(key).map(|known| known.print);
        if before == Some(print) {
            return Item::Drop(DropReason::Unchanged);
        }
        if !wanted {
            let is_kept = before.is_some_and(|before| before != GONE);
            return if is_kept {
                self.lost(key, &mention.source, "edited", now)
            } else {
                Item::Drop(DropReason::NoQueryMatched)
            };
        }
        if let Some(before) = before {
            mention.revision = mention.revision.max(u64::try_from(now.as_millis()).unwrap_or_default());
            if before != GONE && !same_words(before, print) && mention.edited_at.is_none() {
                mention.edited_at = Some(now);
            }
        }
        let is_named = mention.id != id(&mention.source, key);
        let name = is_named.then(|| mention.id.clone());
        self.remember(Known { key: key.to_owned(), mention: name, print });
        Item::Keep(Event::Upsert(Box::new(mention)))
    }

    /// What becomes of the news that `key` is gone: a deletion, told once, of what is known.
    pub(crate) fn lost(&mut self, key: &str, source: &str, reason: &str, now: Timestamp) -> Item {
        let Some(known) = self.known.iter_mut().find(|known| known.key == key) else {
            return Item::Drop(DropReason::NotAMention);
        };
        if known.print == GONE {
            return Item::Drop(DropReason::Unchanged);
        }
        known.print = GONE;
        let id = known.mention.clone().unwrap_or_else(|| id(source, key));
        Item::Keep(Event::Delete(Delete { id, source: source.to_owned(), reason: Some(reason.to_owned()), at: now }))
    }

    fn remember(&mut self, known: Known) {
        self.known.retain(|other| other.key != known.key);
        self.known.push_back(known);
        while self.known.len() > ROOM {
            self.known.pop_front();
        }
    }
}

/// When to look at which of the remembered mentions again: all of them in their turn, evenly spread over a time.
#[derive(Debug)]
pub(crate) struct Rechecks {
    every: Duration,
    next: Instant,
    /// Where in the memory the next turn begins. A process begins anywhere, so that restarts favour none.
    at: usize,
}

impl Rechecks {
    /// Looks at each mention once in `every`.
    pub(crate) fn new(every: Duration) -> Self {
        let anywhere = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        Self { every, next: Instant::now(), at: anywhere as usize }
    }

    /// What to look at now; at most `most`, which is what one request can ask for. What is gone is not looked at.
    pub(crate) fn due(&mut self, memory: &Memory, most: usize) -> Vec<Known> {
        if Instant::now() < self.next {
            return Vec::new();
        }
        let there: Vec<&Known> = memory.known.iter().filter(|known| known.print != GONE).collect();
        let turns = there.len().div_ceil(most.max(1)).max(MIN_TURNS);
        self.next = Instant::now() + self.every / u32::try_from(turns).unwrap_or(u32::MAX);
        let start = self.at % there.len().max(1);
        self.at = start + most;
        there.iter().cycle().skip(start).take(most.min(there.len())).map(|known| (*known).clone()).collect()
    }

    /// How long until the next turn.
    pub(crate) fn pause(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }
}

fn id(source: &str, key: &str) -> String {
    format!("{source}:{key}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + seconds)
    }

    fn mention(text: &str) -> Mention {
        Mention::new("x:1", "x", text, at(0))
    }

    fn kept(item: Item) -> Mention {
        match item {
            Item::Keep(Event::Upsert(mention)) => *mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn repeats_edits_and_deletions_are_told_once() {
        let mut memory = Memory::default();
        let first = kept(memory.judge("1", mention("good"), true, at(1)));
        assert_eq!((first.revision, first.edited_at), (0, None));
        assert_eq!(memory.judge("1", mention("good"), true, at(2)), Item::Drop(DropReason::Unchanged));
        let edit = kept(memory.judge("1", mention("bad"), true, at(3)));
        assert_eq!((edit.revision, edit.edited_at), (1_795_000_003_000, Some(at(3))));
        let mut liked = mention("bad");
        liked.engagement.likes = Some(5);
        let liked = kept(memory.judge("1", liked, true, at(4)));
        assert_eq!((liked.revision, liked.edited_at), (1_795_000_004_000, None));
        let gone = memory.lost("1", "x", "author", at(5));
        assert!(matches!(gone, Item::Keep(Event::Delete(delete)) if delete.at == at(5) && delete.id == "x:1"));
        assert_eq!(memory.lost("1", "x", "author", at(6)), Item::Drop(DropReason::Unchanged));
        assert_eq!(memory.lost("2", "x", "author", at(6)), Item::Drop(DropReason::NotAMention));
        // It is back.
        assert_eq!(kept(memory.judge("1", mention("bad"), true, at(7))).revision, 1_795_000_007_000);
    }

    #[test]
    fn what_no_longer_matches_is_deleted_by_its_own_name() {
        let mut memory = Memory::default();
        assert_eq!(memory.judge("local", mention("else"), false, at(1)), Item::Drop(DropReason::NoQueryMatched));
        kept(memory.judge("local", mention("brand"), true, at(2)));
        assert_eq!(memory.get("local").and_then(|known| known.mention.as_deref()), Some("x:1"));
        let gone = memory.judge("local", mention("else"), false, at(3));
        assert!(
            matches!(gone, Item::Keep(Event::Delete(delete)) if delete.reason.as_deref() == Some("edited") && delete.id == "x:1")
        );
        assert_eq!(memory.judge("local", mention("else"), false, at(4)), Item::Drop(DropReason::NoQueryMatched));
    }

    #[test]
    fn all_have_their_turn_but_the_gone() {
        let mut memory = Memory::default();
        let mut rechecks = Rechecks::new(Duration::ZERO);
        assert_eq!(rechecks.due(&memory, 2), []);
        for key in ["a", "b", "c", "d", "e", "f"] {
            kept(memory.judge(key, mention(key), true, at(0)));
        }
        memory.lost("c", "x", "author", at(1));
        let mut turn =
            |most| -> Vec<String> { rechecks.due(&memory, most).into_iter().map(|known| known.key).collect() };
        let mut seen: Vec<String> = (0..5).flat_map(|_| turn(1)).collect();
        seen.sort();
        assert_eq!(seen, ["a", "b", "d", "e", "f"]);
        assert_eq!(turn(20).len(), 5, "each once");
        let mut slow = Rechecks::new(Duration::from_secs(3600));
        assert_eq!(slow.due(&memory, 2).len(), 2);
        assert_eq!(slow.due(&memory, 2), [], "not at once again");
        assert!(slow.pause() <= Duration::from_secs(150));
    }

    #[test]
    fn a_full_memory_fits_into_one_record() {
        let mut memory = Memory::default();
        let id = |number: usize| 100_000_000_000_000_000 + number;
        for number in 0..2 * ROOM {
            let mut long = mention("text");
            long.id = format!("mastodon:https://social.example.org/users/somebody/statuses/{}", id(number));
            memory.judge(&id(number).to_string(), long, true, at(0));
        }
        let json = serde_json::to_string(&memory).unwrap();
        assert!(json.len() < 600_000, "{}", json.len());
        let read: Memory = serde_json::from_str(&json).unwrap();
        assert_eq!(read, memory);
        assert_eq!(read.known.len(), ROOM);
    }
}
