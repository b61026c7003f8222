//! The listening side: takes requests, and answers each when what it brought is durable.
//!
//! **Bounded.** A request takes one of `max_waiting` places before its body is read and keeps it until its page is
//! durable; who finds none is told to come back. Connections are counted too, and slow ones are cut.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use hark_mention::Timestamp;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{
        ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    },
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinSet,
};

use super::{
    auth::{Guard, Refused},
    config::WebhookConfig,
    parse::{Reader, SOURCE, Unreadable},
};
use crate::source::{Item, SourceError};

/// Most connections at once; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 1024;

/// How long the headers of a request may take, and its body.
const HEADER_TIME: Duration = Duration::from_secs(10);
const BODY_TIME: Duration = Duration::from_secs(30);

/// How long a sender is kept waiting for its request to become durable.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// When a sender that was turned away should come back. Unit: seconds.
const COME_BACK: u64 = 2;

/// Largest head of a request. Unit: bytes.
const MAX_HEAD: usize = 64 << 10;

/// What a request brought, and who waits for it.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) items: Vec<Item>,
    /// Size of the request's body.
    pub(super) bytes: usize,
    /// Told when the items are durable.
    pub(super) done: oneshot::Sender<()>,
    /// Its place among those that wait.
    pub(super) place: OwnedSemaphorePermit,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) deliveries: mpsc::Receiver<Delivery>,
    _task: JoinSet<()>,
}

/// What every request needs.
struct Shared {
    guard: Guard,
    reader: Reader,
    path: String,
    max_body: usize,
    allowed_origins: Vec<String>,
    places: Arc<Semaphore>,
    queue: mpsc::Sender<Delivery>,
}

type Answer = Response<Full<Bytes>>;

impl Server {
    /// Takes the port and begins to answer.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that cannot be had, [`SourceError::Later`] for a port that is taken, perhaps
    /// by the worker that had this source before.
    pub(super) async fn start(config: &WebhookConfig, reader: Reader) -> Result<Self, SourceError> {
        let address: SocketAddr =
            config.listen.parse().map_err(|_| SourceError::Setup(format!("`{}` is no address", config.listen)))?;
        let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => SourceError::later(format!("another program listens on {address}")),
            _ => SourceError::Setup(format!("cannot listen on {address}: {error}")),
        })?;
        if !address.ip().is_loopback() {
            tracing::warn!(source = SOURCE, %address, "listens beyond this machine; put a proxy with TLS before it");
        }
        let (queue, deliveries) = mpsc::channel(config.max_waiting);
        let shared = Shared {
            guard: Guard::new(config),
            reader,
            path: config.path.clone(),
            max_body: usize::try_from(config.max_body.bytes()).unwrap_or(usize::MAX),
            allowed_origins: config.allowed_origins.clone(),
            places: Arc::new(Semaphore::new(config.max_waiting)),
            queue,
        };
        let mut task = JoinSet::new();
        task.spawn(accept(listener, Arc::new(shared)));
        tracing::info!(source = SOURCE, %address, "listening");
        Ok(Self { deliveries, _task: task })
    }
}

