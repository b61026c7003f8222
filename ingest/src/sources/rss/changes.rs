//! What is new or changed in a feed's document since the last one.
//!
//! A feed is a sliding window: items leave it by age, so a vanished item is not a deleted one.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{HashMap, HashSet};

use hark_mention::{Delete, DropReason, Event, Mention, Timestamp};

use super::{
    api::{Deleted, Feed},
    date,
    parse::{Channel, fingerprint, id_hash},
    state::Seen,
};
use crate::source::Item;

/// Stands for the content of an item that its publisher deleted.
const DELETED: u64 = 0;

/// Compares `feed` with the items `seen` before; gives each item's fate, oldest first, and what is seen now.
///
/// An item that changed gets the time of noticing as its revision, and so does an item without a date from the
/// beginning: its publication time is when it was first seen, and a repeat must not look like another publication.
/// At most `room` items are remembered; older ones in the same document were published when they were newer.
pub(super) fn compare(
    channel: &Channel,
    feed: &Feed,
    seen: &[Seen],
    room: usize,
    now: Timestamp,
) -> (Vec<Item>, Vec<Seen>) {
    let known: HashMap<u64, Seen> = seen.iter().map(|seen| (seen.id, *seen)).collect();
    let (mut items, mut now_seen) = deletions(channel, feed, &known, now);
    let mut ids = HashSet::new();
    let mut mentions = Vec::new();
    // Feeds stand newest first; where dates are equal or missing, the order of publication is the reverse.
    for entry in feed.entries.iter().rev() {
        match channel.mention(entry, now) {
            None => items.push(Item::Drop(DropReason::Empty)),
            Some((mention, _)) if !ids.insert(mention.id.clone()) => items.push(Item::Drop(DropReason::Unchanged)),
            Some(read) => mentions.push(read),
        }
    }
    mentions.sort_by_key(|(mention, _)| mention.published_at);
    let beyond = if seen.is_empty() { 0 } else { mentions.len().saturating_sub(room) };
    for (position, (mention, dated)) in mentions.into_iter().enumerate() {
        let id = id_hash(&mention.id);
        let before = known.get(&id);
        if before.is_none() && position < beyond {
            items.push(Item::Drop(DropReason::Unchanged));
            continue;
        }
        let first_seen = (!dated).then(|| before.and_then(|before| before.first_seen).unwrap_or(now.as_millis()));
        now_seen.push(Seen { id, content: fingerprint(&mention), first_seen });
        items.push(fate(mention, before, first_seen, now));
    }
    now_seen.reverse();
    remember(&mut now_seen, seen, room);
    (items, now_seen)
}

fn fate(mut mention: Mention, before: Option<&Seen>, first_seen: Option<i64>, now: Timestamp) -> Item {
    if before.is_some_and(|before| before.content == fingerprint(&mention)) {
        return Item::Drop(DropReason::Unchanged);
    }
    if let Some(first_seen) = first_seen {
        mention.published_at = Timestamp::from_millis(first_seen);
    }
    if before.is_some() {
        mention.edited_at = mention.edited_at.or(Some(now));
    }
    if before.is_some() || first_seen.is_some() {
        mention.revision = u64::try_from(now.as_millis()).unwrap_or_default();
    }
    Item::Keep(Event::Upsert(Box::new(mention)))
}

/// Items that just left the document are remembered a while: some servers give an older document now and then.
fn remember(now_seen: &mut Vec<Seen>, before: &[Seen], room: usize) {
    let current: HashSet<u64> = now_seen.iter().map(|seen| seen.id).collect();
    let left = before.iter().filter(|seen| !current.contains(&seen.id));
    now_seen.extend(left.take(current.len()));
    now_seen.truncate(room);
}

/// The deletions that the feed tells, each told on once.
fn deletions(channel: &Channel, feed: &Feed, known: &HashMap<u64, Seen>, now: Timestamp) -> (Vec<Item>, Vec<Seen>) {
    let deletion = |deleted: &Deleted| {
        let id = channel.id(&deleted.id);
        let seen = Seen { id: id_hash(&id), content: DELETED, first_seen: None };
        if known.get(&seen.id) == Some(&seen) {
            return (Item::Drop(DropReason::Unchanged), seen);
        }
        let when = deleted.when.as_deref().and_then(date::parse);
        let at = when.filter(|when| *when <= now).unwrap_or(now);
        let reason = Some("publisher".to_owned());
        (Item::Keep(Event::Delete(Delete { id, source: "rss".to_owned(), reason, at })), seen)
    };
    feed.deleted.iter().map(deletion).unzip()
}
