//! `/users` and `/teams`: who may log in, for admins.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use crate::{
    access::{Caller, Role, Team},
    problem::Problem,
    server::Shared,
};

/// The users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Users {
    users: Vec<ShownUser>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownUser {
    /// Name to log in with.
    name: String,
    role: Role,
    /// Name of a team, whose brands limit what is seen; null for none.
    team: Option<String>,
    /// Whether there is a password; without one only single sign-on lets the user in.
    has_password: bool,
    /// Whether it stands in `hark.toml`, where alone it can be changed.
    configured: bool,
}

/// What a user may do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    role: Role,
    /// Name of a team; null or left out for none.
    #[serde(default)]
    #[schema(max_length = 100)]
    team: Option<String>,
    /// A new password; null or left out to leave it as it is.
    #[serde(default)]
    #[schema(min_length = 10, max_length = 1000)]
    password: Option<String>,
}

/// The teams.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Teams {
    teams: Vec<ShownTeam>,
}

/// A team, as `hark.toml` says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownTeam {
    /// Name.
    name: String,
    /// The brands that it sees.
    brands: Vec<String>,
}

/// Who may log in.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "access",
    responses(
        (status = 200, description = "The users", body = Users),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_users(State(shared): State<Shared>) -> Result<Json<Users>, Problem> {
    let users = shared.access.accounts()?.list().await.map_err(Problem::private)?;
    let shown = |user: crate::Account| ShownUser {
        name: user.name,
        role: user.role,
        team: user.team,
        has_password: user.has_password,
        configured: user.configured,
    };
    Ok(Json(Users { users: users.into_iter().map(shown).collect() }))
}

/// Adds a user, or changes one.
#[utoipa::path(
    put, path = "/api/v1/users/{name}", tag = "access", request_body = UserChange,
    params(("name" = String, Path, description = "Name of the user")),
    responses(
        (status = 204, description = "Done"),
        (status = 422, description = "It cannot be changed so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_user(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Path(name): Path<String>,
    Body(UserChange { role, team, password }): Body<UserChange>,
) -> Result<StatusCode, Problem> {
    let access = &shared.access;
    if let Some(team) = team.as_ref().filter(|team| access.teams.iter().all(|known| known.name != **team)) {
        return Err(Problem::refused(format!("there is no team `{team}`; teams stand in hark.toml")));
    }
    let what = format!("{name}: {role}{}", team.as_ref().map(|team| format!(", team {team}")).unwrap_or_default());
    access.accounts()?.set(&name, role, team, password).await.map_err(Problem::account)?;
    access.forget_people();
    access.audit(&caller.name, "user_set", &what, peer.ip());
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a user, with sessions and tokens.
#[utoipa::path(
    delete, path = "/api/v1/users/{name}", tag = "access",
    params(("name" = String, Path, description = "Name of the user")),
    responses(
        (status = 204, description = "Removed"),
        (status = 422, description = "It cannot be removed", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_user(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    shared.access.accounts()?.remove(&name).await.map_err(Problem::account)?;
    shared.access.forget_people();
    shared.access.audit(&caller.name, "user_removed", &name, peer.ip());
    Ok(StatusCode::NO_CONTENT)
}

/// The teams of `hark.toml`.
#[utoipa::path(
    get, path = "/api/v1/teams", tag = "access",
    responses((status = 200, description = "The teams", body = Teams)),
)]
pub(crate) async fn get_teams(State(shared): State<Shared>) -> Json<Teams> {
    let team = |team: &Arc<Team>| ShownTeam { name: team.name.clone(), brands: team.brands.clone() };
    Json(Teams { teams: shared.access.teams.iter().map(team).collect() })
}
