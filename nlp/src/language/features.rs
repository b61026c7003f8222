//! The features of a text: the letter sequences within its words, and the words, hashed.

use super::{
    reader::{Letter, Letters},
    scripts::Script,
};

/// Most features of a text. Sums of this many weights of eight bits fit into sixteen.
pub(crate) const MAX_FEATURES: usize = 200;

/// Stands for a whole word where sequences have their length.
const WORD: u32 = 0;

/// Features of one text, as hashes of 32 bits; a table takes as many of the upper bits as it has rows.
pub(crate) struct Features {
    hashes: [u32; MAX_FEATURES],
    len: usize,
}

impl Features {
    /// The features of the words of `letters` in `script`.
    pub(crate) fn of(letters: &Letters, script: Script) -> Self {
        let mut features = Self { hashes: [0; MAX_FEATURES], len: 0 };
        if script == Script::Han {
            // One character is half a word, and there are thousands of them.
            features.take::<16, 1, 2>(letters.all(), script);
        } else {
            features.take::<8, 3, 5>(letters.all(), script);
        }
        features
    }

    /// The hashes.
    pub(crate) fn hashes(&self) -> &[u32] {
        self.hashes.get(..self.len).unwrap_or_default()
    }

    /// Each word, and its sequences of `SHORTEST` to `LONGEST` letters of `BITS` bits. The gaps around a word count as
    /// letters, so that its start and end are told from its middle.
    fn take<const BITS: u32, const SHORTEST: u32, const LONGEST: u32>(&mut self, letters: &[Letter], script: Script) {
        let (mut window, mut known, mut word) = (0u64, 1, 0u64);
        for letter in letters.iter().skip(1) {
            let inside = letter.script == script as u16;
            if !inside && known == 1 {
                continue;
            }
            let number = if inside { u64::from(letter.number) & ((1 << BITS) - 1) } else { 0 };
            window = window << BITS | number;
            word = mixed(word, number);
            known += 1;
            for length in SHORTEST..=LONGEST.min(known) {
                self.put(hash(window & ((1 << (BITS * length)) - 1), length));
            }
            if !inside {
                self.put(hash(word, WORD));
                (window, known, word) = (0, 1, 0);
            }
        }
    }

    fn put(&mut self, hash: u32) {
        if let Some(place) = self.hashes.get_mut(self.len) {
            *place = hash;
            self.len += 1;
        }
    }
}

/// The number of a word so far, with one more letter (FxHash).
fn mixed(word: u64, number: u64) -> u64 {
    (word.rotate_left(5) ^ number).wrapping_mul(0x517C_C1B7_2722_0A95)
}

/// Multiplicative hashing; the length keeps a sequence apart from a longer one that starts with a gap.
fn hash(sequence: u64, length: u32) -> u32 {
    let mixed = (sequence ^ u64::from(length) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
}
