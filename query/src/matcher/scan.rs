//! One pass over the words of a text: which rows are said, and where.

use super::{Checks, Matcher, QueryId, RowId, Scratch, Span, Unit, trie::State};
use crate::{
    Document, Words,
    words::{Mark, Token, aliases, cased},
};

/// A row that is said.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    pub(super) span: Span,
    /// The row's next hit.
    next: u32,
}

/// The hits of one row, ascending.
#[derive(Clone, Copy, Default)]
pub(super) struct RowState {
    generation: u32,
    first: u32,
    last: u32,
}

const NO_HIT: u32 = u32::MAX;

impl Scratch {
    /// Forgets the last text. Costs nothing but the first time.
    pub(super) fn begin(&mut self, rows: usize, queries: usize) {
        if self.generation == u32::MAX {
            *self = Self::default();
        }
        self.generation += 1;
        self.said.clear();
        self.hits.clear();
        self.candidates.clear();
        self.found.clear();
        self.rows.resize(self.rows.len().max(rows), RowState::default());
        self.called.resize(self.called.len().max(queries), 0);
    }

    /// An empty list of places, to be taken back.
    pub(super) fn lend(&self) -> Vec<Span> {
        self.spans.borrow_mut().pop().unwrap_or_default()
    }

    pub(super) fn take_back(&self, mut spans: Vec<Span>) {
        spans.clear();
        self.spans.borrow_mut().push(spans);
    }

    pub(super) fn said(&self, row: RowId) -> bool {
        self.rows[row as usize].generation == self.generation
    }

    /// Those of `rows`, which ascend, that are said: few rows of a text are, so it is they that are looked up.
    pub(super) fn said_of<'a>(&'a self, rows: &'a [RowId]) -> impl Iterator<Item = RowId> + 'a {
        let range = rows.first().zip(rows.last()).map(|(first, last)| *first..=*last);
        let among = move |row: &RowId| {
            range.as_ref().is_some_and(|range| range.contains(row)) && rows.binary_search(row).is_ok()
        };
        self.said.iter().copied().filter(among)
    }

    /// Where a row is said, ascending.
    pub(super) fn hits(&self, row: RowId) -> impl Iterator<Item = Span> {
        let state = self.rows[row as usize];
        let first = if state.generation == self.generation { state.first } else { NO_HIT };
        let hit = |at: u32| self.hits.get(at as usize);
        std::iter::successors(hit(first), move |before| hit(before.next)).map(|hit| hit.span)
    }

    pub(super) fn call(&mut self, queries: &[QueryId]) {
        for query in queries {
            let called = &mut self.called[*query as usize];
            if *called != self.generation {
                *called = self.generation;
                self.candidates.push(*query);
            }
        }
    }

    /// Notes a hit. Returns whether it is the row's first.
    fn note(&mut self, row: RowId, span: Span) -> bool {
        let at = u32::try_from(self.hits.len()).unwrap_or(NO_HIT);
        let state = &mut self.rows[row as usize];
        let first = state.generation != self.generation;
        if first {
            *state = RowState { generation: self.generation, first: at, last: at };
            self.said.push(row);
        } else {
            let last = &mut self.hits[state.last as usize];
            // A word and its stem may say the same row.
            if last.span == span {
                return false;
            }
            last.next = at;
            state.last = at;
        }
        self.hits.push(Hit { span, next: NO_HIT });
        first
    }
}

/// How the words at hand meet a row's first word.
#[derive(Clone, Copy)]
struct Meeting {
    start: usize,
    end: usize,
    /// By the whole word or by its stem, not by some part of it.
    whole: bool,
}

struct Scan<'a> {
    matcher: &'a Matcher,
    document: &'a Document<'a>,
    words: &'a Words,
    tokens: &'a [Token],
    scratch: &'a mut Scratch,
}

impl Matcher {
    pub(super) fn scan(&self, document: &Document, words: &Words, scratch: &mut Scratch) {
        let mut scan = Scan { matcher: self, document, words, tokens: words.tokens(), scratch };
        for (start, token) in scan.tokens.iter().enumerate() {
            if token.traits.continuous {
                scan.letters_from(start);
            } else {
                scan.word(start, token);
            }
        }
    }
}

