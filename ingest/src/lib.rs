//! From the places where people publish to Kafka.
//!
//! The path of a page: fetch → publish, acknowledged → move the cursor. A crash between the last two repeats the page
//! and loses nothing, and a repeated mention changes nothing further on.

mod budget;
mod checks;
mod client;
mod config;
mod countries;
mod cursors;
mod fingerprint;
mod health;
mod history;
mod http;
mod memory;
mod quotes;
mod registry;
mod runner;
mod source;
pub mod sources;
mod text;
mod walk;
mod wanted;
mod watch;
mod workers;

use hark_bus::BusError;

pub use budget::{Budget, BudgetConfig, Spent, SpentStore};
pub use config::IngestConfig;
pub use http::PrivateHosts;
pub use registry::{Facts, SourceConfig, SourceKind, fuzz, source_kinds};
pub use runner::Ingest;
pub use source::{
    Again, Backfilled, Cursor, Estimate, Gap, Item, Page, Part, Period, Source, SourceContext, SourceError, Terms,
    Wanted,
};
pub use wanted::wanted;

/// Why ingestion stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kafka failed in a way that its client does not mend by itself.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A source cannot work until a person changes something.
    #[error("source `{name}`: {error}")]
    Source {
        /// Its name.
        name: String,
        /// What is wrong.
        error: SourceError,
    },
}
