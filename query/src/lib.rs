//! Listening queries: what a mention must say to count. One engine for brands, products, topics, alerts and the search
//! box, on the stream and on history.
//!
//! A text is cut into [`Words`] once, and all queries of a [`Matcher`] are answered from them together:
//!
//! ```
//! use hark_query::{Document, Matcher, Query, QueryError, Scratch, Segmenter, Words};
//!
//! let queries = ["fairphone OR \"fair phone\"", "batter* NEAR/3 (dead OR empty)"];
//! let queries = queries.into_iter().map(str::parse).collect::<Result<Vec<Query>, QueryError>>()?;
//! let (matcher, segmenter) = (Matcher::new(&queries), Segmenter::default());
//! let (mut words, mut scratch) = (Words::default(), Scratch::default());
//!
//! let document = Document::new("My Fair Phone: both batteries are dead");
//! segmenter.cut_document(&document, &mut words);
//! let found = matcher.find(&document, &words, &mut scratch);
//! assert_eq!(found.queries(), [0, 1]);
//! assert_eq!(found.place(0), Some(3..13));
//! # Ok::<(), QueryError>(())
//! ```

mod document;
mod explain;
mod matcher;
mod necessary;
mod parse;
mod syntax;
mod words;

pub use document::{Document, FieldError};
pub use explain::{Clause, explain};
pub use matcher::{Found, Matcher, Scratch};
pub use necessary::Necessary;
pub use parse::QueryError;
pub use syntax::{Condition, Field, Form, Near, Query, Term, Test};
pub use words::{DictionaryError, Mark, Segmenter, Word, Words, build_dictionary, is_alphanumeric};

/// `text` in lower case, without accents, in compatible letters: the form in which terms are compared.
pub fn bare(text: &str) -> String {
    let mut form = String::new();
    words::push_bare(&mut form, text);
    form
}
