//! Looking at stored mentions again: several in one question.

use std::time::Duration;

use hark_mention::Timestamp;

use super::{
    ProductHuntSource, Progress, RECHECKS,
    api::Named,
    parse::{self, SOURCE},
    queries::question,
};
use crate::{
    source::{Again, Item, Page, SourceError},
    walk::{RECHECK, before},
    watch::Due,
};

impl ProductHuntSource {
    /// Looks again at some stored mentions that are due.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), RECHECKS);
        if due.is_empty() {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress, Duration::ZERO)));
        }
        let keys: Vec<String> = due.iter().map(|due| due.key.clone()).collect();
        let (query, variables) = question(&keys);
        let (data, headers) = self.ask::<Named>(query, variables).await?;
        let now = Timestamp::now();
        let mut items = Vec::new();
        for (at, Due { key, handle }) in due.iter().enumerate() {
            let Some(answer) = data.0.get(&format!("n{at}")) else {
                progress.watch.touch(key, now);
                continue;
            };
            match answer {
                None => items.push(progress.watch.gone(SOURCE, key, "site", now)),
                Some(raw) => items.push(self.seen_again(raw, key, handle, progress, now)),
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, &headers))
    }

    fn seen_again(
        &self,
        raw: &serde_json::value::RawValue,
        key: &str,
        handle: &str,
        progress: &mut Progress,
        now: Timestamp,
    ) -> Item {
        let read = match key.starts_with("post:") {
            true => parse::launch(raw, now).map(|launch| launch.post),
            // A comment does not say below which launch it stands.
            false => parse::thread(raw, Some(handle).filter(|post| *post != key), now).map(|thread| thread.top),
        };
        match read {
            Ok(one) => self.fate(one, None, false, progress, now),
            Err(wrong) => self.rejected(wrong, key),
        }
    }
}
