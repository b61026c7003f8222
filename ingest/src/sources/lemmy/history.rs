//! Posts and comments of the past: looks that go down to a time.

use std::{collections::BTreeMap, time::Instant};

use hark_mention::Timestamp;

use super::{LemmySource, Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::{ALMOST, share},
};

impl LooksBack for LemmySource {
    const NOTE: &str = "the server lists from the newest down, so an early end saves no requests; \
                        what other servers sent it late may be missed";

    fn look_back(&mut self, from: Timestamp) {
        (self.back_to, self.next_list, self.next_look) = (Some(from), 0, Instant::now());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.back_to
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let (now, from) = (Timestamp::now().as_millis(), self.back_to.unwrap_or(Timestamp::EPOCH));
        // They are read one after the other.
        let is_over = |index: usize| index < self.next_list || self.next_look > Instant::now();
        let look = |key: &str| progress.lists.get(key).and_then(|place| place.look.as_ref()?.reached_at);
        let read = |index: usize, key: &str| match is_over(index) {
            true => 1.0,
            false => look(key).map_or(0.0, |reached| share(now - reached, from)).min(ALMOST),
        };
        let lists = self.lists.iter().map(super::List::key).enumerate();
        Ok(lists.map(|(index, key)| (key.clone(), read(index, &key))).collect())
    }
}
