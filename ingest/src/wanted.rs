//! Which mentions of a firehose to keep.

use std::{cell::RefCell, sync::Arc};

use hark_mention::Mention;
use hark_query::{Document, Field, Matcher, Query, Scratch, Segmenter, Words};

use crate::source::Wanted;

/// What at least one of `queries` matches. `None`, which is everything, when there is no query, or when one of them can
/// match whatever is said, because it asks for the language only: that is not known before a mention is labelled.
pub fn wanted(queries: &[Query], segmenter: &Segmenter) -> Option<Wanted> {
    if queries.is_empty() {
        return None;
    }
    let queries: Vec<Query> = queries.iter().map(|query| query.without(Field::Lang)).collect::<Option<_>>()?;
    let (matcher, segmenter) = (Matcher::new(&queries), segmenter.clone());
    Some(Arc::new(move |mention: &Mention| {
        thread_local! {
            static MEMORY: RefCell<(Words, Scratch)> = RefCell::default();
        }
        MEMORY.with_borrow_mut(|(words, scratch)| {
            let document = Document::of(mention, None);
            segmenter.cut_document(&document, words);
            !matcher.find(&document, words, scratch).is_empty()
        })
    }))
}
