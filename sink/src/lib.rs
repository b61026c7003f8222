//! From Kafka to ClickHouse: every mention exactly once in the view `mentions`, however often it arrives.
//!
//! The path of a batch: read → decode → pin each mention's publication time → insert → note in the ledger → commit the
//! offsets.
//! The offsets move only after the database has confirmed the rows, and a repeated batch changes nothing.

mod authors;
mod config;
mod corrections;
mod deletions;
mod disk;
mod erasures;
mod history;
mod insert;
mod keys;
mod known;
mod ledger;
mod look_up;
mod retention;
mod row;
mod runner;
mod schema;
mod stored;
mod stories;
mod verify;

use hark_bus::BusError;

pub use clickhouse::Client;
pub use config::SinkConfig;
pub use corrections::{Field, Lesson, correct, correct_all, lessons, names_in_use};
pub use disk::take_from_disk;
pub use erasures::{Erasure, Target};
pub use history::{History, Lot, Piece, Pieces, Scope};
pub use ledger::Total;
pub use retention::Retention;
pub use row::{MentionRow, Origin};
pub use runner::{GROUP, run};
pub use schema::{Migration, migrate, pending};
pub use stored::{Stored, find};
pub use verify::{Findings, verify};

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
