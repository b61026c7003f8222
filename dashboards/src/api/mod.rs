//! `/api/v1`: everything that the page shows, as JSON.

mod breakdown;
mod dead_letters;
mod extract;
mod filters;
mod health;
mod mentions;
mod summary;
mod timeline;

use axum::{Json, Router, extract::OriginalUri, http::HeaderValue, http::header, routing::get};
use hark_mention::Timestamp;
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::{OpenApi, ToSchema};

use crate::{
    period::{Asked, Period, earliest},
    problem::Problem,
    server::App,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hark",
        version = "1",
        description = "What is said in public, as counted and listed by the dashboards. Every number has a list behind \
            it: the same parameters at `/api/v1/mentions` give exactly the mentions that were counted.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        summary::get_summary,
        timeline::get_timeline,
        breakdown::get_topics,
        breakdown::get_sources,
        breakdown::get_languages,
        mentions::get_mentions,
        filters::get_filters,
        health::get_health,
        dead_letters::get_dead_letters,
        get_openapi,
    )
)]
struct Document;

/// The OpenAPI 3.1 document of the API, as JSON.
pub fn openapi() -> serde_json::Value {
    // Made of texts and maps with text keys: there is nothing in it that JSON cannot hold.
    serde_json::to_value(Document::openapi()).unwrap_or_default()
}

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/summary", get(summary::get_summary))
        .route("/timeline", get(timeline::get_timeline))
        .route("/topics", get(breakdown::get_topics))
        .route("/sources", get(breakdown::get_sources))
        .route("/languages", get(breakdown::get_languages))
        .route("/mentions", get(mentions::get_mentions))
        .route("/filters", get(filters::get_filters))
        .route("/health", get(health::get_health))
        .route("/dead-letters", get(dead_letters::get_dead_letters))
        .route("/openapi.json", get(get_openapi))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|OriginalUri(uri): OriginalUri| async move { Problem::not_found(uri.path()) })
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "about",
    responses((status = 200, description = "The OpenAPI 3.1 document of this API", body = serde_json::Value)),
)]
async fn get_openapi() -> Json<serde_json::Value> {
    Json(openapi())
}

/// The period that an answer is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Range {
    /// First moment; null for all of time.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// End; it does not belong to the period.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// First moment of the period that changes are measured against; null when there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    previous_from: Option<Timestamp>,
    /// End of that period.
    #[schema(value_type = Option<String>, format = DateTime)]
    previous_to: Option<Timestamp>,
}

impl From<&Asked> for Range {
    fn from(asked: &Asked) -> Self {
        let Period { from, to } = asked.period;
        Self {
            from: (from > earliest()).then(|| Timestamp::from_jiff(from)),
            to: Timestamp::from_jiff(to),
            previous_from: asked.previous.map(|previous| Timestamp::from_jiff(previous.from)),
            previous_to: asked.previous.map(|previous| Timestamp::from_jiff(previous.to)),
        }
    }
}

/// Mentions by tone. The three add up to all mentions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Tones {
    /// Displeased.
    negative: u64,
    /// Neither, or both alike.
    neutral: u64,
    /// Pleased.
    positive: u64,
}
