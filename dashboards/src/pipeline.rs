//! What the dashboards ask of the pipeline, which they do not know: whoever starts both puts this between them.

use std::{collections::BTreeMap, ops::Range};

use async_trait::async_trait;
use hark_mention::SourceHealth;

/// What the dashboards ask of the pipeline. Each answer is for people, and so is each error.
#[async_trait]
pub trait Pipeline: Send + Sync + 'static {
    /// Looks whether every record of the raw topic is accounted for, and every mention that it holds is stored.
    ///
    /// Takes as long as reading the topic does; the dashboards call it once at a time.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    async fn verify(&self) -> Result<Verified, String>;

    /// How each configured source is doing.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    async fn sources(&self) -> Result<Vec<ConfiguredSource>, String>;

    /// Counts and lags in the text format of Prometheus.
    async fn metrics(&self) -> String;
}

/// What a proof has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many records ended in which way: outcome, reason, records.
    pub totals: Vec<(String, String, u64)>,
    /// Offsets of the raw topic that nothing tells about, by partition.
    pub gaps: BTreeMap<i32, Vec<Range<i64>>>,
    /// Offsets that the topic had lost before the ledger began.
    pub before: BTreeMap<i32, Range<i64>>,
    /// Records that are still to be labelled.
    pub waiting: u64,
    /// Records that are labelled and still to be stored.
    pub on_the_way: u64,
    /// Mentions of the topic that were looked up.
    pub compared: u64,
    /// Those of them that are past their retention.
    pub expired: u64,
    /// Those of them that should be stored and are not.
    pub absent: u64,
    /// Some of their ids.
    pub named: Vec<String>,
}

/// A configured source.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredSource {
    /// Its name in `hark.toml`.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// How it is doing, as its worker told last; `None` when none has read it yet.
    pub health: Option<SourceHealth>,
}
