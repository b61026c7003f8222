//! One WebSocket connection to a Jetstream server.
//!
//! Nothing is read ahead: what the caller does not ask for stays in the socket, fills the kernel's buffers and so
//! holds the server back. In memory are one frame, at most [`max_event_bytes`](super::BlueskyConfig) and a read buffer.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        Error, Message, client::IntoClientRequest, http::HeaderValue, http::header::USER_AGENT,
        protocol::WebSocketConfig,
    },
};
use url::Url;
use zstd::bulk::Decompressor;

use super::{api::Version, config::BlueskyConfig, parse::POSTS};
use crate::{
    http::{self, PrivateHosts},
    source::{SourceContext, SourceError},
};

/// Longest time that connecting to one server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes that are read from the socket at once.
const READ_BUFFER: usize = 64 << 10;

/// How to connect.
pub(super) struct Setup {
    user_agent: HeaderValue,
    overlap_us: i64,
    idle: Duration,
    private_hosts: PrivateHosts,
    max_event: u64,
    version: Version,
    dictionary: Option<Vec<u8>>,
}

impl Setup {
    /// Prepares; reads the dictionary.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the dictionary cannot be read, or the contact cannot stand in a header.
    pub(super) fn new(config: &BlueskyConfig, context: &SourceContext) -> Result<Self, SourceError> {
        // Two cryptography libraries are linked in by way of others; somebody has to choose. It fails only when
        // somebody did already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let dictionary = config.dictionary.as_ref().map(|path| {
            std::fs::read(path)
                .map_err(|error| SourceError::Setup(format!("cannot read dictionary `{}`: {error}", path.display())))
        });
        let agent = HeaderValue::from_str(&http::user_agent(context.contact.as_deref()));
        Ok(Self {
            user_agent: agent.map_err(|_| SourceError::Setup("the contact must be plain text".to_owned()))?,
            overlap_us: i64::try_from(config.overlap.duration().as_micros()).unwrap_or(i64::MAX),
            idle: config.idle_timeout.duration(),
            private_hosts: context.private_hosts.clone(),
            max_event: config.max_event_bytes.bytes(),
            version: config.version(),
            dictionary: dictionary.transpose()?,
        })
    }

    /// The address to ask: posts, and what becomes of accounts, from `position` less the overlap.
    fn address(&self, endpoint: &Url, position: Option<i64>) -> Url {
        let mut url = endpoint.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("maxMessageSizeBytes", &self.max_event.to_string());
        match self.version {
            Version::One => {
                query.append_pair("wantedCollections", POSTS);
                query.extend_pairs(self.dictionary.as_ref().map(|_| ("compress", "true")));
            }
            Version::Two => {
                query.append_pair("collections", POSTS);
                query.extend_pairs([("kinds", "commit"), ("kinds", "account")]);
                let id = self.dictionary.as_deref().and_then(dictionary_id);
                query.extend_pairs(id.map(|id| ("zstdDictionary", id.to_string())));
            }
        }
        if let Some(position) = position {
            query.append_pair("cursor", &position.saturating_sub(self.overlap_us).max(0).to_string());
        }
        drop(query);
        url
    }
}

/// The number of a zstd dictionary, which stands behind its magic number (RFC 8878 §5).
fn dictionary_id(dictionary: &[u8]) -> Option<u32> {
    let id = dictionary.strip_prefix(&[0x37, 0xa4, 0x30, 0xec])?.first_chunk()?;
    Some(u32::from_le_bytes(*id))
}

/// What the connection gave.
#[derive(Debug)]
pub(super) enum Heard {
    /// An event, decompressed.
    Event(Bytes),
    /// A frame that cannot be decompressed.
    Unreadable(Bytes, String),
    /// Nothing until the deadline.
    Nothing,
    /// The connection is over, and why.
    Closed(String),
}

