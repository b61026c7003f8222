//! Labelled texts, read from files.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::model::{fold::Class, fold::class, fold::push_folded};

/// A text with the tone that a person gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledRow {
    /// What was written.
    pub text: String,
    /// 0 negative, 1 neutral, 2 positive.
    pub label: usize,
    /// Language, ISO 639-1.
    pub lang: String,
}

/// Rows that were labelled together, in the same way.
#[derive(Clone, Debug)]
pub struct LabelledSet {
    /// What it is called.
    pub name: String,
    /// How much each of its rows counts in training, 1 by default.
    pub weight: f32,
    /// Whether its rows are texts as people write them, fit to calibrate on; a word list is not.
    pub texts: bool,
    /// Its rows.
    pub rows: Vec<LabelledRow>,
}

/// Rows that cannot be used.
#[derive(Debug, Error)]
pub enum RowsError {
    /// The file cannot be read.
    #[error("cannot read rows from `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A line is not `text<TAB>label<TAB>lang`.
    #[error("`{path}` line {line}: must be text, tab, one of neg, neu, pos, tab, language; found `{found}`")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Its label, or its start.
        found: String,
    },
    /// A line of a manifest is not of its form.
    #[error("`{path}` line {line}: must be name, yes or no, texts or words, weight, licence, with tabs between")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl LabelledSet {
    /// Reads a file with a line `text<TAB>label<TAB>lang` for each row; labels are `neg`, `neu` and `pos`.
    ///
    /// # Errors
    ///
    /// [`RowsError`] when the file cannot be read or a line is none of these.
    pub fn read(name: &str, path: &Path) -> Result<Self, RowsError> {
        let bytes = std::fs::read(path).map_err(|source| RowsError::Read { path: path.to_owned(), source })?;
        let mut rows = Vec::new();
        for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let mut fields = line.split('\t');
            let (text, label, lang) = (fields.next(), fields.next(), fields.next());
            let label = match label {
                Some("neg") => Ok(0),
                Some("neu") => Ok(1),
                Some("pos") => Ok(2),
                other => Err(other.unwrap_or(line)),
            };
            match (text, label, lang) {
                (Some(text), Ok(label), Some(lang)) if !lang.is_empty() => {
                    rows.push(LabelledRow { text: text.to_owned(), label, lang: lang.to_owned() });
                }
                (.., found, _) => {
                    let found = found.err().unwrap_or(line).chars().take(40).collect();
                    return Err(RowsError::Line { path: path.to_owned(), line: index + 1, found });
                }
            }
        }
        Ok(Self { name: name.to_owned(), weight: 1.0, texts: true, rows })
    }

    /// The languages in which its labels know neutral. In the others, neutral was no choice.
    pub fn languages_with_neutral(&self) -> HashSet<&str> {
        self.rows.iter().filter(|row| row.label == 1).map(|row| row.lang.as_str()).collect()
    }
}

/// The sets that a manifest names: those to learn from, and the unseen rows to score on.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    /// `train.tsv` of the sets to learn from.
    pub learnt: Vec<LabelledSet>,
    /// `dev.tsv` of all sets that have one.
    pub unseen: Vec<LabelledSet>,
}

impl Sets {
    /// Reads the sets of `manifest` from `folders`; a set is a folder of its name with `train.tsv` and perhaps `dev.tsv`.
    /// A set that no folder has is left out. With `open_only`, only sets whose weights may be shipped are learnt from.
    ///
    /// A manifest has a line for each set: name, tab, `yes` or `no` (weights may be shipped), tab, `texts` or `words`
    /// (a word list), tab, how much a row counts (0: only scored on), tab, the licence.
    ///
    /// # Errors
    ///
    /// [`RowsError`] when a file cannot be read or a line is of another form.
    pub fn read(manifest: &Path, folders: &[PathBuf], open_only: bool) -> Result<Self, RowsError> {
        let text = std::fs::read_to_string(manifest)
            .map_err(|source| RowsError::Read { path: manifest.to_owned(), source })?;
        let mut sets = Self::default();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty()) {
            let bad = || RowsError::Manifest { path: manifest.to_owned(), line: index + 1 };
            let [name, ships, kind, weight, _licence] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(bad());
            };
            let weight: f32 = weight.parse().map_err(|_| bad())?;
            let Some(folder) = folders.iter().map(|folder| folder.join(name)).find(|folder| folder.is_dir()) else {
                continue;
            };
            if folder.join("dev.tsv").is_file() {
                sets.unseen.push(LabelledSet::read(name, &folder.join("dev.tsv"))?);
            }
            if weight > 0.0 && (ships == "yes" || !open_only) {
                let set = LabelledSet::read(name, &folder.join("train.tsv"))?;
                sets.learnt.push(LabelledSet { weight, texts: kind == "texts", ..set });
            }
        }
        Ok(sets)
    }
}

/// What stays the same when a text is copied: its letters, without links, handles and everything between words.
pub(super) fn identity(text: &str) -> u64 {
    let mut chars = Vec::with_capacity(text.len());
    for word in text.split_whitespace().filter(|word| !(word.starts_with('@') || word.starts_with("http"))) {
        for c in word.chars().filter(|c| matches!(class(*c), Class::Letter | Class::Glyph)) {
            push_folded(&mut chars, c);
        }
    }
    crate::model::features::Hash::of(&chars).0
}
