//! Reads the URL and headers of a request the way ClickHouse's HTTP interface does (`src/Server/HTTPHandler.cpp`).

use axum::http::{HeaderMap, Method, Uri, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::time::Duration;

use super::compression::{Coding, ResponseCoding};
use super::errors::{Code, Exception};
use crate::connection::Setting;
use crate::ffi::Param;
use crate::users::{User, Users};

/// The real server's `default_session_timeout` and `max_session_timeout`, in seconds.
const SESSION_TIMEOUT: u64 = 60;
const MAX_SESSION_TIMEOUT: u64 = 3600;

/// A session the client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRequest {
    pub(crate) id: String,
    pub(crate) timeout: Duration,
    /// The session must exist already.
    pub(crate) must_exist: bool,
}

/// Everything about a request but its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) user: User,
    /// `GET` and `HEAD` may only read.
    pub(crate) read_only: bool,
    /// The text of the `query` parameter, which stands before the body.
    pub(crate) query: String,
    pub(crate) params: Vec<Param>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) default_format: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) session: Option<SessionRequest>,
    pub(crate) query_id: String,
    /// The body has ClickHouse's block framing.
    pub(crate) framed_body: bool,
    pub(crate) body_coding: Option<Coding>,
    pub(crate) response_coding: ResponseCoding,
    pub(crate) compression_level: u32,
    pub(crate) wait_end_of_query: bool,
}

/// The parameters of a request before anyone is authenticated.
pub(crate) fn url_parameters(uri: &Uri) -> Vec<(String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

impl Request {
    /// # Errors
    /// The exception the real server throws for the same request.
    pub(crate) fn read(method: &Method, uri: &Uri, headers: &HeaderMap, users: &Users) -> Result<Request, Exception> {
        let parameters = url_parameters(uri);
        let user = authenticate(&parameters, headers, users)?;
        let mut request = Request {
            user,
            read_only: method != Method::POST,
            query: String::new(),
            params: Vec::new(),
            settings: Vec::new(),
            default_format: text(headers, "x-clickhouse-format").map(str::to_owned),
            database: text(headers, "x-clickhouse-database").map(str::to_owned),
            session: None,
            query_id: String::new(),
            framed_body: false,
            body_coding: Coding::of_content(text(headers, "content-encoding").unwrap_or_default())?,
            response_coding: ResponseCoding::Plain,
            compression_level: 3,
            wait_end_of_query: false,
        };
        let mut session = (None, SESSION_TIMEOUT, false);
        let (mut framed_response, mut http_compression) = (false, true);
        for (name, value) in parameters {
            match name.as_str() {
                "query" => request.query.push_str(&value),
                "database" => request.database = Some(value),
                "default_format" => request.default_format = Some(value),
                "query_id" => request.query_id = value,
                "decompress" => request.framed_body = flag(&value),
                "compress" => framed_response = flag(&value),
                "wait_end_of_query" => request.wait_end_of_query = flag(&value),
                "session_id" => session.0 = Some(value).filter(|id| !id.is_empty()),
                "session_timeout" => session.1 = session_timeout(&value)?,
                "session_check" => session.2 = value == "1",
                "role" if !value.is_empty() => {
                    return Err(Exception::new(Code::UNKNOWN_ROLE, format_args!("There is no role `{value}`")));
                }
                "user"
                | "password"
                | "quota_key"
                | "buffer_size"
                | "client_protocol_version"
                | "stacktrace"
                | "close_session"
                | "role" => {}
                _ => match name.strip_prefix("param_") {
                    Some(param) => request.params.push((param.to_owned(), value)),
                    None => {
                        if name == "enable_http_compression" {
                            http_compression = flag(&value);
                        }
                        if name == "http_zlib_compression_level" {
                            request.compression_level = value.parse().unwrap_or(request.compression_level);
                        }
                        request.settings.push((name, value));
                    }
                },
            }
        }
        if request.query_id.is_empty() {
            request.query_id = uuid::Uuid::new_v4().to_string();
        }
        request.database = request.database.filter(|name| !name.is_empty());
        request.session =
            session.0.map(|id| SessionRequest { id, timeout: Duration::from_secs(session.1), must_exist: session.2 });
        let accepted = text(headers, "accept-encoding").and_then(Coding::of_accept);
        request.response_coding = match accepted {
            _ if framed_response => ResponseCoding::Blocks,
            Some(coding) if http_compression => ResponseCoding::Http(coding),
            _ => ResponseCoding::Plain,
        };
        Ok(request)
    }
}

fn session_timeout(value: &str) -> Result<u64, Exception> {
    match value.parse() {
        Ok(seconds) if seconds <= MAX_SESSION_TIMEOUT => Ok(seconds),
        Ok(_) => Err(Exception::new(
            Code::INVALID_SESSION_TIMEOUT,
            format_args!("Session timeout '{value}' is larger than max_session_timeout: {MAX_SESSION_TIMEOUT}"),
        )),
        Err(_) => {
            Err(Exception::new(Code::INVALID_SESSION_TIMEOUT, format_args!("Invalid session timeout: '{value}'")))
        }
    }
}

fn flag(value: &str) -> bool {
    matches!(value, "1" | "true" | "True" | "TRUE")
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Finds name and password in the headers, in HTTP Basic, or in the URL. Mixing them is refused, as the real server does.
fn authenticate(parameters: &[(String, String)], headers: &HeaderMap, users: &Users) -> Result<User, Exception> {
    let parameter = |name: &str| parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let own = |name| text(headers, name).map(str::to_owned);
    let from_headers = (own("x-clickhouse-user"), own("x-clickhouse-key"));
    let from_url = (parameter("user"), parameter("password"));
    let given = |pair: &(Option<String>, Option<String>)| pair.0.is_some() || pair.1.is_some();
    let basic = text(headers, header::AUTHORIZATION.as_str());
    let (name, password) = match (given(&from_headers), basic, given(&from_url)) {
        (true, None, false) => from_headers,
        (false, Some(basic), false) => basic_credentials(basic)?,
        (false, None, _) => from_url,
        _ => {
            return Err(failed(
                "Invalid authentication: it is not allowed to use several authentication methods at once",
            ));
        }
    };
    let (name, password) = (name.unwrap_or_else(|| "default".into()), password.unwrap_or_default());
    users.authenticate(&name, &password).ok_or_else(|| {
        failed(format_args!("{name}: Authentication failed: password is incorrect, or there is no user with such name"))
    })
}

fn basic_credentials(header: &str) -> Result<(Option<String>, Option<String>), Exception> {
    let decoded = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, coded)| BASE64_STANDARD.decode(coded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| failed("Invalid authentication: only the Basic scheme is supported"))?;
    Ok(match decoded.split_once(':') {
        Some((name, password)) => (Some(name.to_owned()), Some(password.to_owned())),
        None => (Some(decoded), None),
    })
}

fn failed(message: impl std::fmt::Display) -> Exception {
    Exception::new(Code::AUTHENTICATION_FAILED, message)
}
