//! Finding the story that a comment stands below.

use std::collections::HashSet;

use hark_mention::{Event, Mention, Timestamp};

use super::{
    HackerNewsSource, MAX_DEPTH, MAX_PLACES,
    parse::{self, Place, Reading, mention_id},
};
use crate::source::Item;

impl HackerNewsSource {
    pub(super) fn note_place(&mut self, id: u64, place: Place) {
        if self.places.len() >= MAX_PLACES {
            self.places.clear();
        }
        self.places.insert(id, place);
    }

    /// Climbs from the kept comments to their stories, all together one step at a time; a story's title says what its
    /// comments are about. A comment whose way up cannot be read stays without a story.
    pub(super) async fn find_stories(&mut self, items: &mut [Item]) {
        let mut unreadable = HashSet::new();
        for _ in 0..MAX_DEPTH {
            let mut unknown: Vec<u64> = comments(items).filter_map(|(id, _)| self.climb(id).err()).collect();
            unknown.retain(|id| !unreadable.contains(id) && !self.places.contains_key(id));
            unknown.sort_unstable();
            unknown.dedup();
            if unknown.is_empty() {
                break;
            }
            for (id, answer) in self.client.items(unknown).await {
                match answer.ok().and_then(|bytes| parse::item(&bytes, Timestamp::now()).ok()) {
                    Some((Reading::Missing, _)) | None => drop(unreadable.insert(id)),
                    Some((_, place)) => self.note_place(id, place),
                }
            }
        }
        for (id, mention) in comments(items) {
            if let Ok((story, title)) = self.climb(id) {
                mention.thread_id = Some(mention_id(story));
                mention.extra.extend(title.map(|title| ("story_title".to_owned(), title.into())));
            }
        }
    }

    /// The story above an item and its title, or the first item on the way up that is not at hand.
    fn climb(&self, id: u64) -> Result<(u64, Option<&str>), u64> {
        let mut at = id;
        for _ in 0..MAX_DEPTH {
            let place = self.places.get(&at).ok_or(at)?;
            match place.parent {
                Some(parent) => at = parent,
                None => return Ok((at, place.title.as_deref())),
            }
        }
        Err(at)
    }
}

/// The kept comments among `items`, with their numbers.
pub(super) fn comments(items: &mut [Item]) -> impl Iterator<Item = (u64, &mut Mention)> {
    items.iter_mut().filter_map(|item| match item {
        Item::Keep(Event::Upsert(mention)) if mention.parent_id.is_some() => {
            let id = mention.id.rsplit(':').next()?.parse().ok()?;
            Some((id, &mut **mention))
        }
        _ => None,
    })
}
