//! All labels of one mention, in the order in which they build on each other.

use hark_mention::{Labels, Mention, TopicLabel};
use hark_query::{Match, Segmenter};

use crate::{
    intent, language,
    rules::{Label, Rules},
    sentiment::Lexicon,
};

/// Name of the models in use; a new one means that the same mention may get other labels.
const MODEL_VERSION: &str = "lexicon-1";

/// Gives a mention its labels. Pure: no clock, no network, no state between mentions.
pub struct Labeller {
    rules: Rules,
    lexicon: Lexicon,
}

impl Labeller {
    /// A labeller for these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules, lexicon: Lexicon::built_in() }
    }

    /// The segmenter that its rules were compiled with.
    pub fn segmenter(&self) -> &Segmenter {
        self.rules.matcher().segmenter()
    }

    /// The labels of `mention`.
    pub fn label(&self, mention: &Mention) -> Labels {
        let text = mention.full_text();
        let words = self.segmenter().words(&text);
        let language = language::detect(&text);
        let tone = self.lexicon.tone(&text, &words, language.code);
        let mut labels = Labels {
            lang: language.code.to_owned(),
            lang_confidence: language.confidence,
            sentiment: tone.sentiment(),
            sentiment_score: tone.score,
            sentiment_confidence: tone.confidence,
            intent: intent::detect(&text, tone.sentiment()),
            model_version: MODEL_VERSION.to_owned(),
            rules_version: self.rules.version().to_owned(),
            ..Labels::default()
        };
        for found in self.rules.matcher().find(&words) {
            self.add(&mut labels, &found, tone.score);
        }
        labels
    }

    fn add(&self, labels: &mut Labels, found: &Match, sentiment_score: f32) {
        match self.rules.label(found.query) {
            Label::Brand(name) => add_once(&mut labels.brands, name),
            Label::Product { name, brand } => {
                add_once(&mut labels.products, name);
                add_once(&mut labels.brands, brand);
            }
            Label::Topic(topic) => {
                let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
                let evidence = (place(found.at.start), place(found.at.end));
                labels.topics.push(TopicLabel { topic: topic.clone(), sentiment_score, evidence });
            }
        }
    }
}

fn add_once(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use hark_mention::{
        Sentiment, Timestamp,
        config::{Brand, Product},
    };

    use super::*;

    fn labeller() -> Labeller {
        let brand =
            Brand { name: "Fairphone".into(), query: "fairphone OR \"fair phone\"".into(), competitors: vec![] };
        let product = Product { name: "FP5".into(), brand: "Fairphone".into(), query: "fp5".into() };
        let mut problems = Vec::new();
        let rules = Rules::new(&[brand], &[product], &[], Segmenter::default(), &mut problems);
        assert_eq!(problems, []);
        Labeller::new(rules)
    }

    fn label(text: &str) -> Labels {
        labeller().label(&Mention::new("a:1", "a", text, Timestamp::EPOCH))
    }

    #[test]
    fn a_complaint_is_labelled_in_full() {
        let text = "Wat een slechte batterij heeft mijn FP5 sinds de update, echt waardeloos";
        let labels = label(text);
        assert_eq!(labels.lang, "nl");
        assert_eq!(labels.sentiment, Sentiment::Negative);
        assert_eq!(
            (labels.brands.as_slice(), labels.products.as_slice()),
            (&["Fairphone".into()][..], &["FP5".into()][..])
        );
        let battery = labels.topics.iter().find(|topic| topic.topic == "battery");
        let evidence = battery.and_then(|topic| text.get(topic.evidence.0 as usize..topic.evidence.1 as usize));
        assert_eq!(evidence, Some("batterij"));
    }

    #[test]
    fn a_title_counts_as_text() {
        let mut mention = Mention::new("a:1", "a", "…", Timestamp::EPOCH);
        mention.title = Some("Fair phone gets an update".into());
        assert_eq!(labeller().label(&mention).brands, ["Fairphone"]);
    }

    #[test]
    fn praise_and_questions() {
        assert_eq!(label("Great service, I love my new phone!").sentiment, Sentiment::Positive);
        assert_eq!(label("How do I change the screen?").intent, hark_mention::Intent::Question);
        assert_eq!(label("Not good at all").sentiment, Sentiment::Negative);
    }
}
