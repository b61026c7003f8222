//! Issues, comments and discussions of the past.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::{GitHubSource, OLDER, state::Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::Rota,
    watch::Refused,
};

impl LooksBack for GitHubSource {
    const NOTE: &str = "a search finds 1,000 issues at most; comments need some requests more for their issues";

    fn look_back(&mut self, from: Timestamp) {
        (self.rota, self.refused) = (Rota::back_to(from), Refused::default());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.rota.looks_back_to()
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let from = self.rota.looks_back_to().unwrap_or(Timestamp::EPOCH);
        let updates = |name: &str| progress.updates.get(name).map(|updates| updates.share(from));
        let walk = |name: &str| progress.walks.get(name).map(|walk| walk.share(from));
        let older = (!progress.open.is_empty()).then_some(OLDER);
        let names = self.listings.iter().map(String::as_str).chain(older);
        let begun = |name: &str| if name == OLDER { 1.0 } else { 0.0 };
        Ok(self.rota.shares(names, |name| updates(name).or_else(|| walk(name)).unwrap_or_else(|| begun(name))))
    }
}
