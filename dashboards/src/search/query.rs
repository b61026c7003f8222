//! A listening query that somebody searches for, and where it is found in a text.

use std::{fmt, ops::Range};

use hark_query::{Document, Matcher, Query, QueryError, Scratch, Segmenter, Words};
use serde::Serialize;
use utoipa::ToSchema;

/// A listening query, compiled.
pub(crate) struct SearchQuery {
    /// The query as it is read, in its canonical writing.
    pub(crate) text: String,
    pub(crate) query: Query,
    matcher: Matcher,
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Places that a search found in a mention, each as its start and end in UTF-16 code units, as JavaScript counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Marks {
    /// In the title.
    title: Vec<[usize; 2]>,
    /// In the text, as far as it is shown.
    text: Vec<[usize; 2]>,
}

/// Working memory for many texts.
#[derive(Default)]
pub(crate) struct Buffers {
    words: Words,
    scratch: Scratch,
}

impl SearchQuery {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// [`QueryError`] tells the column and what was expected there.
    pub(crate) fn parse(text: &str) -> Result<Self, QueryError> {
        let query: Query = text.parse()?;
        let matcher = Matcher::new(std::slice::from_ref(&query));
        Ok(Self { text: query.to_string(), query, matcher })
    }

    /// Whether the query matches.
    pub(crate) fn matches(&self, document: &Document, segmenter: &Segmenter, buffers: &mut Buffers) -> bool {
        segmenter.cut_document(document, &mut buffers.words);
        !self.matcher.find(document, &buffers.words, &mut buffers.scratch).is_empty()
    }

    /// The places that speak for the query, in the title and in the first `shown` bytes of the text.
    pub(crate) fn marks(&self, document: &Document, segmenter: &Segmenter, shown: usize) -> Marks {
        let mut buffers = Buffers::default();
        segmenter.cut_document(document, &mut buffers.words);
        let found = self.matcher.find(document, &buffers.words, &mut buffers.scratch);
        if found.is_empty() {
            return Marks::default();
        }
        let title = document.title.unwrap_or_default();
        let offset = if document.title.is_some() { title.len() + 1 } else { 0 };
        let (mut in_title, mut in_text) = (Vec::new(), Vec::new());
        for place in found.places(0) {
            if place.start < offset {
                in_title.push(place);
            } else if place.end <= offset + shown {
                in_text.push(place.start - offset..place.end - offset);
            }
        }
        Marks { title: in_utf16(title, &in_title), text: in_utf16(document.text, &in_text) }
    }
}

/// Places in bytes, ascending, as places in UTF-16 code units; those that overlap are joined.
fn in_utf16(text: &str, places: &[Range<usize>]) -> Vec<[usize; 2]> {
    let units = |range: Range<usize>| text.get(range).map_or(0, |part| part.encode_utf16().count());
    let mut marks: Vec<[usize; 2]> = Vec::new();
    let (mut at, mut counted) = (0, 0);
    for place in places {
        counted += units(at..place.start.max(at));
        at = place.start.max(at);
        let end = counted + units(at..place.end.max(at));
        match marks.last_mut() {
            Some(last) if last[1] >= counted && place.start <= at => last[1] = last[1].max(end),
            _ => marks.push([counted, end]),
        }
    }
    marks.retain(|[start, end]| start < end);
    marks
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn marks_count_as_javascript_does_in_title_and_text() {
        let query = SearchQuery::parse("accu OR \"fair phone\"").unwrap();
        let document = Document { title: Some("🔋 Accu leeg"), ..Document::new("Mijn 😀 Fair Phone: accu!") };
        let marks = query.marks(&document, &Segmenter::default(), 1000);
        assert_eq!(marks, Marks { title: vec![[3, 7]], text: vec![[8, 18], [20, 24]] });
        let cut = query.marks(&document, &Segmenter::default(), 12);
        assert_eq!(cut.text, Vec::<[usize; 2]>::new());
        assert_eq!(query.marks(&Document::new("niets"), &Segmenter::default(), 9), Marks::default());
    }
}
