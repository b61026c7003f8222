//! A real Apache Kafka broker for tests: one KRaft node on loopback, from the jars that `real-kafka/pom.xml` pins.
//!
//! One rule: without Maven, Java or a reachable repository there is [`Error::Unavailable`], never a broker of another
//! kind. The jars are fetched once and kept in `$HARK_CACHE`, or `~/.cache/hark`.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

/// What to fetch; a change of it makes a new cache directory.
const POM: &str = include_str!("../real-kafka/pom.xml");

/// Longest wait for a started broker to answer.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine cannot have one: Maven, Java or the jars are missing.
    #[error("a real kafka is not available here: {0}")]
    Unavailable(String),
    /// It could be had, but did not start; the text ends with the last lines of its log.
    #[error("the real kafka did not start: {0}")]
    Failed(String),
    /// A file could not be read or written.
    #[error("cannot prepare the real kafka: {0}")]
    Io(#[from] io::Error),
}

/// A running broker. Dropping it kills the process.
pub struct RealKafka {
    process: Child,
    command: Command,
    log: PathBuf,
    address: String,
}

impl RealKafka {
    /// The value of `bootstrap.servers`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills the broker and starts it again on the same data and address.
    ///
    /// # Panics
    ///
    /// When it does not come back.
    pub fn restart(&mut self) {
        self.process.kill().expect("the broker runs");
        self.process.wait().expect("the broker ends");
        self.process = self.command.spawn().expect("java starts");
        let ready = wait_until_ready(self);
        assert!(ready.is_ok(), "{ready:?}\n{}", last_lines(&self.log));
    }
}

impl Drop for RealKafka {
    fn drop(&mut self) {
        // Both fail only when the process is already gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a broker that keeps everything below `dir`, and returns when it answers.
///
/// Topics are not created automatically. Settings that would make a test wait are turned down: a new group
/// rebalances at once, and members may ask for a session of one second.
///
/// # Errors
///
/// [`Error::Unavailable`] is for the caller to skip over, best through [`start_or_skip`].
pub async fn start(dir: &Path) -> Result<RealKafka, Error> {
    let dir = dir.to_owned();
    tokio::task::spawn_blocking(move || start_blocking(&dir)).await.map_err(|panic| Error::Failed(panic.to_string()))?
}

/// Like [`start`], but where a real Kafka cannot be had it says so on standard error and gives `None`.
///
/// # Panics
///
/// With `CI=true` a missing broker is a failure, and everywhere one that does not start.
pub async fn start_or_skip(dir: &Path) -> Option<RealKafka> {
    match start(dir).await {
        Ok(kafka) => Some(kafka),
        Err(Error::Unavailable(reason)) if std::env::var_os("CI").is_none_or(|ci| ci != "true") => {
            // Not `eprintln!`: the test harness would keep it to itself.
            let _ = writeln!(io::stderr(), "\nSKIPPED, nothing was tested: no real kafka here: {reason}\n");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn start_blocking(dir: &Path) -> Result<RealKafka, Error> {
    succeed(Command::new("java").arg("-version")).map_err(Error::Unavailable)?;
    let class_path = jars()?.join("*");
    let (broker, controller) = free_ports()?;
    fs::create_dir_all(dir)?;
    let properties = dir.join("server.properties");
    fs::write(&properties, server_properties(dir, broker, controller))?;
    let java = |class: &str| {
        let mut command = Command::new("java");
        command.arg("-Xmx512m").arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.arg("-cp").arg(&class_path).arg(class);
        command
    };

    let mut format = java("kafka.tools.StorageTool");
    format.args(["format", "--ignore-formatted", "-t", CLUSTER_ID, "-c"]).arg(&properties);
    succeed(&mut format).map_err(Error::Failed)?;

    let log = dir.join("kafka.log");
    let (out, err) = (File::create(&log)?, File::options().append(true).open(&log)?);
    let mut command = java("kafka.Kafka");
    command.arg(&properties).stdin(Stdio::null()).stdout(out).stderr(err);
    let process = command.spawn()?;
    let mut kafka = RealKafka { process, command, log, address: format!("127.0.0.1:{broker}") };
    wait_until_ready(&mut kafka).map_err(|reason| Error::Failed(format!("{reason}\n{}", last_lines(&kafka.log))))?;
    Ok(kafka)
}

/// Any valid identifier will do: no two brokers share a directory.
const CLUSTER_ID: &str = "4L6g3nShT-eMCtK--X86sw";

/// Source: <https://kafka.apache.org/documentation/#brokerconfigs>, read 2026-11-22.
fn server_properties(dir: &Path, broker: u16, controller: u16) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
",
        data = dir.join("data").display(),
    )
}

/// Two different ports that were free a moment ago.
fn free_ports() -> io::Result<(u16, u16)> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

fn wait_until_ready(kafka: &mut RealKafka) -> Result<(), String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &kafka.address).set("log_level", "0");
    let client: BaseConsumer = config.create().map_err(|error| error.to_string())?;
    let begin = Instant::now();
    while client.fetch_metadata(None, Duration::from_secs(1)).is_err() {
        if let Ok(Some(status)) = kafka.process.try_wait() {
            return Err(format!("it ended with {status}"));
        }
        if begin.elapsed() > START_LIMIT {
            return Err(format!("no answer on {} within {START_LIMIT:?}", kafka.address));
        }
    }
    Ok(())
}

/// The directory of the broker's jars, fetched when it is not there yet.
fn jars() -> Result<PathBuf, Error> {
    let mut pom = DefaultHasher::new();
    POM.hash(&mut pom);
    let cache = cache_dir().ok_or_else(|| Error::Unavailable("set HARK_CACHE or HOME".to_owned()))?;
    let jars = cache.join(format!("real-kafka-{:016x}", pom.finish()));
    if jars.is_dir() {
        return Ok(jars);
    }
    fs::create_dir_all(&cache)?;
    // Fetched beside its place and then renamed, so that a directory which exists is complete.
    let fetched = tempfile::tempdir_in(&cache)?;
    fs::write(fetched.path().join("pom.xml"), POM)?;
    let output = format!("-DoutputDirectory={}", fetched.path().join("jars").display());
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", "dependency:copy-dependencies", &output]).current_dir(fetched.path());
    succeed(&mut maven).map_err(Error::Unavailable)?;
    match fs::rename(fetched.path().join("jars"), &jars) {
        // Another test process was faster.
        Err(_) if jars.is_dir() => Ok(jars),
        renamed => Ok(renamed.map(|()| jars)?),
    }
}

fn cache_dir() -> Option<PathBuf> {
    let of_hark = std::env::var_os("HARK_CACHE").map(PathBuf::from);
    of_hark.or_else(|| Some(std::env::home_dir()?.join(".cache/hark")))
}

/// Runs a command to its end; the error is what it said.
fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } = command.output().map_err(|error| format!("`{name}`: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    Err(format!("`{name}` ended with {status}: {}", tail(&said)))
}

fn last_lines(log: &Path) -> String {
    tail(&fs::read_to_string(log).unwrap_or_default())
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
