//! Why a query matches a text or not: its tree, clause by clause, each with where it holds or what stood in the way.

use std::{collections::HashSet, fmt, ops::Range};

use serde::Serialize;

use crate::{
    Document, Matcher, Scratch, Segmenter, Words,
    syntax::{Condition, Field, Form, Near, Query, Term},
};

/// Most different wordings of one clause that are printed.
const MOST_PLACES: usize = 3;

/// One clause of a query, and whether it holds of a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clause {
    /// The operator (`AND`, `OR`, `NOT`, `NEAR/3` …), or the clause itself in its canonical writing.
    pub label: String,
    /// Whether it holds.
    pub holds: bool,
    /// Where it is said: the bytes of `title + "\n" + text`, and what is written there.
    pub places: Vec<(Range<usize>, String)>,
    /// Why it does not hold, when its parts do not tell.
    pub reason: Option<String>,
    /// Its parts.
    pub parts: Vec<Clause>,
}

/// Explains `query` by the same engine that evaluates it on the stream.
pub fn explain(query: &Query, document: &Document, segmenter: &Segmenter) -> Clause {
    let mut asked = Vec::new();
    collect(query, &mut asked);
    let mut words = Words::default();
    segmenter.cut_document(document, &mut words);
    let matcher = Matcher::new(&asked);
    let mut scratch = Scratch::default();
    let found = matcher.find(document, &words, &mut scratch);
    let matching: HashSet<usize> = found.queries().iter().copied().collect();
    let places = |index| found.places(index);
    Explainer { asked: &asked, matching, places: &places, document }.clause(query)
}

/// All clauses, and the weaker ones that tell how close a clause came.
fn collect(query: &Query, asked: &mut Vec<Query>) {
    asked.push(query.clone());
    match query {
        Query::Term(term) => asked.extend(weaker(term).into_iter().map(|(_, term)| Query::Term(term))),
        Query::Field(_) => {}
        Query::Near(near) => {
            collect(&near.left, asked);
            collect(&near.right, asked);
            asked.extend([far(near), turned(near)].map(Query::Near));
        }
        Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| collect(part, asked)),
        Query::Not(inner) => collect(inner, asked),
    }
}

/// What a term would be with one demand less, and what is then to be said.
fn weaker(term: &Term) -> Vec<(&'static str, Term)> {
    let mut weaker = Vec::new();
    if term.in_title {
        weaker.push(("it is in the text, but not in the title", Term { in_title: false, ..term.clone() }));
    }
    if term.form == Form::Cased {
        weaker.push(("it is there with other capitals or accents", Term { form: Form::Phrase, ..term.clone() }));
    }
    if let Some(mark) = term.mark {
        let reason = if mark.as_char() == '#' {
            "it is there, but not as a tag of its own"
        } else {
            "it is there, but not as a handle"
        };
        weaker.push((reason, Term { mark: None, ..term.clone() }));
    }
    if term.form == Form::Word && !term.text.contains(['*', '?']) {
        weaker.push((
            "only longer words begin with it; `*` would find them",
            Term { text: format!("{}*", term.text), ..term.clone() },
        ));
    }
    weaker
}

/// The same, however far apart.
fn far(near: &Near) -> Near {
    Near { words: u32::MAX, ordered: false, ..near.clone() }
}

/// The same in either order.
fn turned(near: &Near) -> Near {
    Near { ordered: false, ..near.clone() }
}

struct Explainer<'a> {
    asked: &'a [Query],
    matching: HashSet<usize>,
    places: &'a dyn Fn(usize) -> Vec<Range<usize>>,
    document: &'a Document<'a>,
}

