//! How a request proves who asks.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use hark_mention::config::Secret;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Deserialize;
use url::Url;

use super::{base_address, refusal::ApiError};
use crate::{
    http::{Ask, Http, place, retry_after},
    source::SourceError,
};

/// A token is renewed so long before it ends: clocks differ, and a request takes its time.
const EARLY: Duration = Duration::from_secs(60);

/// How long a token is taken to be good when the server does not say.
const UNTOLD: Duration = Duration::from_secs(30 * 60);

/// How requests prove who asks. Secrets are read when they are used, so one in a file can be changed while Hark runs.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// Not at all.
    None,
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// A header of the API's own.
    Header(&'static str, Secret),
    /// `?name=…` in the address.
    Query(&'static str, Secret),
    /// Before the path: `/bot<secret>/…`; the text is what stands before the secret.
    Path(&'static str, Secret),
    /// A token that is made or exchanged, and renewed in time.
    Token(Token),
}

impl Auth {
    /// Adds the proof to `ask`; gives the secret, so that it can be taken out of errors.
    pub(super) async fn apply(&self, ask: &mut Ask) -> Result<String, SourceError> {
        let secret = match self {
            Self::None => String::new(),
            Self::Token(token) => token.get().await?,
            Self::Bearer(secret) | Self::Header(_, secret) | Self::Query(_, secret) | Self::Path(_, secret) => {
                secret.reveal().map_err(SourceError::setup)?
            }
        };
        match self {
            Self::None => {}
            Self::Bearer(_) | Self::Token(_) => set(&mut ask.headers, AUTHORIZATION, &format!("Bearer {secret}"))?,
            Self::Header(name, _) => set(&mut ask.headers, HeaderName::from_static(name), &secret)?,
            Self::Query(name, _) => drop(ask.url.query_pairs_mut().append_pair(name, &secret)),
            Self::Path(before, _) => ask.url.set_path(&format!("/{before}{secret}{}", ask.url.path())),
        }
        Ok(secret)
    }

    /// Forgets an access token that was refused; says whether a new one can be had.
    pub(super) fn forget_token(&self) -> bool {
        match self {
            Self::Token(token) => token.forget(),
            _ => false,
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), SourceError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| SourceError::Setup(format!("the secret for `{name}` has characters that a header cannot hold")))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// The value of a header for name and password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Makes a token by itself, such as a signed JWT: the token, and how long it is good.
type Sign = dyn Fn() -> Result<(String, Duration), SourceError> + Send + Sync;

/// An access token, kept in memory until shortly before its end. Clones share it.
#[derive(Clone)]
pub(crate) struct Token(Arc<Shared>);

struct Shared {
    way: Way,
    kept: Mutex<Option<Kept>>,
    /// One asks at a time; the others wait for what it gets.
    turn: tokio::sync::Mutex<()>,
}

enum Way {
    Signed(Box<Sign>),
    Exchanged(Box<Exchange>),
}

#[derive(Clone)]
struct Kept {
    token: String,
    until: Instant,
}

/// The fields of a form that asks for a token, made anew each time (an assertion is good for minutes only).
type Form = dyn Fn() -> Result<Vec<(&'static str, String)>, SourceError> + Send + Sync;

/// Asks a server for an access token, as OAuth 2 does (RFC 6749 §4.4, §6; RFC 7523 §2.1).
pub(crate) struct Exchange {
    http: Http,
    url: Url,
    /// Name and password of the client as `Authorization: Basic`, where the server wants them there.
    client: Option<(String, Secret)>,
    form: Box<Form>,
    is_json: bool,
}

impl Exchange {
    /// Asks `url` with the fields that `form` makes: `grant_type` and what belongs to it.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none.
    pub(crate) fn new(
        http: Http,
        url: &str,
        form: impl Fn() -> Result<Vec<(&'static str, String)>, SourceError> + Send + Sync + 'static,
    ) -> Result<Self, SourceError> {
        let mut address = base_address(url).ok_or_else(|| SourceError::Setup(format!("`{url}` is no address")))?;
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&path);
        Ok(Self { http, url: address, client: None, form: Box::new(form), is_json: false })
    }

    /// Shows the client's name and password in a header.
    pub(crate) fn with_basic(mut self, user: &str, password: Secret) -> Self {
        self.client = Some((user.to_owned(), password));
        self
    }

    /// Sends the fields as JSON instead of a form; the answer may call the token `accessJwt`, as AT Protocol does.
    pub(crate) fn with_json(mut self) -> Self {
        self.is_json = true;
        self
    }

    async fn ask(&self) -> Result<(String, Duration), SourceError> {
        #[derive(Deserialize)]
        struct Granted {
            #[serde(alias = "accessJwt")]
            access_token: String,
            expires_in: Option<u64>,
        }
        let mut headers = HeaderMap::new();
        let mut secret = String::new();
        if let Some((user, password)) = &self.client {
            secret = password.reveal().map_err(SourceError::setup)?;
            set(&mut headers, AUTHORIZATION, &basic(user, &secret))?;
        }
        let (kind, body) = self.body()?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let ask = Ask { method: Method::POST, url: self.url.clone(), headers, body: Some(body.into_bytes().into()) };
        let answer = self.http.send(ask).await.map_err(|error| ApiError::failed(error, &secret))?;
        if !answer.status.is_success() {
            let limited = |answer: &crate::http::Answer, now| retry_after(&answer.headers, now);
            return match ApiError::refused(place(&self.url), &answer, limited, &secret) {
                // RFC 6749 §5.2: a grant or client that is not taken is a 400.
                error if answer.status.as_u16() == 400 => Err(SourceError::Setup(format!("no access token: {error}"))),
                error => Err(error.into()),
            };
        }
        let granted: Granted = super::read_json(&answer)?;
        Ok((granted.access_token, granted.expires_in.map_or(UNTOLD, Duration::from_secs)))
    }
}

impl Exchange {
    /// The content type and the fields.
    fn body(&self) -> Result<(&'static str, String), SourceError> {
        let fields = (self.form)()?;
        if self.is_json {
            let fields: serde_json::Map<_, _> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            return Ok(("application/json", serde_json::Value::Object(fields).to_string()));
        }
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Ok(("application/x-www-form-urlencoded", form))
    }
}

impl Token {
    /// A token that `sign` makes: the token, and how long it is good.
    pub(crate) fn signed(sign: impl Fn() -> Result<(String, Duration), SourceError> + Send + Sync + 'static) -> Self {
        Self::new(Way::Signed(Box::new(sign)))
    }

    /// A token that a server gives.
    pub(crate) fn exchanged(exchange: Exchange) -> Self {
        Self::new(Way::Exchanged(Box::new(exchange)))
    }

    fn new(way: Way) -> Self {
        Self(Arc::new(Shared { way, kept: Mutex::default(), turn: tokio::sync::Mutex::default() }))
    }

    /// The token, a new one when the kept one is about to end.
    async fn get(&self) -> Result<String, SourceError> {
        let _turn = self.0.turn.lock().await;
        if let Some(kept) = self.kept().as_ref().filter(|kept| kept.until > Instant::now()) {
            return Ok(kept.token.clone());
        }
        let (token, good) = match &self.0.way {
            Way::Signed(sign) => sign()?,
            Way::Exchanged(exchange) => exchange.ask().await?,
        };
        // One that is good for less than the margin is used at least for half of its time.
        let until = Instant::now() + good.saturating_sub(EARLY).max(good / 2);
        *self.kept() = Some(Kept { token: token.clone(), until });
        Ok(token)
    }

    fn forget(&self) -> bool {
        self.kept().take().is_some()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