/// Answers connections until it is dropped, and they with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&shared)))),
                Err(error) => {
                    tracing::warn!(source = SOURCE, %error, "cannot take a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(MAX_HEAD);
    if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(source = SOURCE, %error, "connection ended");
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.uri().path() != self.path {
            return status(StatusCode::NOT_FOUND);
        }
        match *request.method() {
            Method::POST => self.take(request).await.unwrap_or_else(|refusal| refusal),
            Method::OPTIONS => self.permit(request.headers()),
            _ => with(status(StatusCode::METHOD_NOT_ALLOWED), ALLOW, "POST, OPTIONS"),
        }
    }

    /// Whether a sender may send, as it asks before it begins.
    ///
    /// Source: <https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md>, "Abuse Protection".
    fn permit(&self, headers: &HeaderMap) -> Answer {
        let origin = headers.get("webhook-request-origin").and_then(|origin| origin.to_str().ok());
        let allowed =
            |origin: &&str| self.allowed_origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin));
        let answer = with(status(StatusCode::OK), ALLOW, "POST, OPTIONS");
        match origin.filter(allowed) {
            Some(origin) => {
                let rate = HeaderName::from_static("webhook-allowed-rate");
                with(with(answer, HeaderName::from_static("webhook-allowed-origin"), origin), rate, "*")
            }
            None => answer,
        }
    }

    /// Takes a request in; refused ones are `Err`.
    async fn take(&self, request: Request<Incoming>) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        self.guard.check_token(&head.headers).map_err(refused)?;
        if head.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(told(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must not be compressed"));
        }
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| later(StatusCode::TOO_MANY_REQUESTS, "too many requests are waiting"))?;
        let body = self.body(body).await?;
        let now = Timestamp::now();
        self.guard.check_signature(&head.headers, &body, now.as_millis() / 1000).map_err(refused)?;
        let items = match self.reader.read(&head.headers, &body, now) {
            Ok(items) => items,
            Err(Unreadable::Type(content_type)) => {
                let error = format!("a body of the type `{content_type}` cannot be read");
                return Err(told(StatusCode::UNSUPPORTED_MEDIA_TYPE, &error));
            }
            Err(Unreadable::Body(rejection)) => {
                vec![Item::Reject { raw: body.clone(), place: SOURCE.to_owned(), rejection }]
            }
        };
        let report = report(&items);
        let (done, durable) = oneshot::channel();
        let delivery = Delivery { items, bytes: body.len(), done, place };
        let away = || later(StatusCode::SERVICE_UNAVAILABLE, "not stored yet; send it again");
        self.queue.send(delivery).await.map_err(|_| away())?;
        match tokio::time::timeout(ANSWER_TIME, durable).await {
            Ok(Ok(())) => Ok(report),
            _ => Err(away()),
        }
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Answer> {
        let read = tokio::time::timeout(BODY_TIME, Limited::new(body, self.max_body).collect()).await;
        match read {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let error = format!("a body may have at most {} bytes", self.max_body);
                Err(told(StatusCode::PAYLOAD_TOO_LARGE, &error))
            }
            Ok(Err(_)) => Err(told(StatusCode::BAD_REQUEST, "the body ended too early")),
            Err(_) => Err(told(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
        }
    }
}

/// What became of each event: 200, or 400 when none of them can be used.
fn report(items: &[Item]) -> Answer {
    let errors = items.iter().enumerate().filter_map(|(index, item)| match item {
        Item::Reject { rejection, .. } => Some(json!({"index": index, "error": rejection.error})),
        _ => None,
    });
    let errors: Vec<_> = errors.collect();
    let accepted = items.iter().filter(|item| matches!(item, Item::Keep(_))).count();
    let is_bad = !items.is_empty() && errors.len() == items.len();
    let code = if is_bad { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer(code, &json!({"accepted": accepted, "rejected": errors}))
}

fn refused(refused: Refused) -> Answer {
    match refused {
        Refused::Sender(why) => with(told(StatusCode::UNAUTHORIZED, why), WWW_AUTHENTICATE, "Bearer"),
        Refused::Secret(error) => {
            tracing::error!(source = SOURCE, %error, "cannot check who sends");
            later(StatusCode::SERVICE_UNAVAILABLE, "cannot check who sends")
        }
    }
}

fn later(code: StatusCode, why: &str) -> Answer {
    with(told(code, why), RETRY_AFTER, &COME_BACK.to_string())
}

fn told(code: StatusCode, error: &str) -> Answer {
    answer(code, &json!({"error": error}))
}

fn answer(code: StatusCode, body: &serde_json::Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = code;
    with(answer, CONTENT_TYPE, "application/json")
}

fn status(code: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = code;
    answer
}

fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
