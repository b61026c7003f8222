//! How to run the engine, and why it may not start.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::gate::AnalystLimits;
use crate::library::LibraryMissing;

/// How to run the embedded engine.
#[derive(Debug, Clone)]
pub struct Options {
    /// The engine's own directory; made when missing.
    pub data: PathBuf,
    /// Where the HTTP server listens. Default `127.0.0.1:8123`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database whose tables and views the analyst may read; made when missing. Default `hark`.
    pub database: String,
    /// The engine library; `None` (default) searches as [`find_library`](crate::find_library) says.
    pub library: Option<PathBuf>,
    /// The command that calls [`run_child`](crate::run_child) with its last argument, which is appended. Default: this
    /// executable with the argument [`CHILD_COMMAND`].
    pub program: Vec<OsString>,
    /// Bytes of memory the engine may allocate; its code adds some 150 MiB. Default 768 MiB.
    pub memory: u64,
    /// Statements that run at once, beside inserts. Default two a core.
    pub concurrent_reads: usize,
    /// Inserts that run at once. Each holds its place from its first byte to its last, also while the client pauses, so
    /// this must be more than the inserters a client keeps open. Default 16.
    pub concurrent_inserts: usize,
    /// Requests that may wait for their turn; more are refused with code 202. Default 256.
    pub waiting_requests: usize,
    /// Upper bounds on each of the analyst's queries.
    pub analyst_limits: AnalystLimits,
}

/// The subcommand that the default [`Options::program`] calls.
pub const CHILD_COMMAND: &str = "embedded-clickhouse-child";

impl Options {
    /// The defaults, for an engine in this directory.
    pub fn new(data: impl Into<PathBuf>) -> Options {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Options {
            data: data.into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8123),
            database: "hark".into(),
            library: None,
            program: Vec::new(),
            memory: 768 << 20,
            concurrent_reads: cores * 2,
            concurrent_inserts: 16,
            waiting_requests: 256,
            analyst_limits: AnalystLimits::default(),
        }
    }
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine library is not installed.
    #[error(transparent)]
    Library(#[from] LibraryMissing),
    /// The port is taken, or the address is not this machine's.
    #[error(
        "cannot listen on {address} for the embedded clickhouse: {source}; choose another address or stop what uses it"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// A file or folder of the data directory cannot be used.
    #[error("cannot use {} for the embedded clickhouse: {source}", .path.display())]
    Data {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The child process cannot be started.
    #[error("cannot start the embedded clickhouse process {}: {source}", .program.to_string_lossy())]
    Spawn {
        /// The command.
        program: OsString,
        /// The system's reason.
        source: io::Error,
    },
    /// The child process ended before it was ready.
    #[error("the embedded clickhouse did not start: {reason}; its log is {}", .log.display())]
    Start {
        /// What the child said, or how it ended.
        reason: String,
        /// Where its messages are.
        log: PathBuf,
    },
}
