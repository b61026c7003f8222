//! All queries of a configuration against one text, in one pass over its words.
//!
//! Each word is looked up once in a table of all words that any query names, so that a thousand queries cost little
//! more than one: only those with a term in the text are evaluated.

use std::{collections::HashMap, ops::Range};

use crate::{
    syntax::{Query, Term},
    words::{Segmenter, Word, Words},
};

/// Many queries, compiled together.
pub struct Matcher {
    segmenter: Segmenter,
    queries: Vec<Node>,
    rows: Vec<Row>,
    /// Rows by the normal form of their first word.
    by_word: HashMap<Box<str>, Vec<RowId>>,
    /// Rows of one word that may go on, by its beginning.
    by_prefix: HashMap<Box<str>, Vec<RowId>>,
    /// Lengths in bytes of the keys of `by_prefix`, ascending.
    prefix_lengths: Vec<usize>,
}

type RowId = u32;

/// One reading of a term: words in a row.
struct Row {
    words: Vec<Box<str>>,
    prefix: bool,
    mark: Option<char>,
    queries: Vec<u32>,
}

/// A query whose terms are alternatives of rows.
enum Node {
    Rows(Vec<RowId>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

/// A query that matches a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the query among those that the matcher was made of.
    pub query: usize,
    /// The first place that speaks for it, in bytes of the text.
    pub at: Range<usize>,
}

impl Matcher {
    /// Compiles `queries`, whose words are cut by `segmenter`.
    pub fn new<'a>(queries: impl IntoIterator<Item = &'a Query>, segmenter: Segmenter) -> Self {
        let mut matcher = Self {
            segmenter,
            queries: Vec::new(),
            rows: Vec::new(),
            by_word: HashMap::new(),
            by_prefix: HashMap::new(),
            prefix_lengths: Vec::new(),
        };
        let mut known = HashMap::new();
        for (index, query) in (0..).zip(queries) {
            let node = matcher.compile(query, index, &mut known);
            matcher.queries.push(node);
        }
        matcher.prefix_lengths = matcher.by_prefix.keys().map(|prefix| prefix.len()).collect();
        matcher.prefix_lengths.sort_unstable();
        matcher.prefix_lengths.dedup();
        matcher
    }

    /// The segmenter that texts must be cut with.
    pub fn segmenter(&self) -> &Segmenter {
        &self.segmenter
    }

    fn compile(&mut self, query: &Query, index: u32, known: &mut HashMap<Term, Vec<RowId>>) -> Node {
        let mut parts = |parts: &[Query]| parts.iter().map(|part| self.compile(part, index, known)).collect();
        match query {
            Query::And(inner) => Node::And(parts(inner)),
            Query::Or(inner) => Node::Or(parts(inner)),
            Query::Not(inner) => Node::Not(Box::new(self.compile(inner, index, known))),
            Query::Term(term) => {
                let rows = known.entry(term.clone()).or_insert_with(|| self.add_rows(term)).clone();
                for row in &rows {
                    self.rows[*row as usize].queries.push(index);
                }
                Node::Rows(rows)
            }
        }
    }

    fn add_rows(&mut self, term: &Term) -> Vec<RowId> {
        let mut ids = Vec::new();
        for reading in self.segmenter.term_words(&term.text) {
            let words: Vec<Box<str>> = reading.iter().map(|(_, word)| word.into()).collect();
            let Some(first) = words.first().cloned() else { continue };
            let id = RowId::try_from(self.rows.len()).expect("fewer than four billion terms");
            let by_first = if term.prefix && words.len() == 1 { &mut self.by_prefix } else { &mut self.by_word };
            by_first.entry(first).or_default().push(id);
            self.rows.push(Row { words, prefix: term.prefix, mark: term.mark, queries: Vec::new() });
            ids.push(id);
        }
        ids
    }

    /// The queries that match, in their order.
    pub fn find(&self, words: &Words) -> Vec<Match> {
        let said = self.rows_in(words);
        if said.is_empty() {
            return Vec::new();
        }
        let mut candidates: Vec<u32> =
            said.iter().flat_map(|(row, _)| self.rows[*row as usize].queries.iter().copied()).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let matching = candidates.into_iter().filter(|query| self.queries[*query as usize].holds(&said));
        matching.map(|query| Match { query: query as usize, at: self.queries[query as usize].place(&said) }).collect()
    }

