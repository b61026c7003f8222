//! The parent's side: opens the port, starts the child, watches it, starts it again when it dies.
//!
//! The rule it keeps: the listening socket belongs to the parent, so a client that connects while the engine is being
//! restarted waits a moment instead of being refused.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::child::{ChildSettings, Report};
use crate::connection::Places;
use crate::library::find_library;
use crate::options::{CHILD_COMMAND, Error, Options};
use crate::users::{ADMIN, ANALYST, Users, write_private};

/// How long the engine may take to start; a large store takes seconds.
const START: Duration = Duration::from_secs(120);
/// How long it may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(20);
/// A child that lives shorter than this has died quickly.
const QUICK: Duration = Duration::from_secs(10);
/// So many quick deaths in a row, and it is given up.
const MAX_QUICK_DEATHS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The log is set aside at the start when it is larger.
const MAX_LOG: u64 = 16 << 20;

/// How the engine is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Running,
    /// It died and is being started again; requests wait.
    Restarting {
        /// How it ended.
        reason: String,
    },
    /// It died too often and was given up; nothing answers any more.
    Failed {
        /// How it ended the last time.
        reason: String,
    },
}

/// How to reach the engine as one user.
#[derive(Clone)]
pub struct Credentials {
    /// `http://127.0.0.1:8123`, without a path.
    pub url: String,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("url", &self.url).field("user", &self.user).finish_non_exhaustive()
    }
}

/// A running engine. Dropping it stops the engine in the background; [`Engine::shutdown`] waits for that.
pub struct Engine {
    address: SocketAddr,
    users: Users,
    health: watch::Receiver<Health>,
    stop: oneshot::Sender<()>,
    supervisor: JoinHandle<()>,
}

/// Starts the engine and returns when it answers.
///
/// # Errors
/// See [`Error`].
pub async fn start(options: Options) -> Result<Engine, Error> {
    let place = Place::prepare(&options)?;
    let users = Users::load_or_create(&place.data).map_err(|source| in_data(&Users::file(&place.data), source))?;
    let address = place.listener.local_addr().map_err(|source| Error::Listen { address: options.listen, source })?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the embedded clickhouse listens on the network without encryption");
    }
    let child = place.start_child().await?;
    let (stop, stopped) = oneshot::channel();
    let (health_in, health) = watch::channel(Health::Running);
    let supervisor = tokio::spawn(supervise(place, child, health_in, stopped));
    Ok(Engine { address, users, health, stop, supervisor })
}

impl Engine {
    /// Where the HTTP server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The user who may do everything.
    pub fn admin(&self) -> Credentials {
        self.credentials(ADMIN, self.users.admin())
    }

    /// The user who may read one database.
    pub fn analyst(&self) -> Credentials {
        self.credentials(ANALYST, self.users.analyst())
    }

    /// The engine's health, and its changes.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Stops the engine cleanly and waits until its process has ended.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.supervisor.await {
            tracing::error!(%error, "the supervisor of the embedded clickhouse failed");
        }
    }

    fn credentials(&self, user: &str, password: &str) -> Credentials {
        let ip = if self.address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { self.address.ip() };
        Credentials {
            url: format!("http://{}", SocketAddr::new(ip, self.address.port())),
            user: user.into(),
            password: password.into(),
        }
    }
}

/// What every start of the child needs.
struct Place {
    data: PathBuf,
    /// The child's current directory, where a relative name in SQL leads.
    working: PathBuf,
    settings: PathBuf,
    log: PathBuf,
    program: Vec<OsString>,
    listener: TcpListener,
}

/// A child that is ready.
struct Running {
    process: Child,
    /// Closing this tells the child to stop.
    line: UnixStream,
    since: Instant,
}

fn in_data(path: &Path, source: io::Error) -> Error {
    Error::Data { path: path.to_owned(), source }
}

impl Place {
    fn prepare(options: &Options) -> Result<Place, Error> {
        let library = match &options.library {
            Some(library) => library.clone(),
            None => find_library()?,
        };
        let listener =
            TcpListener::bind(options.listen).map_err(|source| Error::Listen { address: options.listen, source })?;
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Data { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&options.data).map_err(at(&options.data))?;
        let data = options.data.canonicalize().map_err(at(&options.data))?;
        let places = Places::below(&data);
        for folder in [&places.store, &places.temporary] {
            DirBuilder::new().recursive(true).create(folder).map_err(at(folder))?;
        }
        write_private(&places.configuration, CONFIGURATION.as_bytes()).map_err(at(&places.configuration))?;
        let settings = data.join("child.json");
        let content = serde_json::to_vec_pretty(&ChildSettings {
            library,
            data: data.clone(),
            database: options.database.clone(),
            memory: options.memory,
            concurrent_reads: options.concurrent_reads.max(1),
            concurrent_inserts: options.concurrent_inserts.max(1),
            waiting_requests: options.waiting_requests,
            analyst_limits: options.analyst_limits.clone(),
        });
        content.map_err(io::Error::other).and_then(|c| write_private(&settings, &c)).map_err(at(&settings))?;
        let mut program = options.program.clone();
        if program.is_empty() {
            let this = std::env::current_exe().map_err(at(Path::new("/proc/self/exe")))?;
            program = vec![this.into(), CHILD_COMMAND.into()];
        }
        Ok(Place { log: data.join("engine.log"), working: places.temporary, data, settings, program, listener })
    }

