//! Reads the letters of a text, word by word, without what is in no language: links, handles, hashtags.

use unicode_normalization::char::compose;

use super::scripts::{APOSTROPHE, Kind, Script, kind};

/// Most letters of a text that are looked at. The language of the rest of a long text is hardly ever another one.
const MAX_LETTERS: usize = 360;
/// Most characters that are looked at, so that a megabyte of emoji costs no more than a paragraph.
const MAX_CHARS: usize = 2048;
/// A letter counts at most this often in a row: `sooooo` is `soo`.
const MAX_REPEATS: u8 = 2;

/// One letter: its script and its number in the alphabet. A word ends with [`Letter::GAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// As wide as the number, so that a buffer of them is cleared at once.
    pub(crate) script: u16,
    pub(crate) number: u16,
}

impl Letter {
    pub(crate) const GAP: Self = Self { script: 0, number: 0 };
}

/// The letters of a text. Starts and ends with a gap.
pub(crate) struct Letters {
    buffer: [Letter; MAX_LETTERS + 2],
    len: usize,
    /// Letters of each script.
    pub(crate) counts: [u32; Script::COUNT],
    /// The first letter of a script without a model.
    pub(crate) other: Option<char>,
}

impl Letters {
    /// Reads `text`.
    pub(crate) fn read(text: &str) -> Self {
        let mut letters =
            Self { buffer: [Letter::GAP; MAX_LETTERS + 2], len: 1, counts: [0; Script::COUNT], other: None };
        let (mut at, mut looked_at) = (0, 0);
        let mut before = ' ';
        let mut last_letter = ' ';
        let mut repeats = 0u8;
        while looked_at < MAX_CHARS
            && letters.len <= MAX_LETTERS
            && let Some(c) = char_at(text, at)
        {
            if before.is_ascii_alphabetic() && c.is_ascii_alphabetic() {
                // Most letters are these: the rest of a word.
                let plain = letters.put_plain(text.as_bytes().get(at..).unwrap_or_default(), before, &mut repeats);
                at += plain;
                looked_at += plain;
                before = char::from(text.as_bytes()[at - 1]);
                last_letter = before;
                continue;
            }
            let from = at;
            at += c.len_utf8();
            looked_at += 1;
            if !before.is_ascii_alphanumeric()
                && let Some(end) = unspoken(text, from, c)
            {
                looked_at += text.get(at..end).unwrap_or_default().chars().count();
                at = end.max(at);
                letters.gap();
                before = ' ';
                continue;
            }
            match kind(c) {
                Kind::Letter(script, number) => {
                    repeats = if c == before { repeats.saturating_add(1) } else { 1 };
                    if repeats <= MAX_REPEATS || script == Script::Other {
                        letters.push(script, number, c);
                    }
                    last_letter = c;
                }
                Kind::Accent => {
                    if let Some(whole) = compose(last_letter, c)
                        && let Kind::Letter(script, number) = kind(whole)
                    {
                        letters.replace_last(script, number);
                        last_letter = whole;
                    }
                }
                Kind::Silent => continue,
                Kind::Gap if matches!(c, '\'' | '’') && before.is_alphabetic() => letters.apostrophe(),
                Kind::Gap => letters.gap(),
            }
            before = c;
        }
        letters.gap();
        letters
    }

    /// All letters and gaps, in order.
    pub(crate) fn all(&self) -> &[Letter] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The script that most of the text is in.
    pub(crate) fn main_script(&self) -> Option<Script> {
        let weight = |script: Script| self.counts[script as usize] * script.letter_weight();
        let mut most = None;
        for script in Script::ALL {
            if weight(script) > most.map_or(0, weight) {
                most = Some(script);
            }
        }
        most
    }

    /// Another script that at least a quarter of the text is in.
    pub(crate) fn second_script(&self, main: Script) -> Option<Script> {
        let weight = |script: &Script| self.counts[*script as usize] * script.letter_weight();
        let all: u32 = Script::ALL.iter().map(weight).sum();
        if all == weight(&main) {
            return None;
        }
        Script::ALL.into_iter().filter(|script| *script != main && weight(script) * 4 >= all).max_by_key(weight)
    }

    fn push(&mut self, script: Script, number: u16, c: char) {
        self.put(Letter { script: script as u16, number });
        self.counts[script as usize] += 1;
        if script == Script::Other && self.other.is_none() {
            self.other = Some(c);
        }
    }

    /// Puts the ASCII letters that `bytes` begins with, of which the first is one, after `before`. Says how many they are.
    fn put_plain(&mut self, bytes: &[u8], before: char, repeats: &mut u8) -> usize {
        let room = (MAX_LETTERS + 1).saturating_sub(self.len);
        let (mut last, mut many, mut put) = (u8::try_from(before).unwrap_or_default(), *repeats, 0);
        let mut count = 0;
        for byte in bytes.iter().copied().take_while(u8::is_ascii_alphabetic) {
            many = if byte == last { many.saturating_add(1) } else { 1 };
            (last, count) = (byte, count + 1);
            if many <= MAX_REPEATS {
                self.buffer[self.len + put] = Letter { script: Script::Latin as u16, number: u16::from(byte | 0x20) };
                put += 1;
                if put == room {
                    break;
                }
            }
        }
        *repeats = many;
        self.len += put;
        self.counts[Script::Latin as usize] += u32::try_from(put).unwrap_or_default();
        count
    }

    fn replace_last(&mut self, script: Script, number: u16) {
        if let Some(last) = self.buffer.get_mut(self.len - 1)
            && last.script == script as u16
        {
            last.number = number;
        }
    }

    fn apostrophe(&mut self) {
        if let Some(&Letter { script, .. }) = self.buffer.get(self.len - 1)
            && script == Script::Latin as u16
        {
            self.put(Letter { script, number: APOSTROPHE });
        }
    }

    fn gap(&mut self) {
        if self.buffer.get(self.len - 1).is_some_and(|last| *last != Letter::GAP) {
            self.put(Letter::GAP);
        }
    }

    fn put(&mut self, letter: Letter) {
        if let Some(place) = self.buffer.get_mut(self.len) {
            *place = letter;
            self.len += 1;
        }
    }
}

/// The character that begins at `at`; most are one byte.
#[inline]
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        Some(_) => text.get(at..)?.chars().next(),
        None => None,
    }
}

/// Where a link, handle, hashtag or HTML entity that starts at `at` ends.
fn unspoken(text: &str, at: usize, first: char) -> Option<usize> {
    let rest = text.get(at..)?;
    let ends = |inside: fn(char) -> bool| {
        rest.char_indices().skip(1).find(|&(_, c)| !inside(c)).map_or(text.len(), |(end, _)| at + end)
    };
    match first {
        '@' => Some(ends(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))),
        '#' | '＃' => Some(ends(|c| c.is_alphanumeric() || c == '_')),
        '&' => rest.get(..rest.len().min(8)).and_then(|entity| entity.find(';')).map(|end| at + end + 1),
        'h' | 'H' | 'w' | 'W' => {
            let link = ["http://", "https://", "www."]
                .iter()
                .any(|start| rest.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)));
            link.then(|| ends(|c| c.is_ascii_graphic()))
        }
        _ => None,
    }
}
