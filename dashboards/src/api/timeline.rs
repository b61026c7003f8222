//! `GET /timeline`: volume and tone over time.

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, Tones, extract, health};
use crate::{
    filter::{Filter, FilterParameters},
    parameters::Parameters,
    period::{Bucket, MOST_BUCKETS, Period, earliest},
    problem::{BadParameter, Problem},
    server::App,
};

/// Volume and tone over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeline {
    range: Range,
    /// Width of the buckets.
    bucket: Bucket,
    /// Without a gap, oldest first; a bucket without a mention has zeros.
    buckets: Vec<Point>,
}

/// One bucket. Its mentions are those that `from` and `to` give as parameters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Point {
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// End; it does not belong to the bucket.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    #[serde(flatten)]
    tones: Tones,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameter")]
pub(crate) struct TimelineParameters {
    /// Width of the buckets. Default: what suits the period.
    #[param(inline)]
    bucket: Option<Bucket>,
}

#[derive(Row, Deserialize)]
struct Counts {
    start: i64,
    negative: u64,
    neutral: u64,
    positive: u64,
}

/// Volume and tone over time.
#[utoipa::path(
    get, path = "/api/v1/timeline", tag = "numbers", params(FilterParameters, TimelineParameters),
    responses(
        (status = 200, description = "The buckets", body = Timeline),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_timeline(app: App, uri: Uri) -> Result<Json<Timeline>, Problem> {
    let (filter, wanted) = extract::read(&app, &uri, take_bucket).await?;
    let (bucket, buckets) = buckets(&app, &filter, wanted).await?;
    let mut counts = count(&app, &filter, &buckets).await?;
    let points = buckets.into_iter().map(|Period { from, to }| Point {
        from: Timestamp::from_jiff(from),
        to: Timestamp::from_jiff(to),
        tones: counts.remove(&from.as_millisecond()).unwrap_or_default(),
    });
    Ok(Json(Timeline { range: Range::from(&filter.asked), bucket, buckets: points.collect() }))
}

/// Takes `bucket`.
pub(super) fn take_bucket(parameters: &mut Parameters) -> Option<Bucket> {
    parameters.take_as("bucket", "must be `hour`, `day`, `week` or `month`", Bucket::parse)
}

/// The buckets of the filter's period, and their width, which suits the period when none is wanted.
pub(super) async fn buckets(
    app: &App,
    filter: &Filter,
    wanted: Option<Bucket>,
) -> Result<(Bucket, Vec<Period>), Problem> {
    let period = drawn(app, filter.asked.period).await?;
    let bucket = wanted.unwrap_or_else(|| Bucket::fitting(period));
    let buckets = period.buckets(bucket, &filter.asked.calendar).ok_or_else(|| {
        let rule = format!("must be wider: this period would have more than {MOST_BUCKETS} buckets");
        let name = serde_json::to_value(bucket).unwrap_or_default();
        Problem::bad_parameters(vec![BadParameter::new("bucket", rule, name.as_str().unwrap_or_default())])
    })?;
    Ok((bucket, buckets))
}

/// The period to draw: all of time begins with the oldest mention.
async fn drawn(app: &App, period: Period) -> Result<Period, Problem> {
    if period.from > earliest() {
        return Ok(period);
    }
    let extent = health::extent(&app.database).await?;
    let oldest = jiff::Timestamp::from_millisecond(extent.oldest_ms).unwrap_or(period.to);
    let none = extent.mentions == 0;
    Ok(Period { from: if none { period.to } else { oldest.min(period.to) }, ..period })
}

async fn count(app: &App, filter: &Filter, buckets: &[Period]) -> Result<HashMap<i64, Tones>, Problem> {
    if buckets.is_empty() {
        return Ok(HashMap::new());
    }
    let starts: Vec<i64> = buckets.iter().map(|bucket| bucket.from.as_millisecond()).collect();
    let query = filter.query(app, include_str!("../../queries/timeline.sql")).param("starts", starts);
    let rows: Vec<Counts> = app.database.rows(query).await?;
    let tones = |row: Counts| Tones { negative: row.negative, neutral: row.neutral, positive: row.positive };
    Ok(rows.into_iter().map(|row| (row.start, tones(row))).collect())
}
