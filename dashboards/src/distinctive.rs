//! Which words set some texts apart from others.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words};
use serde::Deserialize;

use crate::search::known;

/// Fewest mentions that say a word for it to be told.
const FEWEST: u64 = 3;
/// Fewest letters of a word; those of scripts with many letters say more each.
const FEWEST_LETTERS: usize = 3;
/// How strongly words are drawn to how often they are said in all texts together, as a share of these texts.
const PRIOR: f64 = 0.1;
/// The same at most. Unit: texts.
const MOST_PRIOR: f64 = 500.0;
/// A word must be said so many times as often: with many texts, small differences are sure too.
const TIMES: f64 = 1.5;
/// A word must be this far from chance. Unit: standard deviations, for 95%.
const FAR: f64 = 1.96;

/// A text with its tone.
#[derive(Row, Deserialize)]
pub(crate) struct Text {
    title: String,
    shown_text: String,
    negative: bool,
    positive: bool,
    /// Whether there are older ones that were not read.
    pub(crate) has_older: bool,
}

/// A word, or two in a row, that is said more in some texts than in others.
#[derive(Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) word: String,
    /// Texts that say it.
    pub(crate) now: u64,
    /// Other texts that say it.
    pub(crate) before: u64,
    /// Log-odds ratio in standard deviations.
    pub(crate) z: f64,
    pub(crate) negative: u64,
    pub(crate) positive: u64,
}

impl Word {
    /// The listening query that finds it.
    pub(crate) fn query(&self) -> String {
        format!("\"{}\"", self.word)
    }
}

/// The words that set `now` apart from `before`, the most telling first.
///
/// Words of `names` are left out: that a brand is spoken of more is told elsewhere.
pub(crate) fn words(segmenter: &Segmenter, now: &[Text], before: &[Text], names: &[String], limit: usize) -> Vec<Word> {
    let (counted_now, counted_before) = (count(segmenter, now), count(segmenter, before));
    let (texts_now, texts_before) = (now.len() as f64, before.len() as f64);
    let mut telling: Vec<(String, f64)> = counted_now
        .into_iter()
        .filter(|(word, said)| *said >= FEWEST && !word.split(' ').any(|word| names.iter().any(|name| name == word)))
        .filter_map(|(word, said)| {
            let said_before = counted_before.get(&word).copied().unwrap_or(0);
            let z = log_odds(said as f64, texts_now, said_before as f64, texts_before);
            let often = said as f64 / texts_now >= TIMES * said_before as f64 / texts_before.max(1.0);
            (z > FAR && often).then_some((word, z))
        })
        .collect();
    // Where two tell as much, the pair says more than its parts.
    telling.sort_by(|(word, z), (other, z_other)| {
        z_other.total_cmp(z).then(other.len().cmp(&word.len())).then_with(|| word.cmp(other))
    });
    let telling = without_parts(telling, limit);
    recount(segmenter, telling, now, before)
}

/// In how many texts each word and each pair of words is said.
fn count(segmenter: &Segmenter, texts: &[Text]) -> HashMap<String, u64> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    let (mut cut, mut said) = (Words::default(), HashSet::new());
    for text in texts {
        segmenter.cut_document(&text.document(), &mut cut);
        said.clear();
        let mut last: Option<(&str, usize)> = None;
        for word in cut.iter() {
            let telling = tells(word.lower);
            if telling {
                said.insert(word.lower.to_owned());
                // A sentence or a title may end between two words that are further apart.
                if let Some((before, _)) = last.filter(|(_, end)| word.at.start == end + 1) {
                    said.insert(format!("{before} {}", word.lower));
                }
            }
            last = telling.then_some((word.lower, word.at.end));
        }
        for word in said.drain() {
            *counts.entry(word).or_default() += 1;
        }
    }
    counts
}

/// Whether a word may say something: not a number, not an address, not too short.
fn tells(word: &str) -> bool {
    let letters: usize = word.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum();
    letters >= FEWEST_LETTERS
        && word.chars().any(char::is_alphabetic)
        && !word.contains(['.', ':', '_', '"', '{', '}', '*', '?'])
        && !matches!(word, "http" | "https" | "www")
}

