//! `[sink]`: how large a batch is.

use hark_bus::BatchLimits;
use hark_mention::config::{Problem, Size, Span};
use serde::Deserialize;

/// `[sink]`, as written. A batch ends at whichever limit is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SinkConfig {
    /// Most mentions in one insert, 1 to 1,000,000. Default: 50,000.
    pub batch_rows: usize,
    /// Most bytes in one insert, as they came from Kafka. Default: 32 MiB.
    pub batch_bytes: Size,
    /// Longest time that a mention waits for its batch to fill. Default: 500 ms.
    pub batch_age: Span,
    /// Most memory for the filter of known ids and stories, which spares looking up what is new: a byte a key, seven
    /// keys a mention. It is not used while several sinks are at work. Default: 64 MiB; `0B`: none.
    pub filter_memory: Size,
}

impl Default for SinkConfig {
    fn default() -> Self {
        Self {
            batch_rows: 50_000,
            batch_bytes: Size::from_mib(32),
            batch_age: Span::from_millis(500),
            filter_memory: Size::from_mib(64),
        }
    }
}

impl SinkConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        if !(1..=1_000_000).contains(&self.batch_rows) {
            problems
                .push(Problem::new("sink.batch_rows", format!("must be 1 to 1000000, found `{}`", self.batch_rows)));
        }
        if self.batch_bytes < Size::from_mib(1) {
            problems.push(Problem::new(
                "sink.batch_bytes",
                format!("must be at least `1MiB`, found `{}`", self.batch_bytes),
            ));
        }
        if self.batch_age > Span::from_secs(300) {
            problems.push(Problem::new("sink.batch_age", format!("must be at most `5m`, found `{}`", self.batch_age)));
        }
    }

    pub(crate) fn limits(&self) -> BatchLimits {
        let bytes = usize::try_from(self.batch_bytes.bytes()).unwrap_or(usize::MAX);
        BatchLimits { records: self.batch_rows, bytes, age: self.batch_age.duration() }
    }
}
