//! Posts of the last seven days, query by query, the newest first. Each costs of the budget.

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    XSource,
    parse::{self, first_id},
    state::{Progress, REACH, Start},
};
use crate::source::{Again, Backfilled, Cursor, Estimate, Page, Period, SourceError};

const NOTE: &str = "X's search reaches seven days back, and only so far is counted; X bills each post, and reading rests \
                    when the day's budget is used up; whether these posts are deleted later is not looked up";

/// How far the period was searched.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    query: usize,
    /// The oldest post so far; the next page holds older ones.
    until: u64,
}

impl XSource {
    /// Asks how many posts there are.
    pub(super) async fn count_history(&mut self, period: Period) -> Result<Estimate, SourceError> {
        let from = within_reach(period)?;
        let (mut mentions, mut requests) = (0, 0);
        for query in &self.queries {
            let found = self.client.count(query, from, first_id(period.to)).await?;
            mentions += found;
            requests += found.div_ceil(super::MAX_RESULTS).max(1);
        }
        let units = Some(mentions * self.config.units_per_post());
        Ok(Estimate { mentions: Some(mentions), requests, units, note: Some(NOTE.to_owned()) })
    }

    /// Reads one page.
    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let from = within_reach(period)?;
        let first = Place { query: 0, until: first_id(period.to) };
        let at: Place = after.map(Cursor::read).transpose()?.unwrap_or(first);
        let Some(query) = self.queries.get(at.query).cloned() else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let most = self.affordable().await?;
        let page = self.client.search(&query, Start::Time(from), Some(at.until), most).await?;
        self.give_back(most, page.data.len(), &page.includes);
        let oldest = page.data.iter().filter_map(parse::id).min().filter(|_| page.meta.next_token.is_some());
        let next = match oldest {
            Some(oldest) => Place { until: oldest.min(at.until), ..at },
            None => Place { query: at.query + 1, ..first },
        };
        let span = period.to.as_millis() - from.as_millis();
        let left = oldest.map_or(0, |oldest| parse::id_time(oldest).as_millis() - from.as_millis());
        let read = 1.0 - (left as f64 / span.max(1) as f64).clamp(0.0, 1.0);
        let again = if next.query >= self.queries.len() { Again::Never } else { Again::Now };
        let done = (at.query as f64 + read) / self.queries.len() as f64;
        let items = self.items(&page.data, &page.includes, &mut Progress::default());
        Ok(Backfilled { page: Page::new(items, Some(Cursor::new(&next)), again), done })
    }
}

/// Where the search can begin.
fn within_reach(period: Period) -> Result<Timestamp, SourceError> {
    let reach = Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(REACH));
    match period.from.max(reach) {
        from if from < period.to => Ok(from),
        _ => Err(SourceError::Setup("X's search reaches seven days back, and the period ends before".to_owned())),
    }
}
