//! What every request to the API passes: where it comes from, who sends it, whether they may.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    Access, Caller,
    rules::{Needs, needs},
};
use crate::{problem::Problem, server::Shared};

/// Lets a request through with its [`Caller`], or answers why not.
pub(crate) async fn guard(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    match admit(&shared.access, &method, &uri, &headers, peer).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn admit(
    access: &Access,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    peer: SocketAddr,
) -> Result<Option<Caller>, Problem> {
    // A program sends its token on purpose; a browser sends its cookie, or comes from this machine, whoever asks it to.
    if !headers.contains_key(header::AUTHORIZATION) && is_from_elsewhere(method, headers, uri) {
        return Err(Problem::from_elsewhere());
    }
    let path = uri.path();
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let needed = match needs(method, path) {
        Needs::Nothing => return Ok(access.caller(headers, peer).await.unwrap_or_default()),
        needed => needed,
    };
    let Some(caller) = access.caller(headers, peer).await? else { return Err(Problem::log_in()) };
    access.allow(&caller)?;
    let (role, all_brands) = match needed {
        Needs::AllBrands(role) => (role, true),
        Needs::Role(role) => (role, false),
        Needs::Nothing => return Ok(Some(caller)),
    };
    if caller.role < role {
        access.audit(&caller.name, "refused", &format!("{method} {path}"), peer.ip());
        return Err(Problem::needs_role(role, caller.role));
    }
    if all_brands && caller.team.is_some() {
        access.audit(&caller.name, "refused", &format!("{method} {path}"), peer.ip());
        return Err(Problem::needs_all_brands());
    }
    Ok(Some(caller))
}

/// Whether another site makes the browser send a request that changes something. Browsers tell with `Sec-Fetch-Site`, older
/// ones with `Origin`; programs send neither.
///
/// Source: <https://words.filippo.io/csrf/>, as `CrossOriginProtection` of Go 1.25 does it, read 2026-11-22.
fn is_from_elsewhere(method: &Method, headers: &HeaderMap, uri: &Uri) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return false,
        Some(_) => return true,
        None => {}
    }
    let Some(origin) = text("origin") else { return false };
    let host = text("host").or_else(|| uri.authority().map(axum::http::uri::Authority::as_str)).unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, origin)| !origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_from_elsewhere(&method, &headers, &Uri::from_static("/api/v1/x"))
    }

    #[test]
    fn only_this_page_makes_a_browser_change_something() {
        let host = ("host", "hark.example:8080");
        assert!(!refused(Method::POST, &[host]), "a program");
        assert!(!refused(Method::POST, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(!refused(Method::POST, &[host, ("origin", "https://hark.example:8080")]));
        assert!(!refused(Method::GET, &[host, ("sec-fetch-site", "cross-site")]), "a link");
        for other in ["cross-site", "same-site"] {
            assert!(refused(Method::DELETE, &[host, ("sec-fetch-site", other)]), "{other}");
        }
        for other in ["https://evil.example", "null", "https://hark.example", "http://hark.example:8080.evil.example"] {
            assert!(refused(Method::POST, &[host, ("origin", other)]), "{other}");
        }
    }
}
