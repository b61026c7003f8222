//! Other forms of a text to learn from: parts of it, and without accents, as people post.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// Share of texts of which only some words are learned.
const CUT: f32 = 0.6;
/// Most words of such a part.
const PART: usize = 6;
/// Share of texts that lose their accents.
const PLAIN: f32 = 0.06;

/// A small generator of random numbers (SplitMix64), the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn chance(&mut self, share: f32) -> bool {
        ((self.next() >> 40) as f32) < share * (1u64 << 24) as f32
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// `text` in the form to learn from this time.
pub(crate) fn altered<'a>(text: &'a str, random: &mut Random) -> Cow<'a, str> {
    let text = if random.chance(CUT) { Cow::Borrowed(part(text, random)) } else { Cow::Borrowed(text) };
    if random.chance(PLAIN) {
        return Cow::Owned(text.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).collect());
    }
    text
}

/// A few words of `text`; of a text without spaces, a few characters.
fn part<'a>(text: &'a str, random: &mut Random) -> &'a str {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(text.match_indices(char::is_whitespace).map(|(at, space)| at + space.len()));
    if starts.len() < 3 && text.len() > 60 {
        starts = text.char_indices().map(|(at, _)| at).step_by(2).collect();
    }
    let length = 1 + random.below(PART);
    if starts.len() <= length {
        return text;
    }
    let first = random.below(starts.len() - length + 1);
    let end = starts.get(first + length).copied().unwrap_or(text.len());
    starts.get(first).and_then(|start| text.get(*start..end)).unwrap_or(text)
}
