//! Queries answered one by one, in the most obvious way, from what `docs/query-language.md` says.

use hark_query::{Condition, Document, Field, Form, Query, Term, Test, Words, bare};
use unicode_normalization::UnicodeNormalization as _;

/// The particles that the generated texts have.
const PARTICLES: [&str; 3] = ["은", "에서는", "는"];

/// One word of the text.
struct Said {
    bare: String,
    written: String,
    mark: Option<char>,
    start: usize,
    end: usize,
    in_title: bool,
}

pub(crate) struct Naive<'a> {
    words: Vec<Said>,
    document: Document<'a>,
}

type Span = (usize, usize);

/// Whether a word is of a script without spaces. (`_a_ア` is one word to the standard, of a script with spaces.)
fn no_spaces(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|c| matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

impl<'a> Naive<'a> {
    pub(crate) fn new(document: Document<'a>, words: &Words) -> Self {
        let full = document.title.map_or(document.text.to_owned(), |title| format!("{title}\n{}", document.text));
        let said = |(index, word): (usize, hark_query::Word)| Said {
            bare: word.bare.to_owned(),
            written: full.get(word.at.clone()).unwrap().replace('\u{200d}', "").replace('’', "'").nfc().collect(),
            mark: word.mark,
            start: word.at.start,
            end: word.at.end,
            in_title: index < words.in_title(),
        };
        Self { words: words.iter().enumerate().map(said).collect(), document }
    }

    pub(crate) fn holds(&self, query: &Query) -> bool {
        match query {
            Query::Term(_) | Query::Near(_) => !self.spans(query).is_empty(),
            Query::Field(condition) => self.field(condition),
            Query::And(parts) => parts.iter().all(|part| self.holds(part)),
            Query::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Query::Not(inner) => !self.holds(inner),
        }
    }

    fn field(&self, condition: &Condition) -> bool {
        let text = |known: Option<&str>| {
            known.map(str::to_lowercase).is_some_and(|known| match &condition.test {
                Test::Is(value) if condition.field == Field::Lang => {
                    known == *value || known.split('-').next() == Some(value)
                }
                Test::Is(value) => known == *value,
                Test::Begins(value) => known.starts_with(value.as_str()),
                _ => unreachable!(),
            })
        };
        match condition.field {
            Field::Source => text(self.document.source),
            Field::Lang => text(self.document.lang),
            Field::Rating => self.document.rating.is_some_and(|rating| {
                let rating: f64 = rating.to_string().parse().unwrap();
                match condition.test {
                    Test::Equal(other) => rating == other,
                    Test::Less(other) => rating < other,
                    Test::AtMost(other) => rating <= other,
                    Test::More(other) => rating > other,
                    Test::AtLeast(other) => rating >= other,
                    Test::Between(low, high) => rating >= low && rating <= high,
                    _ => unreachable!(),
                }
            }),
            _ => unreachable!(),
        }
    }

    fn spans(&self, query: &Query) -> Vec<Span> {
        match query {
            Query::Term(term) => self.term(term),
            Query::Or(parts) => parts.iter().flat_map(|part| self.spans(part)).collect(),
            Query::Near(near) => {
                let (left, right) = (self.spans(&near.left), self.spans(&near.right));
                let mut spans = Vec::new();
                for &a in &left {
                    for &b in &right {
                        let mut orders = vec![(a, b)];
                        if !near.ordered {
                            orders.push((b, a));
                        }
                        for (first, second) in orders {
                            let close = second.0 >= first.1 && second.0 - first.1 <= near.words as usize;
                            if close && self.words[first.0].in_title == self.words[second.0].in_title {
                                spans.push((first.0, second.1));
                            }
                        }
                    }
                }
                spans
            }
            _ => unreachable!(),
        }
    }

    fn term(&self, term: &Term) -> Vec<Span> {
        let units = units(term);
        let mut spans = Vec::new();
        for start in 0..self.words.len() {
            let mut ends = vec![start];
            for (index, unit) in units.iter().enumerate() {
                let inside = units.len() == 1 && term.mark.is_none();
                let marked = (index == 0).then_some(term.mark).flatten().map(|mark| mark.as_char());
                ends = ends.into_iter().flat_map(|at| self.unit(unit, term.form, at, marked, inside)).collect();
            }
            spans.extend(ends.into_iter().map(|end| (start, end)));
        }
        spans.retain(|&(start, end)| {
            let one_part = self.words[start].in_title == self.words[end - 1].in_title;
            let goes_on = self.words.get(end).is_some_and(|next| next.start == self.words[end - 1].end);
            let cut_short = term.mark.is_some_and(|mark| mark.as_char() == '#') && !term.text.ends_with('*') && goes_on;
            one_part && !cut_short && (!term.in_title || self.words[start].in_title)
        });
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// Where `unit` ends that begins at word `at`.
    fn unit(&self, unit: &str, form: Form, at: usize, mark: Option<char>, inside: bool) -> Vec<usize> {
        let Some(word) = self.words.get(at) else { return Vec::new() };
        if mark.is_some() && word.mark != mark {
            return Vec::new();
        }
        let pattern: Vec<char> =
            if form == Form::Cased { unit.chars().collect() } else { unit.to_owned().chars().collect() };
        if !no_spaces(&word.bare) {
            if no_spaces(unit) {
                return Vec::new();
            }
            let said = if form == Form::Cased { &word.written } else { &word.bare };
            let names = names(said, mark.is_some());
            let found = names.iter().any(|name| glob(&pattern, &name.chars().collect::<Vec<_>>()));
            return if found { vec![at + 1] } else { Vec::new() };
        }
        let han = unit.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
        let anywhere = inside && han && unit.chars().count() >= 3;
        let mut run: Vec<char> = Vec::new();
        let mut ends = Vec::new();
        let first = word.bare.chars().count();
        for end in at + 1..=self.words.len() {
            let word = &self.words[end - 1];
            if end - 1 > at && (!no_spaces(&word.bare) || word.start != self.words[end - 2].end) {
                break;
            }
            let before = run.len();
            run.extend(word.bare.chars());
            let found = if anywhere {
                (0..first).any(|from| {
                    let to = from + pattern.len();
                    to > before && to <= run.len() && run[from..to] == pattern[..]
                })
            } else if let Some(stem) = pattern.strip_suffix(&['*']) {
                // Found as soon as the beginning is complete.
                stem.len() > before && stem.len() <= run.len() && glob(stem, &run[..stem.len()])
            } else {
                glob(&pattern, &run)
            };
            if found {
                ends.push(end);
            }
        }
        ends
    }
}

/// The words of a term: bare, unless case counts. Letters without spaces stay together.
fn units(term: &Term) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in term.text.chars() {
        let kind = match c {
            c if no_spaces(&c.to_string()) => 'c',
            ' ' | '-' => ' ',
            '?' | '*' => last,
            _ => 'w',
        };
        // A `?` at the beginning is of the word behind it.
        match units.last_mut() {
            Some(unit) if last != ' ' && (kind == last || unit.chars().all(|c| c == '?')) => unit.push(c),
            _ if c == '?' => units.push(c.to_string()),
            _ if kind != ' ' => units.push(c.to_string()),
            _ => {}
        }
        last = if c == '?' && last == ' ' { 'w' } else { kind };
    }
    if term.form == Form::Cased { units } else { units.iter().map(|unit| bare(unit)).collect() }
}

/// A word and what else it is found by. A tag or handle keeps its dots, but not its ending.
fn names(word: &str, marked: bool) -> Vec<String> {
    let mut names = vec![word.to_owned()];
    for particle in PARTICLES {
        names.extend(word.strip_suffix(particle).filter(|stem| !stem.is_empty()).map(str::to_owned));
    }
    let joints = ['.', '_', '\''];
    if word.contains(joints) && !word.to_lowercase().ends_with("'t") {
        let mut after_apostrophe = false;
        for (index, part) in word.split_inclusive(joints).enumerate() {
            let name = part.trim_end_matches(joints);
            let fewest = if after_apostrophe { 3 } else { 2 };
            after_apostrophe = part.ends_with('\'');
            let is_head = index == 0 && after_apostrophe;
            if name.chars().count() >= fewest && name.starts_with(char::is_alphabetic) && (is_head || !marked) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        (['*'], _) | ([], []) => true,
        (['?', pattern @ ..], [_, text @ ..]) => glob(pattern, text),
        ([p, pattern @ ..], [t, text @ ..]) => p == t && glob(pattern, text),
        _ => false,
    }
}
