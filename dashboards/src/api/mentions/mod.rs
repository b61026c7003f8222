//! `GET /mentions`: the mentions themselves, page by page.

mod mention;
mod order;
mod places;

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::{mention::Mention, order::Order};
use self::{
    mention::{Beside, Stored},
    order::Cursor,
    places::{List, Place},
};
use super::{Range, extract, triage};
use crate::{
    filter::{Filter, FilterParameters},
    period::Period,
    problem::Problem,
    server::App,
};

/// One page of mentions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mentions {
    range: Range,
    /// How many mentions there are on all pages; when folded, those that are folded away count too. Null when `count` is false.
    total: Option<u64>,
    /// How many stories they tell: near-duplicates count once. The length of the list when folded. Null when `count` is false.
    stories: Option<u64>,
    mentions: Vec<Mention>,
    /// The parameter `cursor` of the next page; null on the last one.
    next: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct ListParameters {
    /// Order: newest, oldest, seen (by views, else by followers of the author) or engaged (by likes, replies and shares).
    /// Default: newest.
    sort: Option<String>,
    /// Of near-duplicates only the first in this order. Default: false.
    fold: Option<bool>,
    /// Only the mentions of this story.
    story: Option<String>,
    /// Only the mentions of this conversation.
    thread: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct PageParameters {
    /// Most mentions on the page. Default: 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Whether to count what is on all pages. With millions of mentions, that is what takes longest. Default: true.
    count: Option<bool>,
}

#[derive(Row, Deserialize)]
struct Total {
    mentions: u64,
    stories: u64,
}

#[derive(Row, Deserialize)]
struct StorySize {
    story_id: String,
    mentions: u64,
}

#[derive(Row, Deserialize)]
struct CorrectedFields {
    mention_id: String,
    fields: Vec<String>,
}

/// The mentions themselves, page by page.
#[utoipa::path(
    get, path = "/api/v1/mentions", tag = "mentions", params(FilterParameters, ListParameters, PageParameters),
    responses(
        (status = 200, description = "One page", body = Mentions),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_mentions(app: App, uri: Uri) -> Result<Json<Mentions>, Problem> {
    let (filter, (order, limit, cursor, count)) = extract::read(&app, &uri, |parameters| {
        let (order, limit) = (Order::take(parameters), extract::limit(parameters, 50, 200));
        (order, limit, Cursor::take(parameters), extract::flag(parameters, "count", true))
    })
    .await?;
    let list = List { app: &app, filter: &filter, order: &order, cursor };
    // One more than asked for tells whether there is a next page.
    let page = list.places(limit + 1);
    let total = async { if count { count_all(&app, &filter, &order).await.map(Some) } else { Ok(None) } };
    let (mut places, total) = tokio::try_join!(page, total)?;

    let more = places.len() > limit as usize;
    places.truncate(limit as usize);
    let next = places.last().filter(|_| more).map(|last| last.cursor().text());
    Ok(Json(Mentions {
        range: Range::from(&filter.asked),
        total: total.as_ref().map(|total| total.mentions),
        stories: total.as_ref().map(|total| total.stories),
        mentions: at(&app, &filter, &places).await?,
        next,
    }))
}

/// Whether folded or not, the mentions that are folded away are counted.
async fn count_all(app: &App, filter: &Filter, order: &Order) -> Result<Total, Problem> {
    let unfolded = order.unfolded();
    let total = filter.query(app, &unfolded.sql(filter, include_str!("../../../queries/count.sql")));
    app.database.row(unfolded.bind(total)).await
}

/// The mentions at these places, in their order.
async fn at(app: &App, filter: &Filter, places: &[Place]) -> Result<Vec<Mention>, Problem> {
    let times = || places.iter().filter_map(|place| Timestamp::from_millisecond(place.published_ms).ok());
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(Vec::new()) };
    let mut near = filter.clone();
    near.asked.period = Period { from: first, to: last.checked_add(SignedDuration::from_millis(1)).unwrap_or(last) };
    let ids: Vec<&str> = places.iter().map(|place| place.id.as_str()).collect();
    let mut rows = stored(app, &near, &ids).await?;
    let order: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    rows.sort_by_key(|row| order.get(row.id.as_str()).copied());
    complete(app, filter, rows).await
}

/// The mentions with these ids, the earliest first.
pub(crate) async fn with_ids(app: &App, filter: &Filter, ids: &[&str]) -> Result<Vec<Mention>, Problem> {
    let mut rows = stored(app, filter, ids).await?;
    rows.sort_by(|a, b| (a.published_ms, &a.id).cmp(&(b.published_ms, &b.id)));
    complete(app, filter, rows).await
}

async fn stored(app: &App, filter: &Filter, ids: &[&str]) -> Result<Vec<Stored>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    app.database.rows(filter.query(app, include_str!("../../../queries/mentions.sql")).param("ids", ids)).await
}

/// Adds what is known about mentions besides themselves.
async fn complete(app: &App, filter: &Filter, rows: Vec<Stored>) -> Result<Vec<Mention>, Problem> {
    let triage = triage::of(app, rows.iter().map(|row| row.id.as_str()));
    let (stories, corrected, triage) =
        tokio::try_join!(story_sizes(app, filter, &rows), corrected(app, &rows), triage)?;
    let search = filter.query.as_deref().map(|query| (query, app.searches.segmenter()));
    let mut beside = Beside { stories, corrected, triage, search };
    Ok(rows.into_iter().map(|row| Mention::new(row, &mut beside)).collect())
}

async fn story_sizes(app: &App, filter: &Filter, rows: &[Stored]) -> Result<HashMap<String, u64>, Problem> {
    let stories: Vec<&str> = rows.iter().map(|row| row.story_id.as_str()).filter(|id| !id.is_empty()).collect();
    if stories.is_empty() {
        return Ok(HashMap::new());
    }
    let query = filter.query(app, include_str!("../../../queries/story_sizes.sql")).param("stories", stories);
    let rows = app.database.rows::<StorySize>(query).await?;
    Ok(rows.into_iter().map(|row| (row.story_id, row.mentions)).collect())
}

async fn corrected(app: &App, rows: &[Stored]) -> Result<HashMap<String, Vec<String>>, Problem> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let query = app.database.query(include_str!("../../../queries/corrected.sql")).param("ids", ids);
    let rows = app.database.rows::<CorrectedFields>(query).await?;
    Ok(rows.into_iter().map(|row| (row.mention_id, row.fields)).collect())
}
