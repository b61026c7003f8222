//! `GET /series`: volume and tone over time, for several values of one property.

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Range, Tones, breakdown, extract,
    timeline::{buckets, take_bucket},
};
use crate::{
    filter::{Dimension, FilterParameters},
    period::Bucket,
    problem::Problem,
    server::App,
};

/// Most values that may be named.
const MOST_VALUES: usize = 50;

/// Volume and tone over time, for several values of one property.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesAnswer {
    range: Range,
    /// Width of the buckets.
    bucket: Bucket,
    /// First moments of the buckets, oldest first; each ends where the next begins, the last one at the end of the range.
    #[schema(value_type = Vec<String>)]
    starts: Vec<Timestamp>,
    /// The values: those asked for in their order, else the largest first.
    series: Vec<Series>,
}

/// One value over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Series {
    /// The value.
    name: String,
    /// Its mentions in each bucket.
    points: Vec<Tones>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct SeriesParameters {
    /// The property, as in `/breakdown`. Default: topic.
    by: Option<String>,
    /// Its values to show. Default: the largest.
    value: Option<Vec<String>>,
    /// How many values when none is named. Default: 12.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u32>,
    /// Width of the buckets. Default: what suits the period.
    #[param(inline)]
    bucket: Option<Bucket>,
}

#[derive(Row, Deserialize)]
struct Counts {
    name: String,
    start: i64,
    negative: u64,
    neutral: u64,
    positive: u64,
}

/// Volume and tone over time, for several values of one property.
#[utoipa::path(
    get, path = "/api/v1/series", tag = "numbers", params(FilterParameters, SeriesParameters),
    responses(
        (status = 200, description = "The series", body = SeriesAnswer),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_series(app: App, uri: Uri) -> Result<Json<SeriesAnswer>, Problem> {
    let (filter, (dimension, named, limit, wanted)) = extract::read(&app, &uri, |parameters| {
        let dimension = extract::dimension(parameters, "by", Dimension::Topic);
        let named = parameters.take_all("value");
        if named.len() > MOST_VALUES {
            parameters.refuse("value", format!("must stand at most {MOST_VALUES} times"), &named.len().to_string());
        }
        (dimension, named, extract::limit(parameters, 12, 50), take_bucket(parameters))
    })
    .await?;
    let range = Range::from(&filter.asked);
    let filter = filter.without(dimension);
    let (bucket, buckets) = buckets(&app, &filter, wanted).await?;
    let names = if named.is_empty() {
        let largest = breakdown::counts(&app, &filter, dimension, limit).await?;
        largest.into_iter().map(|row| row.name).collect()
    } else {
        named
    };
    let starts: Vec<i64> = buckets.iter().map(|bucket| bucket.from.as_millisecond()).collect();
    let rows: Vec<Counts> = if starts.is_empty() || names.is_empty() {
        Vec::new()
    } else {
        let sql = include_str!("../../queries/series.sql").replace("$name", dimension.each_value());
        let filter = filter.with(dimension, names.clone());
        app.database.rows(filter.query(&app, &sql).param("starts", &starts).param("names", &names)).await?
    };
    let mut counts: HashMap<(String, i64), Tones> = HashMap::new();
    for row in rows {
        let tones = Tones { negative: row.negative, neutral: row.neutral, positive: row.positive };
        counts.insert((row.name, row.start), tones);
    }
    let series = names.into_iter().map(|name| {
        let points = starts.iter().map(|start| counts.get(&(name.clone(), *start)).copied().unwrap_or_default());
        Series { points: points.collect(), name }
    });
    let series = series.collect();
    let starts = starts.into_iter().map(Timestamp::from_millis).collect();
    Ok(Json(SeriesAnswer { range, bucket, starts, series }))
}