impl Scan<'_> {
    fn word(&mut self, start: usize, token: &Token) {
        let bare = self.words.bare(token);
        let meeting = Meeting { start, end: start + 1, whole: true };
        self.walk(self.matcher.trie.root(), bare.as_bytes(), meeting);
        if token.traits.joined || token.traits.hangul {
            aliases(bare, token.traits, |alias, whole| {
                self.walk(self.matcher.trie.root(), alias.as_bytes(), Meeting { whole, ..meeting });
            });
        }
    }

    /// Follows a word through the trie.
    fn walk(&mut self, mut state: State, word: &[u8], meeting: Meeting) {
        let trie = &self.matcher.trie;
        let mut rest = word;
        loop {
            if let Some(ends) = trie.ends(state) {
                ends.prefix.iter().for_each(|row| self.meet(*row, meeting));
                if rest.is_empty() {
                    ends.exact.iter().chain(ends.inside).for_each(|row| self.meet(*row, meeting));
                }
            }
            let [byte, after @ ..] = rest else { return };
            if let Some(any) = trie.any(state) {
                self.walk(any, rest.get(letter_length(*byte)..).unwrap_or_default(), meeting);
            }
            let Some(next) = trie.step(state, *byte) else { return };
            (state, rest) = (next, after);
        }
    }

    /// Follows the letters from a word on, through those that touch it: a term is found from border to border of words.
    fn letters_from(&mut self, start: usize) {
        let root = self.matcher.trie.root();
        self.walk_letters(root, start, start, 0, true);
        if self.matcher.trie.has_inside {
            let bare = self.words.bare(&self.tokens[start]);
            for (at, _) in bare.char_indices().skip(1) {
                self.walk_letters(root, start, start, at, false);
            }
        }
    }

    fn walk_letters(&mut self, mut state: State, start: usize, mut token: usize, mut at: usize, aligned: bool) {
        let trie = &self.matcher.trie;
        loop {
            let bare = self.words.bare(&self.tokens[token]).as_bytes();
            let Some(byte) = bare.get(at).copied() else {
                if !self.touches_next(token) {
                    return;
                }
                (token, at) = (token + 1, 0);
                continue;
            };
            if let Some(any) = trie.any(state) {
                let after = (at + letter_length(byte)).min(bare.len());
                self.arrive(any, start, token, after, aligned);
                self.walk_letters(any, start, token, after, aligned);
            }
            let Some(next) = trie.step(state, byte) else { return };
            (state, at) = (next, at + 1);
            self.arrive(state, start, token, at, aligned);
        }
    }

    fn arrive(&mut self, state: State, start: usize, token: usize, at: usize, aligned: bool) {
        let Some(ends) = self.matcher.trie.ends(state) else { return };
        let meeting = Meeting { start, end: token + 1, whole: true };
        ends.inside.iter().for_each(|row| self.meet(*row, meeting));
        if aligned {
            ends.prefix.iter().for_each(|row| self.meet(*row, meeting));
            if at == self.words.bare(&self.tokens[token]).len() {
                ends.exact.iter().for_each(|row| self.meet(*row, meeting));
            }
        }
    }

    /// Whether the next word is of the same run of letters without spaces.
    fn touches_next(&self, token: usize) -> bool {
        let next = self.tokens.get(token + 1);
        next.is_some_and(|next| next.traits.continuous && next.start == self.tokens[token].end)
    }

    /// A row's first word is said: is the rest?
    fn meet(&mut self, id: RowId, meeting: Meeting) {
        let row = &self.matcher.rows[id as usize];
        let end = match &row.checks {
            // Letters without spaces touch, and a title never touches its text: they are of one part.
            None => Some(meeting.end),
            Some(checks) => self.end_of(checks, meeting),
        };
        if let Some(end) = end {
            let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            if self.scratch.note(id, Span { start: narrow(meeting.start), end: narrow(end) }) {
                self.scratch.call(&row.calls);
            }
        }
    }

    fn end_of(&self, row: &Checks, Meeting { start, end, whole }: Meeting) -> Option<usize> {
        if row.mark.is_some() && (!whole || self.tokens[start].traits.mark != row.mark) {
            return None;
        }
        let end = row.rest.iter().try_fold(end, |at, unit| self.unit_at(unit, at))?;
        let in_title = self.words.in_title();
        let across = start < in_title && end > in_title;
        let misplaced = across || (row.in_title && end > in_title);
        // `#battery` is not in `#batterypack`, nor `#電池` in `#電池交換`.
        let cut_short = row.mark == Some(Mark::Tag) && !row.open && self.is_touched(end);
        let as_written = || row.cased.as_ref().is_none_or(|written| self.is_written(written, start, end));
        (!misplaced && !cut_short && as_written()).then_some(end)
    }

    /// Whether the word before `end` goes on without a gap.
    fn is_touched(&self, end: usize) -> bool {
        self.tokens.get(end).is_some_and(|next| next.start == self.tokens[end - 1].end)
    }

    /// Where the words from `at` that are `unit` end.
    fn unit_at(&self, unit: &Unit, at: usize) -> Option<usize> {
        let token = self.tokens.get(at)?;
        if unit.continuous {
            return self.letters_at(unit, at);
        }
        let is = |word: &str| if unit.prefix { word.starts_with(&*unit.bare) } else { word == &*unit.bare };
        let bare = self.words.bare(token);
        let mut found = is(bare);
        if !found {
            aliases(bare, token.traits, |alias, _| found |= is(alias));
        }
        found.then_some(at + 1)
    }

    fn letters_at(&self, unit: &Unit, mut at: usize) -> Option<usize> {
        let mut rest = &*unit.bare;
        loop {
            let bare = self.words.bare(&self.tokens[at]);
            match rest.strip_prefix(bare) {
                Some("") => return Some(at + 1),
                Some(after) if self.touches_next(at) => (rest, at) = (after, at + 1),
                _ => return (unit.prefix && bare.starts_with(rest)).then_some(at + 1),
            }
        }
    }

    /// Whether the words are written like this, case and accents included.
    fn is_written(&self, written: &[Box<str>], start: usize, end: usize) -> bool {
        // Letters without spaces have no case, and are cut otherwise than the term.
        if end - start != written.len() {
            return true;
        }
        written.iter().zip(&self.tokens[start..end]).all(|(written, token)| {
            if token.traits.continuous {
                return true;
            }
            let said = cased(self.document.written(token.start as usize..token.end as usize));
            let mut same = *said == **written;
            aliases(&said, token.traits, |alias, _| same |= alias == &**written);
            same
        })
    }
}

/// How many bytes the letter has that begins with `byte`.
fn letter_length(byte: u8) -> usize {
    match byte {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
