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
    pub(crate) script: u8,
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
        let mut rest = text.char_indices().take(MAX_CHARS).peekable();
        let mut before = ' ';
        let mut last_letter = ' ';
        let mut repeats = 0u8;
        while let Some((at, c)) = rest.next() {
            if letters.len > MAX_LETTERS {
                break;
            }
            if !before.is_ascii_alphanumeric()
                && let Some(end) = unspoken(text, at, c)
            {
                while rest.next_if(|&(next, _)| next < end).is_some() {}
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
        self.put(Letter { script: script as u8, number });
        self.counts[script as usize] += 1;
        if script == Script::Other && self.other.is_none() {
            self.other = Some(c);
        }
    }

    fn replace_last(&mut self, script: Script, number: u16) {
        if let Some(last) = self.buffer.get_mut(self.len - 1)
            && last.script == script as u8
        {
            last.number = number;
        }
    }

    fn apostrophe(&mut self) {
        if let Some(&Letter { script, .. }) = self.buffer.get(self.len - 1)
            && script == Script::Latin as u8
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
