//! Learns the weights of one script: multinomial logistic regression by stochastic gradient descent.

use std::collections::BTreeMap;

use super::{
    augment::{Random, altered},
    codes,
    features::Features,
    model::{Line, MAX_LANGUAGES, Scores, Table, serbo_croatian, softmax, width},
    reader::Letters,
    scripts::Script,
};

/// Size of the first steps; they get shorter to the end.
const RATE: f32 = 4.0;
/// How soon rows of weights that were changed often are changed less (AdaGrad has 0.5, plain descent 0).
const SLOWING: f32 = 0.3;
/// Keeps the first steps of a row of weights short.
const DAMPING: f32 = 0.3;
/// Size of the steps of the biases.
const BIAS_RATE: f32 = 0.02;
/// Share from which on a text is taken as learned for the time being.
const LEARNED: f32 = 0.99;
/// Texts of a language an epoch: of fewer, some are drawn again in other forms, of more, only some are drawn.
const FEWEST: usize = 6_000;
const MOST: usize = 20_000;
/// But no text is drawn more often than this an epoch, or it is learned by heart.
const MOST_OFTEN: usize = 4;
/// Texts of a rare language an epoch, next to those of a common one: one in so many.
const RARE_SHARE: usize = 4;
/// Log odds that a rare language starts with.
const RARE: f32 = -2.0;
/// Epochs of the first model, which finds the texts in another language than their label says.
const CLEANING_EPOCHS: usize = 2;
/// A text is foreign if its label has less than this share,
const FOREIGN: f32 = 0.1;
/// and another language more than this.
const SURE: f32 = 0.7;

/// What is learned of one script so far.
pub(crate) struct Learner<'a> {
    script: Script,
    languages: Vec<&'static str>,
    texts: Vec<Vec<&'a str>>,
    /// One text in thirty is kept apart, to find the temperature on.
    apart: Vec<(usize, &'a str)>,
    bits: u32,
    weights: Vec<[f32; MAX_LANGUAGES]>,
    /// Sum of the squared errors that each row of weights has had its share in: the more, the smaller its steps.
    used: Vec<f32>,
    /// One a language; there are weights for more languages than there are, which stay zero.
    bias: Vec<f32>,
    random: Random,
}

impl<'a> Learner<'a> {
    /// One that knows nothing yet, for a script's `languages` with their texts. Rare ones are left out if they are too
    /// many.
    pub(crate) fn new(script: Script, languages: BTreeMap<&'static str, Vec<&'a str>>, bits: u32) -> Self {
        let mut languages: Vec<_> = languages.into_iter().collect();
        languages.sort_by_key(|(code, texts)| (codes::is_rare(code, script), std::cmp::Reverse(texts.len()), *code));
        languages.truncate(MAX_LANGUAGES);
        let bits = match script {
            Script::Latin => bits,
            Script::Cyrillic => bits - 1,
            Script::Arabic | Script::Han => bits - 2,
            _ => bits - 3,
        };
        let mut apart = Vec::new();
        let mut texts = vec![Vec::new(); languages.len()];
        for (place, (kept, (_, all))) in texts.iter_mut().zip(&languages).enumerate() {
            for (number, text) in all.iter().enumerate() {
                if number % 30 == 7 { apart.push((place, *text)) } else { kept.push(*text) }
            }
        }
        Self {
            script,
            languages: languages.iter().map(|(code, _)| *code).collect(),
            texts,
            apart,
            bits,
            weights: vec![[0.0; MAX_LANGUAGES]; 1 << bits],
            used: vec![0.0; 1 << bits],
            bias: vec![0.0; languages.len()],
            random: Random::new(7),
        }
    }

    /// Learns, first to drop foreign texts, then anew from the others.
    pub(crate) fn learn(mut self, epochs: usize) -> Table {
        self.go_through(CLEANING_EPOCHS);
        self.drop_foreign();
        self.weights.fill([0.0; MAX_LANGUAGES]);
        self.used.fill(0.0);
        self.bias.fill(0.0);
        self.go_through(epochs);
        let mut table = self.quantised(RARE);
        table.temperature = self.temperature(&table);
        table
    }

    /// Drops the texts that are in another language than their label says: foreign posts in a set of tweets.
    fn drop_foreign(&mut self) {
        let table = self.quantised(0.0);
        let foreign = |language: usize, text: &str| {
            let mut shares = table.scores(&Features::of(&Letters::read(text), self.script));
            softmax(&mut shares);
            shares[language] < FOREIGN && shares.iter().any(|share| *share > SURE)
        };
        for (language, texts) in self.texts.iter_mut().enumerate() {
            texts.retain(|text| !foreign(language, text));
        }
        self.apart.retain(|(language, text)| !foreign(*language, text));
    }

