//! The tree of a listening query, and its canonical writing: what is printed parses to the same tree.

use std::fmt;

use crate::words::Mark;

/// A listening query; `docs/query-language.md` is its manual.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// A word, a phrase, a tag or a handle.
    Term(Term),
    /// A condition on what is known about the mention.
    Field(Condition),
    /// Two things close to each other.
    Near(Near),
    /// All of them match; two or more.
    And(Vec<Query>),
    /// At least one of them matches; two or more.
    Or(Vec<Query>),
    /// It does not match.
    Not(Box<Query>),
}

/// A word or several in a row, as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The text without quotes, braces and mark, with its wildcards.
    pub text: String,
    /// How it is written.
    pub form: Form,
    /// `#` or `@` before it.
    pub mark: Option<Mark>,
    /// Looked for in the title only.
    pub in_title: bool,
}

/// How a term is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `word`, where `*` and `?` are wildcards.
    Word,
    /// `"exact phrase"`, where `*` at the end of a word is a wildcard.
    Phrase,
    /// `{Word}`: capitals and accents count.
    Cased,
}

/// `left NEAR/words right`. Both sides are terms, lists of terms (`Or`) or `Near` themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// What stands on the one side; first, if `ordered`.
    pub left: Box<Query>,
    /// What stands on the other.
    pub right: Box<Query>,
    /// Most words between them.
    pub words: u32,
    /// `ONEAR`: the left side comes first.
    pub ordered: bool,
}

/// A condition on what is known about the mention: `field:test`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// What it must be. What is not known fails every test.
    pub test: Test,
}

/// What is known about a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Type name of the source.
    Source,
    /// Host name; subdomains count.
    Site,
    /// Account name, display name or account id.
    Author,
    /// Language, ISO 639.
    Lang,
    /// Part of the address.
    Url,
    /// Country, ISO 3166-1 alpha-2.
    Country,
    /// Form of the mention.
    Kind,
    /// Rating from 0 to 1.
    Rating,
    /// Followers of the author.
    Followers,
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The text, whatever its case and accents; `Field` says how it is compared.
    Is(String),
    /// The field begins with the text: `value*`.
    Begins(String),
    /// `=` or nothing before the number.
    Equal(f64),
    /// `<`
    Less(f64),
    /// `<=`
    AtMost(f64),
    /// `>`
    More(f64),
    /// `>=`
    AtLeast(f64),
    /// `low..high`, both included.
    Between(f64, f64),
}

impl Field {
    /// All fields.
    pub const ALL: [Self; 9] = [
        Self::Source,
        Self::Site,
        Self::Author,
        Self::Lang,
        Self::Url,
        Self::Country,
        Self::Kind,
        Self::Rating,
        Self::Followers,
    ];

    /// The field's name in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Site => "site",
            Self::Author => "author",
            Self::Lang => "lang",
            Self::Url => "url",
            Self::Country => "country",
            Self::Kind => "kind",
            Self::Rating => "rating",
            Self::Followers => "followers",
        }
    }

    /// Whether it holds numbers.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Rating | Self::Followers)
    }
}

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Near,
    Not,
}

impl Query {
    /// Whether a mention can match of which nothing is said or known.
    pub(crate) fn holds_of_nothing(&self) -> bool {
        match self {
            Self::Term(_) | Self::Field(_) | Self::Near(_) => false,
            Self::Not(inner) => !inner.holds_of_nothing(),
            Self::And(parts) => parts.iter().all(Self::holds_of_nothing),
            Self::Or(parts) => parts.iter().any(Self::holds_of_nothing),
        }
    }

    fn binding(&self) -> Option<Binding> {
        match self {
            Self::Term(_) | Self::Field(_) => None,
            Self::Near(_) => Some(Binding::Near),
            Self::And(_) => Some(Binding::And),
            Self::Or(_) => Some(Binding::Or),
            Self::Not(_) => Some(Binding::Not),
        }
    }

    /// Writes a part of an operator that binds as `inside`; brackets keep apart what would be read otherwise.
    fn write_part(&self, f: &mut fmt::Formatter<'_>, inside: Binding) -> fmt::Result {
        let apart = self.binding().is_some_and(|own| own < inside || (own == inside && own != Binding::Not));
        if apart { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], between, binding| {
            for (index, part) in parts.iter().enumerate() {
                f.write_str(if index > 0 { between } else { "" })?;
                part.write_part(f, binding)?;
            }
            Ok(())
        };
        match self {
            Self::Term(term) => write!(f, "{term}"),
            Self::Field(condition) => write!(f, "{condition}"),
            Self::And(parts) => list(f, parts, " AND ", Binding::And),
            Self::Or(parts) => list(f, parts, " OR ", Binding::Or),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                inner.write_part(f, Binding::Not)
            }
            Self::Near(near) => write!(f, "{near}"),
        }
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The left side of a chain needs no brackets: `a NEAR/3 b NEAR/3 c` is read from the left.
        match &*self.left {
            Query::Near(left) => write!(f, "{left}")?,
            left => left.write_part(f, Binding::Near)?,
        }
        write!(f, " {}NEAR/{} ", if self.ordered { "O" } else { "" }, self.words)?;
        self.right.write_part(f, Binding::Near)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.in_title { "title:" } else { "" })?;
        let (open, close) = match self.form {
            Form::Word => ("", ""),
            Form::Phrase => ("\"", "\""),
            Form::Cased => ("{", "}"),
        };
        f.write_str(open)?;
        if let Some(mark) = self.mark {
            write!(f, "{}", mark.as_char())?;
        }
        write!(f, "{}{close}", self.text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.field.as_str())?;
        match &self.test {
            Test::Is(value) if is_plain(value) => f.write_str(value),
            Test::Is(value) => write!(f, "\"{value}\""),
            Test::Begins(value) if is_plain(value) => write!(f, "{value}*"),
            Test::Begins(value) => write!(f, "\"{value}\"*"),
            Test::Equal(number) => write!(f, "{number}"),
            Test::Less(number) => write!(f, "<{number}"),
            Test::AtMost(number) => write!(f, "<={number}"),
            Test::More(number) => write!(f, ">{number}"),
            Test::AtLeast(number) => write!(f, ">={number}"),
            Test::Between(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

/// Whether a field's value can be read back without quotes.
fn is_plain(value: &str) -> bool {
    let special = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '{' | '}' | '*' | '<' | '>' | '=');
    !value.is_empty() && !value.contains(special)
}
