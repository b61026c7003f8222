//! What is wrong with a query, where, and what was probably meant.

/// A text that is not a listening query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at column {column}: {message}")]
pub struct QueryError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong, what was expected, and the mending where it can be guessed.
    pub message: String,
}

impl QueryError {
    pub(crate) fn new(column: usize, message: impl Into<String>) -> Self {
        Self { column, message: message.into() }
    }

    /// The line of `query` that is wrong, with a mark below the place and the message behind it; for a terminal.
    pub fn pointed(&self, query: &str) -> String {
        let before: Vec<char> = query.chars().take(self.column - 1).collect();
        let line_start = before.iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
        let line: String = query.chars().skip(line_start).take_while(|c| *c != '\n').collect();
        // Wide letters take two places, so that they are skipped with wide spaces.
        let indent: String =
            before[line_start..].iter().map(|c| if *c < '\u{1100}' { ' ' } else { '\u{3000}' }).collect();
        format!("{line}\n{indent}^ {}", self.message)
    }
}

/// The name of `known` that is most like `written`, if one is.
pub(super) fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let distances = known.into_iter().map(|name| (distance(written, name), name));
    distances.filter(|(distance, name)| *distance * 2 <= name.len().max(2)).min().map(|(_, name)| name)
}

/// How many letters must be put in, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
