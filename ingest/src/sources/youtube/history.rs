//! Comments of the past, below videos and channels, and below the videos that searches find.

use std::collections::BTreeMap;

use hark_mention::Timestamp;

use super::{REPLIES, YouTubeSource, state::Progress};
use crate::{
    history::LooksBack,
    source::{Cursor, SourceError},
    walk::Rota,
    watch::Refused,
};

impl LooksBack for YouTubeSource {
    const NOTE: &str = "answers to comments take more requests, and Google counts searches on their own; nobody looks at \
                        these comments again, so YouTube's terms let you keep them for 30 days: \
                        set `source_retention = { youtube = \"30d\" }` in `[privacy]`, or read them anew";
    const COST: Option<u64> = Some(1);

    fn look_back(&mut self, from: Timestamp) {
        (self.rota, self.refused) = (Rota::back_to(from), Refused::default());
    }

    fn looks_back_to(&self) -> Option<Timestamp> {
        self.rota.looks_back_to()
    }

    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError> {
        let progress: Progress = at.map(Cursor::read).transpose()?.unwrap_or_default();
        let from = self.rota.looks_back_to().unwrap_or(Timestamp::EPOCH);
        let open = (!progress.threads.open.is_empty()).then(|| REPLIES.to_owned());
        let names: Vec<String> = self.listings(&progress).chain(open).collect();
        let begun = |name: &str| if name == REPLIES { 1.0 } else { 0.0 };
        let share = |name: &str| progress.walks.get(name).map_or_else(|| begun(name), |walk| walk.share(from));
        Ok(self.rota.shares(names.iter().map(String::as_str), share))
    }
}
