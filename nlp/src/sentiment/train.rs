//! From labelled rows to a model.

use std::collections::{HashMap, HashSet};

use super::{
    LabelledSet, Model, Reading,
    calibration::{Calibrations, Known},
    rows::identity,
};
use crate::model::{
    train::{Example, Examples, Found, Random, Settings},
    weights::{Table, checksum},
};

/// Of so many rows, one is held back to calibrate on.
const HELD_BACK: u64 = 10;
/// Longest text that is learnt from, in features.
const MAX_FEATURES: usize = 3000;

/// Trains a model on `sets`, which `settings` describe how. A row that also occurs in `unseen` (by its letters) is left
/// out, so that scores on `unseen` are honest; so is a row that repeats an earlier one. The same input gives the same
/// model, byte for byte.
///
/// Two models are trained side by side: one without a tenth of the rows, which tells how sure to be, and one on all.
pub fn train(sets: &[LabelledSet], unseen: &[LabelledSet], settings: &Settings) -> Model {
    let (examples, langs) = examples(sets, unseen);
    let held_back = |index: usize| Random::new(index as u64 + 1).next().is_multiple_of(HELD_BACK);
    let part = Examples {
        hashes: examples.hashes.clone(),
        list: examples
            .list
            .iter()
            .enumerate()
            .filter(|(index, _)| !held_back(*index))
            .map(|(_, e)| e.clone())
            .collect(),
    };
    let (part, whole) = std::thread::scope(|scope| {
        let part = scope.spawn(|| model(&part, sets.len(), settings));
        let whole = model(&examples, sets.len(), settings);
        (part.join(), whole)
    });
    let part = part.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let known: Vec<(String, Known)> = examples
        .list
        .iter()
        .enumerate()
        .filter(|(index, example)| held_back(*index) && sets[example.set].texts)
        .map(|(index, example)| (langs[index].to_owned(), part.known(&examples, example)))
        .collect();
    Model { calibrations: Calibrations::fit(&known), ..whole }
}

fn model(examples: &Examples, sets: usize, settings: &Settings) -> Model {
    let members: Vec<Found> = (0..settings.members as u64)
        .map(|member| {
            crate::model::train::train(examples, sets, &Settings { seed: settings.seed + member, ..settings.clone() })
        })
        .collect();
    let share = 1.0 / members.len() as f32;
    let mut weights = vec![[0.0; 2]; 1 << settings.bits];
    let mut bias = [0.0; 2];
    for member in members {
        for (sum, weight) in weights.iter_mut().flatten().zip(member.weights.iter().flatten()) {
            *sum += weight * share;
        }
        for (sum, weight) in bias.iter_mut().zip(member.bias) {
            *sum += weight * share;
        }
    }
    let table = Table::quantise(&weights);
    let version = format!("sentiment-{:08x}", checksum(&table.bytes()) >> 32);
    Model { table, bias, turn: settings.turn, calibrations: Calibrations::default(), layer: None, version }
}

impl Model {
    /// The scores of an example, to calibrate on.
    fn known(&self, examples: &Examples, example: &Example) -> Known {
        let scale = 1.0 / (example.features.len().max(1) as f32).sqrt();
        let turned = example.turn > example.features.start;
        let (less, more) = if turned { (1.0 / self.turn, self.turn) } else { (1.0, 1.0) };
        let before = self.table.sum(&examples.hashes[example.features.start..example.turn]);
        let after = self.table.sum(&examples.hashes[example.turn..example.features.end]);
        let scores = std::array::from_fn(|side| {
            self.bias[side] + scale * self.table.step * (before[side] as f32 * less + after[side] as f32 * more)
        });
        Known { scores, label: example.label, three: example.three, weight: example.weight, talk: example.talk }
    }
}

/// The examples of `sets` and their languages, without those of `unseen`.
fn examples<'a>(sets: &'a [LabelledSet], unseen: &[LabelledSet]) -> (Examples, Vec<&'a str>) {
    let unseen: HashSet<u64> = unseen.iter().flat_map(|set| &set.rows).map(|row| identity(&row.text)).collect();
    let mut seen: HashSet<u64> = HashSet::new();
    let (mut examples, mut langs) = (Examples::default(), Vec::new());
    let mut reading = Reading::default();
    for (index, set) in sets.iter().enumerate() {
        let neutral = set.languages_with_neutral();
        let fresh: Vec<_> = set
            .rows
            .iter()
            .filter(|row| {
                let identity = identity(&row.text);
                !unseen.contains(&identity) && seen.insert(identity)
            })
            .collect();
        let mut classes: HashMap<(&str, usize), f32> = HashMap::new();
        for row in &fresh {
            *classes.entry((&row.lang, row.label)).or_default() += 1.0;
        }
        for row in fresh {
            let three = neutral.contains(row.lang.as_str());
            reading.cut(&row.text, &row.lang);
            let features = &reading.features;
            let start = examples.hashes.len();
            examples.hashes.extend(features.hashes.iter().take(MAX_FEATURES));
            let end = examples.hashes.len();
            let turn = match features.turn.checked_sub(1).and_then(|last| features.ends.get(last)) {
                Some(turn) => (start + *turn as usize).min(end),
                None => start,
            };
            let rows: f32 = (0..3).filter_map(|label| classes.get(&(row.lang.as_str(), label))).sum();
            let kinds = if three { 3.0 } else { 2.0 };
            let even = rows / kinds / classes[&(row.lang.as_str(), row.label)];
            examples.list.push(Example {
                features: start..end,
                turn,
                label: row.label,
                three,
                set: index,
                talk: features.talk,
                // Rare classes count more, but not so much that a handful of rows decides.
                weight: set.weight * even.sqrt().clamp(0.5, 2.0),
            });
            langs.push(row.lang.as_str());
        }
    }
    (examples, langs)
}
