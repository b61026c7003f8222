//! `GET /topics`, `/sources`, `/languages`: volume and tone by one property.

use axum::{Json, extract::State, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, Tones, extract};
use crate::{
    database::Database,
    filter::{Dimension, Filter, FilterParameters},
    problem::Problem,
    server::App,
};

/// Volume and tone by one property, the largest first.
///
/// What the filter says about that very property does not count here, so that the other values stay in view: each row
/// counts the mentions that the filter gives when its name is put in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Breakdown {
    range: Range,
    rows: Vec<BreakdownRow>,
}

/// One value, and the mentions that have it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BreakdownRow {
    /// The value.
    pub(crate) name: String,
    /// How many mentions have it.
    pub(crate) mentions: u64,
    #[serde(flatten)]
    tones: Tones,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameter")]
pub(crate) struct BreakdownParameters {
    /// Most rows. Default: 12.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

#[derive(Row, Deserialize)]
struct Counts {
    name: String,
    mentions: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
}

/// Volume and tone by topic. A mention that speaks of two topics counts for both.
#[utoipa::path(
    get, path = "/api/v1/topics", tag = "numbers", params(FilterParameters, BreakdownParameters),
    responses(
        (status = 200, description = "The topics", body = Breakdown),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_topics(State(app): State<App>, uri: Uri) -> Result<Json<Breakdown>, Problem> {
    answer(&app, &uri, Dimension::Topic).await
}

/// Volume and tone by type of source.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "numbers", params(FilterParameters, BreakdownParameters),
    responses(
        (status = 200, description = "The sources", body = Breakdown),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_sources(State(app): State<App>, uri: Uri) -> Result<Json<Breakdown>, Problem> {
    answer(&app, &uri, Dimension::Source).await
}

/// Volume and tone by language (ISO 639; `und` where it cannot be told).
#[utoipa::path(
    get, path = "/api/v1/languages", tag = "numbers", params(FilterParameters, BreakdownParameters),
    responses(
        (status = 200, description = "The languages", body = Breakdown),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_languages(State(app): State<App>, uri: Uri) -> Result<Json<Breakdown>, Problem> {
    answer(&app, &uri, Dimension::Language).await
}

async fn answer(app: &App, uri: &Uri, dimension: Dimension) -> Result<Json<Breakdown>, Problem> {
    let (filter, limit) = extract::read(uri, |parameters| extract::limit(parameters, 12, 500))?;
    let rows = by(&app.database, &filter, dimension, limit).await?;
    Ok(Json(Breakdown { range: Range::from(&filter.asked), rows }))
}

/// Counts by `dimension`, under the filter without that dimension.
pub(crate) async fn by(
    database: &Database,
    filter: &Filter,
    dimension: Dimension,
    limit: u32,
) -> Result<Vec<BreakdownRow>, Problem> {
    let name = match dimension {
        Dimension::Brand => "arrayJoin(arrayDistinct(brands))",
        Dimension::Product => "arrayJoin(arrayDistinct(products))",
        Dimension::Topic => "arrayJoin(arrayDistinct(topics))",
        Dimension::Sentiment => "sentiment",
        Dimension::Source => "source",
        Dimension::Language => "lang",
    };
    let sql = Filter::sql(include_str!("../../queries/breakdown.sql")).replace("$name", name);
    let query = filter.without(dimension).bind(database.query(&sql)).param("limit", limit);
    let rows: Vec<Counts> = database.rows(query).await?;
    let row = |row: Counts| BreakdownRow {
        name: row.name,
        mentions: row.mentions,
        tones: Tones { negative: row.negative, neutral: row.neutral, positive: row.positive },
    };
    Ok(rows.into_iter().map(row).collect())
}
