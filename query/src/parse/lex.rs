//! A query's text as tokens: brackets, operators, and what is to be found.

use super::{QueryError, error::nearest, field, term};
use crate::syntax::{Field, Form, Query, Term};

/// A token and its column.
pub(super) type Placed = (usize, Token);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Near {
        words: u32,
        ordered: bool,
    },
    /// A term, a condition, or a list of them that a field was given.
    Operand(Query),
}

/// Longest query, in characters.
const MAX_LENGTH: usize = 100_000;
/// Most words between the sides of a NEAR.
const MAX_NEAR: u32 = 100;

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, QueryError> {
    if text.chars().nth(MAX_LENGTH).is_some() {
        return Err(QueryError::new(MAX_LENGTH + 1, format!("a query has at most {MAX_LENGTH} characters")));
    }
    let mut reader = Reader { chars: text.chars().map(usual).collect(), next: 0 };
    let mut tokens = Vec::new();
    while reader.skip_blank()? {
        let column = reader.column();
        tokens.push((column, reader.token()?));
    }
    Ok(tokens)
}

/// Typographic quotation marks and wide signs, as keyboards and word processors put them, mean the usual ones.
fn usual(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '＂' => '"',
        '（' => '(',
        '）' => ')',
        '＃' => '#',
        '＠' => '@',
        '＊' => '*',
        '？' => '?',
        '：' => ':',
        c => c,
    }
}

/// Reads a query character by character.
pub(super) struct Reader {
    chars: Vec<char>,
    next: usize,
}

impl Reader {
    /// Column of the next character, from 1.
    pub(super) fn column(&self) -> usize {
        self.next + 1
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.next).copied()
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        self.next += usize::from(taken);
        taken
    }

    fn ahead(&self, wanted: &str) -> bool {
        let mut rest = self.chars.iter().skip(self.next).copied();
        wanted.chars().all(|c| rest.next() == Some(c))
    }

    /// Skips spaces and comments. Returns whether something follows.
    pub(super) fn skip_blank(&mut self) -> Result<bool, QueryError> {
        while let Some(c) = self.peek() {
            if c.is_whitespace() {
                self.next += 1;
            } else if self.ahead("<<<") {
                let column = self.column();
                while !self.ahead(">>>") {
                    if self.peek().is_none() {
                        return Err(QueryError::new(column, "this comment is never closed: put `>>>` behind it"));
                    }
                    self.next += 1;
                }
                self.next += 3;
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What stands up to the next space, bracket, brace, quotation mark or comment.
    pub(super) fn bare_word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek() {
            if c.is_whitespace() || matches!(c, '(' | ')' | '"' | '{' | '}') || self.ahead("<<<") {
                break;
            }
            word.push(c);
            self.next += 1;
        }
        word
    }

    /// What stands up to `close`; the opening sign has been taken.
    pub(super) fn enclosed(&mut self, close: char) -> Option<String> {
        let length = self.chars.get(self.next..)?.iter().position(|c| *c == close)?;
        let inner = self.chars.get(self.next..self.next + length)?.iter().collect();
        self.next += length + 1;
        Some(inner)
    }

    fn token(&mut self) -> Result<Token, QueryError> {
        if self.take('(') {
            return Ok(Token::Open);
        }
        if self.take(')') {
            return Ok(Token::Close);
        }
        if matches!(self.peek(), Some('"' | '{' | '}')) {
            return Ok(Token::Operand(Query::Term(self.term(false)?)));
        }
        let (start, column) = (self.next, self.column());
        let word = self.bare_word();
        if let Some(operator) = operator(&word, column)? {
            return Ok(operator);
        }
        if let Some((name, _)) = word.split_once(':')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphabetic())
        {
            let name_length = name.len();
            self.next = start + name_length + 1;
            return self.field(&name.to_ascii_lowercase(), column).map(Token::Operand);
        }
        self.next = start;
        Ok(Token::Operand(Query::Term(self.term(false)?)))
    }

    /// A word, a phrase in quotes, or a case-sensitive term in braces.
    pub(super) fn term(&mut self, in_title: bool) -> Result<Term, QueryError> {
        let column = self.column();
        let (written, form) = if self.take('"') {
            let unclosed =
                || QueryError::new(column, "this quotation mark is never closed: put `\"` behind the phrase");
            let phrase = self.enclosed('"').ok_or_else(unclosed)?;
            if self.ahead("~") {
                return Err(QueryError::new(self.column(), "`~` is not known; did you mean `one NEAR/3 other`?"));
            }
            (phrase, Form::Phrase)
        } else if self.take('{') {
            let unclosed = || QueryError::new(column, "this brace is never closed: put `}` behind the word");
            (self.enclosed('}').ok_or_else(unclosed)?, Form::Cased)
        } else if self.peek() == Some('}') {
            return Err(QueryError::new(column, "this closing brace has no opening one"));
        } else {
            (self.bare_word(), Form::Word)
        };
        term::read(&written, form, in_title, column)
    }

    fn field(&mut self, name: &str, column: usize) -> Result<Query, QueryError> {
        if name == "title" {
            return self.values(name, |reader| Ok(Query::Term(reader.term(true)?)));
        }
        match Field::ALL.into_iter().find(|field| field.as_str() == name) {
            Some(field) => self.values(name, |reader| {
                let column = reader.column();
                Ok(Query::Field(field::read(field, reader, column)?))
            }),
            None => Err(unknown_field(name, column)),
        }
    }

    /// One value, or several in brackets with OR between them.
    fn values(
        &mut self,
        name: &str,
        value: impl Fn(&mut Self) -> Result<Query, QueryError>,
    ) -> Result<Query, QueryError> {
        let open = self.column();
        if self.peek().is_none_or(char::is_whitespace) {
            let message = format!("a value was expected right behind `{name}:`, without a space");
            return Err(QueryError::new(open, message));
        }
        if !self.take('(') {
            return value(self);
        }
        let mut values = Vec::new();
        loop {
            let unclosed = || QueryError::new(open, "this bracket is never closed: put `)` behind the list");
            if !self.skip_blank()? {
                return Err(unclosed());
            }
            if self.peek() == Some(')') {
                return Err(QueryError::new(self.column(), "a value was expected here"));
            }
            values.push(value(self)?);
            if !self.skip_blank()? {
                return Err(unclosed());
            }
            if self.take(')') {
                break;
            }
            let column = self.column();
            if self.bare_word() != "OR" {
                let message = format!("`OR` or `)` was expected: a list looks like `{name}:(one OR other)`");
                return Err(QueryError::new(column, message));
            }
        }
        Ok(if values.len() == 1 { values.remove(0) } else { Query::Or(values) })
    }
}

