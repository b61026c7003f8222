//! `/views`: a page with its filters, under a name, for oneself or for everybody who sees the same.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
};
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::owned::{Owned, changeable, may_change, may_see};
use crate::{
    access::{Caller, secrets},
    api::body::Body,
    problem::Problem,
    server::Shared,
};

/// Kind of [`SavedView`] in the store.
const SAVED_VIEW: &str = "view";
/// Most views that are kept.
const MOST: usize = 5000;

/// What is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedView {
    name: String,
    address: String,
    shared: bool,
    owner: String,
    team: Option<String>,
    changed_at: Timestamp,
}

impl Owned for SavedView {
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

/// The views that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Views {
    views: Vec<ShownView>,
}

/// A page with its filters, under a name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownView {
    id: String,
    /// Name.
    name: String,
    /// Path and query of the page: `/topics?brand=Acme`.
    address: String,
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

/// A view to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewView {
    /// Name; one that the caller has already is replaced.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Path and query of a page of these dashboards.
    #[schema(min_length = 1, max_length = 4000, pattern = "^/([^/\\\\].*)?$")]
    address: String,
    /// Whether others see it. Default: no.
    #[serde(default)]
    shared: bool,
}

/// The views that the caller keeps, and those that others share.
#[utoipa::path(
    get, path = "/api/v1/views", tag = "views",
    responses(
        (status = 200, description = "The views", body = Views),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_views(State(shared): State<Shared>, caller: Caller) -> Result<Json<Views>, Problem> {
    let seen = kept(&shared).await?.into_iter().filter(|(_, view)| may_see(&caller, view));
    let mut views: Vec<_> = seen.map(|(id, view)| shown(&caller, id, view)).collect();
    views.sort_by_key(|view| view.name.to_lowercase());
    Ok(Json(Views { views }))
}

/// Keeps a view, in the place of one of the caller's with the same name.
#[utoipa::path(
    post, path = "/api/v1/views", tag = "views", request_body = NewView,
    responses(
        (status = 201, description = "Kept", body = ShownView),
        (status = 422, description = "It cannot be kept so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_view(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Body(NewView { name, address, shared: is_shared }): Body<NewView>,
) -> Result<(StatusCode, Json<ShownView>), Problem> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Problem::refused("`name` must have 1 to 100 characters"));
    }
    if !is_page(&address) {
        return Err(Problem::refused("`address` must be the path of a page, such as `/topics?brand=Acme`"));
    }
    let kept = kept(&shared).await?;
    let same = kept.iter().find(|(_, view)| view.owner == caller.name && view.name == name);
    if same.is_none() && kept.len() >= MOST {
        return Err(Problem::refused(format!("{MOST} views are kept; remove some first")));
    }
    let id = same.map_or_else(|| secrets::random().chars().take(16).collect(), |(id, _)| id.clone());
    let view = SavedView {
        name,
        address,
        shared: is_shared,
        owner: caller.name.clone(),
        team: caller.team.as_ref().map(|team| team.name.clone()),
        changed_at: Timestamp::now(),
    };
    shared.access.store()?.put(SAVED_VIEW, &id, &view).await.map_err(Problem::private)?;
    shared.access.audit(&caller.name, "view_saved", &view.name, peer.ip());
    Ok((StatusCode::CREATED, Json(shown(&caller, id, view))))
}

/// Removes a view that one keeps.
#[utoipa::path(
    delete, path = "/api/v1/views/{id}", tag = "views",
    params(("id" = String, Path, description = "Id of the view")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "There is none of that id", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_view(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changeable(&caller, &kept(&shared).await?, &id, "view")?;
    shared.access.store()?.remove(SAVED_VIEW, &id).await.map_err(Problem::private)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn kept(shared: &Shared) -> Result<Vec<(String, SavedView)>, Problem> {
    // Where nothing can be kept, nothing is.
    let Ok(store) = shared.access.store() else { return Ok(Vec::new()) };
    store.all(SAVED_VIEW).await.map_err(Problem::private)
}

/// Whether it leads to a page of this program: others follow what is shared.
fn is_page(address: &str) -> bool {
    let rest = address.strip_prefix('/');
    let other_host = |rest: &str| rest.starts_with(['/', '\\']) || rest.chars().any(char::is_control);
    address.len() <= 4000 && rest.is_some_and(|rest| !other_host(rest))
}

fn shown(caller: &Caller, id: String, view: SavedView) -> ShownView {
    let mine = may_change(caller, &view);
    let SavedView { name, address, shared, owner, changed_at, .. } = view;
    ShownView { id, name, address, shared, owner, mine, changed_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_leads_to_a_page_of_this_program() {
        assert!(is_page("/") && is_page("/topics?brand=A%20b"));
        for elsewhere in ["", "topics", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb"] {
            assert!(!is_page(elsewhere), "{elsewhere}");
        }
    }
}
