//! Making scores probabilities that can be trusted, for each language apart, and in it for talk and the rest apart: the
//! only neutral rows of a language may be headlines, and would make its talk look neutral.

use std::collections::BTreeMap;

/// From scores against neutral to probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    /// What scores are multiplied with: below 1 the model was too sure.
    pub(super) sharpness: f32,
    /// Added to the scores: how much likelier negative and positive are than the model thinks.
    pub(super) shift: [f32; 2],
}

/// The calibration of every language that there were enough rows of, and one for the others.
#[derive(Debug, Default)]
pub(super) struct Calibrations {
    pub(super) common: Calibration,
    /// For the rest and for talk, see [`Features::talk`](crate::model::features::Features::talk).
    pub(super) languages: BTreeMap<String, [Calibration; 2]>,
}

/// A score whose label is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) scores: [f32; 2],
    /// 0 negative, 1 neutral, 2 positive.
    pub(super) label: usize,
    /// Whether neutral was a choice.
    pub(super) three: bool,
    pub(super) weight: f32,
    /// Whether it is talk.
    pub(super) talk: bool,
}

/// How many rows' worth of belief there is that a language is like all of them together.
const PRIOR_ROWS: f32 = 30.0;
/// And so many that its talk is like the rest of it: the rows of one kind may all come from one set.
const PRIOR_ROWS_OF_TALK: f32 = 150.0;
/// Fewest rows for a calibration of its own.
const MIN_ROWS: usize = 60;
/// Share of neutral texts where no row tells.
const ASSUMED_NEUTRAL: f32 = 1.0 / 3.0;

impl Default for Calibration {
    fn default() -> Self {
        Self { sharpness: 1.0, shift: [0.0; 2] }
    }
}

impl Calibration {
    /// How likely negative, neutral and positive are.
    pub(super) fn probabilities(&self, scores: [f32; 2]) -> [f32; 3] {
        softmax(self.apply(scores))
    }

    fn apply(&self, scores: [f32; 2]) -> [f32; 3] {
        [scores[0] * self.sharpness + self.shift[0], 0.0, scores[1] * self.sharpness + self.shift[1]]
    }

    /// The calibration that fits `known` best, near `prior`. By plain descent: the loss is convex in three numbers.
    ///
    /// Rows of two classes say nothing about neutral. Where there are hardly any others (`assumed`), a third of the
    /// texts is taken to be neutral, and sharpness is kept: otherwise whole languages come out as never or always neutral.
    fn fit(known: &[Known], prior: Self, prior_rows: f32, assumed: bool) -> Self {
        let mut found = prior;
        let total: f32 = known.iter().map(|row| row.weight).sum::<f32>() + prior_rows;
        for round in 0..300 {
            let mut slope = [0.0_f32; 3];
            for row in known {
                let mut likely = found.probabilities(row.scores);
                let open = !row.three && assumed;
                if !row.three && !open {
                    let sides = (likely[0] + likely[2]).max(1e-9);
                    likely = [likely[0] / sides, 0.0, likely[2] / sides];
                }
                let certainty = if open { 1.0 - ASSUMED_NEUTRAL } else { 1.0 };
                let target = |class: usize| if row.label == class { certainty } else { 0.0 };
                let (negative, positive) = (likely[0] - target(0), likely[2] - target(2));
                slope[0] += row.weight * (negative * row.scores[0] + positive * row.scores[1]);
                slope[1] += row.weight * negative;
                slope[2] += row.weight * positive;
            }
            slope[0] = if assumed { 0.0 } else { slope[0] };
            slope[0] += prior_rows * (found.sharpness - prior.sharpness);
            slope[1] += prior_rows * 0.3 * (found.shift[0] - prior.shift[0]);
            slope[2] += prior_rows * 0.3 * (found.shift[1] - prior.shift[1]);
            let rate = if round < 200 { 1.0 } else { 0.3 } / total;
            found.sharpness = (found.sharpness - rate * slope[0] * 0.3).clamp(0.05, 5.0);
            found.shift[0] -= rate * slope[1] * 2.0;
            found.shift[1] -= rate * slope[2] * 2.0;
        }
        found
    }
}

impl Calibrations {
    /// The calibration for talk, or other texts, in `lang`.
    pub(super) fn of(&self, lang: &str, talk: bool) -> Calibration {
        self.languages.get(lang).map_or(self.common, |kinds| kinds[usize::from(talk)])
    }

    /// Fits `known`, rows with the language that they are in.
    pub(super) fn fit(known: &[(String, Known)]) -> Self {
        let all: Vec<Known> = known.iter().map(|(_, row)| *row).collect();
        let common = Calibration::fit(&all, Calibration::default(), PRIOR_ROWS, false);
        let mut rows: BTreeMap<&str, Vec<Known>> = BTreeMap::new();
        for (lang, row) in known {
            rows.entry(lang).or_default().push(*row);
        }
        let from = |rows: &[Known], prior: Calibration, prior_rows: f32| {
            let assumed = rows.iter().filter(|row| row.three).count() < MIN_ROWS;
            if rows.len() < MIN_ROWS { prior } else { Calibration::fit(rows, prior, prior_rows, assumed) }
        };
        let languages = rows
            .into_iter()
            .filter(|(_, rows)| rows.len() >= MIN_ROWS)
            .map(|(lang, rows)| {
                let both = from(&rows, common, PRIOR_ROWS);
                let kind = |talk: bool| rows.iter().filter(|row| row.talk == talk).copied().collect::<Vec<_>>();
                (lang.to_owned(), [false, true].map(|talk| from(&kind(talk), both, PRIOR_ROWS_OF_TALK)))
            })
            .collect();
        Self { common, languages }
    }
}

pub(super) fn softmax(scores: [f32; 3]) -> [f32; 3] {
    let most = scores.into_iter().fold(f32::MIN, f32::max);
    let parts = scores.map(|score| (score - most).exp());
    let sum: f32 = parts.iter().sum();
    parts.map(|part| part / sum)
}
