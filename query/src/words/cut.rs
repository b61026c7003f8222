//! From a text to its words.

use std::{ops::Range, path::Path, sync::Arc};

use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    Mark, Token, Traits, Words,
    alias::is_joint,
    chinese, form,
    japanese::{Dictionary, DictionaryError},
    latin,
    script::{is_alphanumeric, is_continuous, is_han, is_hangul, is_kana},
};
use crate::Document;

/// Text with fewer kana than this for each Chinese character is Chinese: a の alone makes nobody Japanese.
const HAN_PER_KANA: usize = 10;
/// Longest run given to a dictionary at once, which bounds its memory.
///
/// Unit: characters.
const MAX_RUN: usize = 2_000;
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Cuts texts into words. Cheap to clone.
#[derive(Clone, Default)]
pub struct Segmenter {
    japanese: Option<Arc<Dictionary>>,
}

/// Who cuts the runs of letters without spaces.
#[derive(Clone, Copy)]
enum Cutter<'d> {
    Letters,
    Japanese(&'d Dictionary),
    Chinese,
}

impl Segmenter {
    /// A segmenter that knows Japanese words from the dictionary in `folder`.
    ///
    /// # Errors
    ///
    /// [`DictionaryError`] when there is no dictionary that this version can read.
    pub fn with_japanese(folder: &Path) -> Result<Self, DictionaryError> {
        Ok(Self { japanese: Some(Arc::new(Dictionary::load(folder)?)) })
    }

    /// Whether Japanese words come from a dictionary.
    pub fn knows_japanese(&self) -> bool {
        self.japanese.is_some()
    }

    /// Cuts `text` into words, in place of those that `words` held.
    pub fn cut(&self, text: &str, words: &mut Words) {
        words.clear();
        words.add(text, 0, self.cutter(&[text]));
    }

    /// Cuts title and text of `document`. Places are those in `title + "\n" + text`, or in `text` if it has no title.
    pub fn cut_document(&self, document: &Document, words: &mut Words) {
        let Some(title) = document.title else { return self.cut(document.text, words) };
        words.clear();
        let cutter = self.cutter(&[title, document.text]);
        words.add(title, 0, cutter);
        words.in_title = words.len();
        words.add(document.text, title.len() + 1, cutter);
    }

    fn cutter(&self, texts: &[&str]) -> Cutter<'_> {
        // The first byte of every Chinese character and kana is one of these.
        let may_be = |text: &&str| text.bytes().any(|byte| byte >= 0xe3);
        if !texts.iter().any(may_be) {
            return Cutter::Letters;
        }
        let (mut kana, mut han) = (0_usize, 0_usize);
        for c in texts.iter().flat_map(|text| text.chars()) {
            kana += usize::from(is_kana(c));
            han += usize::from(is_han(c));
        }
        match &self.japanese {
            _ if kana == 0 && han == 0 => Cutter::Letters,
            Some(dictionary) if kana * HAN_PER_KANA >= han => Cutter::Japanese(dictionary),
            None if kana * HAN_PER_KANA >= han => Cutter::Letters,
            _ => Cutter::Chinese,
        }
    }
}

impl Cutter<'_> {
    fn takes(self, c: char) -> bool {
        match self {
            Self::Letters => false,
            Self::Japanese(_) => is_han(c) || is_kana(c),
            Self::Chinese => is_han(c),
        }
    }

    fn cut(self, run: &str, word: impl FnMut(Range<usize>)) {
        match self {
            Self::Letters => {}
            Self::Japanese(dictionary) => dictionary.cut(run, word),
            Self::Chinese => chinese::cut(run, word),
        }
    }
}

impl Words {
    /// Cuts without any dictionary, for terms: they are compared letter by letter where there are no spaces.
    pub(crate) fn cut_letters(&mut self, text: &str) {
        self.clear();
        self.add(text, 0, Cutter::Letters);
    }

    /// Adds the words of `text`, which stands at `offset`. No word spans white space, so what is between is cut apart.
    fn add(&mut self, text: &str, offset: usize, cutter: Cutter) {
        let bytes = text.as_bytes();
        let mut start = 0;
        while start < bytes.len() && offset + start <= u32::MAX as usize {
            let length = bytes[start..].iter().position(|byte| is_space(*byte)).unwrap_or(bytes.len() - start);
            if let Some(chunk) = text.get(start..start + length).filter(|chunk| !chunk.is_empty()) {
                self.add_chunk(chunk, offset + start, cutter);
            }
            start += length + 1;
        }
    }

