//! `/session`: who one is, logging in and out, with a password or by single sign-on.

use std::{net::SocketAddr, time::Instant};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Body;
use crate::{
    access::{Caller, How, LogIn, Oidc, Role, check_password, cookies},
    parameters::Parameters,
    problem::Problem,
    server::Shared,
};

/// How long a browser has to come back from the log-in provider, in seconds.
const LOG_IN: u64 = 600;

/// Who asks, and how to log in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionInfo {
    /// Who asks; null when nobody is logged in.
    user: Option<Me>,
    /// Whether there are no users, so that nobody needs to log in.
    open: bool,
    /// What the log-in page calls single sign-on; null when there is none.
    single_sign_on: Option<String>,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// Name; `local` as long as there are no users.
    name: String,
    role: Role,
    /// Name of the team whose brands limit what is seen; null for none.
    team: Option<String>,
    /// Those brands; empty for all.
    brands: Vec<String>,
    /// Whether there is a session that can be ended.
    can_log_out: bool,
}

impl From<&Caller> for Me {
    fn from(caller: &Caller) -> Self {
        Self {
            name: caller.name.clone(),
            role: caller.role,
            team: caller.team.as_ref().map(|team| team.name.clone()),
            brands: caller.team.as_ref().map(|team| team.brands.clone()).unwrap_or_default(),
            can_log_out: matches!(caller.how, How::Session(_)),
        }
    }
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// Name.
    #[schema(max_length = 100)]
    name: String,
    /// Password.
    #[schema(max_length = 1000)]
    password: String,
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The present one.
    #[schema(max_length = 1000)]
    old: String,
    /// The new one.
    #[schema(min_length = 10, max_length = 1000)]
    new: String,
}

/// Who asks, and how to log in.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "access",
    responses(
        (status = 200, description = "Who asks", body = SessionInfo),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_session(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<SessionInfo>, Problem> {
    let access = &shared.access;
    let caller = access.caller(&headers, peer).await?;
    Ok(Json(SessionInfo {
        user: caller.as_ref().map(Me::from),
        open: access.is_open().await?,
        single_sign_on: access.oidc.as_ref().map(|oidc| oidc.config.label.clone()),
    }))
}

/// Logs in with a password; the answer sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "access", request_body = Credentials,
    responses(
        (status = 204, description = "Logged in"),
        (status = 422, description = "The body cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Wrong name or password", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another site asks", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many failures", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_session(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(Credentials { name, password }): Body<Credentials>,
) -> Result<Response, Problem> {
    let access = &shared.access;
    if let Some(wait) = access.log_ins.wait(&name, peer.ip(), Instant::now()) {
        return Err(Problem::too_many_log_ins(wait));
    }
    // Longer than any password that can be chosen: not worth hashing.
    let user = if password.len() > 4000 { None } else { access.by_password(&name, password).await? };
    let Some(user) = user else {
        access.log_ins.failed(&name, peer.ip(), Instant::now());
        access.audit(&name.chars().take(100).collect::<String>(), "log_in_failed", "", peer.ip());
        return Err(Problem::wrong_password());
    };
    access.log_ins.succeeded(&name, peer.ip());
    let secret = access.sessions.begin(&user.name, None).await?;
    access.audit(&user.name, "logged_in", "password", peer.ip());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session_cookie(&shared, &secret))]).into_response())
}

/// Logs out.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "access",
    responses(
        (status = 204, description = "Logged out"),
        (status = 403, description = "Another site asks", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_session(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
) -> Result<Response, Problem> {
    let access = &shared.access;
    if let How::Session(hash) = &caller.how {
        access.sessions.end(hash).await?;
        access.audit(&caller.name, "logged_out", "", peer.ip());
    }
    let cookie = cookies::set(&access.session_cookie(), "", 0, access.secure);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Changes one's own password; all other sessions end.
#[utoipa::path(
    put, path = "/api/v1/password", tag = "access", request_body = NewPassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "The present password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be changed so", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many failures", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_password(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Body(NewPassword { old, new }): Body<NewPassword>,
) -> Result<Response, Problem> {
    let access = &shared.access;
    if let Some(wait) = access.log_ins.wait(&caller.name, peer.ip(), Instant::now()) {
        return Err(Problem::too_many_log_ins(wait));
    }
    check_password(&new).map_err(|rule| Problem::refused(format!("the password {rule}")))?;
    let Some(user) = access.by_password(&caller.name, old).await? else {
        access.log_ins.failed(&caller.name, peer.ip(), Instant::now());
        return Err(Problem::wrong_password());
    };
    access.accounts()?.set(&user.name, user.role, user.team, Some(new)).await.map_err(Problem::account)?;
    access.forget_people();
    access.audit(&caller.name, "password_changed", &caller.name, peer.ip());
    // The old ones are over; whoever changed it stays in.
    let secret = access.sessions.begin(&user.name, None).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session_cookie(&shared, &secret))]).into_response())
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameter")]
pub(crate) struct NextParameter {
    /// Where on the page to go afterwards: a path such as `/topics`. Default: `/`.
    next: Option<String>,
}

