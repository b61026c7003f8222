//! What a source has published, remembered so that it can be looked at again: sites that tell no edits and deletions
//! are asked about each mention anew within the time that their terms demand.
//!
//! The memory is part of the source's cursor, so it is bounded in bytes; what no longer fits is the oldest.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
};

use hark_mention::{Delete, DropReason, Event, Mention, Rejection, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    fingerprint::{GONE, fingerprint, hash, same_words},
    source::Item,
};

/// Room of one source's memory as JSON. The whole cursor has to fit into one record of 1 MiB.
///
/// Unit: bytes; some 9,000 mentions of Reddit, 5,500 of YouTube.
const MAX_BYTES: usize = 560 << 10;

/// Bytes of one entry as JSON, besides its texts.
const ENTRY_BYTES: usize = 58;

/// What a site says about an item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// It is there.
    Mention(Box<Mention>),
    /// It was removed.
    Gone {
        /// Who removed it: `author`, `moderator`, `site`.
        reason: &'static str,
    },
    /// Nothing that a customer says.
    Nothing,
    /// It says nothing: neither title nor text.
    Empty,
}

/// The published mentions of one source, by the part of their ids behind `source:`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Watch(BTreeMap<String, Entry>);

/// Fingerprint, when it was last seen and when it was published (both in seconds since 1970), and what the site
/// knows it by when that is not its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry(u64, i64, i64, Option<String>);

/// A mention to look at again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Due {
    /// Its id without `source:`.
    pub(crate) key: String,
    /// What the site knows it by.
    pub(crate) handle: String,
}

impl Watch {
    /// Whether something was published under this key and is not gone.
    pub(crate) fn holds(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|entry| entry.0 != GONE)
    }

    /// What becomes of an item that was just read, and remembers it.
    ///
    /// A mention that no longer is `wanted` after an edit is deleted. Reactions count as changed when they have
    /// about doubled.
    pub(crate) fn fate(
        &mut self,
        source: &'static str,
        key: &str,
        reading: Reading,
        wanted: impl FnOnce(&Mention) -> bool,
        now: Timestamp,
    ) -> Item {
        let known = self.0.get(key).map(|entry| entry.0);
        let mut mention = match reading {
            Reading::Mention(mention) => *mention,
            Reading::Gone { .. } if known == Some(GONE) => return Item::Drop(DropReason::Unchanged),
            Reading::Gone { reason } => return self.gone(source, key, reason, now),
            // What an author emptied is no longer said.
            Reading::Nothing | Reading::Empty if self.holds(key) => return self.gone(source, key, "edited", now),
            Reading::Nothing => return Item::Drop(DropReason::NotAMention),
            Reading::Empty => return Item::Drop(DropReason::Empty),
        };
        let print = fingerprint(&mention);
        if known == Some(print) {
            self.touch(key, now);
            return Item::Drop(DropReason::Unchanged);
        }
        if !wanted(&mention) {
            return if self.holds(key) {
                self.gone(source, key, "edited", now)
            } else {
                Item::Drop(DropReason::NoQueryMatched)
            };
        }
        // A revision from the future would be above all that follow.
        mention.revision = mention.revision.min(millis(now));
        if let Some(known) = known {
            mention.revision = millis(now);
            if mention.edited_at.is_none() && known != GONE && !same_words(known, print) {
                mention.edited_at = Some(now);
            }
        }
        let handle = self.0.get(key).and_then(|entry| entry.3.clone());
        self.0.insert(key.to_owned(), Entry(print, seconds(now), seconds(mention.published_at), handle));
        Item::Keep(Event::Upsert(Box::new(mention)))
    }

    /// Notes by what the site knows a published mention, where that is not its key.
    pub(crate) fn note_handle(&mut self, key: &str, handle: &str) {
        if let Some(entry) = self.0.get_mut(key) {
            entry.3 = Some(handle.to_owned());
        }
    }

    /// Notes that a mention was looked at and is still as it was.
    pub(crate) fn touch(&mut self, key: &str, now: Timestamp) {
        if let Some(entry) = self.0.get_mut(key) {
            entry.1 = seconds(now);
        }
    }

    /// Deletes what is gone.
    pub(crate) fn gone(&mut self, source: &'static str, key: &str, reason: &str, now: Timestamp) -> Item {
        let published = self.0.get(key).map_or(seconds(now), |entry| entry.2);
        self.0.insert(key.to_owned(), Entry(GONE, seconds(now), published, None));
        deletion(source, key, reason, now)
    }

    /// What was last seen before `before`, the longest ago first; at most `at_most`.
    pub(crate) fn due(&self, before: Timestamp, at_most: usize) -> Vec<Due> {
        let before = seconds(before);
        let mut due: Vec<_> = self.0.iter().filter(|(_, entry)| entry.0 != GONE && entry.1 <= before).collect();
        due.sort_by_key(|(_, entry)| entry.1);
        let handle = |key: &String, entry: &Entry| entry.3.clone().unwrap_or_else(|| key.clone());
        due.into_iter().take(at_most).map(|(key, entry)| Due { key: key.clone(), handle: handle(key, entry) }).collect()
    }

    /// Makes room: forgets what went before `gone_before`, and the oldest mentions that no longer fit, whose keys are
    /// given back.
    pub(crate) fn make_room(&mut self, gone_before: Timestamp) -> Vec<String> {
        let gone_before = seconds(gone_before);
        self.0.retain(|_, entry| entry.0 != GONE || entry.1 > gone_before);
        let size = |key: &str, entry: &Entry| key.len() + entry.3.as_ref().map_or(0, String::len) + ENTRY_BYTES;
        let mut bytes: usize = self.0.iter().map(|(key, entry)| size(key, entry)).sum();
        if bytes <= MAX_BYTES {
            return Vec::new();
        }
        let mut oldest: Vec<(i64, String)> = self.0.iter().map(|(key, entry)| (entry.2, key.clone())).collect();
        oldest.sort();
        let mut forgotten = Vec::new();
        for (_, key) in oldest {
            if bytes <= MAX_BYTES {
                break;
            }
            if let Some(entry) = self.0.remove(&key) {
                bytes -= size(&key, &entry);
                forgotten.extend((entry.0 != GONE).then_some(key));
            }
        }
        forgotten
    }

    /// Forgets what was published before `before`.
    pub(crate) fn forget_before(&mut self, before: Timestamp) {
        let before = seconds(before);
        self.0.retain(|_, entry| entry.2 >= before);
    }
}

