//! Labelled rows: files of `text<TAB>label<TAB>language` to learn from and to measure with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A text with what people said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The text, as posted.
    pub text: String,
    /// What it was labelled with; empty in files of `text<TAB>language`.
    pub label: String,
    /// Its language, ISO 639; a region may follow (`pt-BR`).
    pub lang: String,
    /// What it is about, in sets that say so in a fourth column.
    pub domain: Option<String>,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// Which rows of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those to learn from: `train.tsv`.
    Train,
    /// Those to measure with: `dev.tsv`.
    Dev,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
        }
    }

    fn other(self) -> &'static str {
        match self {
            Self::Train => "dev",
            Self::Dev => "train",
        }
    }
}

/// A file of labelled rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFile {
    /// The set that it is of: the name of its folder, or its own without `.tsv`.
    pub set: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was named itself, not found in a folder.
    pub named: bool,
}

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The file system said no.
    #[error("cannot read {path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// A line has no language.
    #[error("{path}:{line}: no language; each line is `text<TAB>label<TAB>language`")]
    Columns {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
    },
    /// A line has a label that is not asked for.
    #[error("{path}:{line}: the label must be {expected}, found `{found}`")]
    Label {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Labels that it could have.
        expected: &'static str,
        /// The label that it has.
        found: String,
    },
    /// A name was given that no file or folder has.
    #[error(
        "no set named `{name}` among the rows; a set is a folder with a `{part}.tsv`, or a file without its `.tsv`"
    )]
    NoSuchSet {
        /// The name.
        name: String,
        /// The file that was looked for.
        part: &'static str,
    },
    /// A folder holds no rows.
    #[error("no rows in {path}: neither a `*.tsv` nor a folder with a `{part}.tsv`")]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// The file that was looked for.
        part: &'static str,
    },
}

/// The files of rows at `paths`: files, and of folders their `*.tsv` and the `part` of each folder in them. If `only`
/// names any sets, no others. In the order of their names, so that nothing depends on the file system.
///
/// # Errors
///
/// If a folder cannot be read or holds no rows, or a name is of no set.
pub fn files(paths: &[PathBuf], only: &[String], part: Part) -> Result<Vec<RowFile>, RowsError> {
    let mut files = Vec::new();
    for path in paths {
        find(path, part, &mut files)?;
    }
    if let Some(missing) = only.iter().find(|name| !files.iter().any(|file| file.set == **name)) {
        return Err(RowsError::NoSuchSet { name: missing.clone(), part: part.name() });
    }
    files.retain(|file| only.is_empty() || only.contains(&file.set));
    Ok(files)
}

fn find(path: &Path, part: Part, files: &mut Vec<RowFile>) -> Result<(), RowsError> {
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !path.is_dir() {
        let parent = path.parent().filter(|_| matches!(name(path).as_str(), "train" | "dev"));
        files.push(RowFile { set: name(parent.unwrap_or(path)), path: path.to_owned(), named: true });
        return Ok(());
    }
    let failed = |error| RowsError::Io { path: path.to_owned(), error };
    let entries = fs::read_dir(path).map_err(failed)?;
    let mut inside = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, io::Error>>().map_err(failed)?;
    inside.sort();
    let before = files.len();
    for inner in inside {
        let of_part = inner.join(part.name()).with_extension("tsv");
        if of_part.is_file() {
            files.push(RowFile { set: name(&inner), path: of_part, named: false });
        } else if inner.extension().is_some_and(|end| end == "tsv") && name(&inner) != part.other() {
            let set = if name(&inner) == part.name() { name(path) } else { name(&inner) };
            files.push(RowFile { set, path: inner, named: false });
        }
    }
    if files.len() == before {
        return Err(RowsError::Nothing { path: path.to_owned(), part: part.name() });
    }
    Ok(())
}

impl RowFile {
    /// Its rows. Empty lines are skipped, and bytes that are not UTF-8 replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be read or a line holds no language.
    pub fn read(&self) -> Result<Vec<Row>, RowsError> {
        let bytes = fs::read(&self.path).map_err(|error| RowsError::Io { path: self.path.clone(), error })?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(index, line)| {
                let mut columns = line.split('\t');
                let (text, second, third) = (columns.next(), columns.next(), columns.next());
                let (label, lang) = match (second, third) {
                    (Some(label), Some(lang)) => (label, lang.trim()),
                    (lang, _) => ("", lang.unwrap_or_default().trim()),
                };
                if lang.is_empty() {
                    return Err(RowsError::Columns { path: self.path.clone(), line: index + 1 });
                }
                Ok(Row {
                    text: text.unwrap_or_default().to_owned(),
                    label: label.to_owned(),
                    lang: lang.to_owned(),
                    domain: columns.next().map(str::to_owned),
                    line: index + 1,
                })
            })
            .collect()
    }

    /// The error that `row` of this file has a label other than those `expected`.
    pub fn wrong_label(&self, row: &Row, expected: &'static str) -> RowsError {
        let found = row.label.chars().take(40).collect();
        RowsError::Label { path: self.path.clone(), line: row.line, expected, found }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn folders_files_and_names_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        write("tweets/train.tsv", "hallo allemaal\tpos\tnl\nhello all\tneu\ten\n");
        write("tweets/dev.tsv", "unseen\tpos\ten\tphone\n");
        let reviews = write("reviews.tsv", "très bien\tfr\n");
        let texts = |paths: &[PathBuf], only: &[&str], part| {
            let only: Vec<_> = only.iter().map(|&name| name.to_owned()).collect();
            let files = files(paths, &only, part)?;
            let rows = files.iter().map(RowFile::read).collect::<Result<Vec<_>, _>>()?.concat();
            Ok::<_, RowsError>(rows.iter().map(|row| format!("{} {} {}", row.lang, row.label, row.text)).collect())
        };
        let all = [folder.path().to_owned()];
        let of = |only: &[&str], part| -> Vec<String> { texts(&all, only, part).unwrap() };
        assert_eq!(of(&[], Part::Train), ["fr  très bien", "nl pos hallo allemaal", "en neu hello all"]);
        assert_eq!(of(&["tweets"], Part::Dev), ["en pos unseen"]);
        let set = files(&[folder.path().join("tweets/dev.tsv")], &[], Part::Dev).unwrap();
        assert_eq!((set[0].set.as_str(), set[0].named), ("tweets", true));
        assert_eq!(set[0].read().unwrap()[0].domain.as_deref(), Some("phone"));
        let wrong = |paths: &[PathBuf], only: &[&str]| {
            texts(paths, only, Part::Dev).map(|_: Vec<String>| ()).unwrap_err().to_string()
        };
        assert!(wrong(&[reviews], &["twets"]).contains("`twets`"));
        let bad = write("bad.tsv", "a\tpos\tnl\nno language here\n");
        assert!(wrong(&[bad], &[]).contains("bad.tsv:2"));
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(wrong(&[folder.path().join("empty")], &[]).contains("dev.tsv"));
    }
}