/// Sends the browser to the log-in provider.
#[utoipa::path(
    get, path = "/api/v1/session/oidc", tag = "access", params(NextParameter),
    responses(
        (status = 303, description = "To the provider"),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no single sign-on", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The provider does not answer", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_oidc(State(shared): State<Shared>, uri: Uri) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(uri.query());
    let next =
        parameters.take_as("next", "must be a path such as `/topics`", |path| is_own(path).then(|| path.to_owned()));
    parameters.finish()?;
    let (address, log_in) = oidc(&shared)?.begin(next.unwrap_or_else(|| "/".to_owned())).await.map_err(|error| {
        tracing::warn!(%error, "single sign-on cannot begin");
        Problem::single_sign_on(error.to_string())
    })?;
    let secure = shared.access.secure;
    let cookie = cookies::set(&cookies::named("hark_log_in", secure), &log_in.to_cookie(), LOG_IN, secure);
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, location(&address))]).into_response())
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct CallbackParameters {
    /// What the log-in began with.
    state: Option<String>,
    /// What tokens are had for.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// The same for people.
    error_description: Option<String>,
    /// The provider.
    iss: Option<String>,
    /// The session at the provider; not used.
    session_state: Option<String>,
}

/// Where the log-in provider sends the browser back to.
#[utoipa::path(
    get, path = "/api/v1/session/oidc/callback", tag = "access", params(CallbackParameters),
    responses(
        (status = 303, description = "Logged in, and back to the page"),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not admitted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no single sign-on", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_oidc_callback(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let access = &shared.access;
    let oidc = oidc(&shared)?;
    let mut parameters = Parameters::read(uri.query());
    let [state, code, error] = ["state", "code", "error"].map(|name| parameters.take(name));
    let told = parameters.take("error_description").or(error);
    let _ = (parameters.take("iss"), parameters.take("session_state"));
    parameters.finish()?;
    let failed = |why: String| {
        access.audit("", "log_in_failed", &why, peer.ip());
        Problem::single_sign_on(why)
    };
    if let Some(told) = told {
        return Err(failed(format!("the log-in provider says: {}", told.chars().take(300).collect::<String>())));
    }
    let name = cookies::named("hark_log_in", access.secure);
    let log_in = cookies::read(&headers, &name).and_then(LogIn::from_cookie).filter(|log_in| is_own(&log_in.next));
    let (Some(log_in), Some(state), Some(code)) = (log_in, state, code) else {
        return Err(failed("this log-in was not begun here, or too long ago; begin again".to_owned()));
    };
    let (user, granted) = oidc.end(&log_in, &state, &code).await.map_err(|error| failed(error.to_string()))?;
    if access.has_password(&user).await? {
        return Err(failed(format!("`{user}` logs in with a password here, not by single sign-on")));
    }
    if !access.admits(&user, granted.clone()).await? {
        access.audit(&user, "log_in_failed", "not admitted", peer.ip());
        return Err(Problem::not_admitted(&user));
    }
    let secret = access.sessions.begin(&user, granted).await?;
    access.audit(&user, "logged_in", "single sign-on", peer.ip());
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location(&log_in.next))]).into_response();
    for cookie in [session_cookie(&shared, &secret), cookies::set(&name, "", 0, access.secure)] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn oidc(shared: &Shared) -> Result<&Oidc, Problem> {
    shared.access.oidc.as_ref().ok_or_else(|| Problem::unknown("single sign-on here"))
}

fn session_cookie(shared: &Shared, secret: &str) -> HeaderValue {
    let access = &shared.access;
    cookies::set(&access.session_cookie(), secret, access.sessions.seconds(), access.secure)
}

/// Whether it is a path of this page: an address elsewhere would make the log-in a springboard.
fn is_own(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']) && path.is_ascii()
}

fn location(address: &str) -> HeaderValue {
    HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_never_ends_on_another_site() {
        assert!(is_own("/") && is_own("/topics?period=7d"));
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nset-cookie: x=y"] {
            assert!(!is_own(elsewhere), "{elsewhere}");
        }
    }
}
