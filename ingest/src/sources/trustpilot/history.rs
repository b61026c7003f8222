//! Reviews of the past: the listing of each company, further back.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::{Progress, TrustpilotSource};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::Rota,
    watch::Refused,
};

impl LooksBack for TrustpilotSource {
    const NOTE: &str = "reviews that Trustpilot took down since are not found";

    fn look_back(&mut self, from: Timestamp) {
        (self.rota, self.refused) = (Rota::back_to(from), Refused::default());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.rota.looks_back_to()
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let from = self.rota.looks_back_to().unwrap_or(Timestamp::EPOCH);
        let walk = |domain: &str| progress.companies.get(domain).map_or(0.0, |company| company.walk.share(from));
        Ok(self.rota.shares(self.turns(), walk))
    }
}
