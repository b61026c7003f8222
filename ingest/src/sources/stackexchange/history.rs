//! What was written in a stretch of time, by the time of writing, the newest first.

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MAX_PAGES, PAGE, Progress, StackExchangeSource, parse};
use crate::source::{Again, Backfilled, Cursor, Estimate, Page, Period, SourceError};

/// How far the stretch was read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    question: usize,
    page: u32,
    /// The end of what is asked for: moved back where the pages end. Unit: seconds since 1970.
    until: i64,
}

impl StackExchangeSource {
    /// Asks how much there is; one request for each question.
    pub(super) async fn count_history(&mut self, period: Period) -> Result<Estimate, SourceError> {
        let (mut mentions, mut requests) = (0, 0);
        for question in self.questions.clone() {
            let (from, to) = bounds(period);
            let query = [("fromdate", from.to_string()), ("todate", to.to_string()), ("filter", "total".to_owned())];
            let body =
                self.ask("search/excerpts", "search/excerpts", &[&question.asked()[..], &query].concat()).await?;
            let total = parse::wrapper(&body).map_err(SourceError::later)?.total.unwrap_or_default();
            mentions += total;
            // The page itself, the questions and the answers that it found.
            requests += 3 * total.div_ceil(PAGE as u64).max(1);
        }
        Ok(Estimate { mentions: Some(mentions), requests, units: Some(requests), note: None })
    }

    /// Reads one page.
    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let (from, to) = bounds(period);
        let first = Place { question: 0, page: 1, until: to };
        let at: Place = after.map(Cursor::read).transpose()?.unwrap_or(first);
        let Some(question) = self.questions.get(at.question).cloned() else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let query = [
            ("sort", "creation".to_owned()),
            ("order", "desc".to_owned()),
            ("fromdate", from.to_string()),
            ("todate", at.until.to_string()),
            ("page", at.page.to_string()),
        ];
        let hits = self.search(&mut Progress::default(), &question, &query).await?;
        let next = match (hits.has_more, at.page < MAX_PAGES) {
            (true, true) => Place { page: at.page + 1, ..at },
            // The next pages are those of a shorter stretch.
            (true, false) if hits.oldest_creation < at.until => Place { page: 1, until: hits.oldest_creation, ..at },
            _ => Place { question: at.question + 1, ..first },
        };
        let read = if next.question > at.question { 1.0 } else { share(hits.oldest_creation, from, to) };
        let is_last = next.question >= self.questions.len();
        let again = if is_last { Again::Never } else { Again::Now };
        let done = (at.question as f64 + read) / self.questions.len() as f64;
        Ok(Backfilled { page: Page::new(hits.items, Some(Cursor::new(&next)), again), done })
    }
}

/// Beginning and end in seconds since 1970.
fn bounds(period: Period) -> (i64, i64) {
    let seconds = |at: Timestamp| at.as_millis().div_euclid(1000);
    (seconds(period.from), seconds(period.to))
}

/// Which share of the time from `from` to `to` is read when `oldest` is reached from its end.
fn share(oldest: i64, from: i64, to: i64) -> f64 {
    ((to - oldest) as f64 / (to - from).max(1) as f64).clamp(0.0, 1.0)
}
