//! A text as the model read it.

use std::ops::Range;

use super::{Model, Tone, calibration::Calibration};
use crate::model::{
    features::{Features, LanguageKey, ends_clause},
    tokens::{Kind, Tokens},
};

/// How much likelier negative is, in log odds, where a text is addressed to one account. Posts to a company are mostly
/// complaints; few sets that may be learnt from have any. Chosen on unseen tweets of both kinds, which show it in English;
/// in Dutch, which there are no such rows of, it is taken to be the same, elsewhere a quarter.
fn addressed(lang: &str) -> f32 {
    if matches!(lang, "en" | "nl") { 1.2 } else { 0.3 }
}

/// A text as a [`Model`] read it. Keep one and read text after text into it: it keeps its memory.
#[derive(Debug, Default)]
pub struct Reading {
    tokens: Tokens,
    pub(super) features: Features,
    /// For each token, the weights up to its end.
    sums: Vec<[i32; 2]>,
    /// Likewise, what a deployment's corrections add.
    added: Vec<[f32; 2]>,
    /// Weights of what describes the text as a whole.
    whole: [f32; 2],
    step: f32,
    bias: [f32; 2],
    turn: f32,
    pub(super) calibration: Calibration,
}

impl Model {
    /// Reads `text`, written in `lang` (ISO 639-1), into `reading`.
    pub fn read(&self, text: &str, lang: &str, reading: &mut Reading) {
        reading.cut(text, lang);
        let Reading { features, sums, added, .. } = reading;
        sums.clear();
        added.clear();
        self.table.fetch(&features.hashes);
        let (mut sum, mut start) = ([0_i32; 2], 0);
        for end in &features.ends {
            let part = features.hashes.get(start..*end as usize).unwrap_or_default();
            let [negative, positive] = self.table.sum(part);
            sum = [sum[0] + negative, sum[1] + positive];
            sums.push(sum);
            start = *end as usize;
        }
        let rest = features.hashes.get(start..).unwrap_or_default();
        let mut whole = self.table.sum(rest).map(|sum| sum as f32 * self.table.step);
        if let Some(layer) = &self.layer {
            let (mut sum, mut start) = ([0.0_f32; 2], 0);
            for end in &features.ends {
                let part = layer.sum(features.hashes.get(start..*end as usize).unwrap_or_default());
                sum = [sum[0] + part[0], sum[1] + part[1]];
                added.push(sum);
                start = *end as usize;
            }
            let rest = layer.sum(rest);
            whole = [whole[0] + rest[0], whole[1] + rest[1]];
        }
        reading.whole = whole;
        reading.step = self.table.step;
        reading.bias = self.bias;
        reading.turn = self.turn;
        reading.calibration = self.calibrations.of(lang, reading.features.talk);
        if reading.features.addressed {
            reading.calibration.shift[0] += addressed(lang);
        }
    }
}

impl Reading {
    /// Cuts `text` and makes its features.
    pub(super) fn cut(&mut self, text: &str, lang: &str) {
        let key = LanguageKey::new(lang);
        self.tokens.cut(text, key.elides);
        self.features.make(&self.tokens, key);
    }

    /// The tone of the whole text.
    pub fn tone(&self) -> Tone {
        let all = self.features.ends.len();
        if all == 0 || self.features.hashes.is_empty() {
            return Tone::default();
        }
        self.tone_of_scores(self.scores())
    }

    /// Scores of the whole text against neutral, before they are made probabilities.
    pub(super) fn scores(&self) -> [f32; 2] {
        let all = self.features.ends.len();
        let before = self.sum(0..self.features.turn);
        let after = self.sum(self.features.turn..all);
        let scale = 1.0 / (self.features.hashes.len().max(1) as f32).sqrt();
        let (less, more) = if self.features.turn > 0 { (1.0 / self.turn, self.turn) } else { (1.0, 1.0) };
        std::array::from_fn(|side| {
            self.bias[side] + scale * (before[side] * less + (after[side] + self.whole[side]) * more)
        })
    }

    /// The tone of what stands at `at` in the text (in bytes), apart from the rest.
    pub fn tone_of(&self, at: Range<usize>) -> Tone {
        let tokens = self.tokens_in(&at);
        if tokens.is_empty() {
            return Tone::default();
        }
        let sum = self.sum(tokens.clone());
        let end = |token: usize| token.checked_sub(1).map_or(0, |last| self.features.ends[last]);
        let scale = 1.0 / ((end(tokens.end) - end(tokens.start)).max(1) as f32).sqrt();
        self.tone_of_scores(std::array::from_fn(|side| self.bias[side] + scale * sum[side]))
    }

    /// Where the clause stands that `at` is in (both in bytes): up to the next punctuation or word of contrast.
    pub fn clause(&self, at: Range<usize>) -> Range<usize> {
        let tokens = self.tokens_in(&at);
        let ends = |token: &usize| self.ends_clause(*token);
        let start = (0..tokens.start).rev().find(ends).map_or(0, |token| token + 1);
        let end = (tokens.end..self.tokens.list.len()).find(ends).unwrap_or(self.tokens.list.len());
        let place = |token: usize| self.tokens.list.get(token).map(|token| (token.at.0 as usize, token.at.1 as usize));
        let from = place(start).map_or(at.start, |(from, _)| from);
        let to = end.checked_sub(1).and_then(place).map_or(at.end, |(_, to)| to);
        from.min(at.start)..to.max(at.end)
    }

    fn ends_clause(&self, index: usize) -> bool {
        let Some(token) = self.tokens.list.get(index) else { return true };
        match token.kind {
            Kind::Marks => ends_clause(self.tokens.chars_of(token)),
            _ => self.features.turns.contains(&(index as u32)),
        }
    }

    /// The tokens that stand at `at`, at least in part.
    fn tokens_in(&self, at: &Range<usize>) -> Range<usize> {
        let list = &self.tokens.list;
        let start = list.partition_point(|token| token.at.1 as usize <= at.start);
        let end = list.partition_point(|token| (token.at.0 as usize) < at.end);
        start..end.max(start)
    }

    /// The weights of these tokens.
    fn sum(&self, tokens: Range<usize>) -> [f32; 2] {
        let stored =
            |token: usize| token.checked_sub(1).and_then(|last| self.sums.get(last)).copied().unwrap_or_default();
        let (from, to) = (stored(tokens.start), stored(tokens.end));
        let mut sum = [to[0] - from[0], to[1] - from[1]].map(|sum| sum as f32 * self.step);
        if !self.added.is_empty() {
            let added =
                |token: usize| token.checked_sub(1).and_then(|last| self.added.get(last)).copied().unwrap_or_default();
            let (from, to) = (added(tokens.start), added(tokens.end));
            sum = [sum[0] + to[0] - from[0], sum[1] + to[1] - from[1]];
        }
        sum
    }

    fn tone_of_scores(&self, scores: [f32; 2]) -> Tone {
        Tone::of(self.calibration.probabilities(scores))
    }
}
