//! How often the intent is told right, beside rules on tone and a question mark alone.

use std::{collections::BTreeMap, time::Instant};

use hark_mention::{Intent, Sentiment};

use super::{INTENTS, detect};
use crate::{
    reading::{Reader, Reading},
    rows::{Row, RowFile, RowsError},
    sentiment::{self, Model},
};

/// Labels that rows may have, for messages.
const LABELS: &str = "an intent (complaint, question, request, praise, churn, other), or one of not_complaint, bug_report, feature_request, rating, user_experience";
/// Intents that app reviews are labelled for.
const REVIEWS: &[Intent] = &[Intent::Complaint, Intent::Request];

/// What was found of one intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Texts that were given it.
    pub found: usize,
    /// Texts that have it.
    pub there: usize,
    /// Texts that have it and were given it.
    pub right: usize,
}

impl Found {
    /// Share of the texts given it that have it, 0 to 1.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// Share of the texts that have it that were given it, 0 to 1.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.there.max(1) as f64
    }

    /// Harmonic mean of the two, 0 to 1.
    pub fn f1(&self) -> f64 {
        (2 * self.right) as f64 / (self.found + self.there).max(1) as f64
    }

    fn add(&mut self, found: Intent, asked: Intent, is: bool) {
        let found = agrees(found, asked);
        self.found += usize::from(found);
        self.there += usize::from(is);
        self.right += usize::from(found && is);
    }
}

/// The scores on rows of one set in one language.
#[derive(Clone, Debug, Default)]
pub struct IntentScores {
    /// Rows measured.
    pub rows: usize,
    /// Of them, those whose intent is right, as far as their label tells.
    pub right: usize,
    /// The same for the rules.
    pub right_by_rules: usize,
    /// By intent that the labels tell: found by the model, and by the rules.
    pub intents: BTreeMap<&'static str, (Found, Found)>,
    /// How often texts with a label were given an intent.
    pub confusion: BTreeMap<(String, &'static str), usize>,
    /// Seconds spent on one core, tone included.
    pub seconds: f64,
}

impl IntentScores {
    /// Mean F1 of the intents that some row has, 0 to 1: of the model, and of the rules.
    pub fn macro_f1(&self) -> (f64, f64) {
        let mean = |of: fn(&(Found, Found)) -> f64| {
            let scores: Vec<f64> = self.intents.values().filter(|(model, _)| model.there > 0).map(of).collect();
            scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        (mean(|(model, _)| model.f1()), mean(|(_, rules)| rules.f1()))
    }
}

/// What a label says: the intent that the text has, and those that its set tells apart.
fn expected(label: &str) -> Option<(Option<Intent>, &'static [Intent])> {
    Some(match label {
        // A set of complaints and others; its rows have no further label.
        "not_complaint" => (None, &[Intent::Complaint]),
        "bug_report" => (Some(Intent::Complaint), REVIEWS),
        "feature_request" => (Some(Intent::Request), REVIEWS),
        "rating" | "user_experience" => (None, REVIEWS),
        _ => (Some(INTENTS.into_iter().find(|intent| intent.as_str() == label)?), &INTENTS),
    })
}

/// Leaving is a complaint too, for sets that do not know it.
fn agrees(found: Intent, asked: Intent) -> bool {
    found == asked || (asked == Intent::Complaint && found == Intent::Churn)
}

/// What the model must beat.
fn by_rules(text: &str, tone: Sentiment) -> Intent {
    match tone {
        Sentiment::Negative => Intent::Complaint,
        _ if text.contains(['?', '？', '؟']) => Intent::Question,
        Sentiment::Positive => Intent::Praise,
        Sentiment::Neutral => Intent::Other,
    }
}

/// Measures intents on `rows` of `file`, by language, with the tone that `model` tells.
///
/// # Errors
///
/// [`RowsError::Label`] when a label is no intent and none of those that stand for one.
pub fn evaluate(model: &Model, file: &RowFile, rows: &[Row]) -> Result<BTreeMap<String, IntentScores>, RowsError> {
    let (reader, mut reading, mut tones) = (Reader::default(), Reading::default(), sentiment::Reading::default());
    let binary = rows.iter().any(|row| row.label == "not_complaint");
    let mut languages: BTreeMap<String, IntentScores> = BTreeMap::new();
    for row in rows {
        let (is, told) = expected(&row.label).ok_or_else(|| file.wrong_label(row, LABELS))?;
        let told = if binary { &[Intent::Complaint] } else { told };
        let scores = languages.entry(row.lang.clone()).or_default();
        let start = Instant::now();
        model.read(&row.text, &row.lang, &mut tones);
        let tone = tones.tone();
        reader.read(&row.text, &row.lang, &mut reading);
        let found = detect(&reading, tone.score);
        scores.seconds += start.elapsed().as_secs_f64();
        let ruled = by_rules(&row.text, tone.sentiment());
        let right = |found: Intent| told.iter().all(|asked| agrees(found, *asked) == (is == Some(*asked)));
        scores.rows += 1;
        scores.right += usize::from(right(found));
        scores.right_by_rules += usize::from(right(ruled));
        for asked in told {
            let (by_model, by_rules) = scores.intents.entry(asked.as_str()).or_default();
            by_model.add(found, *asked, is == Some(*asked));
            by_rules.add(ruled, *asked, is == Some(*asked));
        }
        *scores.confusion.entry((row.label.clone(), found.as_str())).or_default() += 1;
    }
    Ok(languages)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn rows(rows: &[(&str, &str)]) -> Vec<Row> {
        let row = |(line, (text, label)): (usize, &(&str, &str))| Row {
            text: (*text).into(),
            label: (*label).into(),
            lang: "en".into(),
            domain: None,
            line: line + 1,
        };
        rows.iter().enumerate().map(row).collect()
    }

    #[test]
    fn intents_are_counted_as_labelled() {
        let file = RowFile { set: "made up".into(), path: "made-up.tsv".into(), named: true };
        let given = rows(&[
            ("Still waiting for my refund, no response, terrible service", "complaint"),
            ("Does anyone know how to reset it?", "not_complaint"),
        ]);
        let scores = &evaluate(&Model::built_in(), &file, &given).unwrap()["en"];
        assert_eq!((scores.rows, scores.right), (2, 2));
        assert_eq!(scores.intents["complaint"].0, Found { found: 1, there: 1, right: 1 });
        let review = rows(&[("Please add an option to sort by date", "feature_request")]);
        assert_eq!(evaluate(&Model::built_in(), &file, &review).unwrap()["en"].intents["request"].0.right, 1);
        let error = evaluate(&Model::built_in(), &file, &rows(&[("x", "fun")])).unwrap_err().to_string();
        assert!(error.contains("made-up.tsv:1") && error.contains("`fun`"), "{error}");
    }
}
