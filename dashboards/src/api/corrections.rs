//! `POST /corrections`: a person knows a label better, of one mention or of many.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CorrectionError, problem::Problem, server::App};

/// Most mentions that are corrected at once.
const MOST_MENTIONS: usize = 500;

/// A label that is to be another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionRequest {
    /// Ids of the mentions, 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    ids: Vec<String>,
    /// sentiment, topics, brands, products, intent, lang or spam.
    field: String,
    /// The new value, or the names of a list; null withdraws earlier corrections.
    values: Option<Vec<String>>,
}

/// What was corrected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorrectionAnswer {
    /// The mentions, and what their labels were. One that was deleted meanwhile is missing.
    corrected: Vec<CorrectedMention>,
}

/// A corrected mention.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorrectedMention {
    /// Its id.
    id: String,
    /// What the label was; lists as JSON.
    old: String,
}

/// Corrects a label of some mentions. Corrections are rows of their own: they outlive edits, replays and newer models.
#[utoipa::path(
    post, path = "/api/v1/corrections", tag = "mentions", request_body = CorrectionRequest,
    responses(
        (status = 200, description = "What was corrected", body = CorrectionAnswer),
        (status = 422, description = "The request cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_corrections(
    app: App,
    request: Result<Json<CorrectionRequest>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<CorrectionAnswer>, Problem> {
    let Json(request) = request.map_err(|rejected| match rejected.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::bad_body("the content type must be application/json"),
        _ => Problem::bad_body(rejected.body_text()),
    })?;
    let Some(corrector) = &app.corrector else { return Err(Problem::no_writer("corrections")) };
    if request.ids.is_empty() || request.ids.len() > MOST_MENTIONS {
        return Err(Problem::bad_body(format!("`ids` must have 1 to {MOST_MENTIONS}, found {}", request.ids.len())));
    }
    let ids = shown(&app, request.ids).await?;
    let corrected = corrector.correct(&ids, &request.field, request.values.as_deref(), &app.caller.name).await;
    match corrected {
        Ok(corrected) => {
            let corrected = corrected.into_iter().map(|one| CorrectedMention { id: one.id, old: one.old });
            Ok(Json(CorrectionAnswer { corrected: corrected.collect() }))
        }
        Err(CorrectionError::Value(rule)) => Err(Problem::bad_body(format!("`{}`: {rule}", request.field))),
        Err(error @ CorrectionError::Store(_)) => {
            tracing::error!(%error, "a correction failed");
            Err(Problem::unavailable(error.to_string()))
        }
    }
}

/// Those of the mentions that the caller may see: who corrects writes as somebody who sees all.
async fn shown(app: &App, ids: Vec<String>) -> Result<Vec<String>, Problem> {
    if app.caller.team.is_none() {
        return Ok(ids);
    }
    let query = app.database.query("SELECT id FROM mentions WHERE has({ids:Array(String)}, id)").param("ids", ids);
    app.database.rows(query).await
}
