//! An engine in a directory of its own, and ways to talk to it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use hark_embedded_clickhouse::{Credentials, Engine, Options, start};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Options for a test engine: a free port, and the test's own child program.
pub(crate) fn options(data: &Path) -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        program: vec![env!("CARGO_BIN_EXE_hark-embedded-clickhouse-test-child").into()],
        ..Options::new(data)
    }
}

/// A running engine with an empty store; the directory goes with it.
pub(crate) struct Running {
    pub(crate) engine: Engine,
    pub(crate) directory: tempfile::TempDir,
}

impl Running {
    pub(crate) async fn start() -> Running {
        let directory = tempfile::tempdir().unwrap();
        let engine = start(options(directory.path())).await.unwrap_or_else(|error| panic!("{error}"));
        Running { engine, directory }
    }

    /// Sends a statement as this user and returns status and body.
    pub(crate) async fn send(&self, who: &Credentials, sql: &str) -> (u16, String) {
        self.send_with(who, sql, &[]).await
    }

    /// The same with URL parameters.
    pub(crate) async fn send_with(&self, who: &Credentials, sql: &str, url: &[(&str, &str)]) -> (u16, String) {
        let answer = post(who, url).body(sql.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Runs a statement as admin, which must work, and returns the body without its last line end.
    pub(crate) async fn run(&self, sql: &str) -> String {
        let (status, body) = self.send(&self.engine.admin(), sql).await;
        assert_eq!(status, 200, "{sql}: {body}");
        body.trim_end_matches('\n').to_owned()
    }
}

/// A request to the engine with the user's name and password in ClickHouse's headers.
pub(crate) fn post(who: &Credentials, url: &[(&str, &str)]) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .post(&who.url)
        .query(url)
        .header("X-ClickHouse-User", &who.user)
        .header("X-ClickHouse-Key", &who.password)
}

/// The official client, with Nagle's algorithm off.
pub(crate) fn client(who: &Credentials) -> clickhouse::Client {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(2))
        .build(connector);
    clickhouse::Client::with_http_client(http)
        .with_url(&who.url)
        .with_user(&who.user)
        .with_password(&who.password)
        .with_database("hark")
}

/// Waits until `ready` gives something, at most a minute.
pub(crate) async fn until<T>(what: &str, mut ready: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = ready().await {
            return value;
        }
        assert!(Instant::now() < deadline, "waited a minute for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The engine's process for this data directory.
pub(crate) fn child_of(data: &Path) -> Option<u32> {
    let settings = data.canonicalize().unwrap().join("child.json");
    std::fs::read_dir("/proc").unwrap().find_map(|entry| {
        let process: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(format!("/proc/{process}/cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains(settings.to_str()?).then_some(process)
    })
}

/// Kills a process the hard way.
pub(crate) fn kill_9(process: u32) {
    std::process::Command::new("sh").args(["-c", &format!("kill -9 {process}")]).status().unwrap();
}
