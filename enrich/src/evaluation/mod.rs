//! How well topics, and what is said about them, are found in rows that people have labelled.
//!
//! Each row is measured as the stream would label it. A topic counts as found when its label is among the row's; as right
//! when its tone (negative, neutral, positive) is that of the row too. Beside it stands what would be right if each topic
//! had the tone of the whole text, which is what a listening tool without aspects shows.

mod categories;

use std::{collections::BTreeMap, time::Instant};

use hark_mention::{Labels, Mention, Sentiment, Timestamp};
use hark_nlp::rows::Row;

use crate::{Labeller, Memory};

/// Scores closer to zero than this are neutral; the same bound as for whole texts.
const NEUTRAL: f32 = 0.15;

/// How well topics are found in one language, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopicScore {
    /// Rows read.
    pub rows: u64,
    /// Topics that people found.
    pub labelled: u64,
    /// Topics that Hark found.
    pub found: u64,
    /// Found by both.
    pub agreed: u64,
    /// Found by both with the same tone, taken from what is said about the topic.
    pub right: u64,
    /// Found by both with the same tone, if each topic had the tone of the whole text.
    pub right_by_text: u64,
}

/// What [`evaluate_topics`] found, by language.
#[derive(Clone, Debug, Default)]
pub struct TopicReport {
    /// By ISO 639-1 code.
    pub languages: BTreeMap<String, TopicScore>,
    /// By topic, over all languages; topics that rows of the sets cannot tell apart are one.
    pub topics: BTreeMap<&'static str, TopicScore>,
    /// Seconds of labelling on one core, by language.
    pub seconds: BTreeMap<String, f64>,
    /// Rows left out: what they are about has nothing to do with topics of products.
    pub left_out: usize,
}

impl TopicScore {
    /// Share of the found topics that people found too, 0 to 1.
    pub fn precision(&self) -> f64 {
        share(self.agreed, self.found)
    }

    /// Share of people's topics that were found, 0 to 1.
    pub fn recall(&self) -> f64 {
        share(self.agreed, self.labelled)
    }

    /// Harmonic mean of precision and recall of topics, 0 to 1.
    pub fn topic_f1(&self) -> f64 {
        share(2 * self.agreed, self.labelled + self.found)
    }

    /// Micro-F1 of topic and tone together, 0 to 1.
    pub fn tone_f1(&self) -> f64 {
        share(2 * self.right, self.labelled + self.found)
    }

    /// The same with the tone of the whole text.
    pub fn tone_f1_by_text(&self) -> f64 {
        share(2 * self.right_by_text, self.labelled + self.found)
    }

    /// Share of the agreed topics whose tone is right, 0 to 1.
    pub fn tone_accuracy(&self) -> f64 {
        share(self.right, self.agreed)
    }

    /// The same with the tone of the whole text.
    pub fn tone_accuracy_by_text(&self) -> f64 {
        share(self.right_by_text, self.agreed)
    }

    /// Adds the rows of another set.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.labelled += other.labelled;
        self.found += other.found;
        self.agreed += other.agreed;
        self.right += other.right;
        self.right_by_text += other.right_by_text;
    }
}

fn share(part: u64, whole: u64) -> f64 {
    let (part, whole) = (part as f64, whole.max(1) as f64);
    part / whole
}

impl TopicReport {
    /// All languages together.
    pub fn total(&self) -> TopicScore {
        let mut total = TopicScore::default();
        self.languages.values().for_each(|score| total.add(score));
        total
    }
}

/// One topic of one row, as people and as Hark see it; for looking at what goes wrong.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The row's text.
    pub text: &'a str,
    /// The row's language.
    pub lang: &'a str,
    /// The topic.
    pub topic: &'static str,
    /// What people say about its tone; `None` when they do not see the topic.
    pub labelled: Option<Sentiment>,
    /// What Hark says: score and the words that speak of it.
    pub found: Option<(f32, &'a str)>,
}

