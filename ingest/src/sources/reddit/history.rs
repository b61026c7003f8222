//! Posts and comments of the past: as far as listings go.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::{Progress, RedditSource};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::Rota,
    watch::Refused,
};

impl LooksBack for RedditSource {
    const NOTE: &str = "Reddit shows some 1,000 items of a listing, and nothing older; what is deleted later is not noticed, so Reddit's terms ask you to erase it within 48 hours";

    fn look_back(&mut self, from: Timestamp) {
        (self.rota, self.refused) = (Rota::back_to(from), Refused::default());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.rota.looks_back_to()
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let from = self.rota.looks_back_to().unwrap_or(Timestamp::EPOCH);
        let walk = |name: &str| progress.listings.get(name).map_or(0.0, |walk| walk.share(from));
        Ok(self.rota.shares(self.turns(), walk))
    }
}
