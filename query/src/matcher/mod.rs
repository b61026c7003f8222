//! All queries of a configuration against one text, in one pass over its words.
//!
//! Each word walks once through a trie of all words that any query names. A query is evaluated only when a word was said
//! that it cannot do without, so that thousands of queries cost little more than one.

mod compile;
mod evaluate;
mod fields;
mod near;
mod scan;
#[cfg(test)]
mod tests;
mod trie;

use std::{cell::RefCell, ops::Range};

use self::{
    fields::{ByValue, Fact},
    scan::{Hit, RowState},
    trie::Trie,
};
use crate::{Document, Words, words::Mark};

type RowId = u32;
type QueryId = u32;

/// Many queries, compiled together.
pub struct Matcher {
    queries: Vec<Node>,
    rows: Vec<Row>,
    facts: Vec<Fact>,
    /// The beginnings of all rows.
    trie: Trie,
    /// Queries to evaluate for what a field says, by the field's value.
    by_value: ByValue,
    /// Queries that no word and no value calls for: they are always evaluated.
    always: Vec<QueryId>,
}

/// A compiled term: words in a row. Small, for every word of a text may be one.
struct Row {
    /// What is to be checked when its first word is said; nothing for most.
    checks: Option<Box<Checks>>,
    /// Queries that cannot match without this row or another of theirs.
    calls: Vec<QueryId>,
}

/// What a row demands besides its first word.
struct Checks {
    /// What follows the first word, which is in the trie.
    rest: Box<[Unit]>,
    mark: Option<Mark>,
    /// The last word may go on.
    open: bool,
    /// How each word is written, where case counts.
    cased: Option<Box<[Box<str>]>>,
    in_title: bool,
}

/// A word of a row, or letters without spaces between them.
struct Unit {
    bare: Box<str>,
    prefix: bool,
    continuous: bool,
}

/// A query whose terms are rows.
enum Node {
    Row(RowId),
    /// One of many rows, ascending: the long lists of words that topics are made of.
    Rows(Box<[RowId]>),
    Fact(u32),
    Near(Box<NearNode>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Not(Box<Node>),
}

struct NearNode {
    left: Node,
    right: Node,
    words: u32,
    ordered: bool,
}

/// Working memory of [`Matcher::find`], to be used again; any matcher may use it.
#[derive(Default)]
pub struct Scratch {
    /// Which call the states below are of.
    generation: u32,
    rows: Vec<RowState>,
    /// The rows that are said, each once.
    said: Vec<RowId>,
    hits: Vec<Hit>,
    called: Vec<u32>,
    candidates: Vec<QueryId>,
    found: Vec<usize>,
    /// Lists of places that are not in use.
    spans: RefCell<Vec<Vec<Span>>>,
    value: String,
}

/// Words in a row: index of the first, and of the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u32,
    end: u32,
}

/// The queries that match a document.
pub struct Found<'a> {
    matcher: &'a Matcher,
    words: &'a Words,
    document: Document<'a>,
    scratch: &'a Scratch,
}

impl Matcher {
    /// How many queries it was made of.
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// Whether it was made of no query.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// The queries that match `document`, whose words are `words` (see [`crate::Segmenter::cut_document`]).
    pub fn find<'a>(&'a self, document: &Document<'a>, words: &'a Words, scratch: &'a mut Scratch) -> Found<'a> {
        scratch.begin(self.rows.len(), self.queries.len());
        self.scan(document, words, scratch);
        self.call_by_fields(document, scratch);
        scratch.candidates.sort_unstable();
        for index in 0..scratch.candidates.len() {
            let query = scratch.candidates[index] as usize;
            if self.holds(&self.queries[query], document, words, scratch) {
                scratch.found.push(query);
            }
        }
        Found { matcher: self, words, document: *document, scratch }
    }
}

impl<'a> Found<'a> {
    /// Those that match: their indexes among the queries that the matcher was made of, ascending.
    pub fn queries(&self) -> &'a [usize] {
        &self.scratch.found
    }

    /// Whether none matches.
    pub fn is_empty(&self) -> bool {
        self.scratch.found.is_empty()
    }

    /// The first place that speaks for a query that matches, in bytes of the full text; `None` when only fields do.
    pub fn place(&self, query: usize) -> Option<Range<usize>> {
        let spans = self.spans(query);
        let first = spans.iter().min().map(|span| self.bytes(*span));
        self.scratch.take_back(spans);
        first
    }

    /// All places that speak for a query that matches, ascending, for highlighting.
    pub fn places(&self, query: usize) -> Vec<Range<usize>> {
        let mut spans = self.spans(query);
        spans.sort_unstable();
        spans.dedup();
        let places = spans.iter().map(|span| self.bytes(*span)).collect();
        self.scratch.take_back(spans);
        places
    }

    fn spans(&self, query: usize) -> Vec<Span> {
        let mut spans = self.scratch.lend();
        if let Some(node) = self.matcher.queries.get(query) {
            self.matcher.places(node, &self.document, self.words, self.scratch, &mut spans);
        }
        spans
    }

    fn bytes(&self, span: Span) -> Range<usize> {
        let tokens = self.words.tokens();
        tokens[span.start as usize].start as usize..tokens[span.end as usize - 1].end as usize
    }
}
