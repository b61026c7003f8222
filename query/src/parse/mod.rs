//! From text to [`Query`], with errors that point.

mod error;
mod field;
mod grammar;
mod lex;
mod term;
#[cfg(test)]
mod tests;

use std::str::FromStr;

pub use error::QueryError;

use crate::syntax::Query;

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let tokens = lex::tokens(text)?;
        grammar::query(&tokens, text.chars().count() + 1)
    }
}
