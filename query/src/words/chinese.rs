//! Chinese words, by jieba and its own dictionary, which is part of the program.

use std::{ops::Range, sync::LazyLock};

use jieba_rs::Jieba;

/// Loaded with the first Chinese text: 0.2 s and 35 MB.
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Fewest characters of a part of a compound.
const MIN_PART: usize = 2;
/// Longest word that is looked at as a compound, in characters.
const MAX_COMPOUND: usize = 12;

/// Calls `word` with the place of each word of `text`, a run of Chinese characters.
///
/// Compounds are cut into their words, as search engines do: `手机电池` is found by `电池`.
pub(crate) fn cut(text: &str, mut word: impl FnMut(Range<usize>)) {
    let mut from = 0;
    // With the model for words that are not in the dictionary, such as names.
    for token in JIEBA.cut(text, true) {
        let borders: Vec<usize> = token.word.char_indices().map(|(at, _)| at).chain([token.word.len()]).collect();
        let may_be_compound = borders.len() <= MAX_COMPOUND + 1;
        let inner = if may_be_compound { inner_borders(token.word, &borders) } else { None };
        let mut start = 0;
        for end in inner.unwrap_or_default().into_iter().chain([token.word.len()]) {
            word(from + start..from + end);
            start = end;
        }
        from += token.word.len();
    }
}

/// Where the words of a compound meet, the first ones short; `None` if not all of it is words of the dictionary.
///
/// `borders` are the beginnings of its characters, and its end.
fn inner_borders(compound: &str, borders: &[usize]) -> Option<Vec<usize>> {
    let is_word = |at: Range<usize>| compound.get(at).is_some_and(|part| JIEBA.has_word(part));
    let end = *borders.last()?;
    for length in MIN_PART..borders.len().saturating_sub(MIN_PART) {
        let (start, middle) = (borders[0], borders[length]);
        if is_word(start..middle)
            && let Some(mut inner) =
                inner_borders(compound, &borders[length..]).or_else(|| is_word(middle..end).then(Vec::new))
        {
            inner.insert(0, middle);
            return Some(inner);
        }
    }
    None
}
