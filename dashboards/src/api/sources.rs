//! `/pipeline/sources`: is everything collected?

use axum::{Json, extract::State};
use hark_mention::{Gap, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::verify::pipeline;
use crate::{pipeline::ConfiguredSource, problem::Problem, server::Shared};

/// The configured sources.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sources {
    sources: Vec<Source>,
}

/// How a source is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Source {
    /// Its name in `hark.toml`.
    name: String,
    /// Its type.
    kind: String,
    /// ok, quiet (it works, and far less comes than usual), limited (it waits), broken (somebody should look at it) or unread
    /// (no worker has read it yet).
    state: &'static str,
    /// Why it is not ok, for people; empty when it is.
    why: String,
    /// When the other side last answered.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_answer_at: Option<Timestamp>,
    /// When it last brought something new.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_event_at: Option<Timestamp>,
    /// Events in the last 60 minutes.
    events_per_hour: u64,
    /// Events that usually come in such an hour; null when that is not known yet.
    usual_per_hour: Option<f64>,
    /// Calls that failed today (UTC), by class.
    errors: Errors,
    /// What may still be spent today, in the source's own unit; null where nothing is limited.
    quota_left: Option<u64>,
    /// Times of which it is known that mentions are missing.
    gaps: Vec<SourceGap>,
}

/// How many calls failed.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Errors {
    /// The other side, or the budget, asked to wait.
    limit: u64,
    /// There was no answer, or none that could be used.
    outage: u64,
    /// A person has to change something.
    setup: u64,
}

/// A time of which it is known that mentions are missing.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceGap {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Why.
    reason: String,
}

/// How each configured source is doing.
#[utoipa::path(
    get, path = "/api/v1/pipeline/sources", tag = "operation",
    responses(
        (status = 200, description = "The sources", body = Sources),
        (status = 503, description = "The pipeline cannot be asked", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_sources(State(shared): State<Shared>) -> Result<Json<Sources>, Problem> {
    let sources = pipeline(&shared)?.sources().await.map_err(Problem::pipeline_away)?;
    let now = Timestamp::now();
    Ok(Json(Sources { sources: sources.into_iter().map(|source| Source::new(source, now)).collect() }))
}

impl Source {
    fn new(source: ConfiguredSource, now: Timestamp) -> Self {
        let ConfiguredSource { name, kind, health } = source;
        let Some(health) = health else {
            return Self {
                name,
                kind,
                state: "unread",
                why: String::new(),
                last_answer_at: None,
                last_event_at: None,
                events_per_hour: 0,
                usual_per_hour: None,
                errors: Errors::default(),
                quota_left: None,
                gaps: Vec::new(),
            };
        };
        let (state, why) = health.state(now);
        Self {
            name,
            kind,
            state: state.as_str(),
            why,
            last_answer_at: health.last_answer,
            last_event_at: health.last_event,
            events_per_hour: health.events_per_hour,
            usual_per_hour: health.usual_now(now),
            errors: Errors { limit: health.errors.limit, outage: health.errors.outage, setup: health.errors.setup },
            quota_left: health.quota_left,
            gaps: health.gaps.into_iter().map(|Gap { from, to, why }| SourceGap { from, to, reason: why }).collect(),
        }
    }
}
