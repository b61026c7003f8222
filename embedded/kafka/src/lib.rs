//! A Kafka broker inside the process, for one machine: topics live in a directory, nothing has to be installed.
//!
//! It speaks the Kafka protocol on a TCP port, so every Kafka client works with it, and what it acknowledged is still
//! there after `kill -9`. One rule: it hands out an address and nothing else; whoever uses the address cannot tell
//! this broker from another, except by what it leaves out (transactions, cooperative rebalancing, taking over the
//! partitions of a group member that died without leaving).

mod data_dir;
mod log;
mod probe;
mod requests;
mod server;
mod topics;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::data_dir::DataDir;
use crate::server::{Server, open_storage};
use crate::topics::Topics;

/// Longest wait for the first answer of a new broker, and for its tasks to end when it is shut down.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to run the broker.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory of everything the broker keeps. Created when missing; one broker a directory.
    pub data_dir: PathBuf,
    /// Address to listen on, and the one told to clients. Port 0 takes the port of the last start if it is free,
    /// else any free one. Default: `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// Time between two runs of retention and compaction. Default: 30 s.
    pub maintenance_interval: Duration,
    /// Topics whose records go once they are read, whatever the topics' own retention. Default: none.
    pub readers: Vec<Reader>,
}

/// The reader for whom a topic's records are kept: none goes before its group has committed it.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// How long a record stays at least, also when it is read at once.
    pub keep: Duration,
}

impl Options {
    /// The defaults, with everything below `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            maintenance_interval: Duration::from_secs(30),
            readers: Vec::new(),
        }
    }
}

/// Why there is no broker, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory or a file in it cannot be made or read.
    #[error("cannot use the kafka data directory: {path}: {source}")]
    DataDir {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another broker, of this or of another process, owns the directory.
    #[error("the kafka data directory {path} is in use by another process; stop it or choose another directory")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Something else listens on the configured port.
    #[error("cannot start kafka on {address}: the port is taken; choose another one, or port 0 for any free one")]
    AddressInUse {
        /// The configured address.
        address: SocketAddr,
    },
    /// The configured address cannot be listened on for another reason.
    #[error("cannot start kafka on {address}: {source}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The broker ended by itself, or never answered.
    #[error("the embedded kafka broker failed: {reason}")]
    Failed {
        /// What it ended with.
        reason: String,
    },
}

/// A running broker. Dropping it stops it in the background; [`Broker::shutdown`] waits for the end.
pub struct Broker {
    address: SocketAddr,
    stop: CancellationToken,
    failure: watch::Receiver<Option<String>>,
    /// Taken out when the broker stops.
    running: Option<Running>,
}

/// What has to go, in this order, before another broker may use the directory.
struct Running {
    runtime: Runtime,
    _data_dir: DataDir,
}

/// Starts a broker and returns when it answers.
///
/// The broker has threads of its own: its disk work never holds up the caller's tasks.
///
/// # Errors
///
/// [`Error::InUse`] and [`Error::AddressInUse`] need another directory or port; [`Error::DataDir`], [`Error::Listen`]
/// and [`Error::Failed`] name what the operator has to look at.
///
/// # Cancel safety
///
/// Dropping the future stops what was started.
pub async fn start(options: Options) -> Result<Broker, Error> {
    let broker = open(&options)?;
    let address = broker.address;
    tokio::select! {
        answer = timeout(PATIENCE, probe::answers(address)) => match answer {
            Ok(Ok(())) => Ok(broker),
            Ok(Err(error)) => Err(Error::Failed { reason: format!("no answer on {address}: {error}") }),
            Err(_) => Err(Error::Failed { reason: format!("no answer on {address} within {PATIENCE:?}") }),
        },
        error = broker.died() => Err(error),
    }
}

/// Claims directory and port and sets the broker to work.
///
/// Not `async`: the body of an `async fn` is compiled anew in every program that awaits it, and this one holds the whole
/// broker, minutes of compiling.
fn open(options: &Options) -> Result<Broker, Error> {
    let mut data_dir = DataDir::claim(&options.data_dir)?;
    let cluster_id = data_dir.cluster_id()?;
    let listener = data_dir.bind(options.listen)?;
    let listen_failed = |source| Error::Listen { address: options.listen, source };
    let address = connectable(listener.local_addr().map_err(listen_failed)?);
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("kafka")
        .enable_all()
        .build()
        .map_err(listen_failed)?;

    let advertised = url(&format!("tcp://{address}"))?;
    let database = data_dir.database_url("kafka.db")?;
    let records = data_dir.path().join("topics");
    let (readers, maintenance_interval) = (options.readers.clone(), options.maintenance_interval);
    let stop = CancellationToken::new();
    let (failed, failure) = watch::channel(None);
    let server = runtime.spawn({
        let stop = stop.clone();
        async move {
            let storage = open_storage(database, &cluster_id, advertised).await?;
            let server = Server {
                listener: tokio::net::TcpListener::from_std(listener)?,
                topics: Arc::new(Topics::new(records, storage, readers)),
                cluster_id,
                maintenance_interval,
            };
            server.run(stop).await
        }
    });
    runtime.spawn(async move {
        let end = match server.await {
            Ok(Ok(())) => "it was stopped".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        };
        failed.send_replace(Some(end));
    });

    Ok(Broker { address, stop, failure, running: Some(Running { runtime, _data_dir: data_dir }) })
}

impl Broker {
    /// Where clients connect: `127.0.0.1:9092`. The value of `bootstrap.servers`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the broker ends by itself and says why. It never returns while the broker works.
    ///
    /// # Cancel safety
    ///
    /// Safe to drop and to call again.
    pub fn died(&self) -> impl Future<Output = Error> + Send + 'static {
        let mut failure = self.failure.clone();
        async move {
            let reason = match failure.wait_for(Option::is_some).await {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => "its runtime is gone".to_owned(),
            };
            Error::Failed { reason }
        }
    }

    /// Stops the broker. When this returns, port and directory are free again.
    pub async fn shutdown(mut self) {
        if let Some(end) = self.begin_stop() {
            // The thread cannot panic; were it to, there would be nothing left to wait for.
            let _ = tokio::task::spawn_blocking(move || end.join()).await;
        }
    }

    /// Ends the broker on a thread of its own, because a runtime may not be waited for inside another.
    fn begin_stop(&mut self) -> Option<std::thread::JoinHandle<()>> {
        self.stop.cancel();
        let Running { runtime, _data_dir } = self.running.take()?;
        Some(std::thread::spawn(move || {
            runtime.shutdown_timeout(PATIENCE);
            drop(_data_dir);
        }))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.begin_stop();
    }
}

/// The address a client on this machine reaches `bound` by: a wildcard is no address to connect to.
fn connectable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn url(text: &str) -> Result<Url, Error> {
    Url::parse(text).map_err(|error| Error::Failed { reason: format!("{text}: {error}") })
}
