//! What went wrong with a request, as `application/problem+json` (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

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
        }
    }

    /// Some parameters cannot be taken.
    pub(crate) fn bad_parameters(errors: Vec<BadParameter>) -> Self {
        let told: Vec<_> =
            errors.iter().map(|e| format!("`{}` {}, found `{}`", e.parameter, e.rule, e.value)).collect();
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad-parameter", "A parameter is wrong", told.join("; "));
        Self { errors, ..problem }
    }

    /// The database cannot be reached, or is not set up yet.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database-unavailable", "The database is away", detail)
    }

    /// Kafka cannot be reached.
    pub(crate) fn kafka_away(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "kafka-unavailable", "Kafka is away", reason.to_string())
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

    /// Only reading is possible here.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", "use GET")
    }

    /// The request was meant for another host name.
    pub(crate) fn foreign_host(host: &str) -> Self {
        let detail = format!("this server answers to localhost, 127.0.0.1 and [::1] only, not to `{host}`");
        Self::new(StatusCode::MISDIRECTED_REQUEST, "foreign-host", "Wrong host name", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
