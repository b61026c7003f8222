//! The tree of a listening query, and how it is written.

use std::fmt;

/// A listening query.
///
/// `AND OR NOT ( )`, a space is AND, NOT binds tightest and OR loosest; `"exact phrase"`; `word*` matches every word
/// that begins with it; `#tag` and `@handle`. Case and accents do not count. Operators are written in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A word, or several in a row.
    Term(Term),
    /// All of them match.
    And(Vec<Query>),
    /// At least one of them matches.
    Or(Vec<Query>),
    /// It does not match.
    Not(Box<Query>),
}

/// A word, or several in a row, as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The text without quotes, mark and star.
    pub text: String,
    /// Whether it was in quotes.
    pub quoted: bool,
    /// Whether the last word may go on: `word*`.
    pub prefix: bool,
    /// `#` or `@` before it.
    pub mark: Option<char>,
}

impl Query {
    /// Whether a text can match that holds none of the query's terms.
    pub(crate) fn matches_nothing_said(&self) -> bool {
        match self {
            Self::Term(_) => false,
            Self::Not(inner) => !inner.matches_nothing_said(),
            Self::And(parts) => parts.iter().all(Self::matches_nothing_said),
            Self::Or(parts) => parts.iter().any(Self::matches_nothing_said),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, inside: Binding) -> fmt::Result {
        let (binding, parts, between) = match self {
            Self::Term(term) => return write!(f, "{term}"),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                return inner.write(f, Binding::Not);
            }
            Self::And(parts) => (Binding::And, parts, " AND "),
            Self::Or(parts) => (Binding::Or, parts, " OR "),
        };
        let brackets = inside > binding;
        f.write_str(if brackets { "(" } else { "" })?;
        for (index, part) in parts.iter().enumerate() {
            f.write_str(if index > 0 { between } else { "" })?;
            part.write(f, binding)?;
        }
        f.write_str(if brackets { ")" } else { "" })
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Binding::Or)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.quoted { "\"" } else { "" };
        let star = if self.prefix { "*" } else { "" };
        let mark = self.mark.map(String::from).unwrap_or_default();
        write!(f, "{quote}{mark}{}{star}{quote}", self.text)
    }
}
