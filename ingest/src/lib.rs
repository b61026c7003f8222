//! From the places where people publish to Kafka.
//!
//! The path of a page: fetch → publish, acknowledged → move the cursor. A crash between the last two repeats the page
//! and loses nothing, and a repeated mention changes nothing further on.

mod config;
mod cursors;
mod http;
mod registry;
mod runner;
mod source;
pub mod sources;
mod text;

use hark_bus::BusError;

pub use config::IngestConfig;
pub use registry::SourceConfig;
pub use runner::{Ingest, NamedSource};
pub use source::{Again, Cursor, Item, Page, Source, SourceContext, SourceError, Wanted};

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
