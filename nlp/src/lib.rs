//! What a text says: its language, its tone, what its author wants. Pure: no clock, no network, no files at run time.

pub mod aspects;
mod clauses;
pub mod intent;
pub mod language;
mod model;
pub mod reading;
pub mod reliability;
pub mod rows;
pub mod sentiment;
pub mod spam;
pub mod story;
#[cfg(feature = "transformer")]
pub mod transformer;
