//! Stored comments, looked at again.

use std::{collections::BTreeMap, time::Duration};

use hark_mention::Timestamp;

use super::{
    IDS, YouTubeSource, is_gone, not_as_expected,
    parse::{self, One, OneThread, SOURCE},
    state::Progress,
};
use crate::{
    source::{Again, Page, SourceError},
    walk::{RECHECK, before},
    watch::Due,
};

impl YouTubeSource {
    /// Looks again at stored mentions that are due: comments by their threads, which tell the number of answers too.
    pub(super) async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let mut due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), IDS);
        let Some(first) = due.first() else {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        };
        let are_answers = first.key.contains('.');
        due.retain(|due| due.key.contains('.') == are_answers);
        due.truncate(self.batch);
        let ids = due.iter().map(|due| due.key.as_str()).collect::<Vec<_>>().join(",");
        let path = if are_answers { "comments" } else { "commentThreads" };
        let part = if are_answers { "snippet" } else { "snippet,replies" };
        let query = [("part", part), ("id", &ids), ("textFormat", "plainText")];
        let answer = match self.ask(path, &query).await {
            Ok(answer) => Some(answer),
            Err(error) if is_gone(&error) && due.len() == 1 => None,
            // One of them is gone: found by asking for fewer.
            Err(error) if is_gone(&error) => {
                self.batch = due.len() / 2;
                return Ok(Page::new(Vec::new(), None, Again::Now));
            }
            Err(error) => return Err(error.into()),
        };
        self.batch = (self.batch * 2).min(IDS);
        let now = Timestamp::now();
        let mut items = Vec::new();
        let mut seen = BTreeMap::new();
        let mut is_broken = false;
        match answer {
            None => {}
            Some(answer) if are_answers => {
                let read =
                    parse::comments(&answer.body, None, now).map_err(|error| not_as_expected(&answer, &error))?;
                is_broken = read.items.iter().any(Result::is_err);
                seen.extend(read.items.into_iter().flatten().map(|one| (one.id.clone(), Seen::Answer(one))));
            }
            Some(answer) => {
                let read = parse::threads(&answer.body, now).map_err(|error| not_as_expected(&answer, &error))?;
                is_broken = read.items.iter().any(Result::is_err);
                seen.extend(read.items.into_iter().flatten().map(|one| (one.top.id.clone(), Seen::Thread(one))));
            }
        }
        for Due { key, handle } in due {
            match seen.remove(&key) {
                // It may be the one that cannot be read.
                None if is_broken => progress.watch.touch(&key, now),
                None => items.push(progress.watch.gone(SOURCE, &key, "site", now)),
                Some(Seen::Answer(one)) => {
                    let one = if handle == key { one } else { one.below(&handle) };
                    items.push(self.fate(one, self.config.only_wanted, None, progress, now));
                }
                Some(Seen::Thread(thread)) => {
                    items.extend(self.thread(thread, false, self.config.only_wanted, None, progress, now));
                }
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }
}

/// What a look by ids showed.
enum Seen {
    Thread(OneThread),
    Answer(One),
}