/// The difference in log-odds of a word in two sets of texts, drawn to how often it is said in both together.
fn log_odds(said: f64, texts: f64, said_other: f64, texts_other: f64) -> f64 {
    let all = (PRIOR * (texts + texts_other)).min(MOST_PRIOR);
    let prior = (all * (said + said_other) / (texts + texts_other)).max(0.01);
    let odds = |said: f64, texts: f64| ((said + prior) / (texts + all - said - prior).max(1.0)).ln();
    let variance = 1.0 / (said + prior) + 1.0 / (said_other + prior);
    (odds(said, texts) - odds(said_other, texts_other)) / variance.sqrt()
}

/// The first words, without those that are only part of a pair that tells as much, and pairs that add nothing to a word.
fn without_parts(telling: Vec<(String, f64)>, limit: usize) -> Vec<(String, f64)> {
    let mut kept: Vec<(String, f64)> = Vec::new();
    for (word, z) in telling {
        if kept.len() == limit {
            break;
        }
        let shares = |other: &str| other.split(' ').any(|part| word.split(' ').any(|own| own == part));
        if !kept.iter().any(|(other, _)| shares(other)) {
            kept.push((word, z));
        }
    }
    kept
}

/// Counts again as the search box counts, which knows other ways to write a word.
fn recount(segmenter: &Segmenter, telling: Vec<(String, f64)>, now: &[Text], before: &[Text]) -> Vec<Word> {
    let mut words: Vec<Word> =
        telling.into_iter().map(|(word, z)| Word { word, now: 0, before: 0, z, negative: 0, positive: 0 }).collect();
    words.retain(|word| word.query().parse::<Query>().is_ok());
    let queries: Vec<Query> = words.iter().filter_map(|word| word.query().parse().ok()).collect();
    let (matcher, mut cut, mut scratch) = (Matcher::new(&queries), Words::default(), Scratch::default());
    for (text, is_now) in now.iter().map(|text| (text, true)).chain(before.iter().map(|text| (text, false))) {
        let document = text.document();
        segmenter.cut_document(&document, &mut cut);
        for &query in matcher.find(&document, &cut, &mut scratch).queries() {
            let word = &mut words[query];
            if is_now {
                word.now += 1;
                word.negative += u64::from(text.negative);
                word.positive += u64::from(text.positive);
            } else {
                word.before += 1;
            }
        }
    }
    words
}

impl Text {
    fn document(&self) -> Document<'_> {
        Document { title: known(&self.title), ..Document::new(&self.shown_text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, count: usize) -> impl Iterator<Item = Text> {
        let text = |_| Text {
            title: String::new(),
            shown_text: text.to_owned(),
            negative: true,
            positive: false,
            has_older: false,
        };
        (0..count).map(text)
    }

    #[test]
    fn what_is_new_comes_first_and_what_is_always_said_not_at_all() {
        let before: Vec<Text> = texts("the battery of the phone", 60).collect();
        let now: Vec<Text> =
            texts("the battery of the phone", 40).chain(texts("the screen flicker of the phone", 20)).collect();
        let words = words(&Segmenter::default(), &now, &before, &[], 10);
        assert_eq!(words.len(), 1, "{words:?}");
        assert!(words[0].word.contains("flicker") || words[0].word.contains("screen"), "{words:?}");
        assert_eq!((words[0].now, words[0].before, words[0].negative), (20, 0, 20));
        let named = ["screen".to_owned(), "flicker".to_owned()];
        assert_eq!(super::words(&Segmenter::default(), &now, &before, &named, 10), []);
    }

    #[test]
    fn a_handful_and_equal_shares_say_nothing() {
        let before: Vec<Text> = texts("good phone", 30).collect();
        let now: Vec<Text> = texts("good phone", 60).chain(texts("odd", 2)).collect();
        assert_eq!(words(&Segmenter::default(), &now, &before, &[], 10), []);
        assert_eq!(words(&Segmenter::default(), &[], &[], &[], 10), []);
    }
}
