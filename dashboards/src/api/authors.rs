//! `GET /authors`: who speaks, how far it reaches, and in which tone.

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, Tones, extract};
use crate::{
    filter::{Filter, FilterParameters, database_time},
    problem::Problem,
    server::App,
    statistics::Share,
};

/// How long an author must have been silent before a period to be a new voice in it. Unit: days.
const SILENT_DAYS: i64 = 90;

/// Who speaks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authors {
    range: Range,
    /// Authors with a mention, as far as the sources name them.
    total: u64,
    /// Those without a mention in the 90 days before the period; null when nothing was heard then.
    new: Option<u64>,
    authors: Vec<AuthorRow>,
}

/// An author, and the mentions by them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorRow {
    /// The parameter `author` that lists the mentions.
    key: String,
    /// Type of the source.
    source: String,
    /// Account name; empty when unknown.
    handle: String,
    /// Display name; empty when unknown.
    name: String,
    /// Followers when last looked at.
    followers: Option<u64>,
    /// Mentions.
    mentions: u64,
    #[serde(flatten)]
    tones: Tones,
    /// Share of negative mentions.
    negative_share: Share,
    /// Views of all mentions together; null where the source tells none.
    views: Option<u64>,
    /// When the last of the mentions was published.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// Whether there was no mention in the 90 days before the period; null when nothing was heard then.
    is_new: Option<bool>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct AuthorParameters {
    /// Order: reach (by followers), mentions, negative (by negative mentions) or new (only new voices, by followers).
    /// Default: reach.
    sort: Option<String>,
    /// Most authors. Default: 20.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// An author out of the order asked for.
#[derive(Row, Deserialize)]
struct Found {
    author_key: u64,
    is_new: bool,
    total: u64,
    total_new: u64,
    heard_before: bool,
}

/// What is shown of an author.
#[derive(Row, Deserialize)]
struct Shown {
    author_key: u64,
    author_source: String,
    author: String,
    handle: String,
    name: String,
    followers: Option<u64>,
    mentions: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
    views: Option<u64>,
    last_ms: i64,
}

/// Who speaks, how far it reaches, and in which tone.
#[utoipa::path(
    get, path = "/api/v1/authors", tag = "numbers", params(FilterParameters, AuthorParameters),
    responses(
        (status = 200, description = "The authors", body = Authors),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_authors(app: App, uri: Uri) -> Result<Json<Authors>, Problem> {
    let (filter, (order, limit)) = extract::read(&app, &uri, |parameters| {
        let order = parameters.take_as("sort", "must be `reach`, `mentions`, `negative` or `new`", |name| {
            Some(match name {
                "reach" => ("1", "followers DESC, mentions DESC"),
                "mentions" => ("1", "mentions DESC, followers DESC"),
                "negative" => ("1", "negative DESC, followers DESC"),
                "new" => ("is_new", "followers DESC, mentions DESC"),
                _ => return None,
            })
        });
        (order.unwrap_or(("1", "followers DESC, mentions DESC")), extract::limit(parameters, 20, 200))
    })
    .await?;
    let from = filter.asked.period.from;
    let silent_from = from.checked_sub(jiff::SignedDuration::from_hours(24 * SILENT_DAYS)).unwrap_or(from);
    let known_before = filter.asked.previous.is_some();
    let silent_from = if known_before { silent_from } else { from };
    let sql = include_str!("../../queries/authors.sql").replace("$shown", order.0).replace("$order", order.1);
    let query = filter.query(&app, &sql).param("silent_from", database_time(silent_from)).param("limit", limit);
    let found: Vec<Found> = app.database.rows(query).await?;
    let total = found.first().map_or(0, |row| row.total);
    // Where nothing was heard before, everybody would be new.
    let known_before = known_before && found.first().is_some_and(|row| row.heard_before);
    let new = known_before.then(|| found.first().map_or(0, |row| row.total_new));
    let mut shown = shown(&app, &filter, &found).await?;
    let in_order = found.into_iter().filter_map(|found| Some((shown.remove(&found.author_key)?, found.is_new)));
    let authors = in_order.filter_map(|(row, is_new)| AuthorRow::new(row, known_before.then_some(is_new))).collect();
    Ok(Json(Authors { range: Range::from(&filter.asked), total, new, authors }))
}

async fn shown(app: &App, filter: &Filter, found: &[Found]) -> Result<HashMap<u64, Shown>, Problem> {
    let keys: Vec<u64> = found.iter().map(|row| row.author_key).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let query = filter.query(app, include_str!("../../queries/authors_shown.sql")).param("keys", keys);
    let rows: Vec<Shown> = app.database.rows(query).await?;
    Ok(rows.into_iter().map(|row| (row.author_key, row)).collect())
}

impl AuthorRow {
    fn new(row: Shown, is_new: Option<bool>) -> Option<Self> {
        Some(Self {
            key: format!("{}:{}", row.author_source, row.author),
            negative_share: Share::new(row.negative, row.mentions)?,
            source: row.author_source,
            handle: row.handle,
            name: row.name,
            followers: row.followers,
            mentions: row.mentions,
            tones: Tones { negative: row.negative, neutral: row.neutral, positive: row.positive },
            views: row.views,
            last_at: Timestamp::from_millis(row.last_ms),
            is_new,
        })
    }
}
