//! How fast texts are cut and matched, on one core: `cargo run --release -p hark-query --example matching`.
//!
//! Texts of 120 characters in made-up Dutch-like words, one in four of which names a brand. Ten queries are topics with
//! lists of common words; the others are brands and products, as a configuration has more of them as it grows.
//! Beside the matcher: each query asked by itself, and the `aho-corasick` crate looking for the same terms in texts that
//! are bare already, without words, marks, distances or brackets, as a limit.

use std::{hint::black_box, time::Instant};

use aho_corasick::AhoCorasick;
use fastrand::Rng;
use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words, bare};

const TEXTS: usize = 20_000;
const TEXT_LENGTH: usize = 120;
/// How many texts are timed together, and how often.
const PART: usize = 500;
const ROUNDS: usize = 10;
const TOPICS: usize = 10;

fn main() {
    let mut random = Rng::with_seed(1);
    let common: Vec<String> = (0..3_000).map(|index| word(&mut random, 1 + index % 3)).collect();
    let brands: Vec<String> = (0..2_000).map(|_| word(&mut random, 3)).collect();
    let segmenter = Segmenter::default();
    println!("queries  cut alone   cut and match   mentions/s   each query alone   aho-corasick on letters");
    for count in [20, 200, 2_000] {
        let queries = queries(&mut random, &common, &brands[..count - TOPICS]);
        let texts: Vec<String> = (0..TEXTS).map(|_| text(&mut random, &common, &brands[..count - TOPICS])).collect();
        let matcher = Matcher::new(&queries);
        let (mut words, mut scratch) = (Words::default(), Scratch::default());

        let cut = per_text(&texts, |text| {
            segmenter.cut(text, &mut words);
            words.len()
        });
        let matched = per_text(&texts, |text| {
            let document = Document { lang: Some("nl"), ..Document::new(text) };
            segmenter.cut_document(&document, &mut words);
            matcher.find(&document, &words, &mut scratch).queries().len()
        });
        let singles: Vec<Matcher> = queries.iter().map(|query| Matcher::new([query])).collect();
        let alone = per_text(&texts[..TEXTS / count.max(20) * 20], |text| {
            let document = Document { lang: Some("nl"), ..Document::new(text) };
            segmenter.cut_document(&document, &mut words);
            singles.iter().filter(|single| !single.find(&document, &words, &mut scratch).is_empty()).count()
        });
        let mut needles = Vec::new();
        queries.iter().for_each(|query| terms(query, &mut needles));
        let automaton = AhoCorasick::new(&needles).expect("few terms");
        let bared: Vec<String> = texts.iter().map(|text| bare(text)).collect();
        let letters = per_text(&bared, |text| automaton.find_overlapping_iter(text).count());

        let micro = |seconds: f64| format!("{:.2} µs", seconds * 1e6);
        println!(
            "{count:>7}  {:>9}   {:>13}   {:>10.0}   {:>16}   {:>23}",
            micro(cut),
            micro(matched),
            1.0 / matched,
            micro(alone),
            micro(letters),
        );
    }
}

/// Seconds a text. Each part of the texts is timed several times and its best time counts, so that what else the machine
/// does is left out.
fn per_text(texts: &[String], mut work: impl FnMut(&str) -> usize) -> f64 {
    let mut best = |part: &[String]| {
        let rounds = (0..ROUNDS).map(|_| {
            let start = Instant::now();
            let sum: usize = part.iter().map(|text| work(text)).sum();
            black_box(sum);
            start.elapsed().as_secs_f64()
        });
        rounds.fold(f64::INFINITY, f64::min)
    };
    texts.chunks(PART).map(&mut best).sum::<f64>() / texts.len() as f64
}

fn queries(random: &mut Rng, common: &[String], brands: &[String]) -> Vec<Query> {
    let topics = (0..TOPICS).map(|_| {
        let words: Vec<String> = (0..15).map(|_| pick(random, &common[300..]).clone()).collect();
        let stems = (0..5).map(|_| format!("{}*", pick(random, &common[600..])));
        words
            .into_iter()
            .chain(stems.filter(|stem| stem.len() > 4).collect::<Vec<_>>())
            .collect::<Vec<_>>()
            .join(" OR ")
    });
    let topics: Vec<String> = topics.collect();
    let brands = brands.iter().enumerate().map(|(index, brand)| {
        let (one, other) = (pick(random, common).clone(), pick(random, common).clone());
        match index % 4 {
            0 => format!("({brand} OR \"{brand} {one}\" OR #{brand}) NOT ({one} OR {other})"),
            1 => format!("{brand} NEAR/5 ({one} OR {other} OR {brand}*)"),
            2 => format!("lang:(nl OR en) AND {brand}* AND ({one} OR {other} OR title:{one})"),
            _ => format!("{brand} OR {{{}}}", brand.to_uppercase()),
        }
    });
    topics.into_iter().chain(brands).map(|query| query.parse().expect("a query")).collect()
}

fn text(random: &mut Rng, common: &[String], brands: &[String]) -> String {
    let mut text = String::new();
    let named = random.usize(..4) == 0;
    while text.chars().count() < TEXT_LENGTH {
        match random.usize(..20) {
            0 => text.push_str(", "),
            1 => text.push_str(". É"),
            2 if named => text.push_str(pick(random, brands).as_str()),
            _ => {}
        }
        // Few words make up most of a text.
        let reach = 1 + random.usize(..common.len());
        let at = random.usize(..reach);
        text.push_str(&common[at]);
        text.push(' ');
    }
    text.chars().take(TEXT_LENGTH).collect()
}

/// The letters of all terms.
fn terms(query: &Query, needles: &mut Vec<String>) {
    match query {
        Query::Term(term) => needles.push(bare(term.text.trim_end_matches('*'))),
        Query::Field(_) => {}
        Query::Near(near) => [&near.left, &near.right].into_iter().for_each(|side| terms(side, needles)),
        Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| terms(part, needles)),
        Query::Not(inner) => terms(inner, needles),
    }
}

/// One of `from`.
fn pick<'a, T>(random: &mut Rng, from: &'a [T]) -> &'a T {
    &from[random.usize(..from.len())]
}

fn word(random: &mut Rng, syllables: usize) -> String {
    let starts =
        ["b", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "st", "sch", "br", "tr", ""];
    let ends = ["a", "e", "i", "o", "u", "aa", "ee", "oe", "ui", "ij", "an", "en", "er", "op", "it", "is", "é"];
    (0..syllables).map(|_| format!("{}{}", pick(random, &starts), pick(random, &ends))).collect()
}
