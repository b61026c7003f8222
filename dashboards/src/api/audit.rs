//! `GET /audit`: who did what, the newest first, for admins.

use axum::{Json, extract::State, http::Uri};
use hark_mention::Timestamp;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::limit;
use crate::{parameters::Parameters, problem::Problem, server::Shared};

/// Who did what, the newest first. Entries are kept for two years.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audit {
    entries: Vec<Entry>,
}

/// Something that somebody did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// User, or the name that was tried.
    who: String,
    /// logged_in, log_in_failed, logged_out, refused, user_set, user_removed, token_made, token_removed,
    /// password_changed, query_saved, rules_published or letters_replayed.
    action: String,
    /// What it was done to.
    what: String,
    /// Network address that it came from.
    address: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameter")]
pub(crate) struct AuditParameters {
    /// Most entries. Default: 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Who did what, the newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "access", params(AuditParameters),
    responses(
        (status = 200, description = "The newest entries", body = Audit),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_audit(State(shared): State<Shared>, uri: Uri) -> Result<Json<Audit>, Problem> {
    let mut parameters = Parameters::read(uri.query());
    let limit = limit(&mut parameters, 100, 1000);
    parameters.finish()?;
    let deeds = shared.access.store()?.deeds(limit).await.map_err(Problem::private)?;
    let entry = |deed: crate::store::Deed| Entry {
        at: Timestamp::from_millis(deed.at_ms),
        who: deed.who,
        action: deed.action,
        what: deed.what,
        address: deed.address,
    };
    Ok(Json(Audit { entries: deeds.into_iter().map(entry).collect() }))
}
