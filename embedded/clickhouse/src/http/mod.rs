//! ClickHouse's HTTP interface in front of the engine.
//!
//! The rule it keeps: whatever a client of a real server sends over HTTP works here the same way, or fails with the same
//! code. A request costs one engine connection and one thread, and both numbers are bounded.

mod body;
mod compression;
pub(crate) mod errors;
mod execute;
mod insert;
mod output;
mod request;
mod response;
mod select;
mod session;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::serve::ListenerExt;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc, oneshot};

use crate::connection::Opener;
use crate::gate::{AnalystLimits, Gate};
use crate::users::Users;
use body::BodyReader;
use errors::{Code, Exception};
use output::{Failure, Output};
use request::Request;
use session::Sessions;

/// How long a request waits for its turn before it is told that there are too many.
const TURN: Duration = Duration::from_secs(30);
/// The longest multipart form: a statement and its parameters.
const MAX_FORM: usize = 16 << 20;

/// Everything the requests share.
pub(crate) struct Server {
    pub(crate) opener: Opener,
    pub(crate) gate: Gate,
    pub(crate) users: Users,
    pub(crate) limits: AnalystLimits,
    /// The analyst's database.
    pub(crate) database: String,
    pub(crate) version: String,
    pub(crate) timezone: String,
    /// Where responses wait with `wait_end_of_query`.
    pub(crate) temporary: PathBuf,
    pub(crate) sessions: Sessions,
    /// Turns of statements, turns of inserts, and places for requests that run or wait.
    pub(crate) reads: Semaphore,
    pub(crate) inserts: Semaphore,
    pub(crate) places: Arc<Semaphore>,
}

impl Server {
    /// Stops the queries with this mark.
    fn kill(&self, comment: &str) -> Result<(), Exception> {
        let condition = format!("Settings['log_comment'] = {}", crate::sql::literal(comment));
        self.opener.open()?.run(&format!("KILL QUERY WHERE {condition} ASYNC"))
    }

    /// Stops every running query.
    pub(crate) fn kill_all(&self) -> Result<(), Exception> {
        self.opener.open()?.run("KILL QUERY WHERE Settings['log_comment'] != '' ASYNC")
    }
}

/// Waits for a turn, in a thread that may block.
fn wait_for<'s>(turns: &'s Semaphore, output: &Output) -> Result<SemaphorePermit<'s>, Failure> {
    match output.wait(tokio::time::timeout(TURN, turns.acquire()))? {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(too_many().into()),
    }
}

fn too_many() -> Exception {
    Exception::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, "Too many simultaneous queries")
}

/// Serves until `stop` resolves, then until the requests under way have ended.
pub(crate) async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let sessions = Arc::clone(&server);
    let sweep = tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(1));
        loop {
            every.tick().await;
            let sessions = Arc::clone(&sessions);
            // Closing a connection is a call into the engine.
            let _ = tokio::task::spawn_blocking(move || sessions.sessions.expire()).await;
        }
    });
    let router = Router::new().fallback(handle).layer(DefaultBodyLimit::max(MAX_FORM)).with_state(server);
    // Without this every answer waits for the client's delayed acknowledgement, some 40 ms.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let result = axum::serve(listener, router).with_graceful_shutdown(stop).await;
    sweep.abort();
    result
}

async fn handle(State(server): State<Arc<Server>>, request: axum::extract::Request) -> Response {
    match request.uri().path() {
        "/ping" | "/replicas_status" => return response::ok(),
        "/" => {}
        other => return response::no_handle(other),
    }
    let (parts, body) = request.into_parts();
    if parts.method != axum::http::Method::POST && parts.uri.query().is_none_or(str::is_empty) {
        return response::ok();
    }
    let mut request = match Request::read(&parts.method, &parts.uri, &parts.headers, &server.users) {
        Ok(request) => request,
        Err(exception) => return response::early(&server, &exception),
    };
    let Ok(place) = Arc::clone(&server.places).try_acquire_owned() else {
        return response::early(&server, &too_many());
    };
    let form = parts.headers.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"multipart/form-data"));
    let body = if form {
        let whole = axum::extract::Request::from_parts(parts, body);
        if let Err(exception) = read_form(&mut request, whole).await {
            return response::early(&server, &exception);
        }
        BodyReader::empty()
    } else {
        BodyReader::of(body)
    };

    let (head, head_ready) = oneshot::channel();
    let (pieces, body_pieces) = mpsc::channel(2);
    let guard = HangUp::new(Arc::clone(&server));
    let (comment, finished) = (guard.comment.clone(), Arc::clone(&guard.finished));
    let query_id = request.query_id.clone();
    let engine = Arc::clone(&server);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        answer(&engine, &request, body, &comment, &finished, head, pieces);
    });
    match head_ready.await {
        Ok(head) => response::of(&server, &query_id, head, guard.body(body_pieces)),
        Err(_) => response::early(&server, &Exception::new(Code::STD_EXCEPTION, "The engine's thread ended early")),
    }
}

