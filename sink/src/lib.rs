//! From Kafka to ClickHouse: every mention exactly once in the view `mentions`, however often it arrives.
//!
//! The path of a batch: read → decode → pin each mention's publication time → insert → commit the offsets.
//! The offsets move only after the database has confirmed the rows, and a repeated batch changes nothing.

mod authors;
mod config;
mod insert;
mod keys;
mod row;
mod runner;
mod schema;

use hark_bus::BusError;

pub use config::SinkConfig;
pub use runner::{GROUP, run};
pub use schema::migrate;

/// Why the sink stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kafka failed in a way that its client does not mend by itself.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The database refused something that no retry mends.
    #[error("the database refuses to {action}: {error}")]
    Store {
        /// What was tried.
        action: String,
        /// What it said.
        error: clickhouse::error::Error,
    },
}
