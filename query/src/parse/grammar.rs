//! Tokens to a tree: NOT binds tighter than NEAR, NEAR than AND, AND than OR.

use super::{
    QueryError,
    lex::{Placed, Token},
};
use crate::syntax::{Near, Query};

/// Deepest nesting of brackets and NOTs.
const MAX_DEPTH: usize = 64;

pub(super) fn query(tokens: &[Placed], end: usize) -> Result<Query, QueryError> {
    let mut parser = Parser { tokens, next: 0, end };
    let query = parser.or(0)?;
    if let Some((column, _)) = parser.tokens.get(parser.next) {
        return Err(QueryError::new(*column, "this closing bracket has no opening one"));
    }
    if query.holds_of_nothing() {
        let message = "this finds all that does not say something; name something to find too, as in `phone NOT case`";
        return Err(QueryError::new(1, message));
    }
    Ok(query)
}

struct Parser<'t> {
    tokens: &'t [Placed],
    next: usize,
    end: usize,
}

impl Parser<'_> {
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
        let mut parts = vec![self.near(depth)?];
        while self.take(&Token::And) || !matches!(self.peek(), None | Some(Token::Or | Token::Close)) {
            parts.push(self.near(depth)?);
        }
        Ok(one_or(parts, Query::And))
    }

    fn near(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut column = self.column();
        let mut left = self.not(depth)?;
        let mut links = 0;
        while let Some(Token::Near { words, ordered }) = self.peek().cloned() {
            self.next += 1;
            links += 1;
            check_side(&left, column)?;
            column = self.column();
            if depth + links > MAX_DEPTH {
                return Err(too_deep(column));
            }
            let right = self.not(depth)?;
            check_side(&right, column)?;
            left = Query::Near(Near { left: Box::new(left), right: Box::new(right), words, ordered });
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Result<Query, QueryError> {
        let column = self.column();
        if depth > MAX_DEPTH {
            return Err(too_deep(column));
        }
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return Err(QueryError::new(column, self.expected("the query ends here")));
        };
        match token {
            Token::Not => {
                self.next += 1;
                Ok(Query::Not(Box::new(self.not(depth + 1)?)))
            }
            Token::Operand(operand) => {
                self.next += 1;
                Ok(operand)
            }
            Token::Open => {
                self.next += 1;
                if self.peek() == Some(&Token::Close) {
                    return Err(QueryError::new(column, "there is nothing between these brackets"));
                }
                let inner = self.or(depth + 1)?;
                if self.take(&Token::Close) {
                    Ok(inner)
                } else {
                    Err(QueryError::new(column, "this bracket is never closed: put `)` where its list ends"))
                }
            }
            Token::Close => Err(QueryError::new(column, self.expected("this bracket closes too early"))),
            Token::And | Token::Or | Token::Near { .. } => {
                let message = self.expected("an operator stands here");
                Err(QueryError::new(column, format!("{message}; to find the word itself, put it in quotes")))
            }
        }
    }

    /// What is wrong where something to find should stand.
    fn expected(&self, found: &str) -> String {
        let before = self.next.checked_sub(1).and_then(|before| self.tokens.get(before)).map(|(_, token)| token);
        let after = match before {
            Some(Token::And) => " behind `AND`",
            Some(Token::Or) => " behind `OR`",
            Some(Token::Not) => " behind `NOT`",
            Some(Token::Near { .. }) => " behind `NEAR`",
            _ => "",
        };
        format!("{found}, but a word, a phrase or an opening bracket was expected{after}")
    }
}

fn too_deep(column: usize) -> QueryError {
    QueryError::new(column, format!("nested deeper than {MAX_DEPTH}"))
}

/// NEAR is about places, which only what is said has.
fn check_side(side: &Query, column: usize) -> Result<(), QueryError> {
    let error = |message: &str| Err(QueryError::new(column, message));
    match side {
        Query::Term(term) if term.in_title => error("NEAR looks in title and text alike: leave out `title:` beside it"),
        Query::Term(_) | Query::Near(_) => Ok(()),
        Query::Or(parts) => parts.iter().try_for_each(|part| check_side(part, column)),
        Query::And(parts) if parts.iter().any(|part| part.to_string() == "or") => {
            error("`or` is a word to find; did you mean `OR`?")
        }
        Query::And(_) => error("beside NEAR stand words, phrases and lists with OR; did you mean OR instead of AND?"),
        Query::Not(_) => error("beside NEAR stands what is to be found; did you mean `NOT (one NEAR/3 other)`?"),
        Query::Field(_) => error("a field has no place in the text, so that nothing can be near it"),
    }
}

/// A single part stands for itself.
fn one_or(mut parts: Vec<Query>, many: fn(Vec<Query>) -> Query) -> Query {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}
