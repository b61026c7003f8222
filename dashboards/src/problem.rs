//! What went wrong with a request, as `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::{AccountError, Role},
    store::PrivateError,
};

/// A request that could not be answered (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Kind of problem: `urn:hark:problem:` and a name that stays the same.
    #[serde(rename = "type")]
    kind: String,
    /// What it is, in a few words.
    title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do.
    detail: String,
    /// The parameters that are wrong, each on its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<BadParameter>,
    /// Seconds after which to try again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// One parameter with a value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BadParameter {
    /// Its name.
    pub(crate) parameter: String,
    /// What it must be.
    pub(crate) rule: String,
    /// What was given.
    pub(crate) value: String,
}

impl BadParameter {
    pub(crate) fn new(parameter: &str, rule: impl Into<String>, value: &str) -> Self {
        // A value may be as long as a URL; what is repeated to a person need not be.
        let value = value.chars().take(200).collect();
        Self { parameter: parameter.to_owned(), rule: rule.into(), value }
    }
}

impl Problem {
    fn new(status: StatusCode, name: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:hark:problem:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(5),
        }
    }

    /// Some parameters cannot be taken.
    pub(crate) fn bad_parameters(errors: Vec<BadParameter>) -> Self {
        let told: Vec<_> =
            errors.iter().map(|e| format!("`{}` {}, found `{}`", e.parameter, e.rule, e.value)).collect();
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad-parameter", "A parameter is wrong", told.join("; "));
        Self { errors, ..problem }
    }

    /// Rules that cannot be used.
    pub(crate) fn wrong_rules(errors: Vec<BadParameter>) -> Self {
        let told: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.parameter, e.rule)).collect();
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-rules", "A rule is wrong", told.join("; "));
        Self { errors, ..problem }
    }

    /// Somebody else has changed the same thing meanwhile.
    pub(crate) fn outdated() -> Self {
        let detail = "somebody else has changed it meanwhile: look at what it is now, and change that";
        Self::new(StatusCode::CONFLICT, "outdated", "Changed meanwhile", detail)
    }

    /// The database cannot be reached, or is not set up yet.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database-unavailable", "The database is away", detail)
    }

    /// Kafka cannot be reached.
    pub(crate) fn kafka_away(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "kafka-unavailable", "Kafka is away", reason.to_string())
    }

    /// The pipeline cannot be asked.
    pub(crate) fn pipeline_away(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "pipeline-unavailable", "The pipeline is away", reason.to_string())
    }

    /// The database refuses somebody's own question.
    pub(crate) fn query_refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "query-refused", "The question is refused", detail)
    }

    /// Too many questions of one user are under way.
    pub(crate) fn too_many_queries(most: u32) -> Self {
        let detail = format!("you have {most} questions under way; wait for one, or cancel it");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-queries", "Too many questions at once", detail)
    }

    /// The dashboards have no user that may write, which `what` needs.
    pub(crate) fn no_writer(what: &str) -> Self {
        let detail = format!("`{what}` needs a database user that may write: set `[clickhouse] user` in hark.toml");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-writer", "Not set up", detail)
    }

    /// A search would read too many texts.
    pub(crate) fn search_too_long(limit: std::time::Duration) -> Self {
        let detail = format!(
            "the search did not end within {} s: choose a shorter period, or add a word that is said less often",
            limit.as_secs()
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "search-too-long", "The search takes too long", detail)
    }

    /// So many others are connected that no more can be.
    pub(crate) fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too-many", "Too many connections", detail)
    }

    /// The question is sound, yet the database did not answer it.
    pub(crate) fn query_failed() -> Self {
        let detail = "the database refused the query; the log of the dashboards says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "query-failed", "The query failed", detail)
    }

    /// There is no such page.
    pub(crate) fn not_found(path: &str) -> Self {
        let detail = format!("there is nothing at `{path}`; `/api/v1/openapi.json` lists what there is");
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// There is nothing of that name.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", format!("there is no {what}"))
    }

    /// This cannot be done here.
    pub(crate) fn method_not_allowed() -> Self {
        let detail = "`/api/v1/openapi.json` tells what can be done here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// What was sent cannot be taken.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "This cannot be done", detail)
    }

    /// The body is no JSON of the right shape.
    pub(crate) fn bad_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-body", "The body cannot be read", detail)
    }

    /// What the dashboards keep for themselves cannot be reached.
    pub(crate) fn private(error: PrivateError) -> Self {
        tracing::warn!(%error, "the dashboards' own records cannot be used");
        Self::unavailable(error.to_string())
    }

    /// An account cannot be changed so.
    pub(crate) fn account(error: AccountError) -> Self {
        match error {
            AccountError::Refused(why) => Self::refused(why),
            AccountError::Private(error) => Self::private(error),
        }
    }

    /// Nobody is logged in.
    pub(crate) fn log_in() -> Self {
        let detail = "log in on the page, or send a token: `Authorization: Bearer hark_…`";
        Self::new(StatusCode::UNAUTHORIZED, "log-in", "Log in first", detail)
    }

    /// Name and password do not belong together.
    pub(crate) fn wrong_password() -> Self {
        let detail = "there is no user with this name and password";
        Self::new(StatusCode::UNAUTHORIZED, "wrong-password", "Wrong name or password", detail)
    }

    /// The token is unknown, expired or removed.
    pub(crate) fn wrong_token() -> Self {
        let detail = "the token is unknown, has expired or was removed";
        Self::new(StatusCode::UNAUTHORIZED, "wrong-token", "Wrong token", detail)
    }

    /// Somebody who is known elsewhere, but may not come in here.
    pub(crate) fn not_admitted(who: &str) -> Self {
        let detail = format!("`{who}` is not among the users of these dashboards; an admin can add them");
        Self::new(StatusCode::FORBIDDEN, "not-admitted", "Not admitted", detail)
    }

    /// Single sign-on did not work out.
    pub(crate) fn single_sign_on(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "single-sign-on", "Single sign-on failed", detail)
    }

    /// The caller's role does not reach.
    pub(crate) fn needs_role(needed: Role, has: Role) -> Self {
        let detail = format!("this takes the role {needed}, and you have {has}");
        Self::new(StatusCode::FORBIDDEN, "needs-role", "Not allowed", detail)
    }

    /// What is asked for is not divided by brand, and the caller may see some brands only.
    pub(crate) fn needs_all_brands() -> Self {
        let detail = "this speaks of all brands, and your team sees some of them only";
        Self::new(StatusCode::FORBIDDEN, "needs-all-brands", "Not allowed", detail)
    }

    /// Another site made the browser ask.
    pub(crate) fn from_elsewhere() -> Self {
        let detail = "another site made your browser send this; nothing was changed";
        Self::new(StatusCode::FORBIDDEN, "from-elsewhere", "Not from this page", detail)
    }

    /// Too many failed log-ins.
    pub(crate) fn too_many_log_ins(wait: Duration) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-log-ins", "Too many failed log-ins", "");
        problem.waiting(wait)
    }

    /// The caller's allowance is used up.
    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", "");
        problem.waiting(wait)
    }

    fn waiting(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        self.detail = format!("try again in {seconds} s");
        self.retry_after = Some(seconds);
        self
    }

    /// The request was meant for another host name.
    pub(crate) fn foreign_host(host: &str) -> Self {
        let detail =
            format!("this server answers to localhost, 127.0.0.1, [::1] and its `public_url` only, not to `{host}`");
        Self::new(StatusCode::MISDIRECTED_REQUEST, "foreign-host", "Wrong host name", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
