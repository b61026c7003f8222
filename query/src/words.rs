//! Cutting a text into words, the same way for texts and for queries.
//!
//! A word is a Unicode word (UAX #29) with case and accents removed. Japanese has no spaces: its words come from a
//! dictionary. Without one, and in Chinese, each character is a word, and a term is found as a row of them.

use std::{borrow::Cow, ops::Range, path::Path, sync::Arc};

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::japanese::{Dictionary, DictionaryError};

/// Cuts texts into words. Cheap to clone.
#[derive(Clone, Default)]
pub struct Segmenter {
    japanese: Option<Arc<Dictionary>>,
}

/// The words of one text, in order.
#[derive(Clone, Debug, Default)]
pub struct Words {
    normal: String,
    words: Vec<Word>,
}

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
    /// `#` or `@` right before it.
    pub mark: Option<char>,
    normal: Range<usize>,
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

    /// Cuts `text` into words.
    pub fn words(&self, text: &str) -> Words {
        match &self.japanese {
            Some(dictionary) if text.chars().any(is_kana) => self.japanese_words(dictionary, text),
            _ => unicode_words(text),
        }
    }

    /// Cuts a query's term: a term in Chinese characters alone may be Japanese too, so it gives both readings.
    pub(crate) fn term_words(&self, term: &str) -> Vec<Words> {
        let mut readings = vec![self.words(term)];
        if let Some(dictionary) = &self.japanese
            && term.chars().any(is_han)
        {
            readings.push(unicode_words(term));
            readings.push(self.japanese_words(dictionary, term));
        }
        readings.dedup_by(|a, b| a.iter().map(|(_, word)| word).eq(b.iter().map(|(_, word)| word)));
        readings
    }

    /// Japanese text is mixed with names and numbers in other scripts: only its runs go through the dictionary.
    fn japanese_words(&self, dictionary: &Dictionary, text: &str) -> Words {
        let mut words = Words::default();
        let mut from = 0;
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let japanese = rest.chars().next().is_some_and(is_japanese);
            let length = rest.find(|c| is_japanese(c) != japanese).unwrap_or(rest.len());
            let run = rest.get(..length).unwrap_or_default();
            if japanese {
                dictionary.cut(run, |at| words.push(text, from + at.start..from + at.end));
            } else {
                for (at, word) in run.unicode_word_indices() {
                    words.push(text, from + at..from + at + word.len());
                }
            }
            from += length;
        }
        words
    }
}

fn unicode_words(text: &str) -> Words {
    let mut words = Words { normal: String::with_capacity(text.len()), words: Vec::with_capacity(text.len() / 5) };
    for (at, word) in text.unicode_word_indices() {
        words.push(text, at..at + word.len());
    }
    words
}

impl Words {
    fn push(&mut self, text: &str, at: Range<usize>) {
        let Some(word) = text.get(at.clone()).filter(|word| word.chars().any(char::is_alphanumeric)) else { return };
        let mark =
            text.get(..at.start).and_then(|before| before.chars().next_back()).filter(|c| matches!(c, '#' | '@'));
        let from = self.normal.len();
        push_normal(&mut self.normal, word);
        self.words.push(Word { at, mark, normal: from..self.normal.len() });
    }

    /// Each word with its normal form: lower case, without accents.
    pub fn iter(&self) -> impl Iterator<Item = (&Word, &str)> {
        self.words.iter().map(|word| (word, self.normal_form(word)))
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn normal_form(&self, word: &Word) -> &str {
        self.normal.get(word.normal.clone()).unwrap_or_default()
    }
}

/// Appends `word` in lower case and without accents.
fn push_normal(normal: &mut String, word: &str) {
    if word.is_ascii() {
        normal.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        return;
    }
    let straight = if word.contains('’') { Cow::Owned(word.replace('’', "'")) } else { Cow::Borrowed(word) };
    // Only the accents of alphabets go: the marks of kana and Hangul tell letters apart, and composing keeps them.
    let bare = straight.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).nfc();
    normal.extend(bare.flat_map(char::to_lowercase));
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々')
}

fn is_japanese(c: char) -> bool {
    is_kana(c) || is_han(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Vec<String> {
        Segmenter::default().words(text).iter().map(|(_, word)| word.to_owned()).collect()
    }

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(normal("Café CRÈME, l’été ÉTÉ!"), ["cafe", "creme", "l'ete", "ete"]);
        assert_eq!(normal("ＡＢＣ 3.5 a_b"), ["abc", "3.5", "a_b"]);
        assert_eq!(normal("バッテリー"), ["バッテリー"]);
    }

    #[test]
    fn marks_and_places_are_kept() {
        let text = "Hé @Jan, #fairphone 🎉";
        let words = Segmenter::default().words(text);
        let found: Vec<_> = words.iter().map(|(word, _)| (word.mark, text.get(word.at.clone()))).collect();
        assert_eq!(found, [(None, Some("Hé")), (Some('@'), Some("Jan")), (Some('#'), Some("fairphone"))]);
    }
}
