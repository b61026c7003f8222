//! `[enrich]`: how large a batch is, and what labels are made with.

use std::path::PathBuf;

use hark_bus::BatchLimits;
use hark_mention::config::{Problem, Size, Span};
use hark_nlp::language::code;
use serde::Deserialize;

use crate::TransformerConfig;

/// `[enrich]`, as written. A batch ends at whichever limit is reached first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnrichConfig {
    /// Most mentions in one batch, 1 to 100,000. Default: 5,000.
    pub batch_rows: usize,
    /// Most bytes in one batch. Default: 8 MiB.
    pub batch_bytes: Size,
    /// Longest time that a mention waits for its batch to fill. Default: 50 ms.
    pub batch_age: Span,
    /// Languages that most mentions are in, ISO 639; they are preferred where a text leaves doubt. Default: none.
    pub languages: Vec<String>,
    /// Authors whose languages are remembered, some 80 bytes each; up to 10,000,000, and 0 for none. Default: 100,000.
    ///
    /// Only texts in doubt are told by what their author wrote in before, and only clear texts are remembered. A worker
    /// remembers what it has read since it was started. So a replay may label a short text otherwise, when more, or less,
    /// of its author is known by then; with 0 it never does.
    pub author_history: usize,
    /// File of the language model (`hark train language`). Default: the built-in one.
    pub language_model: Option<PathBuf>,
    /// File of the sentiment model (`hark train sentiment`). Default: the built-in one.
    pub sentiment_model: Option<PathBuf>,
    /// File of what was learned from corrections (`hark train layer`). Default: none.
    pub sentiment_layer: Option<PathBuf>,
    /// A heavier model for the tone of mentions. Default: none.
    pub transformer: Option<TransformerConfig>,
}

impl Default for EnrichConfig {
    fn default() -> Self {
        Self {
            batch_rows: 5_000,
            batch_bytes: Size::from_mib(8),
            batch_age: Span::from_millis(50),
            languages: Vec::new(),
            author_history: 100_000,
            language_model: None,
            sentiment_model: None,
            sentiment_layer: None,
            transformer: None,
        }
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
        for language in self.languages.iter().filter(|language| code(language).is_none()) {
            let rule = format!("must be codes of languages that can be told, such as `nl`, found `{language}`");
            problems.push(Problem::new("enrich.languages", rule));
        }
        if self.author_history > 10_000_000 {
            let rule = format!("must be 0 to 10000000, found `{}`", self.author_history);
            problems.push(Problem::new("enrich.author_history", rule));
        }
        if let Some(transformer) = &self.transformer {
            transformer.check(problems);
        }
    }

    pub(crate) fn limits(&self) -> BatchLimits {
        let bytes = usize::try_from(self.batch_bytes.bytes()).unwrap_or(usize::MAX);
        BatchLimits { records: self.batch_rows, bytes, age: self.batch_age.duration() }
    }
}
