//! The models that labels come from: the built-in ones, or those of the files that `[enrich]` names.

use std::path::{Path, PathBuf};

use hark_mention::Fallback;
use hark_nlp::{
    aspects, intent,
    language::{self, Identifier},
    sentiment, spam,
};
use thiserror::Error;

use crate::{EnrichConfig, transformer::Transformer};

/// The models of a deployment, ready for use.
pub struct Models {
    pub(crate) language: Identifier,
    pub(crate) sentiment: sentiment::Model,
    pub(crate) transformer: Option<Transformer>,
    version: String,
    version_without_transformer: String,
}

/// A model's file that cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// It cannot be read.
    #[error("enrich.{key}: cannot read `{path}`: {source}")]
    Read {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no language model.
    #[error("enrich.language_model: `{path}`: {source}")]
    Language {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: language::WeightsError,
    },
    /// It is no sentiment model or layer.
    #[error("enrich.{key}: `{path}`: {source}")]
    Sentiment {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: sentiment::WeightsError,
    },
    /// The transformer cannot be used.
    #[error("enrich.transformer.{key}: `{path}`: {reason}")]
    Transformer {
        /// The key that is wrong, or whose file is.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl Models {
    /// The models that Hark comes with.
    pub fn built_in() -> Self {
        Self::new(Identifier::built_in().clone(), sentiment::Model::built_in(), None, None)
    }

    /// The models that `config` names, and the built-in ones for the rest.
    ///
    /// # Errors
    ///
    /// [`ModelError`] when a file cannot be read or holds no such model.
    pub fn load(config: &EnrichConfig) -> Result<Self, ModelError> {
        let language = match &config.language_model {
            None => Identifier::built_in().clone(),
            Some(path) => Identifier::load(&read("language_model", path)?)
                .map_err(|source| ModelError::Language { path: path.clone(), source })?,
        };
        let expected: Vec<&str> = config.languages.iter().map(String::as_str).collect();
        let sentiment = match &config.sentiment_model {
            None => sentiment::Model::built_in(),
            Some(path) => of_file("sentiment_model", path, sentiment::Model::from_bytes)?,
        };
        let layer = config.sentiment_layer.as_ref();
        let layer = layer.map(|path| of_file("sentiment_layer", path, sentiment::Layer::from_bytes)).transpose()?;
        let transformer = config.transformer.as_ref().map(Transformer::load).transpose()?;
        Ok(Self::new(language.expecting(&expected), sentiment, layer, transformer))
    }

    fn new(
        language: Identifier,
        sentiment: sentiment::Model,
        layer: Option<sentiment::Layer>,
        transformer: Option<Transformer>,
    ) -> Self {
        let mut version = [
            ('l', language.digest()),
            ('s', sentiment.digest()),
            ('a', aspects::digest()),
            ('i', intent::digest()),
            ('p', spam::digest()),
        ]
        .map(part)
        .join(".");
        let sentiment = match layer {
            None => sentiment,
            Some(layer) => {
                version.push('.');
                version.push_str(&part(('d', layer.digest())));
                sentiment.with_layer(layer)
            }
        };
        let told_by = transformer.as_ref().map(|transformer| format!(".{}", part(('t', transformer.digest()))));
        let version_without_transformer = version.clone();
        version.push_str(&told_by.unwrap_or_default());
        Self { language, sentiment, transformer, version, version_without_transformer }
    }

    /// Name of all files that labels depend on: a letter and six hexadecimal digits each, with dots between. `l` is
    /// language, `s` sentiment, `a` aspects (opinion words), `i` intent, `p` spam, `d` the deployment's own layer and `t`
    /// the transformer, if there are such. A file that changes, changes its part.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The tone of a single text as the transformer tells it, or why it does not; `None` when there is no transformer.
    pub fn tone_by_transformer(&self, text: &str) -> Option<Result<sentiment::Tone, Fallback>> {
        self.transformer.as_ref()?.tones(&[text], None).pop()
    }

    /// The same without the transformer: what gives labels before it, and where it does not.
    pub(crate) fn version_without_transformer(&self) -> &str {
        &self.version_without_transformer
    }
}

fn part((letter, digest): (char, u64)) -> String {
    format!("{letter}{:06x}", digest >> 40)
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, ModelError> {
    std::fs::read(path).map_err(|source| ModelError::Read { key, path: path.to_owned(), source })
}

fn of_file<T>(
    key: &'static str,
    path: &Path,
    from_bytes: impl Fn(&[u8]) -> Result<T, sentiment::WeightsError>,
) -> Result<T, ModelError> {
    from_bytes(&read(key, path)?).map_err(|source| ModelError::Sentiment { key, path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_version_names_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let layer = folder.path().join("layer.bin");
        std::fs::write(&layer, sentiment::Layer::default().to_bytes()).unwrap();
        let with = Models::load(&EnrichConfig { sentiment_layer: Some(layer), ..EnrichConfig::default() }).unwrap();
        let without = Models::load(&EnrichConfig::default()).unwrap();
        assert_eq!(without.version(), Models::built_in().version());
        let letters: String = without.version().split('.').filter_map(|part| part.chars().next()).collect();
        assert_eq!((letters.as_str(), without.version().len()), ("lsaip", 39));
        assert!(with.version().starts_with(&format!("{}.d", without.version())), "{}", with.version());
    }

    #[test]
    fn files_that_are_no_models_are_refused_with_their_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.bin");
        std::fs::write(&file, "something else").unwrap();
        let file = Some(file);
        let error = |config| Models::load(&config).err().unwrap().to_string();
        let base = EnrichConfig::default;
        assert!(error(EnrichConfig { language_model: file.clone(), ..base() }).starts_with("enrich.language_model: `"));
        assert!(
            error(EnrichConfig { sentiment_model: file.clone(), ..base() }).starts_with("enrich.sentiment_model: `")
        );
        assert!(error(EnrichConfig { sentiment_layer: file, ..base() }).starts_with("enrich.sentiment_layer: `"));
        let missing = EnrichConfig { sentiment_layer: Some("no such file".into()), ..base() };
        assert!(error(missing).contains("cannot read `no such file`"));
    }
}