    /// Starts the process and waits until its server answers.
    async fn start_child(&self) -> Result<Running, Error> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(|source| self.no_spawn(source))?;
        let log = open_log(&self.log).map_err(|source| in_data(&self.log, source))?;
        let process = self.command(theirs, log).and_then(|mut command| command.spawn());
        let mut process = process.map_err(|source| self.no_spawn(source))?;
        let since = Instant::now();
        ours.set_nonblocking(true).map_err(|source| self.no_spawn(source))?;
        let mut line = BufReader::new(UnixStream::from_std(ours).map_err(|source| self.no_spawn(source))?);
        let failed = |reason: String| Error::Start { reason, log: self.log.clone() };
        match tokio::time::timeout(START, first_report(&mut line)).await {
            Ok(Some(Report::Ready { version, sandbox })) => {
                tracing::info!(version, sandbox, pid = process.id(), "the embedded clickhouse is ready");
                Ok(Running { process, line: line.into_inner(), since })
            }
            Ok(Some(Report::Failed { reason })) => {
                let _ = process.wait().await;
                Err(failed(format!("{reason}{}", last_words(&self.log, &reason))))
            }
            Ok(None) => {
                let status = process.wait().await;
                Err(failed(format!("{}{}", describe(status), last_words(&self.log, "\n"))))
            }
            Err(_) => {
                let _ = process.kill().await;
                Err(failed(format!("it was not ready within {} s", START.as_secs())))
            }
        }
    }

    /// The process gets no environment but what shapes logs and local time, and its own process group, so that Ctrl-C in
    /// a terminal reaches the parent alone, which decides when the engine may go.
    fn command(&self, parent: std::os::unix::net::UnixStream, log: File) -> io::Result<Command> {
        let (program, arguments) = self.program.split_first().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(&self.settings)
            .env_clear()
            .envs(["TZ", "RUST_LOG", "RUST_BACKTRACE"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .current_dir(&self.working)
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(self.listener.try_clone()?)))
            .stdout(Stdio::from(OwnedFd::from(parent)))
            .stderr(Stdio::from(log))
            .kill_on_drop(true);
        Ok(command)
    }

    fn no_spawn(&self, source: io::Error) -> Error {
        Error::Spawn { program: self.program.first().cloned().unwrap_or_default(), source }
    }
}

/// Empty, but there: without a file of its own the engine looks for one elsewhere. It logs nothing but its own failures.
const CONFIGURATION: &str = "<clickhouse/>\n";

async fn first_report(line: &mut BufReader<UnixStream>) -> Option<Report> {
    let mut lines = line.lines();
    while let Ok(Some(text)) = lines.next_line().await {
        // Whatever else the engine prints is not for us.
        if let Ok(report) = serde_json::from_str(&text) {
            return Some(report);
        }
    }
    None
}

/// Watches the child until it is to stop or is given up.
async fn supervise(place: Place, child: Running, health: watch::Sender<Health>, mut stopped: oneshot::Receiver<()>) {
    let mut child = child;
    let mut quick_deaths = 0;
    loop {
        let status = tokio::select! {
            status = child.process.wait() => status,
            _ = &mut stopped => return stop(child).await,
        };
        let mut reason = describe(status);
        quick_deaths = if child.since.elapsed() < QUICK { quick_deaths + 1 } else { 1 };
        child = loop {
            tracing::error!(reason, log = %place.log.display(), "the embedded clickhouse died");
            if quick_deaths > MAX_QUICK_DEATHS {
                tracing::error!("the embedded clickhouse died too often and is given up");
                health.send_replace(Health::Failed { reason });
                return;
            }
            health.send_replace(Health::Restarting { reason });
            let pause = LONGEST_PAUSE.min(FIRST_PAUSE * 2u32.pow(quick_deaths - 1));
            let started = tokio::select! {
                started = async { tokio::time::sleep(pause).await; place.start_child().await } => started,
                _ = &mut stopped => return,
            };
            match started {
                Ok(running) => break running,
                Err(error) => reason = error.to_string(),
            }
            quick_deaths += 1;
        };
        health.send_replace(Health::Running);
    }
}

/// Closes the line to the child, waits for it, and kills it when it does not go.
async fn stop(child: Running) {
    let Running { mut process, line, .. } = child;
    drop(line);
    match tokio::time::timeout(STOP, process.wait()).await {
        Ok(Ok(status)) if status.success() => {
            tracing::info!("the embedded clickhouse has stopped")
        }
        Ok(status) => tracing::warn!(reason = describe(status), "the embedded clickhouse stopped badly"),
        Err(_) => {
            tracing::warn!("the embedded clickhouse did not stop in time and is killed");
            let _ = process.kill().await;
        }
    }
}

fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("its process ended with {status}"),
        Err(error) => format!("its process cannot be watched: {error}"),
    }
}

fn open_log(log: &Path) -> io::Result<File> {
    if log.metadata().is_ok_and(|metadata| metadata.len() > MAX_LOG) {
        std::fs::rename(log, log.with_extension("log.1"))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(log)
}

/// The last exception in the log that is not just what the child `said`, for an error that must explain itself.
fn last_words(log: &Path, said: &str) -> String {
    let content = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    let last = text.lines().rev().find(|line| line.contains("Exception: ") && !line.contains(said));
    last.map(|line| format!(": {line}")).unwrap_or_default()
}
