//! What stands for the transformer in a build without it.

use std::time::Duration;

use hark_mention::Fallback;
use hark_nlp::sentiment::Tone;

use super::TransformerConfig;
use crate::ModelError;

/// There is none.
pub(crate) enum Transformer {}

impl Transformer {
    pub(crate) fn load(config: &TransformerConfig) -> Result<Self, ModelError> {
        let reason = TransformerConfig::NOT_BUILT.to_owned();
        Err(ModelError::Transformer { key: "model", path: config.model.clone(), reason })
    }

    pub(crate) fn digest(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn tones(&self, _: &[impl AsRef<str>], _: Option<Duration>) -> Vec<Result<Tone, Fallback>> {
        match *self {}
    }
}
