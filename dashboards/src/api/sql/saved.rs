//! `/sql/queries`: questions that people keep, for themselves or for everybody.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
};
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{Caller, secrets},
    api::{
        body::Body,
        owned::{Owned, changeable, may_change, may_see},
    },
    problem::Problem,
    server::Shared,
    store::{SAVED_QUERY, SavedQuery},
};

/// Most questions that are kept.
const MOST: usize = 5000;

impl Owned for SavedQuery {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    fn is_shared(&self) -> bool {
        self.shared
    }
}

/// The questions that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queries {
    queries: Vec<ShownQuery>,
}

/// A question that somebody keeps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownQuery {
    id: String,
    /// Name; `hark sql --saved` finds shared ones by it.
    name: String,
    /// What it answers.
    description: String,
    /// The question, perhaps with parameters `{name:Type}`.
    query: String,
    /// Whether others see it.
    shared: bool,
    /// Who keeps it.
    owner: String,
    /// Whether the caller may change it.
    mine: bool,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// A question to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryChange {
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it answers.
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: String,
    /// The question.
    #[schema(min_length = 1, max_length = 200_000)]
    query: String,
    /// Whether others see it. Default: no.
    #[serde(default)]
    shared: bool,
}

/// The questions that the caller keeps, and those that others share.
#[utoipa::path(
    get, path = "/api/v1/sql/queries", tag = "sql",
    responses(
        (status = 200, description = "The questions", body = Queries),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_queries(State(shared): State<Shared>, caller: Caller) -> Result<Json<Queries>, Problem> {
    let kept = kept(&shared).await?.into_iter().filter(|(_, query)| may_see(&caller, query));
    let mut queries: Vec<_> = kept.map(|(id, query)| shown(&caller, id, query)).collect();
    queries.sort_by_key(|query| query.name.to_lowercase());
    Ok(Json(Queries { queries }))
}

/// Keeps a question.
#[utoipa::path(
    post, path = "/api/v1/sql/queries", tag = "sql", request_body = QueryChange,
    responses(
        (status = 201, description = "Kept", body = ShownQuery),
        (status = 422, description = "It cannot be kept so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_query(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Body(change): Body<QueryChange>,
) -> Result<(StatusCode, Json<ShownQuery>), Problem> {
    let kept = kept(&shared).await?;
    if kept.len() >= MOST {
        return Err(Problem::refused(format!("{MOST} questions are kept; remove some first")));
    }
    let id: String = secrets::random().chars().take(16).collect();
    let query = checked(&caller.name, caller.team.as_ref().map(|team| team.name.clone()), &kept, &id, change)?;
    put(&shared, &caller, peer, &id, &query).await?;
    Ok((StatusCode::CREATED, Json(shown(&caller, id, query))))
}

/// Changes a question that one keeps.
#[utoipa::path(
    put, path = "/api/v1/sql/queries/{id}", tag = "sql", request_body = QueryChange,
    params(("id" = String, Path, description = "Id of the question")),
    responses(
        (status = 200, description = "Changed", body = ShownQuery),
        (status = 404, description = "There is none of that id", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be changed so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_query(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Path(id): Path<String>,
    Body(change): Body<QueryChange>,
) -> Result<Json<ShownQuery>, Problem> {
    let kept = kept(&shared).await?;
    let old = changeable(&caller, &kept, &id, "question")?;
    let query = checked(&old.owner, old.team.clone(), &kept, &id, change)?;
    put(&shared, &caller, peer, &id, &query).await?;
    Ok(Json(shown(&caller, id, query)))
}

/// Removes a question that one keeps.
#[utoipa::path(
    delete, path = "/api/v1/sql/queries/{id}", tag = "sql",
    params(("id" = String, Path, description = "Id of the question")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "There is none of that id", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_query(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changeable(&caller, &kept(&shared).await?, &id, "question")?;
    shared.access.store()?.remove(SAVED_QUERY, &id).await.map_err(Problem::private)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn kept(shared: &Shared) -> Result<Vec<(String, SavedQuery)>, Problem> {
    // Where nothing can be kept, nothing is.
    let Ok(store) = shared.access.store() else { return Ok(Vec::new()) };
    store.all(SAVED_QUERY).await.map_err(Problem::private)
}

async fn put(shared: &Shared, caller: &Caller, peer: SocketAddr, id: &str, query: &SavedQuery) -> Result<(), Problem> {
    shared.access.store()?.put(SAVED_QUERY, id, query).await.map_err(Problem::private)?;
    shared.access.audit(&caller.name, "query_saved", &query.name, peer.ip());
    Ok(())
}

fn checked(
    owner: &str,
    team: Option<String>,
    kept: &[(String, SavedQuery)],
    id: &str,
    QueryChange { name, description, query, shared }: QueryChange,
) -> Result<SavedQuery, Problem> {
    let length = |text: &str, most| text.chars().count() <= most;
    let blank = name.trim().is_empty() || query.trim().is_empty();
    if blank || !length(&name, 100) || !length(&description, 1000) || query.len() > 200_000 {
        let rule = "`name` must have 1 to 100 characters, `description` at most 1000, `query` 1 to 200000";
        return Err(Problem::refused(rule));
    }
    let taken = |other: &SavedQuery| other.name == name && (other.owner == owner || (shared && other.shared));
    if kept.iter().any(|(key, other)| key != id && taken(other)) {
        return Err(Problem::refused(format!("there is a question named `{name}` already")));
    }
    Ok(SavedQuery { name, description, query, shared, owner: owner.to_owned(), team, changed_at: Timestamp::now() })
}

fn shown(caller: &Caller, id: String, query: SavedQuery) -> ShownQuery {
    let mine = may_change(caller, &query);
    let SavedQuery { name, description, query, shared, owner, changed_at, .. } = query;
    ShownQuery { id, name, description, query, shared, owner, mine, changed_at }
}
