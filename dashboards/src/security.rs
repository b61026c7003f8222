//! What browsers are told to refuse, and which host names are answered.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Response, Uri, header},
    middleware::Next,
    response::IntoResponse as _,
};

use crate::{problem::Problem, server::Shared};

/// Sent with every answer. Scripts, styles and data come from here only; nothing inline, no frames, no referrer.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Adds the headers to an answer.
pub(crate) async fn add_headers<B>(mut response: Response<B>) -> Response<B> {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses requests for a foreign host name: a page elsewhere could point its own name at 127.0.0.1 and read along.
pub(crate) async fn check_host(State(shared): State<Shared>, request: Request, next: Next) -> axum::response::Response {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str)).unwrap_or_default();
    let known = |hosts: &Vec<String>| is_local(host) || host_name(host).is_some_and(|name| hosts.contains(&name));
    if shared.access.hosts.as_ref().is_none_or(known) {
        return next.run(request).await;
    }
    Problem::foreign_host(host).into_response()
}

/// The name in a `Host` header, without the port, in lower case.
fn host_name(host: &str) -> Option<String> {
    let uri = format!("http://{host}/").parse::<Uri>().ok()?;
    Some(uri.host()?.to_ascii_lowercase())
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_local(host: &str) -> bool {
    matches!(host_name(host).as_deref(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in ["localhost:8080", "LOCALHOST", "127.0.0.1:1", "[::1]:8080", "[::1]"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "a@b"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
