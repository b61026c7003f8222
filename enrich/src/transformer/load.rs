//! From files to a transformer: read, compared with their checksums, tried out.

use std::{
    path::Path,
    sync::atomic::AtomicU64,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use hark_nlp::transformer::{self, Settings, TransformerError};
use sha2::{Digest as _, Sha256};

use super::{Transformer, TransformerConfig};
use crate::ModelError;

impl Transformer {
    /// The transformer that `config` names.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when a file cannot be read, is not the one that its checksum says, or is no such model.
    pub(crate) fn load(config: &TransformerConfig) -> Result<Self, ModelError> {
        let model = of_checksum("model", &config.model, &config.model_sha256)?;
        let tokenizer = of_checksum("tokenizer", &config.tokenizer, &config.tokenizer_sha256)?;
        let threads = match config.threads {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let settings = Settings { labels: config.labels.clone(), max_tokens: config.max_tokens, threads };
        let model = transformer::Transformer::new(model, &tokenizer, settings).map_err(|error| {
            let (key, path) = match &error {
                TransformerError::Model(_) => ("model", &config.model),
                TransformerError::Tokenizer(_) => ("tokenizer", &config.tokenizer),
                TransformerError::Labels { .. } => ("labels", &config.model),
            };
            ModelError::Transformer { key, path: path.clone(), reason: error.to_string() }
        })?;
        let batch_size = if model.is_one_by_one() { 1 } else { config.batch_size };
        let made = Self { model, batch_size, nanos_per_token: AtomicU64::new(0), digest: digest(config) };
        made.measure();
        Ok(made)
    }

    /// Learns how fast it is, before anybody waits for it.
    fn measure(&self) {
        let Ok(tokens) = self.model.tokens(&"a b ".repeat(8)) else { return };
        let start = Instant::now();
        if self.model.tones(&[&tokens]).is_ok() {
            self.learn_pace(tokens.count(), start.elapsed().max(Duration::from_nanos(1)));
        }
    }
}

/// What tells this transformer apart from others: two with the same digest give the same tones.
fn digest(config: &TransformerConfig) -> u64 {
    let sums = [&config.model_sha256, &config.tokenizer_sha256].map(|sum| sum.to_lowercase());
    let labels: Vec<&str> = config.labels.iter().map(|label| label.as_str()).collect();
    let name = format!("{sums:?} {labels:?} {}", config.max_tokens);
    Sha256::digest(name).iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}

/// The content of a file that has this SHA-256.
fn of_checksum(key: &'static str, path: &Path, expected: &str) -> Result<Vec<u8>, ModelError> {
    let refused = |reason: String| ModelError::Transformer { key, path: path.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if !found.eq_ignore_ascii_case(expected) {
        let reason = format!("is another file than `{key}_sha256` says: its SHA-256 is {found}, expected {expected}");
        return Err(refused(reason));
    }
    Ok(bytes)
}
