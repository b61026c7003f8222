//! `[enrich.transformer]`: which files, and how much time they may take.

use std::{path::PathBuf, time::Duration};

use hark_mention::{
    Sentiment,
    config::{Problem, Span},
};
use serde::Deserialize;

/// `[enrich.transformer]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransformerConfig {
    /// What it is asked. Default: the tone.
    pub task: Task,
    /// The model, a file in ONNX. Required.
    pub model: PathBuf,
    /// SHA-256 of that file, 64 hexadecimal digits. Required.
    pub model_sha256: String,
    /// The `tokenizer.json` that belongs to the model. Required.
    pub tokenizer: PathBuf,
    /// SHA-256 of that file. Required.
    pub tokenizer_sha256: String,
    /// What the numbers that the model gives for a text stand for, in their order; both `negative` and `positive` are there,
    /// and each may be named more than once. Default: negative, neutral, positive.
    pub labels: Vec<Sentiment>,
    /// Tokens after which a text is cut off, 8 to 8,192; no more than the model was made for. Default: 128.
    pub max_tokens: usize,
    /// Most texts that are run together, 1 to 256. Default: 16.
    pub batch_size: usize,
    /// Most time that the transformer takes for one batch of the stage, `10ms` to `60s`. Default: 1 s.
    pub deadline: Span,
    /// Threads that work together, at most 256; 0 stands for one a core. Default: 0.
    pub threads: usize,
}

/// What a transformer can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// The tone of the whole mention.
    #[default]
    Sentiment,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self {
            task: Task::Sentiment,
            model: PathBuf::new(),
            model_sha256: String::new(),
            tokenizer: PathBuf::new(),
            tokenizer_sha256: String::new(),
            labels: Sentiment::ALL.to_vec(),
            max_tokens: 128,
            batch_size: 16,
            deadline: Span::from_secs(1),
            threads: 0,
        }
    }
}

impl TransformerConfig {
    /// What is said to someone whose build has no transformer.
    pub(crate) const NOT_BUILT: &str = "this build has no transformer; `cargo build --release --locked -p hark --features transformer` makes one that has";

    /// Adds what is wrong with the values.
    pub(crate) fn check(&self, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: &str, found: String| {
            if !holds {
                let path = format!("enrich.transformer.{key}");
                problems.push(Problem::new(path, format!("{rule}, found `{found}`")));
            }
        };
        for (key, path) in [("model", &self.model), ("tokenizer", &self.tokenizer)] {
            rule(!path.as_os_str().is_empty(), key, "must be the path of a file", path.display().to_string());
        }
        for (key, sum) in [("model_sha256", &self.model_sha256), ("tokenizer_sha256", &self.tokenizer_sha256)] {
            let holds = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
            rule(holds, key, "must be the 64 hexadecimal digits that `sha256sum` prints", sum.clone());
        }
        let named = |tone| self.labels.contains(&tone);
        let labels: Vec<&str> = self.labels.iter().map(|label| label.as_str()).collect();
        rule(
            named(Sentiment::Negative) && named(Sentiment::Positive),
            "labels",
            "must name `negative` and `positive`, and `neutral` if the model knows it, in the order of its outputs",
            labels.join(", "),
        );
        rule((8..=8192).contains(&self.max_tokens), "max_tokens", "must be 8 to 8192", self.max_tokens.to_string());
        rule((1..=256).contains(&self.batch_size), "batch_size", "must be 1 to 256", self.batch_size.to_string());
        let deadline = self.deadline.duration();
        let allowed = Duration::from_millis(10)..=Duration::from_secs(60);
        rule(allowed.contains(&deadline), "deadline", "must be 10ms to 60s", self.deadline.to_string());
        rule(self.threads <= 256, "threads", "must be 0 to 256", self.threads.to_string());
        if cfg!(not(feature = "transformer")) {
            problems.push(Problem::new("enrich.transformer", Self::NOT_BUILT));
        }
    }
}
