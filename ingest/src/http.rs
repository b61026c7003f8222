//! The one HTTP client of all sources: honest about who asks, patient, and bounded in time, bytes and redirects.
//!
//! The one rule: only public addresses are asked (otherwise a feed could read the metadata service or the printer of the
//! network that Hark runs in), and hosts that the operator listed in `[ingest] private_hosts`.
//! Behind a proxy the addresses are looked up by the proxy, whose own rules then hold.

mod addresses;

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Client, Method, Response, StatusCode,
    header::{self, HeaderMap},
    redirect::Policy,
};
use url::Url;

pub use self::addresses::PrivateHosts;
pub(crate) use self::addresses::connect;
use self::addresses::{PRIVATE, PublicOnly, is_local};
use crate::source::{SourceContext, SourceError};

/// Most redirects that one request follows.
const MAX_REDIRECTS: usize = 10;

/// Longest time between two connection steps. Unit: seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Most that is read of an answer that is no success. Unit: bytes.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// Longest wait that a server can ask for with `Retry-After`; a year would be a mistake of theirs.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How much one request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Time from the first byte sent to the last byte read, redirects included.
    pub(crate) timeout: Duration,
    /// Size of the body after decompression, in bytes.
    pub(crate) max_bytes: u64,
}

/// A client, for as many requests as you like.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    /// Goes wherever it is told: for hosts that the operator listed.
    open: Client,
    /// Goes to public addresses only.
    guarded: Client,
    private_hosts: PrivateHosts,
    limits: Limits,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Values that are secret must be marked so: then they are neither logged nor sent to another host.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where the body came from, after all redirects.
    pub(crate) url: Url,
    /// Where the resource now lives for good: the end of the permanent redirects that the chain began with.
    pub(crate) moved_to: Option<Url>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// No connection, a cut one, or too slow.
    #[error("no answer from {place}: {error}")]
    Failed { place: String, error: String },
    /// The body is larger than allowed.
    #[error("{place} sends more than {limit} bytes")]
    TooLarge { place: String, limit: u64 },
    /// An address in a private network that is not listed.
    #[error("{place} is at a private address: list its host in `[ingest] private_hosts` if it is to be read")]
    Private { place: String },
    /// A redirect that cannot be followed.
    #[error("{place} redirects in vain: {error}")]
    Redirect { place: String, error: String },
}

impl From<HttpError> for SourceError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Private { .. } => Self::setup(error),
            _ => Self::later(error),
        }
    }
}

impl Http {
    /// Prepares a client that says who it is and how its operator can be reached.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the contact cannot stand in a header.
    pub(crate) fn new(context: &SourceContext, limits: Limits) -> Result<Self, SourceError> {
        let client = || {
            Client::builder()
                .user_agent(user_agent(context.contact.as_deref()))
                .redirect(Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(Duration::from_secs(60))
        };
        let setup =
            |error| SourceError::Setup(format!("cannot prepare the HTTP client, is the contact plain text? {error}"));
        Ok(Self {
            open: client().build().map_err(setup)?,
            guarded: client().dns_resolver(PublicOnly).build().map_err(setup)?,
            private_hosts: context.private_hosts.clone(),
            limits,
        })
    }

    /// Reads `url`.
    ///
    /// Every status is an answer; of one that is not 2xx only the beginning of the body is read.
    pub(crate) async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Answer, HttpError> {
        self.send(Ask { method: Method::GET, url: url.clone(), headers, body: None }).await
    }

    /// Sends `ask` and reads the answer to its end.
    pub(crate) async fn send(&self, ask: Ask) -> Result<Answer, HttpError> {
        let url = ask.url.clone();
        let answer = async {
            let (url, moved_to, response) = self.follow(ask).await?;
            self.read(url, moved_to, response).await
        };
        tokio::time::timeout(self.limits.timeout, answer).await.unwrap_or_else(|_| Err(self.too_slow(&url)))
    }

    /// Sends `ask` and gives the answer as soon as it begins; its body may never end.
    pub(crate) async fn open(&self, ask: Ask) -> Result<Response, HttpError> {
        let url = ask.url.clone();
        let answer = async { self.follow(ask).await.map(|(_, _, response)| response) };
        tokio::time::timeout(self.limits.timeout, answer).await.unwrap_or_else(|_| Err(self.too_slow(&url)))
    }

    fn too_slow(&self, url: &Url) -> HttpError {
        let error = format!("not finished within {} s", self.limits.timeout.as_secs_f32());
        HttpError::Failed { place: place(url), error }
    }

    /// Sends and follows redirects. Secrets stay at the host that they were meant for, and a request with a body is
    /// not sent elsewhere: a redirect of it is refused.
    async fn follow(&self, ask: Ask) -> Result<(Url, Option<Url>, Response), HttpError> {
        let Ask { method, mut url, mut headers, body } = ask;
        let mut moved_to = None;
        let mut all_permanent = true;
        for _ in 0..=MAX_REDIRECTS {
            let request = self.client_for(&url)?.request(method.clone(), url.clone());
            let request = request.headers(headers.clone());
            let request = body.iter().fold(request, |request, body| request.body(body.clone()));
            let response = request.send().await.map_err(|error| failed(&url, &error))?;
            let Some(next) = target(&url, &response)? else {
                return Ok((url, moved_to, response));
            };
            if method != Method::GET {
                return Err(HttpError::Redirect { place: place(&url), error: format!("a {method} to elsewhere") });
            }
            all_permanent &=
                matches!(response.status(), StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
            if all_permanent {
                moved_to = Some(next.clone());
            }
            if next.origin() != url.origin() {
                headers = without_secrets(headers);
            }
            url = next;
        }
        Err(HttpError::Redirect { place: place(&url), error: format!("more than {MAX_REDIRECTS} in a row") })
    }

    /// Chooses the client that may go to `url`.
    fn client_for(&self, url: &Url) -> Result<&Client, HttpError> {
        if self.private_hosts.hold(url) {
            return Ok(&self.open);
        }
        if url.host().is_none_or(is_local) {
            return Err(HttpError::Private { place: place(url) });
        }
        Ok(&self.guarded)
    }

    async fn read(&self, url: Url, moved_to: Option<Url>, mut response: Response) -> Result<Answer, HttpError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // What a refusal says is a courtesy; the status is what counts.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(failed(&url, &error)),
            }
            if !status.is_success() && body.len() > MAX_REFUSAL_BYTES {
                body.truncate(MAX_REFUSAL_BYTES);
                break;
            }
            if body.len() as u64 > self.limits.max_bytes {
                return Err(HttpError::TooLarge { place: place(&url), limit: self.limits.max_bytes });
            }
        }
        Ok(Answer { status, headers, body: body.freeze(), url, moved_to })
    }
}