    fn go_through(&mut self, epochs: usize) {
        for epoch in 0..epochs {
            let plan = self.plan();
            for (done, &(language, text)) in plan.iter().enumerate() {
                let progress = (epoch as f32 + done as f32 / plan.len() as f32) / epochs as f32;
                let text = altered(text, &mut self.random);
                self.step(&text, language, RATE * (1.0 - progress));
            }
        }
    }

    /// The texts of one epoch, in the order in which they are learned.
    fn plan(&mut self) -> Vec<(usize, &'a str)> {
        let mut plan = Vec::new();
        for (language, texts) in self.texts.iter().enumerate() {
            let share = if codes::is_rare(self.languages[language], self.script) { RARE_SHARE } else { 1 };
            let wanted = texts.len().max(FEWEST / share).min(texts.len() * MOST_OFTEN).min(MOST / share);
            for number in 0..wanted {
                let pick = if wanted == texts.len() { number } else { self.random.below(texts.len()) };
                plan.push((language, texts[pick]));
            }
        }
        self.random.shuffle(&mut plan);
        plan
    }

    fn step(&mut self, text: &str, language: usize, rate: f32) {
        let features = Features::of(&Letters::read(text), self.script);
        let hashes = features.hashes();
        if hashes.is_empty() {
            return;
        }
        let value = 1.0 / (hashes.len() as f32).sqrt();
        let mut scores = self.shares(hashes, value);
        // Texts that are told for sure teach little, and there are many of them.
        if scores[language] > LEARNED {
            return;
        }
        scores[language] -= 1.0;
        for (bias, error) in self.bias.iter_mut().zip(scores) {
            *bias -= BIAS_RATE * error;
        }
        let squared = scores.iter().map(|error| error * error).sum::<f32>() * value * value;
        for hash in hashes {
            let row = (hash >> (32 - self.bits)) as usize;
            self.used[row] += squared;
            let rate = rate * value / (self.used[row] + DAMPING).powf(SLOWING);
            for (weight, error) in self.weights[row].iter_mut().zip(scores) {
                *weight -= rate * error;
            }
        }
    }

    /// What the weights so far say, as shares of one.
    fn shares(&self, hashes: &[u32], value: f32) -> Scores {
        let mut sums = [0.0; MAX_LANGUAGES];
        for hash in hashes {
            for (sum, weight) in sums.iter_mut().zip(&self.weights[(hash >> (32 - self.bits)) as usize]) {
                *sum += weight;
            }
        }
        let mut scores = [f32::NEG_INFINITY; MAX_LANGUAGES];
        for ((score, sum), bias) in scores.iter_mut().zip(sums).zip(&self.bias) {
            *score = sum * value + bias;
        }
        softmax(&mut scores);
        scores
    }

    /// The table with weights of eight bits.
    fn quantised(&self, rare: f32) -> Table {
        let languages = self.languages.len();
        let mut sizes: Vec<f32> = self.weights.iter().flat_map(|row| &row[..languages]).map(|w| w.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        // The few heaviest weights are cut, so that the many light ones keep more of their value.
        let most = sizes[(sizes.len() - 1) - sizes.len() / 20_000].max(1e-6);
        let scale = most / 127.0;
        let width = width(languages);
        let lines = self
            .weights
            .chunks(MAX_LANGUAGES / width)
            .map(|rows| {
                let mut line = Line([0; MAX_LANGUAGES]);
                for (to, from) in line.0.chunks_mut(width).zip(rows) {
                    for (to, from) in to.iter_mut().zip(&from[..languages]) {
                        *to = (from / scale).round().clamp(-127.0, 127.0) as i8;
                    }
                }
                line
            })
            .collect();
        let prior = |code: &str| if codes::is_rare(code, self.script) { rare } else { 0.0 };
        let bias = self.bias.iter().zip(&self.languages).map(|(bias, code)| bias + prior(code)).collect();
        Table {
            script: self.script,
            languages: self.languages.clone(),
            bias,
            scale,
            temperature: 1.0,
            bits: self.bits,
            serbo_croatian: serbo_croatian(&self.languages),
            lines,
        }
    }

    /// The temperature at which the texts kept apart are least surprising.
    fn temperature(&mut self, table: &Table) -> f32 {
        let scored: Vec<(usize, Scores)> = self
            .apart
            .iter()
            .map(|&(language, text)| {
                let text = altered(text, &mut self.random);
                (language, table.scores(&Features::of(&Letters::read(&text), self.script)))
            })
            .collect();
        let surprise = |temperature: f32| -> f64 {
            scored
                .iter()
                .map(|(language, scores)| {
                    let mut shares = scores.map(|score| score / temperature);
                    softmax(&mut shares);
                    -f64::from(shares[*language].max(1e-9).ln())
                })
                .sum()
        };
        let candidates = (2..80).map(|step| step as f32 / 20.0);
        candidates.min_by(|a, b| surprise(*a).total_cmp(&surprise(*b))).unwrap_or(1.0)
    }
}
