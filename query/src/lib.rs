//! Listening queries: what a text must say to count. One engine for brands, products, topics and the search box.
//!
//! A text is cut into [`Words`] once, and all queries of a [`Matcher`] are answered from them together.

mod japanese;
mod matcher;
mod parse;
mod syntax;
mod words;

pub use japanese::{DictionaryError, build_dictionary};
pub use matcher::{Match, Matcher};
pub use parse::QueryError;
pub use syntax::Query;
pub use words::{Segmenter, Word, Words};
