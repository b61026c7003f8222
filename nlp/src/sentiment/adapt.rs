//! Learning from a deployment's own corrections, without training the model again.
//!
//! A [`Layer`] holds small additions to the weights of some features: in a sneaker shop "ziek" is praise. It is
//! switched on only when it makes the model better on corrections that it has not seen.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use thiserror::Error;

use super::{LabelledRow, Model, Reading, calibration::softmax};
use crate::model::train::Random;

/// Parts that the corrections are cut into: each is judged by a layer that learnt from the others.
const FOLDS: usize = 5;
/// Rounds over the corrections.
const EPOCHS: usize = 20;
const RATE: f32 = 0.5;
/// How much additions are pulled to zero: a word must come back to change much.
const DECAY: f32 = 0.02;
/// Fewest corrections that say anything.
const MIN_ROWS: usize = 20;

/// Additions to the weights of some features.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub(super) added: HashMap<u32, [f32; 2], BuildHasherDefault<Mixed>>,
}

/// Hashes what is a hash already.
#[derive(Clone, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// A layer that makes the model better, and by how much.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// Learnt from all corrections.
    pub layer: Layer,
    /// Share of unseen corrections that the model gets right without it, 0 to 1.
    pub before: f64,
    /// The same with it, measured in five parts.
    pub after: f64,
}

/// A layer is refused because it would not help.
#[derive(Debug, Error, PartialEq)]
pub enum NotBetter {
    /// There is too little to learn from or to measure with.
    #[error("{rows} corrections are too few to learn from; collect at least {MIN_ROWS}")]
    TooFew {
        /// How many there are.
        rows: usize,
    },
    /// What was learnt does not carry over to corrections that were not seen.
    #[error("the corrections do not make the model better: {before:.3} right before, {after:.3} after")]
    NoGain {
        /// Share right without the layer, 0 to 1.
        before: f64,
        /// Share right with it, 0 to 1.
        after: f64,
    },
}

/// Learns a layer for `base` from `rows`, the corrections of one deployment, and measures it on corrections left out.
///
/// # Errors
///
/// [`NotBetter`] when there are too few rows or the layer does not make the model better.
pub fn adapt(base: &Model, rows: &[LabelledRow]) -> Result<Adapted, NotBetter> {
    if rows.len() < MIN_ROWS {
        return Err(NotBetter::TooFew { rows: rows.len() });
    }
    let cases: Vec<Case> = rows.iter().map(|row| Case::new(base, row)).collect();
    let mut order: Vec<usize> = (0..cases.len()).collect();
    Random::new(1).shuffle(&mut order);
    let right = |layer: &Layer, case: &Case| usize::from(case.best(layer) == case.label);
    let before: usize = cases.iter().map(|case| right(&Layer::default(), case)).sum();
    let after: usize = (0..FOLDS)
        .map(|fold| {
            let part = |unseen: bool| order.iter().enumerate().filter(move |(at, _)| (at % FOLDS == fold) == unseen);
            let layer = Layer::learn(&part(false).map(|(_, case)| &cases[*case]).collect::<Vec<_>>());
            part(true).map(|(_, case)| right(&layer, &cases[*case])).sum::<usize>()
        })
        .sum();
    let share = |right: usize| right as f64 / cases.len() as f64;
    let (before, after) = (share(before), share(after));
    // Better by chance is not better: a standard error more than before.
    let margin = (before * (1.0 - before) / cases.len() as f64).sqrt();
    if after <= before + margin {
        return Err(NotBetter::NoGain { before, after });
    }
    Ok(Adapted { layer: Layer::learn(&cases.iter().collect::<Vec<_>>()), before, after })
}

/// A correction as the layer sees it.
struct Case {
    features: Vec<u32>,
    /// Scores against neutral as the base model has them, calibrated.
    scores: [f32; 2],
    sharpness: f32,
    label: usize,
}

impl Case {
    fn new(base: &Model, row: &LabelledRow) -> Self {
        let mut reading = Reading::default();
        base.read(&row.text, &row.lang, &mut reading);
        let calibration = reading.calibration;
        let scores = reading.scores();
        Self {
            features: reading.features.hashes,
            scores: std::array::from_fn(|side| scores[side] * calibration.sharpness + calibration.shift[side]),
            sharpness: calibration.sharpness,
            label: row.label,
        }
    }

    fn scale(&self) -> f32 {
        self.sharpness / (self.features.len().max(1) as f32).sqrt()
    }

    fn likely(&self, layer: &Layer) -> [f32; 3] {
        let added = layer.sum(&self.features);
        let score = |side: usize| self.scores[side] + added[side] * self.scale();
        softmax([score(0), 0.0, score(1)])
    }

    fn best(&self, layer: &Layer) -> usize {
        let likely = self.likely(layer);
        (0..3).max_by(|a, b| likely[*a].total_cmp(&likely[*b])).unwrap_or(1)
    }
}

impl Layer {
    /// What it adds for these features.
    pub(super) fn sum(&self, hashes: &[u32]) -> [f32; 2] {
        let mut sum = [0.0; 2];
        for [negative, positive] in hashes.iter().filter_map(|hash| self.added.get(hash)) {
            sum[0] += negative;
            sum[1] += positive;
        }
        sum
    }

    fn learn(cases: &[&Case]) -> Self {
        let mut layer = Self::default();
        for epoch in 0..EPOCHS {
            let rate = RATE * (1.0 - epoch as f32 / EPOCHS as f32);
            for case in cases {
                let likely = case.likely(&layer);
                let target = |class: usize| f32::from(u8::from(case.label == class));
                let slope = [likely[0] - target(0), likely[2] - target(2)];
                for hash in &case.features {
                    let added = layer.added.entry(*hash).or_default();
                    for (added, slope) in added.iter_mut().zip(slope) {
                        *added -= rate * (slope * case.scale() + DECAY * *added / cases.len() as f32);
                    }
                }
            }
        }
        layer
    }

    /// How many features it changes.
    pub fn len(&self) -> usize {
        self.added.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
    }
}
