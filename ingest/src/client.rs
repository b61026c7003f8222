//! The requests to one API: who asks, with which secret, and what a refusal means.
//!
//! What is refused is told apart once for all sources: what a person must mend (a token that is no longer taken), what
//! passes by itself (a limit, an outage), and what is not there, which only the source can judge.
//!
//! ```text
//! let api = Api::new(&config.base_url, Auth::Bearer(config.token.clone()), &context, LIMITS)?.limited_by(reset);
//! let page: Comments = api.get("v3/comments").query("part", "snippet").query_if("pageToken", next).json().await?;
//! ```

mod auth;
mod refusal;
mod stream;

use std::time::SystemTime;

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

pub(crate) use self::{
    auth::{Auth, Exchange, Token},
    refusal::ApiError,
    stream::{Heard, Lines},
};
use crate::{
    http::{Answer, Ask, Http, Limits, place, retry_after},
    source::{SourceContext, SourceError},
};

/// How long a refusal asks to wait, read the way that one API tells it; `None` when the refusal is no limit.
pub(crate) type Limited = fn(&Answer, SystemTime) -> Option<std::time::Duration>;

/// One API at one address. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    http: Http,
    base: Url,
    auth: Auth,
    limited: Limited,
}

impl Api {
    /// Prepares requests below `base_url`, an http or https address.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub(crate) fn new(
        base_url: &str,
        auth: Auth,
        context: &SourceContext,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        let base = base_address(base_url)
            .ok_or_else(|| SourceError::Setup(format!("`{base_url}` is no http or https address")))?;
        let http = Http::new(context, limits)?;
        Ok(Self { http, base, auth, limited: |answer, now| retry_after(&answer.headers, now) })
    }

    /// Reads how long a limit lasts by `limited` too; `Retry-After` is read in any case.
    pub(crate) fn limited_by(mut self, limited: Limited) -> Self {
        self.limited = limited;
        self
    }

    /// The address that all requests are below; it ends with `/`.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// A request to read `path`, which stands below the base address.
    pub(crate) fn get(&self, path: &str) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// A request to send something to `path`.
    pub(crate) fn post(&self, path: &str) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// A request of another kind.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request<'_> {
        self.at(method, path.trim_start_matches('/'))
    }

    /// A request to read `url`, which this API itself gave (the next page): it must be at the same host.
    pub(crate) fn get_url(&self, url: &str) -> Request<'_> {
        self.at(Method::GET, url)
    }

    fn at(&self, method: Method, address: &str) -> Request<'_> {
        let url = self.base.join(address).map_err(|error| error.to_string());
        // The secrets are for this API only.
        let url = url.and_then(|url| match url.origin() == self.base.origin() {
            true => Ok(url),
            false => Err(format!("`{}` is not at {}", place(&url), self.base)),
        });
        Request { api: self, method, url, headers: HeaderMap::new(), body: None, wrong: None }
    }
}

/// An address to which paths are added, if `text` is one.
pub(crate) fn base_address(text: &str) -> Option<Url> {
    let url = Url::parse(&format!("{}/", text.trim().trim_end_matches('/'))).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// What a server gave to recognise an unchanged answer by: keep it in the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Validators {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = |name| answer.headers.get(name)?.to_str().ok().map(str::to_owned);
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }
}

/// A request in the making.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    api: &'a Api,
    method: Method,
    url: Result<Url, String>,
    headers: HeaderMap,
    body: Option<Bytes>,
    /// The first thing that cannot be sent.
    wrong: Option<String>,
}

