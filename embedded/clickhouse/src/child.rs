//! The child process: the engine and its HTTP server, confined, living as long as its parent.
//!
//! The rule it keeps: the parent hands over everything as open files. Standard input is the listening socket, so the port
//! survives a restart; standard output is a socket to the parent, whose closing means that the parent is gone.

use std::io::Write;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use crate::connection::{Opener, Places};
use crate::ffi::{self, Api};
use crate::gate::{AnalystLimits, Gate};
use crate::http::{self, Server};
use crate::sandbox;
use crate::users::Users;

/// How long running requests may go on after the order to stop, then how long killing them may take.
const LAST_REQUESTS: Duration = Duration::from_secs(3);
const LAST_KILLS: Duration = Duration::from_secs(7);

/// The command line of the child: the one argument that follows [`Options::program`](crate::Options::program).
#[derive(Debug, Clone)]
pub struct ChildArgs {
    /// The settings file that the parent wrote.
    pub settings: PathBuf,
}

/// The child could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("the embedded clickhouse process: {0}")]
pub struct ChildError(String);

/// What the parent tells the child, in a file of the data directory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChildSettings {
    pub(crate) library: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) database: String,
    pub(crate) memory: u64,
    pub(crate) concurrent_reads: usize,
    pub(crate) concurrent_inserts: usize,
    pub(crate) waiting_requests: usize,
    pub(crate) analyst_limits: AnalystLimits,
}

/// What the child tells the parent, one JSON line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The server answers.
    Ready { version: String, sandbox: String },
    /// The child gives up.
    Failed { reason: String },
}

/// Runs the engine until the parent closes its end or sends SIGTERM. Blocks; call it from the hidden subcommand that
/// [`Options::program`](crate::Options::program) names, and return from `main` right after it.
///
/// # Errors
/// The settings, the library or the data directory cannot be used. The parent is told as well.
pub fn run_child(args: &ChildArgs) -> Result<(), ChildError> {
    let settings = std::fs::read(&args.settings)
        .map_err(|error| ChildError(format!("cannot read {}: {error}", args.settings.display())))?;
    let settings: ChildSettings = serde_json::from_slice(&settings)
        .map_err(|error| ChildError(format!("cannot understand {}: {error}", args.settings.display())))?;
    // A thread of its own, because the sandbox only binds the thread that enters it and those that it starts.
    let thread = std::thread::Builder::new().name("engine".into()).spawn(move || confined(&settings));
    let ended = thread.map_err(|error| ChildError(error.to_string()))?.join();
    ended.unwrap_or_else(|_| Err(ChildError("panicked".into())))
}

fn confined(settings: &ChildSettings) -> Result<(), ChildError> {
    let failed = |error: std::io::Error| ChildError(format!("cannot take over what the parent opened: {error}"));
    let listener = TcpListener::from(duplicate(std::io::stdin()).map_err(failed)?);
    let mut parent = UnixStream::from(duplicate(std::io::stdout()).map_err(failed)?);
    // Passwords are read before the sandbox closes around the engine, which must not see them.
    let users = Users::load_or_create(&settings.data)
        .map_err(|error| ChildError(format!("cannot read {}: {error}", Users::file(&settings.data).display())))?;
    let places = Places::below(&settings.data);
    let sandbox = sandbox::enter(&[&places.store, &places.temporary], &[&places.configuration, &settings.library]);
    let result = live(settings, &places, users, listener, &parent, sandbox);
    if let Err(ChildError(reason)) = &result {
        report(&mut parent, &Report::Failed { reason: reason.clone() });
    }
    result
}

fn duplicate(file: impl AsFd) -> std::io::Result<OwnedFd> {
    file.as_fd().try_clone_to_owned()
}

fn report(parent: &mut UnixStream, report: &Report) {
    let sent = serde_json::to_string(report).map_err(std::io::Error::other).and_then(|line| writeln!(parent, "{line}"));
    if let Err(error) = sent {
        tracing::warn!(%error, "cannot tell the parent");
    }
}

