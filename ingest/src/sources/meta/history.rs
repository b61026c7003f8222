//! Posts of the past and the comments on them.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::MetaSource;
use crate::{
    history::{LooksBack, queue},
    source::{Cursor, Estimate, Period, SourceError},
};

impl LooksBack for MetaSource {
    const NOTE: &str = "one request more for every 100 posts (Instagram: 50), and at least one for the comments on each; \
                        hashtags reach back 24 hours";

    fn look_back(&mut self, from: Timestamp) {
        (self.back_to, self.made, self.next_look) = (Some(from), 0, None);
        self.tasks.clear();
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.back_to
    }

    fn shares(&self, _: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        Ok(queue(self.made, self.tasks.len(), self.next_look.is_some()))
    }
}

impl MetaSource {
    /// What reading a stretch takes at least: how many posts there are is not told.
    pub(super) fn guess_history(&self, _: Period) -> Estimate {
        let requests = (self.lists.len() + self.hashtags.len()) as u64;
        Estimate { requests, note: Some(Self::NOTE.to_owned()), ..Estimate::default() }
    }
}
