//! `/api/v1`: everything that the page shows, as JSON.

mod audit;
mod authors;
mod body;
mod breakdown;
mod corrections;
mod cross;
mod dead_letters;
mod evidence;
mod export;
mod extract;
mod filters;
mod health;
mod live;
mod mentions;
mod owned;
mod preferences;
mod quality;
mod query;
mod relabel;
mod rules;
mod series;
mod session;
mod sources;
mod sql;
mod summary;
mod timeline;
mod tokens;
mod triage;
mod users;
mod verify;
mod views;
mod words;

pub(crate) use sql::Turns;
pub(crate) use triage::Noted;
pub(crate) use verify::Proof;

use axum::{
    Json, Router,
    extract::OriginalUri,
    http::{HeaderValue, header},
    middleware,
    routing::{delete, get, post, put},
};
use hark_mention::Timestamp;
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::{OpenApi, ToSchema};

use crate::{
    period::{Asked, Period, earliest},
    problem::Problem,
    server::Shared,
    tags,
};

pub(crate) use live::Readers;

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
        breakdown::get_breakdown,
        cross::get_cross,
        series::get_series,
        words::get_words,
        authors::get_authors,
        mentions::get_mentions,
        evidence::get_evidence,
        export::get_export,
        live::get_live,
        query::get_query,
        corrections::post_corrections,
        triage::post_triage,
        filters::get_filters,
        health::get_health,
        dead_letters::get_dead_letters,
        session::get_session,
        session::post_session,
        session::delete_session,
        session::get_oidc,
        session::get_oidc_callback,
        session::put_password,
        users::get_users,
        users::put_user,
        users::delete_user,
        users::get_teams,
        tokens::get_tokens,
        tokens::post_token,
        tokens::delete_token,
        audit::get_audit,
        sql::post_sql,
        sql::post_export,
        sql::post_estimate,
        sql::get_schema,
        sql::get_queries,
        sql::post_query,
        sql::put_query,
        sql::delete_query,
        sql::get_examples,
        rules::get_rules,
        rules::put_rules,
        rules::post_preview,
        rules::get_editions,
        relabel::get_relabel,
        relabel::post_relabel,
        relabel::delete_relabel,
        verify::get_verify,
        verify::post_verify,
        sources::get_sources,
        quality::get_quality,
        preferences::get_preferences,
        preferences::put_preferences,
        views::get_views,
        views::post_view,
        views::delete_view,
        get_openapi,
    )
)]
struct Document;

/// The OpenAPI 3.1 document of the API, as JSON.
pub fn openapi() -> serde_json::Value {
    // Made of texts and maps with text keys: there is nothing in it that JSON cannot hold.
    serde_json::to_value(Document::openapi()).unwrap_or_default()
}

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/summary", get(summary::get_summary))
        .route("/timeline", get(timeline::get_timeline))
        .route("/breakdown", get(breakdown::get_breakdown))
        .route("/cross", get(cross::get_cross))
        .route("/series", get(series::get_series))
        .route("/words", get(words::get_words))
        .route("/authors", get(authors::get_authors))
        .route("/mentions", get(mentions::get_mentions))
        .route("/evidence", get(evidence::get_evidence))
        .route("/export", get(export::get_export))
        .route("/live", get(live::get_live))
        .route("/query", get(query::get_query))
        .route("/corrections", post(corrections::post_corrections))
        .route("/triage", post(triage::post_triage))
        .route("/filters", get(filters::get_filters))
        .route("/health", get(health::get_health))
        .route("/dead-letters", get(dead_letters::get_dead_letters))
        .route("/session", get(session::get_session).post(session::post_session).delete(session::delete_session))
        .route("/session/oidc", get(session::get_oidc))
        .route("/session/oidc/callback", get(session::get_oidc_callback))
        .route("/password", put(session::put_password))
        .route("/users", get(users::get_users))
        .route("/users/{name}", put(users::put_user).delete(users::delete_user))
        .route("/teams", get(users::get_teams))
        .route("/tokens", get(tokens::get_tokens).post(tokens::post_token))
        .route("/tokens/{id}", delete(tokens::delete_token))
        .route("/sql", post(sql::post_sql))
        .route("/sql/export", post(sql::post_export))
        .route("/sql/estimate", post(sql::post_estimate))
        .route("/sql/schema", get(sql::get_schema))
        .route("/sql/queries", get(sql::get_queries).post(sql::post_query))
        .route("/sql/queries/{id}", put(sql::put_query).delete(sql::delete_query))
        .route("/sql/examples", get(sql::get_examples))
        .route("/rules", get(rules::get_rules).put(rules::put_rules))
        .route("/rules/editions", get(rules::get_editions))
        .route("/relabel", get(relabel::get_relabel).post(relabel::post_relabel).delete(relabel::delete_relabel))
        .route("/rules/preview", post(rules::post_preview))
        .route("/verify", get(verify::get_verify).post(verify::post_verify))
        .route("/pipeline/sources", get(sources::get_sources))
        .route("/quality", get(quality::get_quality))
        .route("/preferences", get(preferences::get_preferences).put(preferences::put_preferences))
        .route("/views", get(views::get_views).post(views::post_view))
        .route("/views/{id}", delete(views::delete_view))
        .route("/audit", get(audit::get_audit))
        .route("/openapi.json", get(get_openapi))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|OriginalUri(uri): OriginalUri| async move { Problem::not_found(uri.path()) })
        .layer(middleware::from_fn(tags::add))
        // Answers may be kept, for their own reader only, but must be asked for again.
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")))
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
