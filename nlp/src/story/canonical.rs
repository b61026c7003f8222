//! The words of a text that are its own: without addresses, without what sharing adds.

use std::ops::Range;

use super::{Hash, generic};
use crate::reading::{is_alphanumeric, is_unspaced};

/// A word, or two neighbouring characters of a script without spaces.
pub(crate) struct Token {
    pub(crate) at: Range<usize>,
    pub(crate) hash: u64,
    /// Holds a digit.
    pub(crate) number: bool,
    /// Says nothing of its own.
    pub(crate) generic: bool,
}

/// The tokens of a folded text, in order.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Where what sharing added begins: tags, links and handles at the end, a word that was cut off.
    end: usize,
    words: usize,
    /// Characters of scripts without spaces so far.
    unspaced: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let start = after_retweet(text);
        let end = before_additions(text);
        // Nothing but tags: then they are what it says.
        let end = if end > start { end } else { text.len() };
        Self { text, at: start, end, words: 0, unspaced: 0 }
    }

    /// How many words there were so far; two characters of a script without spaces are about one.
    pub(crate) fn words(&self) -> usize {
        self.words + self.unspaced / 2
    }

    /// As how many words of a script with spaces their runs tell texts apart.
    pub(crate) fn words_of_runs(&self) -> usize {
        self.words + self.unspaced / 4
    }

    /// The next token, which is looked up among the generic words if `look_up`.
    pub(crate) fn next(&mut self, look_up: bool) -> Option<Token> {
        loop {
            let rest = self.text.get(self.at..self.end)?;
            let first = rest.chars().next()?;
            if is_unspaced(first) && is_alphanumeric(first) {
                return Some(self.pair(first, rest));
            }
            if is_address(rest) {
                self.at += rest.find(char::is_whitespace).unwrap_or(rest.len());
            } else if is_alphanumeric(first) {
                return Some(self.word(rest, look_up));
            } else {
                self.at += first.len_utf8();
            }
        }
    }

    /// Two characters, of which the second begins the next token.
    fn pair(&mut self, first: char, rest: &str) -> Token {
        let from = self.at;
        self.at += first.len_utf8();
        self.unspaced += 1;
        let second = rest.chars().nth(1).filter(|c| is_unspaced(*c) && is_alphanumeric(*c));
        let hash = Hash::START.then(u64::from(u32::from(first))).then(second.map_or(0, |c| u64::from(u32::from(c))));
        Token { at: from..self.at + second.map_or(0, char::len_utf8), hash: hash.0, number: false, generic: false }
    }

    fn word(&mut self, rest: &str, look_up: bool) -> Token {
        let (mut hash, mut number, mut length) = (Hash::START, false, 0);
        let bytes = rest.as_bytes();
        loop {
            // Most letters are these.
            while let Some(byte) = bytes.get(length).filter(|byte| byte.is_ascii_alphanumeric()) {
                number |= byte.is_ascii_digit();
                hash = hash.then(u64::from(*byte));
                length += 1;
            }
            let Some(c) = rest.get(length..).and_then(|rest| rest.chars().next()) else { break };
            // Digits keep what is between them: 3.5 and 799,00 are one word. Apostrophes do not part a word.
            let inside =
                matches!(c, '.' | ',' | ':') && number && rest.get(length + 1..).is_some_and(begins_with_digit);
            if !(is_alphanumeric(c) && !is_unspaced(c) || c == '\'' || inside) {
                break;
            }
            number |= c.is_numeric();
            length += c.len_utf8();
            if c != '\'' {
                hash = hash.then(u64::from(u32::from(c)));
            }
        }
        let at = self.at..self.at + length;
        self.at += length;
        self.words += 1;
        let generic = look_up && !number && rest.get(..length).is_some_and(generic::is_generic);
        Token { at, hash: hash.0, number, generic }
    }
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// A link or a handle.
#[inline]
fn is_address(text: &str) -> bool {
    // Few texts go on with the first byte of any.
    if !matches!(text.as_bytes().first(), Some(b'@' | 0xef | b'h' | b'w' | b'p')) {
        return false;
    }
    let begins = |start: &str| text.starts_with(start);
    begins("@")
        || begins("＠")
        || begins("http://")
        || begins("https://")
        || begins("www.")
        || begins("pic.twitter.com/")
}

/// Where the text begins after `RT @x:`, leading handles and quotation marks.
fn after_retweet(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let skipped = rest.len() - rest.trim_start_matches([' ', '\n', '"', '.', ':', '>', '\u{a0}']).len();
        let rest = rest.get(skipped..).unwrap_or_default();
        let shared = ["rt @", "rt: @", "mt @", "via @", "qt @"].iter().find(|form| rest.starts_with(**form));
        let skip = match shared {
            Some(form) => form.len() - 1,
            None if is_address(rest) => rest.find(char::is_whitespace).unwrap_or(rest.len()),
            None => return at + skipped,
        };
        at += skipped + skip;
    }
    text.len()
}

/// Where the tags, links, handles and the cut-off word at the end begin.
fn before_additions(text: &str) -> usize {
    let mut end = text.len();
    loop {
        let kept = text.get(..end).unwrap_or_default().trim_end_matches(|c: char| !is_alphanumeric(c) && c != '…');
        if let Some(cut) = kept.strip_suffix('…').or_else(|| cut_by_dots(text, kept, end)) {
            // "…" stands for the rest of the word before it, if there is no space between.
            let whole = cut.ends_with(char::is_whitespace) || cut.chars().next_back().is_some_and(is_unspaced);
            end = if whole { cut.trim_end().len() } else { cut.rfind(char::is_whitespace).unwrap_or(0) };
            continue;
        }
        let word = kept.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let Some(last) = kept.get(word..) else { return end };
        let via = last.len() < 4 && matches!(last, "via" | "by" | "rt");
        let after_handle = text.get(end..).is_some_and(|after| after.trim_start().starts_with('@'));
        if last.starts_with(['#', '＃']) || is_address(last) || via && after_handle {
            end = word;
        } else {
            return kept.len();
        }
    }
}

/// What stands before three dots at the end: they cut a word off when a link follows or nothing does.
fn cut_by_dots<'a>(text: &'a str, kept: &'a str, end: usize) -> Option<&'a str> {
    let dots = text.get(kept.len()..end)?;
    (dots.starts_with("...") && !dots.starts_with("....") && text.len() >= 100).then_some(kept)
}
