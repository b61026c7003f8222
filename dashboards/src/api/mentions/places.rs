//! Which mentions are on a page, found without reading their texts, and without reading more days than it takes.

use std::collections::HashSet;

use clickhouse::Row;
use jiff::SignedDuration;
use serde::Deserialize;

use super::order::{Cursor, Order, Sort};
use crate::{filter::Filter, period::Period, problem::Problem, server::App};

/// How far is looked at first, and how many times as far after that.
const NEAR: SignedDuration = SignedDuration::from_hours(6);
const FURTHER: i32 = 8;
/// How many near-duplicates are expected of each mention at first, and how many times as many after that.
const COPIES: u32 = 4;

/// Where a mention stands in a list.
#[derive(Row, Deserialize)]
pub(super) struct Place {
    rank: u64,
    pub(super) published_ms: i64,
    pub(super) id: String,
    story_id: String,
}

impl Place {
    /// The cursor of the page that follows it.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor { rank: self.rank, millis: self.published_ms, id: self.id.clone() }
    }
}

/// A list under a filter, and where its page begins.
pub(super) struct List<'a> {
    pub(super) app: &'a App,
    pub(super) filter: &'a Filter,
    pub(super) order: &'a Order,
    /// After which mention; `None` for the first page.
    pub(super) cursor: Option<Cursor>,
}

impl List<'_> {
    /// The first `limit` places of the page.
    ///
    /// In a list by time, what is far from the cursor cannot come before what is near. So it looks near first, and most often
    /// that will do.
    pub(super) async fn places(&self, limit: u32) -> Result<Vec<Place>, Problem> {
        let begin = self.cursor.clone().unwrap_or_else(|| Cursor::start(self.order.sort, self.filter));
        let mut reach = Some(NEAR);
        loop {
            let near = match reach {
                Some(reach) => self.within(reach, &begin)?,
                None => None,
            };
            let whole = near.is_none();
            let places = self.folded(near.as_ref().unwrap_or(self.filter), &begin, limit).await?;
            if whole || places.len() >= limit as usize {
                return Ok(places);
            }
            reach = reach.and_then(|reach| reach.checked_mul(FURTHER));
        }
    }

    /// The filter for the stretch of this length from where the page begins; `None` when that is all there is.
    ///
    /// A folded list keeps what lies before: a story that was told there is not told again.
    fn within(&self, reach: SignedDuration, begin: &Cursor) -> Result<Option<Filter>, Problem> {
        let Period { from, to } = self.filter.asked.period;
        let at = begin.time()?.clamp(from, to);
        let period = match self.order.sort {
            Sort::Newest => Period { from: at.checked_sub(reach).unwrap_or(from).max(from), to },
            Sort::Oldest => Period { from, to: at.checked_add(reach).unwrap_or(to).min(to) },
            Sort::Seen | Sort::Engaged => return Ok(None),
        };
        let mut filter = self.filter.clone();
        filter.asked.period = period;
        Ok((period.from > from || period.to < to).then_some(filter))
    }

    /// The first `limit` places under `filter`, one of each story if the list is folded.
    async fn folded(&self, filter: &Filter, begin: &Cursor, limit: u32) -> Result<Vec<Place>, Problem> {
        if !self.order.fold {
            return self.all(filter, begin, limit).await;
        }
        let mut most = limit.saturating_mul(COPIES);
        loop {
            let mut places = self.all(filter, begin, most).await?;
            let are_all = places.len() < most as usize;
            let mut told = HashSet::new();
            places.retain(|place| place.story_id.is_empty() || told.insert(place.story_id.clone()));
            places.truncate(limit as usize);
            if are_all || places.len() == limit as usize {
                return Ok(places);
            }
            most = most.saturating_mul(COPIES);
        }
    }

    async fn all(&self, filter: &Filter, begin: &Cursor, limit: u32) -> Result<Vec<Place>, Problem> {
        let untold = if self.order.fold && self.cursor.is_some() {
            "(story_id = '' OR story_id NOT IN (SELECT story_id FROM mentions WHERE $listed AND NOT ($beyond)))"
        } else {
            "1"
        };
        let template = include_str!("../../../queries/places.sql").replace("$untold", untold);
        let order = self.order.unfolded();
        let query = filter.query(self.app, &order.sql(filter, &template));
        self.app.database.rows(order.bind(begin.bind(query)?).param("limit", limit)).await
    }
}