impl Explainer<'_> {
    fn index(&self, query: &Query) -> Option<usize> {
        self.asked.iter().position(|asked| asked == query)
    }

    fn holds(&self, query: &Query) -> bool {
        self.index(query).is_some_and(|index| self.matching.contains(&index))
    }

    fn clause(&self, query: &Query) -> Clause {
        let holds = self.holds(query);
        let said = matches!(query, Query::Term(_) | Query::Near(_));
        let places = if said && holds { self.index(query).map(self.places).unwrap_or_default() } else { Vec::new() };
        let written = |at: Range<usize>| (at.clone(), self.document.written(at).to_owned());
        let (label, parts, reason) = match query {
            Query::Term(term) => (term.to_string(), Vec::new(), self.why_not_said(term)),
            Query::Field(condition) => (condition.to_string(), Vec::new(), Some(self.known(condition))),
            Query::Near(near) => {
                let label = format!("{}NEAR/{}", if near.ordered { "O" } else { "" }, near.words);
                (label, vec![self.clause(&near.left), self.clause(&near.right)], self.why_not_near(near))
            }
            Query::And(parts) => ("AND".to_owned(), parts.iter().map(|part| self.clause(part)).collect(), None),
            Query::Or(parts) => ("OR".to_owned(), parts.iter().map(|part| self.clause(part)).collect(), None),
            Query::Not(inner) => ("NOT".to_owned(), vec![self.clause(inner)], None),
        };
        let reason = reason.filter(|_| !holds);
        Clause { label, holds, places: places.into_iter().map(written).collect(), reason, parts }
    }

    fn why_not_said(&self, term: &Term) -> Option<String> {
        let closest = weaker(term).into_iter().find(|(_, weaker)| self.holds(&Query::Term(weaker.clone())));
        let missing = match term.form {
            Form::Phrase => "these words are not there in a row",
            Form::Word | Form::Cased => "not there",
        };
        Some(closest.map_or(missing, |(reason, _)| reason).to_owned())
    }

    fn why_not_near(&self, near: &Near) -> Option<String> {
        if near.ordered && self.holds(&Query::Near(turned(near))) {
            return Some("they stand close, but the other way round".to_owned());
        }
        let far = self.holds(&Query::Near(far(near)));
        far.then(|| format!("both are there, but more than {} words apart", near.words))
    }

    /// What a field says instead.
    fn known(&self, condition: &Condition) -> String {
        let document = self.document;
        let known = match condition.field {
            Field::Source => document.source.map(ToOwned::to_owned),
            Field::Site => document.site.or(document.url).map(ToOwned::to_owned),
            Field::Author => {
                document.author_handle.or(document.author_name).or(document.author_id).map(ToOwned::to_owned)
            }
            Field::Lang => document.lang.map(ToOwned::to_owned),
            Field::Url => document.url.map(ToOwned::to_owned),
            Field::Country => document.country.map(ToOwned::to_owned),
            Field::Kind => document.kind.map(|kind| kind.as_str().to_owned()),
            Field::Rating => document.rating.map(|rating| rating.to_string()),
            Field::Followers => document.followers.map(|followers| followers.to_string()),
        };
        let name = condition.field.as_str();
        known.map_or_else(|| format!("{name} is not known"), |known| format!("{name} is `{known}`"))
    }
}

impl Clause {
    /// `text` (title, line break, text) with square brackets around what is found in it.
    pub fn marked(&self, text: &str) -> String {
        let mut places = Vec::new();
        self.add_places(&mut places);
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let (mut marked, mut end) = (String::new(), 0);
        for place in places {
            // What lies in an earlier place is marked already.
            let (Some(before), Some(found)) = (text.get(end..place.start), text.get(place.clone())) else { continue };
            marked.push_str(&format!("{before}[{found}]"));
            end = place.end;
        }
        marked.push_str(text.get(end..).unwrap_or_default());
        marked
    }

    fn add_places(&self, places: &mut Vec<Range<usize>>) {
        if self.holds {
            places.extend(self.places.iter().map(|(at, _)| at.clone()));
        }
        self.parts.iter().for_each(|part| part.add_places(places));
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, first: &str, rest: &str) -> fmt::Result {
        write!(f, "{first}{} {}", if self.holds { '✓' } else { '✗' }, self.label)?;
        let mut said: Vec<String> = Vec::new();
        for (_, written) in &self.places {
            let written = format!("“{}”", written.split_whitespace().collect::<Vec<_>>().join(" "));
            if !said.contains(&written) {
                said.push(written);
            }
        }
        let more = said.len().saturating_sub(MOST_PLACES);
        said.truncate(MOST_PLACES);
        write!(f, "{}{}", if said.is_empty() { "" } else { "   " }, said.join(", "))?;
        if more > 0 {
            write!(f, " and {more} more")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, "   {reason}")?;
        }
        for (index, part) in self.parts.iter().enumerate() {
            let last = index + 1 == self.parts.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            f.write_str("\n")?;
            part.write(f, &format!("{rest}{branch}"), &format!("{rest}{below}"))?;
        }
        Ok(())
    }
}

/// The tree as lines for a terminal.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "", "")
    }
}