/// Measures `labeller` on `rows`, and calls `see` with each topic of each row.
///
/// The labels are `CATEGORY#ATTRIBUTE:polarity;…` or `term|category|polarity;;…`; how categories stand for topics is in
/// `categories.rs`. Categories that no topic stands for do not count, and neither do topics that the row's set has no
/// category for.
pub fn evaluate_topics(labeller: &Labeller, rows: &[Row], mut see: impl FnMut(&Judged<'_>)) -> TopicReport {
    let (mut report, mut memory) = (TopicReport::default(), Memory::default());
    for row in rows {
        let Some(domain) = categories::domain(row.domain.as_deref(), &row.label) else {
            report.left_out += 1;
            continue;
        };
        let mut score = TopicScore { rows: 1, ..TopicScore::default() };
        let mention = Mention::new("eval:1", "eval", row.text.as_str(), Timestamp::EPOCH);
        let start = Instant::now();
        let labels = labeller.label(&mention, None, &mut memory);
        *report.seconds.entry(row.lang.clone()).or_default() += start.elapsed().as_secs_f64();
        for judged in judge(row, &labels, domain) {
            see(&judged);
            let one = count(&judged, labels.sentiment);
            score.add(&one);
            report.topics.entry(judged.topic).or_default().add(&one);
        }
        report.languages.entry(row.lang.clone()).or_default().add(&score);
    }
    report
}

/// The topics of one row.
fn judge<'a>(row: &'a Row, given: &Labels, domain: categories::Domain) -> Vec<Judged<'a>> {
    let mut judged: BTreeMap<&'static str, Judged<'a>> = BTreeMap::new();
    let empty = |topic| Judged { text: &row.text, lang: &row.lang, topic, labelled: None, found: None };
    for (topic, tone) in categories::labels(&row.label, domain) {
        let entry = judged.entry(topic).or_insert_with(|| empty(topic));
        // Both praised and blamed: neither alone is right.
        entry.labelled =
            Some(entry.labelled.map_or(tone, |other| if other == tone { tone } else { Sentiment::Neutral }));
    }
    for label in &given.topics {
        let Some(topic) = categories::seen_as(&label.topic, domain) else { continue };
        let entry = judged.entry(topic).or_insert_with(|| empty(topic));
        let evidence = row.text.get(label.evidence.0 as usize..label.evidence.1 as usize).unwrap_or_default();
        // Of topics that the set does not tell apart, the clearest counts.
        if entry.found.is_none_or(|(score, _)| label.sentiment_score.abs() > score.abs()) {
            entry.found = Some((label.sentiment_score, evidence));
        }
    }
    judged.into_values().collect()
}

fn count(judged: &Judged<'_>, by_text: Sentiment) -> TopicScore {
    let mut score = TopicScore {
        labelled: u64::from(judged.labelled.is_some()),
        found: u64::from(judged.found.is_some()),
        ..TopicScore::default()
    };
    if let (Some(labelled), Some((found, _))) = (judged.labelled, judged.found) {
        score.agreed = 1;
        score.right = u64::from(tone(found) == labelled);
        score.right_by_text = u64::from(by_text == labelled);
    }
    score
}

fn tone(score: f32) -> Sentiment {
    match score {
        score if score <= -NEUTRAL => Sentiment::Negative,
        score if score >= NEUTRAL => Sentiment::Positive,
        _ => Sentiment::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use hark_nlp::rows;
    use hark_query::Segmenter;

    use super::*;
    use crate::{Models, Rules};

    fn labeller() -> Labeller {
        let mut problems = Vec::new();
        let rules = Rules::new(&[], &[], &[], Segmenter::default(), &mut problems);
        assert_eq!(problems, []);
        Labeller::new(rules, Models::built_in())
    }

    #[test]
    fn each_topic_is_held_to_its_own_label() {
        let row = |text: &str, label: &str, lang: &str, domain: Option<&str>| Row {
            text: text.into(),
            label: label.into(),
            lang: lang.into(),
            domain: domain.map(Into::into),
            line: 1,
        };
        let rows = [
            row("The food was delicious but the waiter was rude", "FOOD#QUALITY:pos;SERVICE#GENERAL:neg", "en", None),
            row(
                "Prachtig scherm, maar de bezorging was waardeloos",
                "scherm|Screen#General|positive;;bezorging|Logistics#Speed|negative",
                "nl",
                Some("phone"),
            ),
            row("Nothing to see here", "none", "en", None),
        ];
        let mut seen = 0;
        let report = evaluate_topics(&labeller(), &rows, |_| seen += 1);
        assert_eq!(seen, 4);
        let total = report.total();
        assert_eq!((total.rows, total.labelled, total.found, total.right), (3, 4, 4, 4));
        assert!((total.tone_f1() - 1.0).abs() < 1e-9);
        assert!(total.tone_f1_by_text() < 0.8, "one tone cannot be right for both");
        assert_eq!(report.languages["nl"].right, 2);
    }

    #[test]
    fn development_rows_are_clearly_better_than_the_tone_of_the_text() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/nlp/semeval16_absa/dev.tsv");
        let files = rows::files(&[file.into()], &[], rows::Part::Dev).expect("a file is named");
        let Ok(rows) = files[0].read() else { return };
        let total = evaluate_topics(&labeller(), &rows, |_| ()).total();
        assert!(total.tone_f1() > total.tone_f1_by_text() + 0.03, "{total:?}");
    }
}
