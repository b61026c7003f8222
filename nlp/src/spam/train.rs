//! Learns the weights of the spam model, and measures them.

use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use hark_mention::{Mention, Timestamp};

use super::{Features, Reason, Weights, features, score};
use crate::{
    reading::{Reader, Reading},
    reliability::Reliability,
    rows::Row,
};

/// The hand-set weights that learned ones stay near, so that reasons which the rows never show keep theirs.
const PRIOR: &str = include_str!("../../models/spam.prior.tsv");
/// How strongly weights are held to the hand-set ones, against the mean loss of all rows.
const HOLD: f32 = 0.002;
const STEPS: usize = 4_000;
const RATE: f32 = 1.0;
/// A spam row weighs as much as this many others: there are few of them.
const SPAM_WEIGHT: f32 = 3.0;
/// The label of spam; any other is not.
const SPAM: &str = "spam";

/// How the scores do on rows of one language.
#[derive(Clone, Debug, Default)]
pub struct SpamScores {
    /// Rows by whether they are spam, then by whether their score is 0.5 or more.
    pub confusion: [[usize; 2]; 2],
    /// Whether the score is the chance of being spam.
    pub reliability: Reliability,
    /// Seconds spent on one core.
    pub seconds: f64,
}

impl SpamScores {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// Share of rows that are right, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        (self.confusion[0][0] + self.confusion[1][1]) as f64 / self.rows().max(1) as f64
    }

    /// Mean over both classes of the harmonic mean of precision and recall, 0 to 1.
    pub fn macro_f1(&self) -> f64 {
        let f1 = |class: usize| {
            let wrong = self.confusion[0][1] + self.confusion[1][0];
            let right = 2 * self.confusion[class][class];
            right as f64 / (right + wrong).max(1) as f64
        };
        (f1(0) + f1(1)) / 2.0
    }
}

/// The weights learned from `rows`, as the text of a `models/spam.tsv`. The same rows give the same text.
pub fn train(rows: &[Row]) -> String {
    let (reader, mut reading) = (Reader::default(), Reading::default());
    let cases: Vec<(Features, bool)> = rows
        .iter()
        .map(|row| {
            reader.read(&row.text, &row.lang, &mut reading);
            (features(&reading, &row.text, None), row.label == SPAM)
        })
        .collect();
    let weights = learn(&cases);
    let mut text = format!("# Weights of spam::Reason in the log-odds of spam, learned from {} rows.\n", rows.len());
    let mut line = |name, weight: f32| writeln!(text, "{name}\t{weight:.2}").expect("text grows");
    line("bias", weights.bias);
    Reason::ALL.iter().zip(weights.by_reason).for_each(|(reason, weight)| line(reason.as_str(), weight));
    text
}

/// Gradient descent on logistic loss, with each weight drawn to its prior.
fn learn(cases: &[(Features, bool)]) -> Weights {
    let prior = Weights::read(PRIOR);
    let mut weights = Weights::read(PRIOR);
    let all: f32 = cases.iter().map(|(_, spam)| if *spam { SPAM_WEIGHT } else { 1.0 }).sum::<f32>().max(1.0);
    for _ in 0..STEPS {
        let (mut slope, mut bias_slope) = (Features::default(), 0.0);
        for (features, spam) in cases {
            let error = weights.score(features) - f32::from(u8::from(*spam));
            let error = error * if *spam { SPAM_WEIGHT } else { 1.0 };
            slope.iter_mut().zip(features).for_each(|(slope, value)| *slope += error * value);
            bias_slope += error;
        }
        for ((weight, slope), prior) in weights.by_reason.iter_mut().zip(slope).zip(prior.by_reason) {
            // A reason for spam never speaks against it.
            *weight = (*weight - RATE * (slope / all + HOLD * (*weight - prior))).max(0.0);
        }
        weights.bias -= RATE * bias_slope / all;
    }
    weights
}

/// Measures the built-in weights on `rows`, by language.
pub fn evaluate(rows: &[Row]) -> BTreeMap<String, SpamScores> {
    let (reader, mut reading) = (Reader::default(), Reading::default());
    let mut languages: BTreeMap<String, SpamScores> = BTreeMap::new();
    for row in rows {
        let mention = Mention::new("eval:1", "eval", row.text.as_str(), Timestamp::EPOCH);
        let scores = languages.entry(row.lang.clone()).or_default();
        let start = Instant::now();
        reader.read(&row.text, &row.lang, &mut reading);
        let found = score(&reading, &row.text, &mention);
        scores.seconds += start.elapsed().as_secs_f64();
        let (is, judged) = (row.label == SPAM, found >= 0.5);
        scores.confusion[usize::from(is)][usize::from(judged)] += 1;
        scores.reliability.add(if judged { found } else { 1.0 - found }, is == judged);
    }
    languages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, label: &str) -> Row {
        Row { text: text.into(), label: label.into(), lang: "en".into(), domain: None, line: 1 }
    }

    #[test]
    fn what_spam_says_gets_more_weight_and_the_rest_keeps_its_own() {
        let mut rows: Vec<_> =
            (0..40).map(|at| row(&format!("You won a prize {at}, claim your prize now"), SPAM)).collect();
        rows.extend((0..40).map(|at| row(&format!("See you at lunch at {at}"), "ham")));
        let learned = Weights::read(&train(&rows));
        let prior = Weights::read(PRIOR);
        let weight = |weights: &Weights, reason: Reason| weights.by_reason[reason as usize];
        assert!(weight(&learned, Reason::Prize) > weight(&prior, Reason::Prize));
        assert!((weight(&learned, Reason::Loan) - weight(&prior, Reason::Loan)).abs() < 0.01);
        assert_eq!(train(&rows), train(&rows));
        let scores = &evaluate(&rows)["en"];
        assert_eq!((scores.rows(), scores.confusion[0][0]), (80, 40));
    }
}