/// Most refused items that are remembered.
const MAX_REFUSED: usize = 1_000;

/// What was refused lately: a malformed item that stays in a listing goes to the dead letters once, not at every look.
#[derive(Debug, Default)]
pub(crate) struct Refused(Mutex<HashSet<u64>>);

impl Refused {
    /// What becomes of `raw`, which cannot be used.
    pub(crate) fn item(&self, raw: String, place: &str, rejection: Rejection) -> Item {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REFUSED {
            known.clear();
        }
        if !known.insert(hash([raw.as_str()])) {
            return Item::Drop(DropReason::Unchanged);
        }
        Item::Reject { raw: raw.into(), place: place.to_owned(), rejection }
    }
}

/// The deletion of the mention `source:key`.
pub(crate) fn deletion(source: &'static str, key: &str, reason: &str, at: Timestamp) -> Item {
    let (id, reason) = (format!("{source}:{key}"), Some(reason.to_owned()));
    Item::Keep(Event::Delete(Delete { id, source: source.to_owned(), reason, at }))
}

fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

/// A revision: milliseconds since 1970.
pub(crate) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + minutes * 60)
    }

    fn mention(key: &str, text: &str, published: Timestamp) -> Reading {
        Reading::Mention(Box::new(Mention::new(format!("a:{key}"), "a", text, published)))
    }

    fn revision(item: &Item) -> u64 {
        let Item::Keep(Event::Upsert(mention)) = item else { panic!("{item:?}") };
        mention.revision
    }

    #[test]
    fn an_edit_a_deletion_and_a_return_follow_each_other() {
        let mut watch = Watch::default();
        let mut read = |reading, now| watch.fate("a", "1", reading, |_| true, now);
        assert_eq!(revision(&read(mention("1", "good", at(0)), at(1))), 0);
        assert_eq!(read(mention("1", "good", at(0)), at(2)), Item::Drop(DropReason::Unchanged));
        let edit = read(mention("1", "bad", at(0)), at(3));
        assert_eq!(revision(&edit), millis(at(3)));
        assert!(matches!(&edit, Item::Keep(Event::Upsert(mention)) if mention.edited_at == Some(at(3))));
        let gone = || Reading::Gone { reason: "author" };
        assert!(matches!(read(gone(), at(4)), Item::Keep(Event::Delete(delete)) if delete.id == "a:1"));
        assert_eq!(read(gone(), at(5)), Item::Drop(DropReason::Unchanged));
        assert_eq!(revision(&read(mention("1", "bad", at(0)), at(6))), millis(at(6)), "above its deletion");
    }

    #[test]
    fn what_is_no_longer_wanted_or_says_nothing_goes() {
        let mut watch = Watch::default();
        let wanted = |mention: &Mention| mention.text.contains("phone");
        let mut read = |reading, now| watch.fate("a", "1", reading, wanted, now);
        assert_eq!(read(mention("1", "a fridge", at(0)), at(0)), Item::Drop(DropReason::NoQueryMatched));
        assert!(matches!(read(mention("1", "a phone", at(0)), at(1)), Item::Keep(Event::Upsert(_))));
        assert!(matches!(read(mention("1", "a fridge", at(0)), at(2)), Item::Keep(Event::Delete(_))));
        assert!(matches!(read(mention("1", "a phone", at(0)), at(3)), Item::Keep(Event::Upsert(_))));
        assert!(matches!(read(Reading::Empty, at(4)), Item::Keep(Event::Delete(_))));
        assert_eq!(read(Reading::Empty, at(5)), Item::Drop(DropReason::Empty));
    }

    #[test]
    fn the_longest_unseen_are_due_first_and_what_was_seen_again_is_not() {
        let mut watch = Watch::default();
        for (key, seen) in [("1", 10), ("2", 5), ("3", 20)] {
            watch.fate("a", key, mention(key, "x", at(0)), |_| true, at(seen));
        }
        watch.note_handle("2", "two");
        let due: Vec<String> = watch.due(at(15), 10).into_iter().map(|due| due.handle).collect();
        assert_eq!(due, ["two", "1"]);
        watch.touch("2", at(16));
        assert_eq!(watch.due(at(15), 10).len(), 1);
        assert_eq!(watch.due(at(100), 1).len(), 1);
        watch.gone("a", "1", "author", at(17));
        assert!(watch.due(at(15), 10).is_empty());
    }

    #[test]
    fn what_is_refused_goes_to_the_dead_letters_once() {
        let refused = Refused::default();
        let item = |raw: &str| {
            let rejection = Rejection::new(hark_mention::RejectReason::WrongShape, "no shape");
            refused.item(raw.to_owned(), "place", rejection)
        };
        assert!(matches!(item("a"), Item::Reject { .. }));
        assert_eq!(item("a"), Item::Drop(DropReason::Unchanged));
        assert!(matches!(item("b"), Item::Reject { .. }));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go() {
        let mut watch = Watch::default();
        let key = |n: i64| format!("UgyZ1jqkHKYvi1-ruOZ4AaABAg.91zT3cYb5B291{n:09}");
        for n in 0..7_000 {
            watch.fate("a", &key(n), mention("x", &n.to_string(), at(n)), |_| true, at(n));
        }
        let forgotten = watch.make_room(at(0));
        assert!(!forgotten.is_empty());
        assert_eq!(forgotten.first(), Some(&key(0)));
        assert!(watch.holds(&key(6_999)) && !watch.holds(&key(0)));
        let json = serde_json::to_string(&watch).unwrap();
        assert!((500_000..=MAX_BYTES).contains(&json.len()), "{}", json.len());
        assert_eq!(serde_json::from_str::<Watch>(&json).unwrap(), watch);
    }
}
