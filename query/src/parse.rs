//! From text to [`Query`], with errors that point.

use std::str::FromStr;

use crate::syntax::{Query, Term};

/// A text that is not a listening query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at column {column}: {message}")]
pub struct QueryError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Fewest letters before a star; fewer would match half the dictionary.
const MIN_PREFIX: usize = 3;
/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Term(Term),
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let end = text.chars().count() + 1;
        let mut parser = Parser { tokens: tokens(text)?, next: 0, end };
        let query = parser.or(0)?;
        if let Some((column, _)) = parser.tokens.get(parser.next) {
            return Err(error(*column, "this closing bracket has no opening one"));
        }
        if query.matches_nothing_said() {
            return Err(error(1, "a query must name something to find; `NOT` alone matches almost everything"));
        }
        Ok(query)
    }
}

fn error(column: usize, message: impl Into<String>) -> QueryError {
    QueryError { column, message: message.into() }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, QueryError> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().enumerate().map(|(index, c)| (index + 1, c)).peekable();
    while let Some((column, first)) = chars.next() {
        let token = match first {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '"' => {
                let mut phrase = String::new();
                loop {
                    match chars.next() {
                        Some((_, '"')) => break,
                        Some((_, c)) => phrase.push(c),
                        None => return Err(error(column, "this quotation mark is never closed")),
                    }
                }
                Token::Term(term(column, &phrase, true)?)
            }
            _ => {
                let mut word = String::from(first);
                while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
                    word.push(c);
                }
                match word.as_str() {
                    "AND" => Token::And,
                    "OR" => Token::Or,
                    "NOT" => Token::Not,
                    _ => Token::Term(term(column, &word, false)?),
                }
            }
        };
        tokens.push((column, token));
    }
    Ok(tokens)
}

fn term(column: usize, written: &str, quoted: bool) -> Result<Term, QueryError> {
    let (body, prefix) = written.strip_suffix('*').map_or((written, false), |body| (body, true));
    let mark = body.chars().next().filter(|c| matches!(c, '#' | '@'));
    let text = mark.and_then(|mark| body.strip_prefix(mark)).unwrap_or(body).trim();
    if !text.chars().any(char::is_alphanumeric) {
        return Err(error(column, format!("`{written}` holds no letter or digit to look for")));
    }
    if text.contains('*') {
        return Err(error(column, format!("`{written}`: a star stands only at the end of a word")));
    }
    if prefix && text.chars().count() < MIN_PREFIX {
        return Err(error(column, format!("`{written}`: give at least {MIN_PREFIX} letters before the star")));
    }
    Ok(Term { text: text.to_owned(), quoted, prefix, mark })
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let taken = self.peek() == Some(wanted);
        self.next += usize::from(taken);
        taken
    }

    fn column(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(column, _)| *column)
    }

    fn or(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.and(depth)?];
        while self.take(&Token::Or) {
            parts.push(self.and(depth)?);
        }
        Ok(one_or(parts, Query::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.not(depth)?];
        while self.take(&Token::And) || !matches!(self.peek(), None | Some(Token::Or | Token::Close)) {
            parts.push(self.not(depth)?);
        }
        Ok(one_or(parts, Query::And))
    }

    fn not(&mut self, depth: usize) -> Result<Query, QueryError> {
        let column = self.column();
        if depth > MAX_DEPTH {
            return Err(error(column, format!("nested deeper than {MAX_DEPTH}")));
        }
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return Err(error(column, "the query ends here, but a word, a phrase or an opening bracket was expected"));
        };
        self.next += 1;
        match token {
            Token::Not => Ok(Query::Not(Box::new(self.not(depth + 1)?))),
            Token::Term(term) => Ok(Query::Term(term)),
            Token::Open => {
                let inner = self.or(depth + 1)?;
                if self.take(&Token::Close) { Ok(inner) } else { Err(error(column, "this bracket is never closed")) }
            }
            Token::And | Token::Or | Token::Close => {
                Err(error(column, "a word, a phrase or an opening bracket was expected here"))
            }
        }
    }
}

/// A single part stands for itself.
fn one_or(mut parts: Vec<Query>, many: fn(Vec<Query>) -> Query) -> Query {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn precedence_and_canonical_form() {
        let cases = [
            ("fairphone", "fairphone"),
            ("a b OR c", "a AND b OR c"),
            ("a (b OR c)", "a AND (b OR c)"),
            ("NOT a b", "NOT a AND b"),
            ("a NOT (b OR c)", "a AND NOT (b OR c)"),
            (" \"fair phone\"   OR batter* ", "\"fair phone\" OR batter*"),
            ("#tag OR @handle", "#tag OR @handle"),
        ];
        for (written, canonical) in cases {
            let query: Query = written.parse().unwrap();
            assert_eq!(query.to_string(), canonical);
            assert_eq!(query.to_string().parse::<Query>().unwrap(), query, "{written}");
        }
    }

    #[test]
    fn errors_point_at_the_column() {
        let cases = [
            ("", 1),
            ("a OR", 5),
            ("(a OR b", 1),
            ("a)", 2),
            ("a \"b", 3),
            ("a OR ab*", 6),
            ("NOT a", 1),
            ("a AND !!", 7),
            ("OR a", 1),
        ];
        for (written, column) in cases {
            assert_eq!(written.parse::<Query>().unwrap_err().column, column, "{written}");
        }
    }
}
