//! From mentions to labelled mentions: language, sentiment, brands, products, topics, intent.
//!
//! The path of a batch: read → decode → label → publish, acknowledged → commit. Labelling is pure and knows no
//! network: the same mention, rules, models and author's history give the same labels. Only the optional transformer has a
//! deadline, after which mentions keep the labels that they have.

mod config;
pub mod evaluation;
mod labeller;
mod models;
mod rules;
mod runner;
mod transformer;
mod workers;

pub use config::EnrichConfig;
pub use labeller::{Labeller, Memory};
pub use models::{ModelError, Models};
pub use rules::{Rules, starter_topics};
pub use runner::{GROUP, run};
pub use transformer::{Task, TransformerConfig};
pub use workers::Workers;
