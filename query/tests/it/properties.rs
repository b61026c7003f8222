//! The matcher against the obvious evaluation, and the printer against the parser.

use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words, explain};
use proptest::prelude::*;

use crate::{
    generate::{Said, query, said},
    naive::Naive,
};

fn document(said: &Said) -> Document<'_> {
    Document {
        title: said.title.as_deref(),
        source: said.source,
        lang: said.lang,
        rating: said.rating,
        ..Document::new(&said.text)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_the_same_query(query in query()) {
        // A list cannot begin or end with what finds nothing by itself, so that it is put beside a word.
        let query = Query::And(vec!["a".parse().unwrap(), query]);
        let parsed: Query = query.to_string().parse().map_err(|error| TestCaseError::fail(format!("{query}: {error}")))?;
        prop_assert_eq!(parsed, query);
    }

    #[test]
    fn the_matcher_is_right_about_every_query(queries in prop::collection::vec(query(), 1..12), said in prop::collection::vec(said(), 1..4)) {
        let (together, segmenter) = (Matcher::new(&queries), Segmenter::default());
        let alone: Vec<Matcher> = queries.iter().map(|query| Matcher::new([query])).collect();
        let (mut words, mut scratch) = (Words::default(), Scratch::default());
        for said in &said {
            let document = document(said);
            segmenter.cut_document(&document, &mut words);
            let naive = Naive::new(document, &words);
            let found = together.find(&document, &words, &mut scratch).queries().to_vec();
            for (index, query) in queries.iter().enumerate() {
                let right = naive.holds(query);
                prop_assert_eq!(found.contains(&index), right, "{} on {:?}", query, said);
                let by_itself = !alone[index].find(&document, &words, &mut scratch).is_empty();
                prop_assert_eq!(by_itself, right, "{} alone on {:?}", query, said);
            }
        }
    }

    #[test]
    fn places_are_in_the_text_and_the_explanation_agrees(query in query(), said in said()) {
        let (document, segmenter) = (document(&said), Segmenter::default());
        let (mut words, mut scratch) = (Words::default(), Scratch::default());
        segmenter.cut_document(&document, &mut words);
        let matcher = Matcher::new([&query]);
        let found = matcher.find(&document, &words, &mut scratch);
        let (holds, places) = (!found.is_empty(), found.places(0));
        let full = said.title.as_ref().map_or(said.text.clone(), |title| format!("{title}\n{}", said.text));
        for place in &places {
            prop_assert!(full.get(place.clone()).is_some_and(|written| !written.is_empty()));
        }
        prop_assert_eq!(explain(&query, &document, &segmenter).holds, holds);
    }

    #[test]
    fn a_match_says_what_is_necessary(query in query(), said in said()) {
        let (document, segmenter) = (document(&said), Segmenter::default());
        let (mut words, mut scratch) = (Words::default(), Scratch::default());
        segmenter.cut_document(&document, &mut words);
        if !Matcher::new([&query]).find(&document, &words, &mut scratch).is_empty() {
            let terms = match query.necessary(said.source) {
                hark_query::Necessary::Anything => return Ok(()),
                hark_query::Necessary::Never => panic!("{query} never matches, but it does"),
                hark_query::Necessary::AnyOf(terms) => terms,
            };
            let alone: Vec<Query> = terms.iter().map(|term| Query::Term((*term).clone())).collect();
            prop_assert!(!Matcher::new(&alone).find(&document, &words, &mut scratch).is_empty(), "{}", query);
            let text = hark_query::bare(&format!("{}\n{}", said.title.as_deref().unwrap_or_default(), said.text));
            prop_assert!(terms.iter().any(|term| text.contains(&term.needle())), "{query}: {text}");
            let without = query.without(hark_query::Field::Lang);
            let unknown = Document { lang: None, ..document };
            prop_assert!(without.is_none_or(|query| !Matcher::new([&query]).find(&unknown, &words, &mut scratch).is_empty()));
        }
    }

    #[test]
    fn any_text_is_a_query_or_an_error_that_points(text in "[a-z(){}\"*?#@:<>=~/&|. NEARORTOD0-9電é-]{0,40}|(?s).{0,30}") {
        match text.parse::<Query>() {
            Ok(query) => {
                let again: Query = query.to_string().parse().map_err(|error| TestCaseError::fail(format!("{query}: {error}")))?;
                prop_assert_eq!(again, query);
            }
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
                prop_assert!(!error.pointed(&text).is_empty());
            }
        }
    }
}