    fn add_chunk(&mut self, chunk: &str, offset: usize, cutter: Cutter) {
        let (tokens, forms) = (self.tokens.len(), self.forms.len());
        let simple = latin::cut(chunk, |word| {
            let traits = Traits { mark: mark_before(chunk, word.at.start), joined: word.joined, ..Traits::default() };
            let written = chunk.get(word.at.clone()).unwrap_or_default();
            let lower = self.forms.len();
            let bare = if word.ascii {
                self.forms.push_str(written);
                self.forms.get_mut(lower..).unwrap_or_default().make_ascii_lowercase();
                lower as u32
            } else {
                form::push_table_forms(&mut self.forms, written)
            };
            self.push(offset, word.at, lower, bare, traits);
        });
        if simple.is_err() {
            self.tokens.truncate(tokens);
            self.forms.truncate(forms);
            self.add_complex(chunk, offset, cutter);
        }
    }

    /// Runs that a dictionary cuts, and what is between.
    fn add_complex(&mut self, chunk: &str, offset: usize, cutter: Cutter) {
        let mut from = 0;
        while let Some(rest) = chunk.get(from..).filter(|rest| !rest.is_empty()) {
            let taken = rest.chars().next().is_some_and(|c| cutter.takes(c));
            let run_of =
                |(count, (_, c)): (usize, (usize, char))| cutter.takes(c) != taken || (taken && count == MAX_RUN);
            let end =
                rest.char_indices().enumerate().find(|place| run_of(*place)).map_or(rest.len(), |(_, (at, _))| at);
            let run = rest.get(..end).unwrap_or_default();
            if taken {
                cutter.cut(run, |at| self.add_word(chunk, from + at.start..from + at.end, offset));
            } else {
                self.add_unicode_words(chunk, from..from + end, offset);
            }
            from += end;
        }
    }

    /// Words by UAX #29, except that a zero-width space does not hide a word: it is put together again.
    fn add_unicode_words(&mut self, chunk: &str, run: Range<usize>, offset: usize) {
        let mut pending: Option<Range<usize>> = None;
        for (at, word) in chunk.get(run.clone()).unwrap_or_default().unicode_word_indices() {
            let at = run.start + at..run.start + at + word.len();
            match &mut pending {
                Some(before) if goes_on(chunk, before.end..at.start, at.clone()) => before.end = at.end,
                _ => {
                    if let Some(before) = pending.replace(at) {
                        self.add_word(chunk, before, offset);
                    }
                }
            }
        }
        if let Some(last) = pending {
            self.add_word(chunk, last, offset);
        }
    }

    fn add_word(&mut self, chunk: &str, at: Range<usize>, offset: usize) {
        let Some(written) = chunk.get(at.clone()).filter(|word| word.chars().any(is_alphanumeric)) else {
            return;
        };
        let lower = self.forms.len();
        let bare = form::push_forms(&mut self.forms, written);
        let form = self.forms.get(bare as usize..).unwrap_or_default();
        let traits = Traits {
            mark: mark_before(chunk, at.start),
            joined: form.contains(is_joint),
            hangul: form.contains(is_hangul),
            continuous: form.starts_with(is_continuous),
        };
        self.push(offset, at, lower, bare, traits);
    }

    fn push(&mut self, offset: usize, at: Range<usize>, lower: usize, bare: u32, traits: Traits) {
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        self.tokens.push(Token {
            start: narrow(offset + at.start),
            end: narrow(offset + at.end),
            lower: narrow(lower),
            bare,
            forms_end: narrow(self.forms.len()),
            traits,
        });
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn mark_before(chunk: &str, at: usize) -> Option<Mark> {
    chunk.get(..at)?.chars().next_back().and_then(Mark::of)
}

/// Whether only zero-width spaces stand between two parts of a word. In Thai and its like they end a word.
fn goes_on(chunk: &str, gap: Range<usize>, next: Range<usize>) -> bool {
    let invisible = |gap: &str| !gap.is_empty() && gap.chars().all(|c| c == ZERO_WIDTH_SPACE);
    chunk.get(gap).is_some_and(invisible) && !chunk.get(next).is_some_and(|word| word.starts_with(is_continuous))
}
