//! `GET /summary`: how much, in which tone, and how that compares with before.

use axum::{Json, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Range, extract};
use crate::{
    filter::{Dimension, Filter, FilterParameters},
    problem::Problem,
    server::App,
    statistics::{CountChange, Share, ShareChange},
};

/// How much is said, in which tone, and how that compares with the period before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    range: Range,
    /// Mentions.
    mentions: Count,
    /// Stories: near-duplicates count once.
    stories: Count,
    /// Types of source with a mention.
    sources: Count,
    /// Authors with a mention, as far as the sources name them.
    authors: Count,
    /// Share of negative mentions. Like the other shares it is taken of all tones, whatever tone is filtered for.
    negative: Tone,
    /// Share of neutral mentions.
    neutral: Tone,
    /// Share of positive mentions.
    positive: Tone,
}

/// A number, and what it was in the period before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Count {
    /// Now.
    now: u64,
    /// In the period before; null when there is none.
    before: Option<u64>,
    /// How it changed; null when there was nothing before.
    change: Option<CountChange>,
}

/// The share of a tone, and how it changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tone {
    /// Now; null without mentions.
    now: Option<Share>,
    /// Change since the period before; null when either has no mentions.
    change: Option<ShareChange>,
}

#[derive(Clone, Copy, Row, Deserialize)]
struct Totals {
    mentions: u64,
    stories: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
    sources: u64,
    authors: u64,
}

/// How much is said, in which tone, and how that compares with the period before.
#[utoipa::path(
    get, path = "/api/v1/summary", tag = "numbers", params(FilterParameters),
    responses(
        (status = 200, description = "The numbers", body = Summary),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_summary(app: App, uri: Uri) -> Result<Json<Summary>, Problem> {
    let (filter, ()) = extract::read(&app, &uri, |_| ()).await?;
    let (now, before) = tokio::try_join!(both(&app, &filter), async {
        match filter.before(&app).await? {
            Some(before) => both(&app, &before).await.map(Some),
            None => Ok(None),
        }
    })?;
    Ok(Json(Summary::new(Range::from(&filter.asked), &now, before.as_ref())))
}

/// The totals under the filter, and those with every tone.
async fn both(app: &App, filter: &Filter) -> Result<(Totals, Totals), Problem> {
    if filter.values(Dimension::Sentiment).is_empty() {
        let totals = totals(app, filter).await?;
        return Ok((totals, totals));
    }
    let every_tone = filter.without(Dimension::Sentiment);
    tokio::try_join!(totals(app, filter), totals(app, &every_tone))
}

async fn totals(app: &App, filter: &Filter) -> Result<Totals, Problem> {
    app.database.row(filter.query(app, include_str!("../../queries/summary.sql"))).await
}

impl Summary {
    fn new(range: Range, now: &(Totals, Totals), before: Option<&(Totals, Totals)>) -> Self {
        let count = |of: fn(&Totals) -> u64| {
            let (now, before) = (of(&now.0), before.map(|before| of(&before.0)));
            Count { now, before, change: before.and_then(|before| CountChange::new(now, before)) }
        };
        let tone = |of: fn(&Totals) -> u64| {
            let share = |totals: &Totals| Share::new(of(totals), totals.mentions);
            let (now, before) = (share(&now.1), before.and_then(|before| share(&before.1)));
            Tone { now, change: now.zip(before).map(|(now, before)| now.change_since(&before)) }
        };
        Self {
            range,
            mentions: count(|totals| totals.mentions),
            stories: count(|totals| totals.stories),
            sources: count(|totals| totals.sources),
            authors: count(|totals| totals.authors),
            negative: tone(|totals| totals.negative),
            neutral: tone(|totals| totals.neutral),
            positive: tone(|totals| totals.positive),
        }
    }
}
