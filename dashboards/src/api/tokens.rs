//! `/tokens`: what programs send instead of a password, each for oneself.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
};
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use crate::{
    access::{Caller, How, Role, Token},
    problem::Problem,
    server::Shared,
};

/// Most tokens of one user.
const MOST: usize = 50;
const DAY: i64 = 86_400_000;

/// Tokens: one's own, or all of them for admins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens {
    tokens: Vec<ShownToken>,
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownToken {
    /// How it is called when it is removed.
    id: String,
    /// Whose it is.
    user: String,
    /// What it is for.
    label: String,
    /// The most that it may do; the role of its user caps it.
    scope: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it ends; null for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    label: String,
    /// The most that it may do. Default: viewer.
    #[serde(default)]
    scope: Role,
    /// Days that it lasts; null or left out for ever.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u16>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// What programs send: `Authorization: Bearer hark_…`. It is shown this once.
    secret: String,
    token: ShownToken,
}

impl From<Token> for ShownToken {
    fn from(token: Token) -> Self {
        let Token { id, user, label, scope, made_at, expires_at } = token;
        Self { id, user, label, scope, made_at, expires_at }
    }
}

/// One's own tokens; an admin sees all.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "access",
    responses(
        (status = 200, description = "The tokens", body = Tokens),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_tokens(State(shared): State<Shared>, caller: Caller) -> Result<Json<Tokens>, Problem> {
    let tokens = shared.access.accounts()?.tokens().await.map_err(Problem::private)?;
    let tokens = tokens.into_iter().map(|(_, token)| token).filter(|token| may_see(&caller, token));
    Ok(Json(Tokens { tokens: tokens.map(ShownToken::from).collect() }))
}

/// Makes a token for oneself.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "access", request_body = NewToken,
    responses(
        (status = 201, description = "Made", body = MadeToken),
        (status = 422, description = "It cannot be made so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_token(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Body(NewToken { label, scope, days }): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let accounts = shared.access.accounts()?;
    if matches!(caller.how, How::Token(_)) {
        return Err(Problem::refused("a token cannot make another one; log in on the page"));
    }
    if label.is_empty() || label.chars().count() > 100 || days.is_some_and(|days| !(1..=3650).contains(&days)) {
        return Err(Problem::refused("`label` must have 1 to 100 characters, and `days` must be 1 to 3650"));
    }
    if scope > caller.role {
        return Err(Problem::refused(format!("`scope` must not be more than your own role, {}", caller.role)));
    }
    let own = accounts.tokens().await.map_err(Problem::private)?;
    if own.iter().filter(|(_, token)| token.user == caller.name).count() >= MOST {
        return Err(Problem::refused(format!("you have {MOST} tokens; remove one first")));
    }
    let expires_at = days.map(|days| Timestamp::from_millis(Timestamp::now().as_millis() + i64::from(days) * DAY));
    let made = accounts.make_token(&caller.name, label, scope, expires_at).await.map_err(Problem::private)?;
    let (secret, token) = made;
    shared.access.forget_people();
    shared.access.audit(&caller.name, "token_made", &format!("{} ({})", token.id, token.scope), peer.ip());
    Ok((StatusCode::CREATED, Json(MadeToken { secret, token: token.into() })))
}

/// Removes a token: one's own, or anybody's for admins.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "access",
    params(("id" = String, Path, description = "Id of the token")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "There is none of that id", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_token(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let accounts = shared.access.accounts()?;
    let tokens = accounts.tokens().await.map_err(Problem::private)?;
    let found = tokens.into_iter().find(|(_, token)| token.id == id && may_see(&caller, token));
    let Some((key, _)) = found else { return Err(Problem::unknown("token with this id")) };
    accounts.remove_token(&key).await.map_err(Problem::private)?;
    shared.access.forget_people();
    shared.access.audit(&caller.name, "token_removed", &id, peer.ip());
    Ok(StatusCode::NO_CONTENT)
}

fn may_see(caller: &Caller, token: &Token) -> bool {
    token.user == caller.name || (caller.role == Role::Admin && caller.team.is_none())
}
