//! A linear model over hashed letter sequences: one table of weights of eight bits a script.

use super::{features::Features, scripts::Script};

/// Most languages of one table.
pub(crate) const MAX_LANGUAGES: usize = 64;

/// What a script's letters say about the languages written in it.
pub(crate) struct Table {
    pub(crate) script: Script,
    /// The languages, in the order of the scores.
    pub(crate) languages: Vec<&'static str>,
    /// Score of a language before anything is read.
    pub(crate) bias: Vec<f32>,
    /// What one step of a weight is worth.
    pub(crate) scale: f32,
    /// What scores are divided by to be log odds that hold.
    pub(crate) temperature: f32,
    /// 2 to the power of this many rows.
    pub(crate) bits: u32,
    /// Where Croatian, Serbian and Bosnian are, a bit each.
    pub(crate) serbo_croatian: u64,
    /// Weights of one language after the other within a row; rows of `width` weights.
    pub(crate) lines: Vec<Line>,
}

/// As many weights as the processor fetches at once.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [i8; MAX_LANGUAGES]);

/// Score of each language, as log odds. Only as many as there are languages count.
pub(crate) type Scores = [f32; MAX_LANGUAGES];

/// Languages that are one to a reader of short texts.
pub(crate) const SERBO_CROATIAN: [&str; 3] = ["hr", "sr", "bs"];

/// Which of `languages` they are, a bit each.
pub(crate) fn serbo_croatian(languages: &[&str]) -> u64 {
    let is_one = |(_, code): &(usize, &&str)| SERBO_CROATIAN.contains(*code);
    languages.iter().enumerate().filter(is_one).fold(0, |bits, (place, _)| bits | 1 << place)
}

/// Weights in a row for this many languages.
pub(crate) fn width(languages: usize) -> usize {
    match languages {
        0..=8 => 8,
        9..=16 => 16,
        17..=32 => 32,
        _ => 64,
    }
}

impl Table {
    /// The table of a script with one language: nothing to weigh.
    pub(crate) fn of_one(script: Script, languages: Vec<&'static str>) -> Self {
        let lines = vec![Line([0; MAX_LANGUAGES])];
        let serbo_croatian = serbo_croatian(&languages);
        Self { script, languages, bias: vec![0.0], scale: 1.0, temperature: 1.0, bits: 3, serbo_croatian, lines }
    }

    /// How well `features` fit each language.
    pub(crate) fn scores(&self, features: &Features) -> Scores {
        let sums = match width(self.languages.len()) {
            8 => widen(self.sums::<8>(features)),
            16 => widen(self.sums::<16>(features)),
            32 => widen(self.sums::<32>(features)),
            _ => self.sums::<64>(features),
        };
        let scale = self.scale / (features.hashes().len().max(1) as f32).sqrt();
        let mut scores = [f32::NEG_INFINITY; MAX_LANGUAGES];
        for ((score, sum), bias) in scores.iter_mut().zip(sums).zip(&self.bias) {
            *score = (f32::from(sum) * scale + bias) / self.temperature;
        }
        scores
    }

    /// Touches the lines of all features, so that they come from memory side by side and not one after the other.
    #[inline]
    fn fetch(&self, features: &Features, rows_per_line: usize) {
        let shift = 32 - self.bits;
        let touched = features.hashes().iter().fold(0, |touched, hash| {
            let line = self.lines.get((hash >> shift) as usize / rows_per_line);
            touched ^ line.map_or(0, |line| line.0[0])
        });
        std::hint::black_box(touched);
    }

    fn sums<const WIDTH: usize>(&self, features: &Features) -> [i16; WIDTH] {
        let shift = 32 - self.bits;
        let rows_per_line = MAX_LANGUAGES / WIDTH;
        self.fetch(features, rows_per_line);
        let mut sums = [0i16; WIDTH];
        for hash in features.hashes() {
            let row = (hash >> shift) as usize;
            let Some(line) = self.lines.get(row / rows_per_line) else { continue };
            let Some(weights) = line.0.as_chunks::<WIDTH>().0.get(row % rows_per_line) else { continue };
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = sum.wrapping_add(i16::from(*weight));
            }
        }
        sums
    }
}

fn widen<const WIDTH: usize>(sums: [i16; WIDTH]) -> [i16; MAX_LANGUAGES] {
    let mut wide = [0; MAX_LANGUAGES];
    for (to, from) in wide.iter_mut().zip(sums) {
        *to = from;
    }
    wide
}

/// Turns scores into shares of one.
pub(crate) fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        total += *score;
    }
    for score in scores.iter_mut() {
        *score /= total;
    }
}