impl Request<'_> {
    /// Adds `key=value` to the address.
    pub(crate) fn query(mut self, key: &str, value: impl ToString) -> Self {
        if let Ok(url) = &mut self.url {
            url.query_pairs_mut().append_pair(key, &value.to_string());
        }
        self
    }

    /// Adds `key=value` when there is a value.
    pub(crate) fn query_if(self, key: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => drop(self.headers.insert(HeaderName::from_static(name), value)),
            Err(_) => self.wrong = self.wrong.or_else(|| Some(format!("header `{name}` must be plain text"))),
        }
        self
    }

    /// Asks for the answer only if it changed; an unchanged one has the status 304 and no body.
    pub(crate) fn if_changed(self, validators: &Validators) -> Self {
        let known = |request: Self, name, value: &Option<String>| match value {
            Some(value) => request.header(name, value),
            None => request,
        };
        let request = known(self, "if-none-match", &validators.etag);
        known(request, "if-modified-since", &validators.last_modified)
    }

    /// Sends `body` as JSON.
    pub(crate) fn body(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body = Some(json.into()),
            Err(error) => self.wrong = self.wrong.or_else(|| Some(error.to_string())),
        }
        self.header("content-type", "application/json")
    }

    /// Sends, and gives an answer of 2xx or 304.
    ///
    /// # Errors
    ///
    /// [`ApiError`] for every other answer, and for none.
    pub(crate) async fn send(self) -> Result<Answer, ApiError> {
        let api = self.api;
        let (mut ask, place) = self.prepare()?;
        let plain = (ask.method.clone(), ask.url.clone(), ask.headers.clone(), ask.body.clone());
        let secret = api.auth.apply(&mut ask).await.map_err(ApiError::Source)?;
        let sent = api.http.send(ask).await;
        let mut answer = sent.map_err(|error| ApiError::failed(error, &secret))?;
        // An access token can be taken back before its time: one more try with a new one.
        if answer.status == StatusCode::UNAUTHORIZED && api.auth.forget_token() {
            let (method, url, headers, body) = plain;
            let mut ask = Ask { method, url, headers, body };
            let secret = api.auth.apply(&mut ask).await.map_err(ApiError::Source)?;
            let sent = api.http.send(ask).await;
            answer = sent.map_err(|error| ApiError::failed(error, &secret))?;
        }
        if answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        Err(ApiError::refused(place, &answer, api.limited, &secret))
    }

    /// Sends, and reads the JSON of the answer.
    ///
    /// # Errors
    ///
    /// [`ApiError`] for a refusal, none at all, or one that is not of the type `T`.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let answer = self.send().await?;
        read_json(&answer)
    }

    /// Opens an answer that goes on for ever, line by line of at most `max_line` bytes.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when it is refused or never begins.
    pub(crate) async fn lines(self, max_line: usize) -> Result<Lines, ApiError> {
        let api = self.api;
        let (mut ask, place) = self.prepare()?;
        let url = ask.url.clone();
        let secret = api.auth.apply(&mut ask).await.map_err(ApiError::Source)?;
        let opened = api.http.open(ask).await;
        let response = opened.map_err(|error| ApiError::failed(error, &secret))?;
        if response.status().is_success() {
            return Ok(Lines::new(response, max_line));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            api.auth.forget_token();
        }
        let answer = Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: Bytes::new(),
            url,
            moved_to: None,
        };
        Err(ApiError::refused(place, &answer, api.limited, &secret))
    }

    /// The request without its secret, and the name of its place for logs.
    fn prepare(self) -> Result<(Ask, String), ApiError> {
        if let Some(wrong) = self.wrong {
            return Err(ApiError::Source(SourceError::Setup(wrong)));
        }
        // An address that the API gave and that is elsewhere: not followed, and perhaps better the next time.
        let url = self.url.map_err(|error| ApiError::Source(SourceError::later(error)))?;
        let place = place(&url);
        Ok((Ask { method: self.method, url, headers: self.headers, body: self.body }, place))
    }
}

/// Reads the JSON of an answer.
///
/// # Errors
///
/// [`ApiError::NotAsExpected`] when it is not of the type `T`.
pub(crate) fn read_json<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_slice(&answer.body)
        .map_err(|error| ApiError::NotAsExpected { place: place(&answer.url), error: error.to_string() })
}

#[cfg(test)]
mod tests;
