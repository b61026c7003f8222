//! Launches and comments of the past.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::{ProductHuntSource, Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::Rota,
    watch::Refused,
};

impl LooksBack for ProductHuntSource {
    const NOTE: &str = "of the answers to a comment the newest 20 come";

    fn look_back(&mut self, from: Timestamp) {
        (self.rota, self.refused) = (Rota::back_to(from), Refused::default());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.rota.looks_back_to()
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let from = self.rota.looks_back_to().unwrap_or(Timestamp::EPOCH);
        let walk = |name: &str| progress.walks.get(name).map_or(0.0, |walk| walk.share(from));
        Ok(self.rota.shares(self.turns(&progress).iter().map(String::as_str), walk))
    }
}
