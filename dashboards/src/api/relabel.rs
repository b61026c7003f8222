//! `/relabel`: giving stored mentions the labels of the rules and models in force.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::StatusCode,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::rulebook;
use crate::{access::Caller, problem::Problem, rulebook::Relabelling, server::Shared};

/// How far stored mentions have the labels of the rules and models in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RelabelState {
    /// Whether they are being labelled again.
    running: bool,
    /// Mentions with other labels; counted while nothing runs.
    older: u64,
    /// Mentions that are labelled again, of `total`.
    done: u64,
    /// All mentions that were to be labelled again.
    total: u64,
    /// Mentions a second.
    per_second: u64,
    /// Seconds until the end, at that speed.
    seconds_left: u64,
    /// What ended it before its time; null when nothing did.
    failure: Option<String>,
}

impl From<Relabelling> for RelabelState {
    fn from(state: Relabelling) -> Self {
        let Relabelling { running, older, done, total, per_second, seconds_left, failure } = state;
        Self { running, older, done, total, per_second, seconds_left, failure }
    }
}

async fn state(shared: &Shared) -> Result<Json<RelabelState>, Problem> {
    let state = rulebook(shared)?.relabelling().await.map_err(Problem::unavailable)?;
    Ok(Json(state.into()))
}

/// How far stored mentions have the labels of the rules and models in force.
#[utoipa::path(
    get, path = "/api/v1/relabel", tag = "settings",
    responses(
        (status = 200, description = "How far it is", body = RelabelState),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_relabel(State(shared): State<Shared>) -> Result<Json<RelabelState>, Problem> {
    state(&shared).await
}

/// Begins to label stored mentions again, where an earlier labelling stopped. Each counts once at every moment.
#[utoipa::path(
    post, path = "/api/v1/relabel", tag = "settings",
    responses(
        (status = 202, description = "Begun, or being done already", body = RelabelState),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_relabel(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
) -> Result<(StatusCode, Json<RelabelState>), Problem> {
    rulebook(&shared)?.relabel().map_err(Problem::unavailable)?;
    shared.access.audit(&caller.name, "relabel_begun", "stored mentions", peer.ip());
    Ok((StatusCode::ACCEPTED, state(&shared).await?))
}

/// Stops the labelling after the mentions at hand; the next one goes on.
#[utoipa::path(
    delete, path = "/api/v1/relabel", tag = "settings",
    responses(
        (status = 202, description = "It stops soon", body = RelabelState),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_relabel(State(shared): State<Shared>) -> Result<(StatusCode, Json<RelabelState>), Problem> {
    rulebook(&shared)?.stop();
    Ok((StatusCode::ACCEPTED, state(&shared).await?))
}
