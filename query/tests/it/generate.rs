//! Random queries and mentions that have much to do with each other.

use hark_query::{Condition, Field, Form, Mark, Near, Query, Term, Test};
use proptest::prelude::*;

/// A mention to ask about.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) title: Option<String>,
    pub(crate) text: String,
    pub(crate) source: Option<&'static str>,
    pub(crate) lang: Option<&'static str>,
    pub(crate) rating: Option<f32>,
}

const SAID: [&str; 30] = [
    "a",
    "b",
    "ab",
    "abc",
    "abcd",
    "Abc",
    "ABC",
    "áb",
    "ABÇ",
    "strasse",
    "Straße",
    "電",
    "池",
    "電池",
    "新電池",
    "拼多多",
    "在",
    "アb",
    "삼성",
    "삼성은",
    "삼성에서는",
    "abc은",
    "abc's",
    "l’abc",
    "abc.ab",
    "_abc_",
    "1",
    "ab\u{200d}c",
    "don't",
    "ไทย",
];
const BETWEEN: [&str; 12] = [" ", " ", " ", " ", ", ", "\n", "-", "", " #", " @", "。", "#"];
const ASKED: [&str; 20] = [
    "a",
    "b",
    "ab",
    "abc",
    "Abc",
    "áb",
    "strasse",
    "電",
    "電池",
    "池新",
    "拼多多",
    "在拼",
    "アb",
    "삼성",
    "abc's",
    "abc.ab",
    "ไ",
    "1",
    "abc-ab",
    "don't",
];
const WILD: [&str; 10] = ["abc*", "ab?", "?b", "ab?d*", "電*", "電?", "?池", "삼*", "str*", "?b?"];

fn text() -> impl Strategy<Value = String> {
    let piece = (prop::sample::select(&SAID[..]), prop::sample::select(&BETWEEN[..]));
    prop::collection::vec(piece, 0..14)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(word, between)| [word, between]).collect())
}

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let source = prop::option::of(prop::sample::select(vec!["rss", "bluesky"]));
    let lang = prop::option::of(prop::sample::select(vec!["nl", "en", "zh-Hant"]));
    let rating = prop::option::of(prop::sample::select(vec![0.0_f32, 0.25, 0.4, 1.0]));
    (prop::option::of(text()), text(), source, lang, rating).prop_map(|(title, text, source, lang, rating)| Said {
        title,
        text,
        source,
        lang,
        rating,
    })
}

fn term(in_title: bool) -> impl Strategy<Value = Query> {
    let asked = || prop::sample::select(&ASKED[..]);
    let phrase = prop::collection::vec(asked(), 1..4).prop_map(|words| words.join(" "));
    let mark = || prop::option::weighted(0.2, prop::sample::select(vec![Mark::Tag, Mark::Handle]));
    let word = prop_oneof![4 => asked(), 1 => prop::sample::select(&WILD[..])];
    prop_oneof![
        4 => (word, mark()).prop_map(|(text, mark)| (text.to_owned(), Form::Word, mark)),
        2 => (phrase, mark()).prop_map(|(text, mark)| (text, Form::Phrase, mark)),
        1 => (asked(), mark()).prop_map(|(text, mark)| (text.to_owned(), Form::Cased, mark)),
    ]
    .prop_map(move |(text, form, mark)| Query::Term(Term { text, form, mark, in_title }))
}

fn condition() -> impl Strategy<Value = Query> {
    let value = prop::sample::select(vec!["rss", "nl", "en", "zh", "zh-hant", "zh-hant", "blue sky"]);
    let text = (prop::sample::select(vec![Field::Source, Field::Lang]), value, any::<bool>()).prop_map(
        |(field, value, begins)| {
            let test = if begins { Test::Begins(value.to_owned()) } else { Test::Is(value.to_owned()) };
            Condition { field, test }
        },
    );
    let number = || prop::sample::select(vec![0.0, 0.25, 0.4, 0.5, 1.0]);
    let test = prop_oneof![
        number().prop_map(Test::Equal),
        number().prop_map(Test::Less),
        number().prop_map(Test::AtMost),
        number().prop_map(Test::More),
        number().prop_map(Test::AtLeast),
        number().prop_map(|low| Test::Between(low, 1.0)),
    ];
    let rating = test.prop_map(|test| Condition { field: Field::Rating, test });
    prop_oneof![text, rating].prop_map(Query::Field)
}

fn list(part: impl Strategy<Value = Query>) -> impl Strategy<Value = Vec<Query>> {
    prop::collection::vec(part, 2..4)
}

fn near() -> impl Strategy<Value = Query> {
    let side = prop_oneof![3 => term(false), 1 => list(term(false)).prop_map(Query::Or)];
    side.prop_recursive(2, 6, 2, |side| {
        (side.clone(), side, 0_u32..4, any::<bool>()).prop_map(|(left, right, words, ordered)| {
            Query::Near(Near { left: Box::new(left), right: Box::new(right), words, ordered })
        })
    })
}

/// Any query that can be written, except that it may be a `NOT` alone.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![5 => term(false), 1 => term(true), 1 => condition(), 3 => near()];
    leaf.prop_recursive(3, 12, 3, |part| {
        prop_oneof![
            list(part.clone()).prop_map(Query::And),
            list(part.clone()).prop_map(Query::Or),
            part.prop_map(|part| Query::Not(Box::new(part))),
        ]
    })
}