    /// The rows that the text holds, ascending, each with its first place.
    fn rows_in(&self, words: &Words) -> Vec<(RowId, Range<usize>)> {
        let all: Vec<(&Word, &str)> = words.iter().collect();
        let mut said: Vec<(RowId, Range<usize>)> = Vec::new();
        for (index, (word, normal)) in all.iter().enumerate() {
            let exact = self.by_word.get(*normal).into_iter().flatten();
            let lengths = self.prefix_lengths.iter().take_while(|length| **length <= normal.len());
            let begun = lengths.filter_map(|length| self.by_prefix.get(normal.get(..*length)?)).flatten();
            for id in exact.chain(begun) {
                let row = &self.rows[*id as usize];
                let here = all.get(index..index + row.words.len()).filter(|here| row.is(here));
                if let Some((last, _)) = here.and_then(<[_]>::last) {
                    said.push((*id, word.at.start..last.at.end));
                }
            }
        }
        said.sort_unstable_by_key(|(row, at)| (*row, at.start));
        said.dedup_by_key(|(row, _)| *row);
        said
    }
}

impl Row {
    fn is(&self, words: &[(&Word, &str)]) -> bool {
        let last = self.words.len() - 1;
        let same = |(index, (word, said)): (usize, (&str, &str))| {
            word == said || (self.prefix && index == last && said.starts_with(word))
        };
        let marked = self.mark.is_none() || words.first().is_some_and(|(first, _)| first.mark == self.mark);
        marked && self.words.iter().map(|word| &**word).zip(words.iter().map(|(_, said)| *said)).enumerate().all(same)
    }
}

impl Node {
    fn holds(&self, said: &[(RowId, Range<usize>)]) -> bool {
        match self {
            Self::Rows(rows) => rows.iter().any(|row| place_of(*row, said).is_some()),
            Self::And(parts) => parts.iter().all(|part| part.holds(said)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(said)),
            Self::Not(inner) => !inner.holds(said),
        }
    }

    /// The first place of a term that speaks for a query that holds.
    fn place(&self, said: &[(RowId, Range<usize>)]) -> Range<usize> {
        self.places(said).min_by_key(|at| at.start).unwrap_or_default()
    }

    fn places<'a>(&'a self, said: &'a [(RowId, Range<usize>)]) -> Box<dyn Iterator<Item = Range<usize>> + 'a> {
        match self {
            Self::Rows(rows) => Box::new(rows.iter().filter_map(|row| place_of(*row, said))),
            Self::And(parts) | Self::Or(parts) => Box::new(parts.iter().flat_map(|part| part.places(said))),
            Self::Not(_) => Box::new(std::iter::empty()),
        }
    }
}

fn place_of(row: RowId, said: &[(RowId, Range<usize>)]) -> Option<Range<usize>> {
    said.binary_search_by_key(&row, |(row, _)| *row).ok().map(|index| said[index].1.clone())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn matching(queries: &[&str], text: &str) -> Vec<usize> {
        let queries: Vec<Query> = queries.iter().map(|query| query.parse().unwrap()).collect();
        let matcher = Matcher::new(&queries, Segmenter::default());
        matcher.find(&matcher.segmenter().words(text)).into_iter().map(|found| found.query).collect()
    }

    #[test]
    fn each_query_is_answered_by_itself() {
        let queries = ["fairphone OR \"fair phone\"", "phone NOT fairphone", "batter* OR accu*", "#fairphone", "電池"];
        assert_eq!(matching(&queries, "Mijn Fair Phone: de accu's zijn leeg"), [0, 1, 2]);
        assert_eq!(matching(&queries, "my fairphone phone has two batteries"), [0, 2]);
        assert_eq!(matching(&queries, "fair trade phone"), [1]);
        assert_eq!(matching(&queries, "#FairPhone"), [0, 3]);
        assert_eq!(matching(&queries, "新电池 電池很好"), [4]);
        assert_eq!(matching(&queries, "nothing of it"), [0usize; 0]);
    }

    #[test]
    fn the_place_is_where_the_term_stands() {
        let query: Query = "accu* AND leeg".parse().unwrap();
        let matcher = Matcher::new([&query], Segmenter::default());
        let text = "Hé, leeg is mijn accuutje";
        let found = matcher.find(&matcher.segmenter().words(text));
        assert_eq!(text.get(found[0].at.clone()), Some("leeg"));
    }
}