fn answer(
    server: &Server,
    request: &Request,
    body: BodyReader,
    comment: &str,
    finished: &AtomicBool,
    head: oneshot::Sender<output::Head>,
    pieces: mpsc::Sender<Bytes>,
) {
    let mut output = match Output::new(request, head, pieces, Handle::current(), server.temporary.clone()) {
        Ok(output) => output,
        Err(exception) => return tracing::error!(%exception, "cannot prepare a response"),
    };
    let result = execute::run(server, request, body, comment, &mut output);
    // Before the output goes, because its end is what the client may take as the end of the query.
    finished.store(true, Ordering::Release);
    match result {
        Ok(()) => {}
        Err(Failure::Gone) => tracing::debug!(query_id = request.query_id, "the client hung up"),
        Err(Failure::Exception(exception)) => output.fail(&exception, &server.version),
    }
}

/// Reads `query` and `param_*` from a multipart form.
async fn read_form(request: &mut Request, whole: axum::extract::Request) -> Result<(), Exception> {
    let bad = |error: &dyn std::fmt::Display| {
        Exception::new(Code::BAD_ARGUMENTS, format_args!("Cannot read the form: {error}"))
    };
    let mut form = Multipart::from_request(whole, &()).await.map_err(|error| bad(&error))?;
    while let Some(field) = form.next_field().await.map_err(|error| bad(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let param = name.strip_prefix("param_").map(str::to_owned);
        if name != "query" && param.is_none() {
            return Err(Exception::new(
                Code::NOT_IMPLEMENTED,
                format_args!(
                    "The form field '{name}' is not supported: external tables are not, only query and param_*"
                ),
            ));
        }
        let value = field.text().await.map_err(|error| bad(&error))?;
        match param {
            Some(param) => request.params.push((param, value)),
            None => request.query.push_str(&value),
        }
    }
    Ok(())
}

/// Stops the query when the client hangs up: dropped before the query has ended, it kills it.
struct HangUp {
    server: Arc<Server>,
    comment: String,
    finished: Arc<AtomicBool>,
}

impl HangUp {
    fn new(server: Arc<Server>) -> HangUp {
        let comment = format!("hark-{}", uuid::Uuid::new_v4().simple());
        HangUp { server, comment, finished: Arc::default() }
    }

    /// The response body, which carries the guard along.
    fn body(self, mut pieces: mpsc::Receiver<Bytes>) -> Body {
        Body::from_stream(futures::stream::poll_fn(move |context| {
            let _carried = &self;
            pieces.poll_recv(context).map(|piece| piece.map(Ok::<_, std::convert::Infallible>))
        }))
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        if self.finished.load(Ordering::Acquire) {
            return;
        }
        let (server, comment, finished) =
            (Arc::clone(&self.server), std::mem::take(&mut self.comment), Arc::clone(&self.finished));
        // Again and again, because the query may be just about to start.
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_millis(200));
            loop {
                every.tick().await;
                if finished.load(Ordering::Acquire) {
                    return;
                }
                let (server, comment) = (Arc::clone(&server), comment.clone());
                let killed = tokio::task::spawn_blocking(move || server.kill(&comment)).await;
                if let Ok(Err(exception)) = killed {
                    tracing::warn!(%exception, "cannot stop the query of a client that hung up");
                }
            }
        });
    }
}
