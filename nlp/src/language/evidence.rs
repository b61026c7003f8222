//! What is known of a mention besides its text: the declared language, and what its author wrote in before.

use std::collections::HashMap;

use super::{codes, model::Scores};

/// Log odds that a source's declared language gives. Networks and feeds declare the right one some 30 times in 31, but
/// an app's default is often left on for posts in another language.
const DECLARED: f32 = 3.5;
/// Log odds that the operator's expectation gives.
const EXPECTED: f32 = 0.7;
/// Weight of an author's history.
const HISTORY: f32 = 0.9;
/// Posts that an author is taken to have written in each language before anything is known.
const BEFORE: f32 = 0.3;
/// Languages that are kept of an author.
const KEPT: usize = 4;

/// What is known of a mention besides its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Language that the source declares (`lang_hint`): a code of ISO 639 or BCP 47.
    pub hint: Option<&'a str>,
    /// What the author wrote in before.
    pub history: Option<&'a History>,
}

impl Evidence<'_> {
    /// Adds what is known to the scores of `languages`.
    pub(crate) fn weigh(&self, expected: &[&str], languages: &[&'static str], scores: &mut Scores) {
        if let Some(hint) = self.hint.and_then(codes::language) {
            add(hint.code, DECLARED, languages, scores);
        }
        for code in expected {
            add(code, EXPECTED, languages, scores);
        }
        for (code, count) in self.history.into_iter().flat_map(History::iter) {
            add(code, HISTORY * ((f32::from(count) + BEFORE) / BEFORE).ln(), languages, scores);
        }
    }
}

/// Adds `odds` to the score of `code`, if it is one of `languages`.
pub(crate) fn add(code: &str, odds: f32, languages: &[&'static str], scores: &mut Scores) {
    let place = languages.iter().position(|language| *language == code);
    if let Some(score) = place.and_then(|place| scores.get_mut(place)) {
        *score += odds;
    }
}

/// How often an author wrote in which languages, the most frequent ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    counts: [(&'static str, u8); KEPT],
}

impl History {
    fn iter(&self) -> impl Iterator<Item = (&'static str, u8)> {
        self.counts.into_iter().filter(|(_, count)| *count > 0)
    }

    /// Counts one more post in `code`. The counts are halved before they overflow, so that old posts fade.
    pub fn add(&mut self, code: &'static str) {
        let place = self.counts.iter().position(|(known, count)| *known == code && *count > 0);
        let place = place.or_else(|| self.counts.iter().position(|(_, count)| *count == 0)).unwrap_or_else(|| {
            for (_, count) in &mut self.counts {
                *count /= 2;
            }
            let rarest = self.counts.iter().enumerate().min_by_key(|(_, (_, count))| *count);
            let place = rarest.map_or(0, |(place, _)| place);
            self.counts[place].1 = 0;
            place
        });
        let (known, count) = &mut self.counts[place];
        *known = code;
        *count += 1;
        if *count == u8::MAX {
            for (_, count) in &mut self.counts {
                *count /= 2;
            }
        }
    }
}

/// The languages of the authors seen lately; those not seen for long are forgotten.
///
/// Two generations: an author found in the old one moves to the young one; when the young one is full, the old one is
/// dropped. So it holds between half its capacity and all of it, and each step takes the same short time.
#[derive(Debug)]
pub struct AuthorLanguages {
    young: HashMap<u64, History>,
    old: HashMap<u64, History>,
    capacity: usize,
}

/// Confidence from which on a post says something about its author, and needs nothing from its history.
pub const SURE: f32 = 0.8;

impl AuthorLanguages {
    /// For at most `capacity` authors; each takes some 80 bytes.
    pub fn new(capacity: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), capacity: capacity.max(2) }
    }

    /// What `author` wrote in before. `author` is any number that stands for one author, such as a hash of the name.
    pub fn of(&self, author: u64) -> Option<&History> {
        self.young.get(&author).or_else(|| self.old.get(&author))
    }

    /// Notes that `author` wrote a post in `found`; one that is in doubt is not noted.
    pub fn note(&mut self, author: u64, found: super::Detected) {
        if found.confidence < SURE || found.code == super::UNKNOWN {
            return;
        }
        if self.young.len() >= self.capacity / 2 && !self.young.contains_key(&author) {
            self.old = std::mem::take(&mut self.young);
        }
        let before = self.old.remove(&author).unwrap_or_default();
        self.young.entry(author).or_insert(before).add(found.code);
    }

    /// Forgets what `author` wrote in.
    pub fn forget(&mut self, author: u64) {
        self.young.remove(&author);
        self.old.remove(&author);
    }

    /// Authors held.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Detected, Identifier};

    fn sure(code: &'static str) -> Detected {
        Detected { code, confidence: 1.0, second: None }
    }

    #[test]
    fn authors_are_bounded_and_the_latest_are_kept() {
        let mut authors = AuthorLanguages::new(10);
        for author in 0..1000 {
            authors.note(author, sure("nl"));
            assert!(authors.len() <= 10);
        }
        assert!(authors.of(999).is_some());
        assert!(authors.of(1).is_none());
    }

    #[test]
    fn an_author_seen_often_stays() {
        let mut authors = AuthorLanguages::new(10);
        for author in 1..1000 {
            authors.note(0, sure("nl"));
            authors.note(author, sure("en"));
        }
        assert!(authors.of(0).is_some());
        authors.forget(0);
        assert!(authors.of(0).is_none());
    }

    #[test]
    fn a_doubtful_post_says_nothing_of_its_author() {
        let mut authors = AuthorLanguages::new(10);
        authors.note(1, Detected { code: "nl", confidence: 0.4, second: None });
        authors.note(1, Detected { code: "und", confidence: 0.9, second: None });
        assert!(authors.is_empty());
    }

    #[test]
    fn history_keeps_the_frequent_languages_and_lets_old_ones_fade() {
        let mut history = History::default();
        for code in ["nl", "nl", "nl", "nl", "en", "de", "fr", "es"] {
            history.add(code);
        }
        let kept: Vec<_> = history.iter().map(|(code, _)| code).collect();
        assert!(kept.contains(&"nl") && kept.contains(&"es"), "{kept:?}");
        for _ in 0..100_000 {
            history.add("nl");
        }
        assert_eq!(history.iter().map(|(code, _)| code).collect::<Vec<_>>(), ["nl"]);
    }

    #[test]
    fn a_word_of_many_languages_is_told_by_what_is_known() {
        let identifier = Identifier::built_in();
        let of = |hint| identifier.identify("start", Evidence { hint, history: None }).code;
        assert_eq!((of(Some("nl")), of(Some("de-AT"))), ("nl", "de"));
        let mut history = History::default();
        for _ in 0..20 {
            history.add("sv");
        }
        assert_eq!(identifier.identify("start", Evidence { hint: None, history: Some(&history) }).code, "sv");
    }

    #[test]
    fn a_wrong_declaration_does_not_change_a_clear_text() {
        let text = "De bezorging was veel te laat en niemand nam de telefoon op";
        let found = Identifier::built_in().identify(text, Evidence { hint: Some("en"), history: None });
        assert_eq!(found.code, "nl");
    }
}
