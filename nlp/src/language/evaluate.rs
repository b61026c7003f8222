//! How often the language is told right, by language and by length of the text.

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use super::{Evidence, Identifier, codes, model::SERBO_CROATIAN, train::Row};
use crate::reliability::Reliability;

/// Lengths, in characters, at which the bands of [`Report::bands`] start.
pub const BANDS: [usize; 4] = [0, 20, 60, 140];
/// Languages with fewer rows do not count for the averages.
const MIN_ROWS: usize = 20;

/// Rights and all of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Rows told right.
    pub right: usize,
    /// All rows.
    pub all: usize,
}

impl Score {
    /// Share told right, in percent.
    pub fn percent(self) -> f64 {
        100.0 * self.right as f64 / self.all.max(1) as f64
    }

    fn add(&mut self, right: bool) {
        self.all += 1;
        self.right += usize::from(right);
    }
}

/// The result of an evaluation.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By language; `hr`, `sr` and `bs` count as right for each other.
    pub languages: BTreeMap<&'static str, Score>,
    /// By language and band of length.
    pub bands: [BTreeMap<&'static str, Score>; BANDS.len()],
    /// Pairs of true and found language that differ, with how often.
    pub confusions: BTreeMap<(&'static str, &'static str), usize>,
    /// Whether stated confidence can be trusted.
    pub reliability: Reliability,
    /// Seconds spent on one core, by language.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Texts a second of whatlang on a tenth of the same rows, for comparison.
    pub whatlang_speed: f64,
    /// Rows left out: their language is not known at all.
    pub left_out: usize,
}

impl Report {
    /// Mean of the shares of the languages with at least 20 rows, in percent; 0 if there is none.
    pub fn macro_accuracy(&self) -> f64 {
        mean(&self.languages).unwrap_or(0.0)
    }

    /// The same for the texts of one band of length; none if no language has 20 of them.
    pub fn band(&self, band: usize) -> Option<f64> {
        mean(self.bands.get(band)?)
    }

    /// The same for some languages, of all texts or those of one band of length; none if no language has 20 of them.
    pub fn group(&self, languages: &[&str], band: Option<usize>) -> Option<f64> {
        let scores = band.map_or(Some(&self.languages), |band| self.bands.get(band))?;
        mean(&scores.iter().filter(|(code, _)| languages.contains(code)).map(|(code, score)| (*code, *score)).collect())
    }

    /// Harmonic mean of precision and recall of a language, in percent.
    pub fn f1(&self, language: &str) -> f64 {
        let Some(score) = self.languages.get(language) else { return 0.0 };
        let taken = |(_, found): &(&str, &str)| one(found) == language;
        let wrongly: usize = self.confusions.iter().filter(|(pair, _)| taken(pair)).map(|(_, count)| count).sum();
        Score { right: 2 * score.right, all: score.right + wrongly + score.all }.percent()
    }

    /// Mean F1 of the languages with at least 20 rows, in percent.
    pub fn macro_f1(&self) -> f64 {
        let counted = self.languages.iter().filter(|(_, score)| score.all >= MIN_ROWS);
        let scores: Vec<f64> = counted.map(|(language, _)| self.f1(language)).collect();
        scores.iter().sum::<f64>() / scores.len().max(1) as f64
    }

    /// The languages that `language` was mistaken for, with how often, the most frequent first.
    pub fn taken_for(&self, language: &str) -> Vec<(&'static str, usize)> {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for ((_, taken), count) in self.confusions.iter().filter(|((truth, _), _)| one(truth) == language) {
            *found.entry(taken).or_default() += count;
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
        found
    }
}

/// Croatian, Serbian and Bosnian are counted as one.
fn one(code: &str) -> &str {
    if SERBO_CROATIAN.contains(&code) { SERBO_CROATIAN[0] } else { code }
}

fn mean(scores: &BTreeMap<&'static str, Score>) -> Option<f64> {
    let counted: Vec<f64> =
        scores.values().filter(|score| score.all >= MIN_ROWS).map(|score| score.percent()).collect();
    (!counted.is_empty()).then(|| counted.iter().sum::<f64>() / counted.len() as f64)
}

/// Tells the language of each of `rows` and compares.
pub fn evaluate(identifier: &Identifier, rows: &[Row]) -> Report {
    let mut report = Report::default();
    for row in rows {
        let Some(truth) = codes::language(&row.lang).map(|language| language.code) else {
            report.left_out += 1;
            continue;
        };
        let start = Instant::now();
        let found = identifier.identify(&row.text, Evidence::default());
        let seconds = start.elapsed().as_secs_f64();
        let (name, right) = (one(truth), one(found.code) == one(truth));
        *report.seconds.entry(name).or_default() += seconds;
        report.languages.entry(name).or_default().add(right);
        let length = row.text.chars().count();
        let band = BANDS.iter().rposition(|start| length >= *start).unwrap_or(0);
        report.bands[band].entry(name).or_default().add(right);
        report.reliability.add(found.confidence, right);
        if !right {
            *report.confusions.entry((truth, found.code)).or_default() += 1;
        }
    }
    report.whatlang_speed = whatlang_speed(rows);
    report
}

/// Texts a second of whatlang, on up to 2,000 of the rows.
fn whatlang_speed(rows: &[Row]) -> f64 {
    let sample: Vec<&str> = rows.iter().step_by(rows.len() / 2_000 + 1).map(|row| row.text.as_str()).collect();
    let start = Instant::now();
    for text in &sample {
        black_box(whatlang::detect(text));
    }
    sample.len() as f64 / start.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
}
