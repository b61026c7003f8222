//! Reviews of the past: all that App Store Connect has, or what the public feed shows.

use std::{collections::BTreeMap, time::Instant};

use hark_mention::Timestamp;

use super::{AppStoreSource, List, Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::{ALMOST, share},
};

impl LooksBack for AppStoreSource {
    const NOTE: &str = "the public feed shows the newest 500 reviews of a store; App Store Connect shows all";

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
        let look = |key: &str| progress.lists.get(key).and_then(|place| place.look.as_ref()?.oldest);
        let read = |index: usize, key: &str| match is_over(index) {
            true => 1.0,
            false => look(key).map_or(0.0, |oldest| share(now - oldest, from)).min(ALMOST),
        };
        let lists = self.lists.iter().map(List::key).enumerate();
        Ok(lists.map(|(index, key)| (key.clone(), read(index, &key))).collect())
    }
}
