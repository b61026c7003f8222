//! What is listened for, and changing it: whoever starts the dashboards knows how.

use async_trait::async_trait;
use hark_bus::Edition;
use hark_mention::config::{Problem, RuleSet};

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct Listening {
    /// Number of the edition; 0 while nobody has made one, and `hark.toml` counts.
    pub edition: u64,
    /// Brands, products and topics.
    pub rules: RuleSet,
}

/// Keeps the editions of the rules, and labels stored mentions by the one in force. Errors are for people.
#[async_trait]
pub trait Rulebook: Send + Sync + 'static {
    /// All editions, the oldest first.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    async fn editions(&self) -> Result<Vec<Edition>, String>;

    /// Makes an edition the one in force; it has to be the next one.
    ///
    /// # Errors
    ///
    /// [`Unpublished`], and then nothing has changed.
    async fn publish(&self, edition: Edition) -> Result<(), Unpublished>;

    /// How far stored mentions have the labels of the edition in force.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    async fn relabelling(&self) -> Result<Relabelling, String>;

    /// Begins to label stored mentions again, unless that is being done; goes on where an earlier labelling stopped.
    ///
    /// # Errors
    ///
    /// Why it cannot begin.
    fn relabel(&self) -> Result<(), String>;

    /// Asks the labelling to stop. What it has labelled stays so.
    fn stop(&self);
}

/// Why an edition is not in force.
#[derive(Debug)]
pub enum Unpublished {
    /// Somebody else has made one of this number before.
    Outdated,
    /// These rules cannot be used.
    Wrong(Vec<Problem>),
    /// Kafka does not take it.
    Away(String),
}

/// How far stored mentions have the labels of the rules and models in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relabelling {
    /// Whether they are being labelled again by this process.
    pub running: bool,
    /// Mentions with other labels; counted while nothing runs.
    pub older: u64,
    /// Mentions that are labelled again, and all of those that were to be.
    pub done: u64,
    /// See `done`.
    pub total: u64,
    /// Mentions a second.
    pub per_second: u64,
    /// Seconds until the end, at that speed.
    pub seconds_left: u64,
    /// What ended it before its time.
    pub failure: Option<String>,
}