/// An open connection.
pub(super) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    decompressor: Option<Decompressor<'static>>,
    idle: Duration,
    /// Room for one decompressed event.
    buffer: Vec<u8>,
    last_heard: Instant,
    pub(super) opened: Instant,
}

impl Connection {
    /// Connects to the server at `endpoint` and asks for everything since `position`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Later`] when it cannot be reached or is not ready; [`SourceError::Setup`] when it refuses the
    /// request as wrong.
    pub(super) async fn open(setup: &Setup, endpoint: &Url, position: Option<i64>) -> Result<Self, SourceError> {
        let address = setup.address(endpoint, position);
        let mut request =
            address.as_str().into_client_request().map_err(|error| SourceError::Setup(error.to_string()))?;
        request.headers_mut().insert(USER_AGENT, setup.user_agent.clone());
        let max_event = usize::try_from(setup.max_event).unwrap_or(usize::MAX);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(max_event))
            .max_frame_size(Some(max_event));
        let place = http::place(endpoint);
        let connecting = timeout(CONNECT_TIMEOUT, async {
            let stream = http::connect(endpoint, &setup.private_hosts).await?;
            let opened = client_async_tls_with_config(request, stream, Some(config), None).await;
            opened.map_err(|error| refused(&place, error))
        });
        let (socket, _) = connecting
            .await
            .map_err(|_| SourceError::later(format!("no connection to {place} within {CONNECT_TIMEOUT:?}")))??;
        let decompressor = setup.dictionary.as_ref().map(|dictionary| Decompressor::with_dictionary(dictionary));
        let decompressor =
            decompressor.transpose().map_err(|error| SourceError::Setup(format!("unusable dictionary: {error}")))?;
        let now = Instant::now();
        Ok(Self {
            socket,
            decompressor,
            idle: setup.idle,
            buffer: Vec::with_capacity(max_event),
            last_heard: now,
            opened: now,
        })
    }

    /// Waits for the next event, at most until `deadline`. Answers pings on the way.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses no event.
    pub(super) async fn next(&mut self, deadline: Instant) -> Heard {
        loop {
            let message = match timeout_at(deadline, self.socket.next()).await {
                Ok(message) => message,
                Err(_) if self.last_heard.elapsed() > self.idle => {
                    return Heard::Closed(format!("silent for {:?}", self.idle));
                }
                Err(_) => return Heard::Nothing,
            };
            self.last_heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return Heard::Event(text.into()),
                Some(Ok(Message::Binary(frame))) => return self.decompress(frame),
                Some(Ok(Message::Close(Some(close)))) => {
                    return Heard::Closed(format!("closed with {}: {}", close.code, close.reason));
                }
                Some(Ok(Message::Close(None))) | None => return Heard::Closed("closed without a reason".to_owned()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Heard::Closed(error.to_string()),
            }
        }
    }

    fn decompress(&mut self, frame: Bytes) -> Heard {
        let Some(decompressor) = &mut self.decompressor else {
            return Heard::Unreadable(frame, "a compressed frame, which nobody asked for".to_owned());
        };
        self.buffer.clear();
        match decompressor.decompress_to_buffer(&frame, &mut self.buffer) {
            Ok(_) => Heard::Event(Bytes::copy_from_slice(&self.buffer)),
            Err(error) => Heard::Unreadable(frame, format!("cannot be decompressed: {error}")),
        }
    }
}

/// Why a server did not open the connection.
fn refused(place: &str, error: Error) -> SourceError {
    let Error::Http(response) = error else { return SourceError::later(format!("no connection to {place}: {error}")) };
    let status = response.status();
    let body = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let why: String = body.trim().chars().take(200).collect();
    let error = format!("{place} answers {status}: {why}");
    if status == reqwest::StatusCode::BAD_REQUEST {
        return SourceError::Setup(error);
    }
    SourceError::Later { error, wait: http::retry_after(response.headers(), SystemTime::now()) }
}
