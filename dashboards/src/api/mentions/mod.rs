//! `GET /mentions`: the mentions themselves, page by page.

mod mention;
mod order;

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::mention::{Beside, Stored};
pub(crate) use self::{
    mention::Mention,
    order::{Cursor, Order},
};
use super::{Range, extract, triage};
use crate::{
    filter::{Filter, FilterParameters},
    problem::Problem,
    server::App,
};

/// One page of mentions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mentions {
    range: Range,
    /// How many mentions there are on all pages; when folded, those that are folded away count too.
    total: u64,
    /// How many stories they tell: near-duplicates count once. The length of the list when folded.
    stories: u64,
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
    let (filter, (order, limit, cursor)) = extract::read(&app, &uri, |parameters| {
        (Order::take(parameters), extract::limit(parameters, 50, 200), Cursor::take(parameters))
    })
    .await?;
    let cursor = cursor.unwrap_or_else(|| Cursor::start(order.sort, &filter));
    let page = filter.query(&app, &order.sql(&filter, include_str!("../../../queries/mentions.sql")));
    // One more than asked for tells whether there is a next page.
    let page = app.database.rows::<Stored>(order.bind(cursor.bind(page)?).param("limit", limit + 1));
    // Whether folded or not, the mentions that are folded away are counted.
    let unfolded = order.unfolded();
    let total = filter.query(&app, &unfolded.sql(&filter, include_str!("../../../queries/count.sql")));
    let total = app.database.row::<Total>(unfolded.bind(total));
    let (mut rows, total) = tokio::try_join!(page, total)?;

    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| Cursor { rank: last.rank, millis: last.published_ms, id: last.id.clone() }.text());
    let mentions = complete(&app, &filter, rows).await?;
    Ok(Json(Mentions {
        range: Range::from(&filter.asked),
        total: total.mentions,
        stories: total.stories,
        mentions,
        next,
    }))
}

/// The mentions with these ids, the earliest first.
pub(crate) async fn with_ids(app: &App, filter: &Filter, ids: Vec<String>) -> Result<Vec<Mention>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let order = Order::of_ids(ids);
    let sql = order.sql(filter, include_str!("../../../queries/mentions.sql"));
    let query = Cursor::start(order.sort, filter).bind(filter.query(app, &sql))?;
    let rows = app.database.rows(order.bind(query).param("limit", u32::MAX)).await?;
    complete(app, filter, rows).await
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
