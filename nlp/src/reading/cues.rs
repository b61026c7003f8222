//! Words and phrases that tell something, of all languages, found in one pass.
//!
//! A cue list is a text of lines `what<TAB>language<TAB>phrase, phrase, …`. The language `*` counts everywhere. A star
//! after a phrase lets its last word go on (`bezorg*`), one before it lets the first word begin earlier.

use super::{fold::fold, is_alphanumeric, is_unspaced, trie::Trie};
use crate::{aspects, clauses, intent, spam};

/// What a cue tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cue {
    /// How clauses and words bear on each other.
    Clause(clauses::Mark),
    /// An opinion, -2 to 2.
    Opinion(f32),
    /// Something about what the author wants.
    Intent(intent::Sign),
    /// Something that spam and adverts say.
    Spam(spam::Reason),
}

impl Cue {
    /// Cues of one kind that overlap are one cue: the longest.
    fn kind(self) -> u8 {
        match self {
            Self::Clause(_) => 0,
            Self::Opinion(_) => 1,
            Self::Intent(sign) => 2 + sign as u8,
            Self::Spam(reason) => 64 + reason as u8,
        }
    }
}

/// A cue at its place in the folded text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) cue: Cue,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// All cues.
pub(crate) struct CueTable {
    /// Cues that begin where a word does.
    words: Trie<Entry>,
    /// Cues that begin anywhere.
    endings: Trie<Entry>,
}

struct Entry {
    cue: Cue,
    /// `None` counts everywhere.
    lang: Option<[u8; 2]>,
    open_end: bool,
}

impl CueTable {
    pub(crate) fn built_in() -> Self {
        let (mut words, mut endings) = (Vec::new(), Vec::new());
        let mut read = |list, tells: &dyn Fn(&str) -> Option<Cue>| read_list(list, tells, &mut words, &mut endings);
        read(clauses::CUES, &|what| clauses::Mark::named(what).map(Cue::Clause));
        read(aspects::OPINIONS, &|what| what.parse().ok().map(Cue::Opinion));
        read(intent::CUES, &|what| intent::Sign::named(what).map(Cue::Intent));
        read(spam::CUES, &|what| spam::Reason::named(what).map(Cue::Spam));
        Self { words: Trie::new(words), endings: Trie::new(endings) }
    }

    /// Fills `hits` with the cues that count in `lang`.
    pub(crate) fn find(&self, folded: &str, lang: &str, hits: &mut Vec<Hit>) {
        hits.clear();
        let lang: Option<[u8; 2]> = lang.as_bytes().try_into().ok();
        let mut add = |entry: &Entry, start: usize, end: usize| {
            let here = entry.lang.is_none() || lang.is_none() || entry.lang == lang;
            if here && (entry.open_end || ends(folded, end)) {
                hits.push(Hit { cue: entry.cue, start, end });
            }
        };
        let bytes = folded.as_bytes();
        let mut in_word = false;
        for (start, byte) in bytes.iter().enumerate() {
            let goes_on = std::mem::replace(&mut in_word, byte.is_ascii_alphanumeric()) && in_word;
            self.endings.walk(bytes, start, |entry, end| add(entry, start, end));
            // Of other letters it is only looked up whether they begin a word when a cue stands there.
            if !goes_on {
                self.words.walk(bytes, start, |entry, end| {
                    if begins(folded, start) {
                        add(entry, start, end);
                    }
                });
            }
        }
        hits.sort_unstable_by_key(|hit| (hit.cue.kind(), hit.start, usize::MAX - hit.end));
        let mut reach = (u8::MAX, 0);
        hits.retain(|hit| {
            let kind = hit.cue.kind();
            let covered = reach.0 == kind && hit.end <= reach.1;
            reach = if reach.0 == kind { (kind, reach.1.max(hit.end)) } else { (kind, hit.end) };
            !covered
        });
        hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
    }
}

/// Adds the cues of a list to those that begin where a word does, or to those that begin anywhere.
fn read_list(
    list: &'static str,
    tells: &dyn Fn(&str) -> Option<Cue>,
    words: &mut Vec<(String, Entry)>,
    endings: &mut Vec<(String, Entry)>,
) {
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut fields = line.split('\t');
        let (Some(what), Some(lang), Some(phrases)) = (fields.next(), fields.next(), fields.next()) else {
            unreachable!("a cue list has three fields a line: {line}")
        };
        let cue = tells(what).unwrap_or_else(|| unreachable!("`{what}` is not known in a cue list"));
        let lang = <[u8; 2]>::try_from(lang.as_bytes()).ok();
        for phrase in phrases.split(',').map(str::trim).filter(|phrase| !phrase.is_empty()) {
            let (phrase, rows) =
                phrase.strip_prefix('*').map_or((phrase, &mut *words), |phrase| (phrase, &mut *endings));
            let (phrase, open_end) = phrase.strip_suffix('*').map_or((phrase, false), |phrase| (phrase, true));
            let mut pattern = String::with_capacity(phrase.len());
            phrase.chars().for_each(|c| fold(c, &mut pattern));
            rows.push((pattern, Entry { cue, lang, open_end }));
        }
    }
}

/// Letters that Arabic writes onto the front of a word: and, so, with, for, as, the.
const ARABIC_CLITICS: [char; 6] = ['و', 'ف', 'ب', 'ل', 'ك', 'ا'];

/// Whether a word begins at `at`, or none is told apart there.
fn begins(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let (Some(first), Some(last)) = (after.chars().next(), before.chars().next_back()) else { return true };
    if !is_alphanumeric(first) || is_unspaced(first) || !is_alphanumeric(last) || is_unspaced(last) {
        return true;
    }
    ('\u{600}'..='\u{6ff}').contains(&first)
        && before.chars().rev().take_while(|c| is_alphanumeric(*c)).take(4).collect::<Clitics>().allowed()
}

/// Whether a word ends at `at`, or none is told apart there.
fn ends(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let (Some(last), Some(next)) = (before.chars().next_back(), after.chars().next()) else { return true };
    !is_alphanumeric(last) || is_unspaced(last) || !is_alphanumeric(next) || is_unspaced(next)
}

/// What stands before a cue within its word.
struct Clitics {
    length: usize,
    only: bool,
}

impl Clitics {
    fn allowed(&self) -> bool {
        self.length <= 3 && self.only
    }
}

impl FromIterator<char> for Clitics {
    fn from_iter<I: IntoIterator<Item = char>>(letters: I) -> Self {
        let start = Self { length: 0, only: true };
        letters.into_iter().fold(start, |so_far, c| Self {
            length: so_far.length + 1,
            only: so_far.only && ARABIC_CLITICS.contains(&c),
        })
    }
}