/// What other tools call the fields.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("language", "lang"),
    ("domain", "site"),
    ("user", "author"),
    ("link", "url"),
    ("type", "kind"),
    ("stars", "rating"),
    ("score", "rating"),
    ("headline", "title"),
];

fn unknown_field(name: &str, column: usize) -> QueryError {
    let names = || Field::ALL.map(Field::as_str).into_iter().chain(["title"]);
    let also = OTHER_NAMES.into_iter().map(|(other, _)| other);
    let similar = nearest(name, names().chain(also));
    let similar = similar.map(|similar| {
        OTHER_NAMES.into_iter().find(|(other, _)| *other == similar).map_or(similar, |(_, field)| field)
    });
    let message = match similar {
        _ if matches!(name, "http" | "https") => {
            "an address is found with `url:`, as in `url:example.org/page`".to_owned()
        }
        Some(similar) => format!("`{name}:` is not a field; did you mean `{similar}:`?"),
        None => {
            let all = names().collect::<Vec<_>>().join(", ");
            format!("`{name}:` is not a field; fields are {all}. To find the text itself, put it in quotes")
        }
    };
    QueryError::new(column, message)
}

/// The operator that `word` is, or an error if it is meant to be one.
fn operator(word: &str, column: usize) -> Result<Option<Token>, QueryError> {
    let meant = |operator: &str| {
        Err(QueryError::new(column, format!("`{word}` is not an operator; did you mean `{operator}`?")))
    };
    match word {
        "AND" => return Ok(Some(Token::And)),
        "OR" => return Ok(Some(Token::Or)),
        "NOT" => return Ok(Some(Token::Not)),
        "&" | "&&" | "+" => return meant("AND"),
        "|" | "||" => return meant("OR"),
        "-" | "!" => return meant("NOT"),
        _ => {}
    }
    if let Some(excluded) = word.strip_prefix(['-', '!']).filter(|rest| rest.starts_with(char::is_alphanumeric)) {
        return Err(QueryError::new(column, format!("`{word}` excludes nothing; did you mean `NOT {excluded}`?")));
    }
    let capitals = word.to_ascii_uppercase();
    let (ordered, distance) = match (capitals.strip_prefix("NEAR"), capitals.strip_prefix("ONEAR")) {
        (Some(distance), _) => (false, distance),
        (_, Some(distance)) => (true, distance),
        _ => return Ok(None),
    };
    near(word, ordered, distance, column)
}

fn near(word: &str, ordered: bool, distance: &str, column: usize) -> Result<Option<Token>, QueryError> {
    let name = if ordered { "ONEAR" } else { "NEAR" };
    let in_capitals = word.starts_with(name);
    let number = distance.strip_prefix('/').and_then(|digits| digits.parse::<u32>().ok());
    let error = |message: String| Err(QueryError::new(column, message));
    match number {
        // "near" and "nearly" are words; "near/3" and "NEAR" are not.
        _ if !in_capitals && !distance.starts_with(['/', '~']) => Ok(None),
        None if !distance.is_empty()
            && !distance.starts_with(['/', '~', ':', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) =>
        {
            Ok(None)
        }
        Some(words) if words > MAX_NEAR => {
            error(format!("`{name}` reaches at most {MAX_NEAR} words: `{name}/{MAX_NEAR}`"))
        }
        Some(words) if in_capitals => Ok(Some(Token::Near { words, ordered })),
        Some(words) => error(format!("operators are in capitals; did you mean `{name}/{words}`?")),
        None => {
            let digits: String = distance.chars().filter(char::is_ascii_digit).take(3).collect();
            let words = if digits.is_empty() { "3" } else { &digits };
            let name = if distance.ends_with('F') { "ONEAR" } else { name };
            error(format!("`{word}` does not say how many words may stand between; did you mean `{name}/{words}`?"))
        }
    }
}
