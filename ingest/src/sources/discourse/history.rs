//! Posts of the past: a look that goes down to a time.

use std::{collections::BTreeMap, time::Instant};

use hark_mention::Timestamp;

use super::{DiscourseSource, Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::{ALMOST, share},
};

impl LooksBack for DiscourseSource {
    const NOTE: &str = "the forum lists its posts from the newest down, so an early end saves no requests";

    fn look_back(&mut self, from: Timestamp) {
        (self.back_to, self.next_look) = (Some(from), Instant::now());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.back_to
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let (now, from) = (Timestamp::now().as_millis(), self.back_to.unwrap_or(Timestamp::EPOCH));
        let read = match progress.look {
            Some(look) => look.reached_at.map_or(0.0, |reached| share(now - reached, from).min(ALMOST)),
            None if self.next_look > Instant::now() => 1.0,
            None => 0.0,
        };
        Ok(BTreeMap::from([("posts".to_owned(), read)]))
    }
}
