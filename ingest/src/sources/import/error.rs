//! Why a file cannot be imported.

use std::{io, path::PathBuf};

/// Why a file cannot be imported, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is missing, or may not be read.
    #[error("cannot open `{}`: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The path leads to a directory.
    #[error("`{}` is a directory; name the files in it, for example `{}/*.csv`", path.display(), path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// There is not a single row.
    #[error("`{name}` is empty: there is nothing to import")]
    Empty {
        /// Name of the input.
        name: String,
    },
    /// The bytes are not rows of text.
    #[error("`{name}` looks like {what}; {advice}")]
    NotRows {
        /// Name of the input.
        name: String,
        /// What the bytes look like: `a PDF`.
        what: &'static str,
        /// How to get rows out of it.
        advice: &'static str,
    },
    /// The input broke off or is damaged.
    #[error("cannot read `{name}`: {error}")]
    Read {
        /// Name of the input.
        name: String,
        /// What went wrong.
        error: io::Error,
    },
    /// No column looks like what people wrote.
    #[error(
        "`{name}` has no column that looks like text; its columns are {}; say which one it is: --map text={example}",
        quoted(columns)
    )]
    NoTextColumn {
        /// Name of the input.
        name: String,
        /// Its columns.
        columns: Vec<String>,
        /// A column to put into the example.
        example: String,
    },
    /// A column was asked for that is not there.
    #[error("`{name}` has no column `{column}`{}; its columns are {}", did_you_mean(nearest.as_deref()), quoted(columns))]
    UnknownColumn {
        /// Name of the input.
        name: String,
        /// The column that was asked for.
        column: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// An option has a value that cannot be used.
    #[error("{0}")]
    Option(String),
}

fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

/// The name among `known` that was probably meant by `wrong`.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, name)| distance * 2 <= name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein distance: how many letters to add, take away or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["review", "datum", "sterren"];
        assert_eq!(nearest("Reviews", known), Some("review"));
        assert_eq!(nearest("date", known), Some("datum"));
        assert_eq!(nearest("opmerking", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
