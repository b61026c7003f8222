//! `GET /breakdown`: volume and tone by one property, and how they changed.

use std::collections::HashMap;

use axum::{Json, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Range, Tones, extract};
use crate::{
    filter::{Dimension, Filter, FilterParameters},
    problem::Problem,
    server::App,
    statistics::{CountChange, Share, ShareChange},
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
    name: String,
    /// How many mentions have it. A mention with two brands, products or topics counts for both.
    mentions: u64,
    /// How many stories have it: near-duplicates count once.
    stories: u64,
    #[serde(flatten)]
    tones: Tones,
    /// Share of all rows' mentions, also of those that are not listed: for brands, the share of voice.
    share: Share,
    /// Mentions in the period before; null when there is none.
    before: Option<u64>,
    /// How the number of mentions changed since.
    change: Option<CountChange>,
    /// How the share changed since.
    share_change: Option<ShareChange>,
    /// Share of negative mentions.
    negative_share: Share,
    /// How the share of negative mentions changed.
    negative_change: Option<ShareChange>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct BreakdownParameters {
    /// What to count by: brand, product, topic, sentiment, intent, source, lang, country, kind, site or author. Default: topic.
    by: Option<String>,
    /// Most rows. Default: 12.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Mentions by the value of one property.
#[derive(Row, Deserialize)]
pub(super) struct Counts {
    pub(super) name: String,
    pub(super) mentions: u64,
    pub(super) stories: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
    /// Of all values, also those that are not listed.
    total: u64,
}

/// Volume and tone by brand, product, topic, tone, intent, source, language, country, kind, site or author.
#[utoipa::path(
    get, path = "/api/v1/breakdown", tag = "numbers", params(FilterParameters, BreakdownParameters),
    responses(
        (status = 200, description = "The values", body = Breakdown),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_breakdown(app: App, uri: Uri) -> Result<Json<Breakdown>, Problem> {
    let (filter, (dimension, limit)) = extract::read(&app, &uri, |parameters| {
        (extract::dimension(parameters, "by", Dimension::Topic), extract::limit(parameters, 12, 500))
    })
    .await?;
    let range = Range::from(&filter.asked);
    let filter = filter.without(dimension);
    let now = counts(&app, &filter, dimension, limit).await?;
    let before = match filter.before(&app).await? {
        Some(filter) => Some(Before::read(&app, &filter, dimension, &now).await?),
        None => None,
    };
    let rows = now.into_iter().filter_map(|now| BreakdownRow::new(now, before.as_ref())).collect();
    Ok(Json(Breakdown { range, rows }))
}

/// Counts by `dimension`; what has no value of it is left out.
pub(super) async fn counts(
    app: &App,
    filter: &Filter,
    dimension: Dimension,
    limit: u32,
) -> Result<Vec<Counts>, Problem> {
    let sql = include_str!("../../queries/breakdown.sql").replace("$name", dimension.each_value());
    app.database.rows(filter.query(app, &sql).param("limit", limit).param("names", Vec::<String>::new())).await
}

/// The same values in the period before.
struct Before {
    counts: HashMap<String, Counts>,
    /// Mentions of all values.
    total: u64,
}

impl Before {
    async fn read(app: &App, filter: &Filter, dimension: Dimension, now: &[Counts]) -> Result<Self, Problem> {
        let names: Vec<&str> = now.iter().map(|row| row.name.as_str()).collect();
        let sql = include_str!("../../queries/breakdown.sql").replace("$name", dimension.each_value());
        let limit = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let query = filter.query(app, &sql).param("limit", limit).param("names", names);
        let rows: Vec<Counts> = app.database.rows(query).await?;
        let total = rows.first().map_or(0, |row| row.total);
        Ok(Self { counts: rows.into_iter().map(|row| (row.name.clone(), row)).collect(), total })
    }
}

impl BreakdownRow {
    /// `None` for a row without mentions, which the database does not give.
    fn new(now: Counts, before: Option<&Before>) -> Option<Self> {
        let share = Share::new(now.mentions, now.total)?;
        let negative_share = Share::new(now.negative, now.mentions)?;
        let past = before.and_then(|before| before.counts.get(&now.name));
        let mentions = before.map(|_| past.map_or(0, |past| past.mentions));
        let share_before = before.and_then(|before| Share::new(mentions.unwrap_or(0), before.total));
        let negative_before = past.and_then(|past| Share::new(past.negative, past.mentions));
        Some(Self {
            change: mentions.and_then(|before| CountChange::new(now.mentions, before)),
            share_change: share_before.map(|before| share.change_since(&before)),
            negative_change: negative_before.map(|before| negative_share.change_since(&before)),
            name: now.name,
            mentions: now.mentions,
            stories: now.stories,
            tones: Tones { negative: now.negative, neutral: now.neutral, positive: now.positive },
            share,
            before: mentions,
            negative_share,
        })
    }
}
