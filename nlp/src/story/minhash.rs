//! MinHash: of many hash functions, the smallest value over a set; two sets agree in a share of them that is their
//! Jaccard similarity.

use super::{BANDS, Hash};

/// Values in a band: all must agree.
const ROWS: usize = 4;
/// Hash functions. The first `BANDS * ROWS` make the bands, the first 52 give a bit each to the sketch.
const FUNCTIONS: usize = 52;

/// Odd factors, one a function, from a fixed sequence.
const FACTORS: [u32; FUNCTIONS] = {
    let mut factors = [0; FUNCTIONS];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut at = 0;
    while at < FUNCTIONS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        factors[at] = (state >> 32) as u32 | 1;
        at += 1;
    }
    factors
};

/// The smallest values so far.
pub(crate) struct MinHash {
    least: [u32; FUNCTIONS],
}

impl Default for MinHash {
    fn default() -> Self {
        Self { least: [u32::MAX; FUNCTIONS] }
    }
}

impl MinHash {
    pub(crate) fn add(&mut self, shingle: Hash) {
        let (low, high) = (shingle.0 as u32, (shingle.0 >> 32) as u32);
        for (least, factor) in self.least.iter_mut().zip(FACTORS) {
            // Both halves count, so that functions differ in more than a factor.
            *least = (*least).min((low ^ factor.rotate_left(16)).wrapping_mul(factor) ^ high);
        }
    }

    /// Keys of four values each; the number of the band is part of its key.
    pub(crate) fn bands(&self) -> [u64; BANDS] {
        std::array::from_fn(|band| {
            let rows = &self.least[band * ROWS..(band + 1) * ROWS];
            rows.iter().fold(Hash::START.then(band as u64 + 1), |hash, least| hash.then(u64::from(*least))).key()
        })
    }

    /// One bit of each value.
    pub(crate) fn sketch(&self) -> u64 {
        let bit = |least: &u32| u64::from(least.wrapping_mul(0x9e37_79b1) >> 31);
        self.least.iter().enumerate().fold(0, |sketch, (at, least)| sketch | bit(least) << at)
    }
}
