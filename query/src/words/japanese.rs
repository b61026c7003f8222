//! Japanese words, by lindera and the IPA dictionary.

use std::{borrow::Cow, cell::RefCell, ops::Range, path::Path};

use lindera::{
    mode::{Mode, Penalty},
    segmenter::Segmenter,
};
use lindera_dictionary::{
    builder::DictionaryBuilder,
    dictionary::{metadata::Metadata, schema::Schema},
    viterbi::Lattice,
};

thread_local! {
    /// The dictionary's working memory, which is worth keeping from text to text.
    static LATTICE: RefCell<Lattice> = RefCell::default();
}

/// No dictionary, or one that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the Japanese dictionary in `{folder}`: {error}")]
pub struct DictionaryError {
    action: &'static str,
    folder: String,
    error: String,
}

impl DictionaryError {
    fn new(action: &'static str, folder: &Path, error: impl std::fmt::Display) -> Self {
        Self { action, folder: folder.display().to_string(), error: error.to_string() }
    }
}

/// A dictionary in memory; most of it is mapped from its files.
pub(crate) struct Dictionary {
    segmenter: Segmenter,
}

impl Dictionary {
    pub(crate) fn load(folder: &Path) -> Result<Self, DictionaryError> {
        let path = folder.to_str().ok_or_else(|| DictionaryError::new("read", folder, "the path is not UTF-8"))?;
        let dictionary =
            lindera::dictionary::load_dictionary(path).map_err(|error| DictionaryError::new("read", folder, error))?;
        // Long compounds are cut into their words, as search engines do: 関西国際空港 is found by 空港.
        Ok(Self { segmenter: Segmenter::new(Mode::Decompose(Penalty::default()), dictionary, None) })
    }

    /// Calls `word` with the place of each word of `text`.
    pub(crate) fn cut(&self, text: &str, mut word: impl FnMut(Range<usize>)) {
        let cut = LATTICE.with_borrow_mut(|lattice| self.segmenter.segment_with_lattice(Cow::Borrowed(text), lattice));
        match cut {
            Ok(tokens) => tokens.iter().for_each(|token| word(token.byte_start..token.byte_end)),
            // The run is then one word, found by its whole.
            Err(_) => word(0..text.len()),
        }
    }
}

/// Builds the dictionary from MeCab's IPA sources (`*.csv`, `*.def`, EUC-JP) in `sources` into `folder`.
///
/// Takes some seconds and 300 MB; the result has 46 MB. Debian's package `mecab-ipadic` holds the sources.
///
/// # Errors
///
/// [`DictionaryError`] when the sources are incomplete or `folder` cannot be written.
pub fn build_dictionary(sources: &Path, folder: &Path) -> Result<(), DictionaryError> {
    let user_schema = Schema::new(["surface", "reading", "pronunciation"].map(str::to_owned).to_vec());
    // Costs and context ids for words that a user adds, as in lindera's own IPA dictionary.
    let metadata = Metadata::new(
        "ipadic".to_owned(),
        "EUC-JP".to_owned(),
        -10_000,
        1288,
        1288,
        "*".to_owned(),
        false,
        false,
        false,
        Schema::default(),
        user_schema,
    );
    let unfinished = folder.with_extension("unfinished");
    DictionaryBuilder::new(metadata)
        .build_dictionary(sources, &unfinished)
        .map_err(|error| DictionaryError::new("build", sources, error))?;
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| DictionaryError::new("replace", folder, error))?;
    }
    std::fs::rename(&unfinished, folder).map_err(|error| DictionaryError::new("write", folder, error))
}
