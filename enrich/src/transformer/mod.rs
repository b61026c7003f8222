//! The optional heavier model: a transformer that gives mentions their tone in place of the built-in model.
//!
//! Mentions have all their labels before it is asked. It looks at them in batches, for no longer than it is given, and
//! what it does not reach keeps the built-in model's tone, is counted, and says so in its `model_version`.
//!
//! Without the cargo feature `transformer` there is no value of [`Transformer`], and a configuration that wants one is
//! refused.

mod config;
#[cfg(feature = "transformer")]
mod load;
#[cfg(not(feature = "transformer"))]
mod missing;
#[cfg(feature = "transformer")]
mod schedule;
#[cfg(all(test, feature = "transformer"))]
mod tests;

pub use config::{Task, TransformerConfig};
#[cfg(not(feature = "transformer"))]
pub(crate) use missing::Transformer;
#[cfg(feature = "transformer")]
pub(crate) use schedule::Transformer;
