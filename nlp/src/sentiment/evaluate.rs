//! How often a model is right, and how well it knows.

use std::{collections::BTreeMap, time::Instant};

use super::{LabelledRow, LabelledSet, Model, Reading, Tone};
use crate::reliability::Reliability;

/// How a model does on some rows.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Rows, by their label and then by the tone that the model gave: negative, neutral, positive.
    pub confusion: [[usize; 3]; 3],
    /// Whether stated confidence can be trusted.
    pub reliability: Reliability,
    /// Seconds spent on one core.
    pub seconds: f64,
    /// Whether neutral was a choice.
    pub three: bool,
}

/// The scores of one set in one language.
#[derive(Clone, Debug)]
pub struct SetScores {
    /// The set.
    pub set: String,
    /// Its language, ISO 639-1.
    pub lang: String,
    /// How the model does.
    pub scores: Scores,
}

impl Scores {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// Share of rows that are right, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        ratio((0..3).map(|class| self.confusion[class][class]).sum(), self.rows())
    }

    /// Mean over the classes of the harmonic mean of precision and recall, 0 to 1.
    pub fn macro_f1(&self) -> f64 {
        let classes: &[usize] = if self.three { &[0, 1, 2] } else { &[0, 2] };
        let f1 = |class: &usize| {
            let given: usize = self.confusion.iter().map(|row| row[*class]).sum();
            let true_rows: usize = self.confusion[*class].iter().sum();
            ratio(2 * self.confusion[*class][*class], given + true_rows)
        };
        classes.iter().map(f1).sum::<f64>() / classes.len() as f64
    }

    fn add(&mut self, label: usize, mut likely: [f32; 3], three: bool) {
        if !three {
            let sides = (likely[0] + likely[2]).max(f32::MIN_POSITIVE);
            likely = [likely[0] / sides, 0.0, likely[2] / sides];
        }
        self.three = three;
        let given = (0..3).max_by(|a, b| likely[*a].total_cmp(&likely[*b])).unwrap_or(1);
        self.confusion[label][given] += 1;
        self.reliability.add(likely[given], given == label);
    }

    /// Adds the rows of another set.
    pub fn join(&mut self, other: &Self) {
        self.three |= other.three;
        for (mine, theirs) in self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten()) {
            *mine += theirs;
        }
        self.reliability.join(&other.reliability);
        self.seconds += other.seconds;
    }
}

/// The scores of `model` on each language of each set. A language of a set without neutral rows is scored on two classes.
pub fn evaluate(model: &Model, sets: &[LabelledSet]) -> Vec<SetScores> {
    let mut reading = Reading::default();
    evaluate_tones(sets, |row| {
        model.read(&row.text, &row.lang, &mut reading);
        reading.tone()
    })
}

/// The same of whatever tells the `tone` of a row.
pub fn evaluate_tones(sets: &[LabelledSet], mut tone: impl FnMut(&LabelledRow) -> Tone) -> Vec<SetScores> {
    let mut all = Vec::new();
    for set in sets {
        let three = set.languages_with_neutral();
        let mut languages: BTreeMap<&str, Scores> = BTreeMap::new();
        for row in &set.rows {
            let start = Instant::now();
            let likely = tone(row).probabilities;
            let scores = languages.entry(&row.lang).or_default();
            scores.seconds += start.elapsed().as_secs_f64();
            scores.add(row.label, likely, three.contains(row.lang.as_str()));
        }
        all.extend(languages.into_iter().map(|(lang, scores)| SetScores {
            set: set.name.clone(),
            lang: lang.to_owned(),
            scores,
        }));
    }
    all
}

fn ratio(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