/// Starts the engine, serves, and closes it again.
fn live(
    settings: &ChildSettings,
    places: &Places,
    users: Users,
    listener: TcpListener,
    parent: &UnixStream,
    sandbox: String,
) -> Result<(), ChildError> {
    let explain = |what: &'static str| move |error: &dyn std::fmt::Display| ChildError(format!("{what}: {error}"));
    let api = Api::load(&settings.library).map_err(|error| explain("cannot load the engine library")(&error))?;
    let opener =
        Opener::new(api, places, settings.memory).map_err(|error| explain("the data directory's name")(&error))?;
    // Held to the end: the engine stops when its last connection closes.
    let mut anchor = opener.open().map_err(|error| explain("cannot start the engine")(&error))?;
    let server = prepare(settings, places, users, opener, &mut anchor)
        .map_err(|error| explain("cannot prepare the engine")(&error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(settings.waiting_requests + settings.concurrent_reads + settings.concurrent_inserts + 32)
        .build()
        .map_err(|error| explain("cannot start threads")(&error))?;
    let ready = Report::Ready { version: server.version.clone(), sandbox };
    let served = runtime.block_on(serve(Arc::clone(&server), listener, parent, &ready));
    server.sessions.close();
    runtime.shutdown_timeout(LAST_REQUESTS);
    drop(server);
    drop(anchor);
    served.map_err(|error| explain("cannot serve")(&error))
}

fn prepare(
    settings: &ChildSettings,
    places: &Places,
    users: Users,
    opener: Opener,
    anchor: &mut ffi::Connection,
) -> Result<Arc<Server>, http::errors::Exception> {
    anchor.run(&format!("CREATE DATABASE IF NOT EXISTS {}", crate::sql::identifier(&settings.database)))?;
    let about = anchor.rows("SELECT version(), timezone()")?.into_iter().flatten().collect::<Vec<_>>();
    let [version, timezone] = <[String; 2]>::try_from(about).unwrap_or_default();
    Ok(Arc::new(Server {
        gate: Gate::new(anchor)?,
        opener,
        users,
        limits: settings.analyst_limits.clone(),
        database: settings.database.clone(),
        version,
        timezone,
        temporary: places.temporary.clone(),
        sessions: Default::default(),
        reads: Semaphore::new(settings.concurrent_reads),
        inserts: Semaphore::new(settings.concurrent_inserts),
        places: Arc::new(Semaphore::new(
            settings.waiting_requests + settings.concurrent_reads + settings.concurrent_inserts,
        )),
    }))
}

async fn serve(server: Arc<Server>, listener: TcpListener, parent: &UnixStream, ready: &Report) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    parent.set_nonblocking(true)?;
    let watched = tokio::net::UnixStream::from_std(parent.try_clone()?)?;
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut serving = std::pin::pin!(http::serve(Arc::clone(&server), listener, {
        let mut stopped = stopped.clone();
        async move { drop(stopped.changed().await) }
    }));
    report(&mut parent.try_clone()?, ready);
    tokio::select! {
        result = &mut serving => return result,
        () = order_to_stop(watched) => {}
    }
    stop.send_replace(());
    if let Ok(result) = tokio::time::timeout(LAST_REQUESTS, &mut serving).await {
        return result;
    }
    let _ = tokio::task::spawn_blocking(move || server.kill_all()).await;
    match tokio::time::timeout(LAST_KILLS, serving).await {
        Ok(result) => result,
        // Leaving main with a query under way would crash in the engine's destructors.
        Err(_) => ffi::exit_now(1),
    }
}

/// Resolves when the parent closes its end or a SIGTERM arrives.
async fn order_to_stop(mut parent: tokio::net::UnixStream) {
    let mut byte = [0];
    let closed = async move { while matches!(parent.read(&mut byte).await, Ok(n) if n > 0) {} };
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            () = closed => {}
            _ = terminate.recv() => {}
        },
        Err(_) => closed.await,
    }
}
