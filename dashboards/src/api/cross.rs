//! `GET /cross`: volume and tone by two properties at once.

use axum::{Json, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, Tones, extract};
use crate::{
    filter::{Dimension, FilterParameters},
    problem::{BadParameter, Problem},
    server::App,
    statistics::Share,
};

/// Most cells of one answer.
const MOST_CELLS: u32 = 20_000;

/// Volume and tone by two properties at once.
///
/// What the filter says about these two does not count here: each cell counts the mentions that the filter gives when the
/// names of its row and column are put in. Cells without mentions are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cross {
    range: Range,
    cells: Vec<Cell>,
}

/// The mentions that have both values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cell {
    /// Value of the first property.
    row: String,
    /// Value of the second property.
    column: String,
    /// How many mentions have both.
    mentions: u64,
    /// How many stories have both.
    stories: u64,
    #[serde(flatten)]
    tones: Tones,
    /// Share of negative mentions.
    negative_share: Share,
    /// Share of positive mentions.
    positive_share: Share,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct CrossParameters {
    /// The first property, as in `/breakdown`. Default: topic.
    by: Option<String>,
    /// The second property. Default: product.
    and: Option<String>,
}

#[derive(Row, Deserialize)]
struct Counts {
    row: String,
    column: String,
    mentions: u64,
    stories: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
}

/// Volume and tone by two properties at once, such as topics by products.
#[utoipa::path(
    get, path = "/api/v1/cross", tag = "numbers", params(FilterParameters, CrossParameters),
    responses(
        (status = 200, description = "The cells with mentions, the largest first", body = Cross),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_cross(app: App, uri: Uri) -> Result<Json<Cross>, Problem> {
    let (filter, (by, and)) = extract::read(&app, &uri, |parameters| {
        let by = extract::dimension(parameters, "by", Dimension::Topic);
        (by, extract::dimension(parameters, "and", Dimension::Product))
    })
    .await?;
    if by == and {
        return Err(Problem::bad_parameters(vec![BadParameter::new("and", "must be another than `by`", and.name())]));
    }
    let sql =
        include_str!("../../queries/cross.sql").replace("$row", by.each_value()).replace("$column", and.each_value());
    let range = Range::from(&filter.asked);
    let query = filter.without(by).without(and).query(&app, &sql).param("limit", MOST_CELLS);
    let rows: Vec<Counts> = app.database.rows(query).await?;
    let cells = rows.into_iter().filter_map(|counts| {
        Some(Cell {
            negative_share: Share::new(counts.negative, counts.mentions)?,
            positive_share: Share::new(counts.positive, counts.mentions)?,
            row: counts.row,
            column: counts.column,
            mentions: counts.mentions,
            stories: counts.stories,
            tones: Tones { negative: counts.negative, neutral: counts.neutral, positive: counts.positive },
        })
    });
    Ok(Json(Cross { range, cells: cells.collect() }))
}
