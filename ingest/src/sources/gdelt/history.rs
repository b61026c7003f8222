//! What was in the news in a stretch of time, the newest first.

use hark_mention::{Gap, Timestamp};
use serde::{Deserialize, Serialize};

use super::{GdeltSource, Progress, rest};
use crate::source::{Again, Backfilled, Cursor, Estimate, Page, Period, SourceError};

/// How far back GDELT can be asked. Unit: milliseconds.
const DEPTH: i64 = 90 * 86_400_000;

/// How far the stretch was read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    question: usize,
    /// Unit: milliseconds since 1970.
    until: i64,
}

impl GdeltSource {
    /// What reading a stretch takes at least: GDELT does not tell how many articles there are.
    pub(super) fn guess_history(&self, period: Period) -> Estimate {
        let mut note = "one request more for every 250 articles".to_owned();
        if self.lost(period).is_some() {
            note.push_str("; GDELT knows the last three months only");
        }
        Estimate { requests: self.config.search.len() as u64, note: Some(note), ..Estimate::default() }
    }

    /// Reads one answer.
    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let first = Place { question: 0, until: period.to.as_millis() };
        let at: Place = after.map(Cursor::read).transpose()?.unwrap_or(first);
        let Some(question) = self.config.search.get(at.question).cloned() else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let lost = self.lost(period);
        let since = lost.as_ref().map_or(period.from, |gap| gap.to).as_millis();
        let articles = self.articles(&question, since, at.until).await?;
        let count = articles.len();
        let (items, oldest) = self.read(&mut Progress::default(), articles, &question, at.until);
        let (until, gap) = rest(count, since, at.until, oldest, &question);
        let next = match until {
            Some(until) => Place { until, ..at },
            None => Place { question: at.question + 1, ..first },
        };
        let span = (period.to.as_millis() - since).max(1) as f64;
        let read = until.map_or(1.0, |until| (period.to.as_millis() - until) as f64 / span);
        let is_last = next.question >= self.config.search.len();
        let again = if is_last { Again::Never } else { Again::After(self.config.pause.duration()) };
        let done = ((at.question as f64 + read) / self.config.search.len() as f64).clamp(0.0, 1.0);
        let gaps = gap.into_iter().chain(lost.filter(|_| after.is_none())).collect();
        Ok(Backfilled { page: Page { gaps, ..Page::new(items, Some(Cursor::new(&next)), again) }, done })
    }

    /// The part of a stretch that GDELT no longer knows.
    fn lost(&self, period: Period) -> Option<Gap> {
        let oldest = Timestamp::from_millis(Timestamp::now().as_millis() - DEPTH);
        let why = "GDELT knows the last three months only".to_owned();
        (period.from < oldest).then(|| Gap { from: period.from, to: oldest.min(period.to), why })
    }
}
