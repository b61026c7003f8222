//! The tone of a text and of its parts, by a trained model.
//!
//! [`Model::read`] reads a text once into a [`Reading`]; the tone of the whole text, of a clause or of any other part
//! of it is then a small sum. What the model was trained on, how well it does and where it fails is said in the model
//! card, `nlp/models/sentiment.md`.

mod adapt;
mod calibration;
mod evaluate;
mod file;
mod reading;
mod rows;
#[cfg(test)]
mod tests;
mod train;

use hark_mention::Sentiment;

use self::calibration::Calibrations;
pub use self::{
    adapt::{Adapted, Layer, NotBetter, adapt},
    evaluate::{Scores, SetScores, evaluate, evaluate_tones},
    reading::Reading,
    rows::{LabelledRow, LabelledSet, RowsError, Sets},
    train::train,
};
use crate::model::weights::Table;
pub use crate::model::{train::Settings, weights::WeightsError};

/// A trained model.
pub struct Model {
    table: Table,
    /// The starting point: negative and positive against neutral.
    bias: [f32; 2],
    /// How much more what follows a contrast counts.
    turn: f32,
    calibrations: Calibrations,
    layer: Option<Layer>,
    version: String,
}

/// The tone of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// How likely each tone is: negative, neutral, positive. Together 1.
    pub probabilities: [f32; 3],
    /// From -1 to 1: how likely positive is less how likely negative is.
    pub score: f32,
    /// How likely the tone that is named is, 0 to 1. Calibrated: of the tones with 0.8, four in five are right.
    pub confidence: f32,
}

impl Default for Tone {
    fn default() -> Self {
        Self::of([0.0, 1.0, 0.0])
    }
}

impl Tone {
    /// The tone with these probabilities, which are 1 together.
    pub(crate) fn of(probabilities: [f32; 3]) -> Self {
        let [negative, neutral, positive] = probabilities;
        Self { probabilities, score: positive - negative, confidence: negative.max(neutral).max(positive) }
    }

    /// The likeliest tone.
    pub fn sentiment(self) -> Sentiment {
        let [negative, neutral, positive] = self.probabilities;
        match () {
            () if negative > neutral && negative > positive => Sentiment::Negative,
            () if positive > neutral => Sentiment::Positive,
            () => Sentiment::Neutral,
        }
    }
}

impl Model {
    /// The name of these weights: another name means that the same text may get another tone.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Adds what was learnt from a deployment's corrections, see [`adapt`].
    #[must_use]
    pub fn with_layer(mut self, layer: Layer) -> Self {
        self.layer = Some(layer);
        self
    }

    /// The tone of `text`, written in `lang` (ISO 639-1). For a single text; for many, keep a [`Reading`].
    pub fn tone(&self, text: &str, lang: &str) -> Tone {
        let mut reading = Reading::default();
        self.read(text, lang, &mut reading);
        reading.tone()
    }
}