/// Headers for another host: without what was marked as secret.
fn without_secrets(headers: HeaderMap) -> HeaderMap {
    let open = headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
    open.filter(|(name, value)| !value.is_sensitive() && name != header::AUTHORIZATION).collect()
}

/// What Hark calls itself: name, version and, when the operator gave one, a contact.
pub(crate) fn user_agent(contact: Option<&str>) -> String {
    match contact {
        Some(contact) => format!("Hark/{} (+{contact})", env!("CARGO_PKG_VERSION")),
        None => format!("Hark/{}", env!("CARGO_PKG_VERSION")),
    }
}

/// A URL for logs and dead letters: without password and query, which may hold keys.
pub(crate) fn place(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for URLs that cannot hold a password.
    let _ = shown.set_password(None);
    let _ = shown.set_username("");
    shown.into()
}

/// How long the server asks us to wait: `Retry-After` in seconds or as a date, at most [`MAX_RETRY_AFTER`].
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Where a redirect leads; `None` when the response is none.
fn target(url: &Url, response: &Response) -> Result<Option<Url>, HttpError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refused = |error: &str| HttpError::Redirect { place: place(url), error: error.to_owned() };
    let location = response.headers().get(header::LOCATION).ok_or_else(|| refused("no location"))?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let next = url.join(location.trim()).map_err(|error| refused(&error.to_string()))?;
    match next.scheme() {
        "http" | "https" => Ok(Some(next)),
        other => Err(refused(&format!("to a `{other}` address"))),
    }
}

fn failed(url: &Url, error: &reqwest::Error) -> HttpError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    // The resolver's own refusal, which reqwest wraps as a failed connection.
    if text == PRIVATE {
        return HttpError::Private { place: place(url) };
    }
    HttpError::Failed { place: place(url), error: text }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LIMITS: Limits = Limits { timeout: Duration::from_secs(5), max_bytes: 10 };

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_listed_hosts_may_be_private() {
        let hosts = PrivateHosts::new(&["intranet.example".to_owned(), "10.0.0.1".to_owned(), "printer".to_owned()]);
        let context = SourceContext { private_hosts: hosts.unwrap(), ..SourceContext::default() };
        let http = Http::new(&context, LIMITS).unwrap();
        for bad in [
            "http://127.0.0.1/",
            "http://localhost:9092/",
            "http://[::1]/",
            "http://a.local/",
            "http://10.0.0.2/",
            "http://0x7f.1/",
        ] {
            assert!(matches!(http.client_for(&url(bad)), Err(HttpError::Private { .. })), "{bad}");
        }
        for good in ["https://cdn.example.net/", "http://10.0.0.1:8080/", "http://Printer/", "http://intranet.example/"]
        {
            assert!(http.client_for(&url(good)).is_ok(), "{good}");
        }
    }

    #[tokio::test]
    async fn a_public_name_that_leads_to_a_private_address_is_refused() {
        // `localhost` stands for a public name whose DNS answer is private: the guarded client looks at the answer.
        let http = Http::new(&SourceContext::default(), LIMITS).unwrap();
        let error = http.guarded.get("http://localhost:1/").send().await.unwrap_err();
        assert!(matches!(failed(&url("http://localhost:1/"), &error), HttpError::Private { .. }), "{error:?}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 08:00:00 GMT").unwrap();
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 22 Nov 2026 08:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 22 Nov 2026 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("99999999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn secrets_in_addresses_are_not_shown() {
        assert_eq!(place(&url("https://me:secret@example.org/feed?key=1#x")), "https://example.org/feed");
    }
}
