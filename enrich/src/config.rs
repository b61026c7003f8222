//! `[enrich]`: how large a batch is.

use hark_bus::BatchLimits;
use hark_mention::config::{Problem, Size, Span};
use serde::Deserialize;

/// `[enrich]`, as written. A batch ends at whichever limit is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnrichConfig {
    /// Most mentions in one batch, 1 to 100,000. Default: 5,000.
    pub batch_rows: usize,
    /// Most bytes in one batch. Default: 8 MiB.
    pub batch_bytes: Size,
    /// Longest time that a mention waits for its batch to fill. Default: 50 ms.
    pub batch_age: Span,
}

impl Default for EnrichConfig {
    fn default() -> Self {
        Self { batch_rows: 5_000, batch_bytes: Size::from_mib(8), batch_age: Span::from_millis(50) }
    }
}

impl EnrichConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        if !(1..=100_000).contains(&self.batch_rows) {
            problems
                .push(Problem::new("enrich.batch_rows", format!("must be 1 to 100000, found `{}`", self.batch_rows)));
        }
        if self.batch_bytes < Size::from_mib(1) {
            problems.push(Problem::new(
                "enrich.batch_bytes",
                format!("must be at least `1MiB`, found `{}`", self.batch_bytes),
            ));
        }
        if self.batch_age > Span::from_secs(60) {
            problems
                .push(Problem::new("enrich.batch_age", format!("must be at most `1m`, found `{}`", self.batch_age)));
        }
    }

    pub(crate) fn limits(&self) -> BatchLimits {
        let bytes = usize::try_from(self.batch_bytes.bytes()).unwrap_or(usize::MAX);
        BatchLimits { records: self.batch_rows, bytes, age: self.batch_age.duration() }
    }
}
