//! From mentions to labelled mentions: language, sentiment, brands, products, topics, intent.
//!
//! The path of a batch: read → decode → label → publish, acknowledged → commit. Labelling is pure and knows no
//! network: the same mention and rules give the same labels.

mod config;
mod intent;
mod labeller;
mod language;
mod rules;
mod runner;
mod sentiment;

pub use config::EnrichConfig;
pub use labeller::Labeller;
pub use rules::Rules;
pub use runner::{GROUP, run};
