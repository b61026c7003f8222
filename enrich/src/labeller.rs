//! All labels of one mention, in the order in which they build on each other.

use std::{ops::Range, sync::Arc, time::Duration};

use hark_mention::{Fallback, Labels, Mention, StoryKeys, TopicLabel};
use hark_nlp::{
    aspects::Aspects,
    intent,
    language::{Detected, Evidence, History, SURE},
    reading::{Reader, Reading},
    sentiment, spam, story,
};
use hark_query::{Document, Scratch, Words};

use crate::{
    Models,
    rules::{Label, Rules},
};

/// From this confidence on, words of other languages do not count.
const LIKELY: f32 = 0.5;

/// Working memory of [`Labeller::label`], to be used again for the next mention. Holds nothing that counts.
#[derive(Default)]
pub struct Memory {
    words: Words,
    scratch: Scratch,
    reading: Reading,
    tone: sentiment::Reading,
    aspects: Aspects,
    /// Topics by their query, with the places that speak of them.
    places: Vec<(usize, Range<usize>)>,
    told: Option<Detected>,
}

impl Memory {
    /// The language of the last mention as far as its text and its source tell, without its author's history: what
    /// that history may grow by.
    pub fn told(&self) -> Option<Detected> {
        self.told
    }
}

/// Gives a mention its labels. Pure: no clock, no network, no state between mentions.
pub struct Labeller {
    rules: Rules,
    models: Arc<Models>,
    reader: Reader,
}

impl Labeller {
    /// A labeller with these rules and models.
    pub fn new(rules: Rules, models: impl Into<Arc<Models>>) -> Self {
        Self { rules, models: models.into(), reader: Reader::default() }
    }

    /// What tells its models and its rules apart from others: `model_version` and `rules_version` of its labels.
    pub fn versions(&self) -> (&str, &str) {
        (self.models.version(), self.rules.version())
    }

    /// The labels of `mention`, whose author wrote in the languages of `history` before.
    pub fn label(&self, mention: &Mention, history: Option<&History>, memory: &mut Memory) -> Labels {
        let text = mention.full_text();
        let language = self.language(mention, &text, history, memory);
        self.read(&text, language.code, language.confidence, memory);
        let Memory { reading, tone: parts, .. } = memory;
        let tone = parts.tone();
        let signature = story::signature(reading);
        let mut labels = Labels {
            lang: language.code.to_owned(),
            lang_confidence: language.confidence,
            sentiment: tone.sentiment(),
            sentiment_score: tone.score,
            sentiment_confidence: tone.confidence,
            intent: intent::detect(reading, tone.score),
            spam_score: spam::score(reading, &text, mention),
            story: StoryKeys { keys: signature.keys().to_vec(), sketch: signature.sketch },
            model_version: self.models.version_without_transformer().to_owned(),
            ..Labels::default()
        };
        self.find(mention, &mut labels, memory);
        self.weigh_topics(&mut labels, memory);
        labels
    }

    /// Whether the models of this labeller gave `labels`: then [`Labeller::label_by_rules`] does for them.
    pub fn knows(&self, labels: &Labels) -> bool {
        labels.model_version == self.models.version()
    }

    /// Puts the brands, products and topics of today's rules in the place of those in `labels`. What the models told stays:
    /// it does not depend on rules, and is most of the work.
    pub fn label_by_rules(&self, mention: &Mention, labels: &mut Labels, memory: &mut Memory) {
        labels.brands.clear();
        labels.products.clear();
        labels.topics.clear();
        self.find(mention, labels, memory);
        if !memory.places.is_empty() {
            self.read(&mention.full_text(), &labels.lang, labels.lang_confidence, memory);
            self.weigh_topics(labels, memory);
        }
    }

    /// Reads the tone of a text's parts and the cues that stand in it.
    fn read(&self, text: &str, lang: &str, confidence: f32, memory: &mut Memory) {
        self.models.sentiment.read(text, lang, &mut memory.tone);
        self.reader.read(text, read_as(lang, confidence), &mut memory.reading);
    }

    /// Labels the brands and products that are spoken of, and finds the places of topics.
    fn find(&self, mention: &Mention, labels: &mut Labels, memory: &mut Memory) {
        let Memory { words, scratch, places, .. } = memory;
        self.rules.version().clone_into(&mut labels.rules_version);
        let document = Document::of(mention, Some(&labels.lang));
        self.rules.segmenter().cut_document(&document, words);
        let found = self.rules.matcher().find(&document, words, scratch);
        places.clear();
        for query in found.queries() {
            match self.rules.label(*query) {
                Label::Brand(name) => add_once(&mut labels.brands, name),
                Label::Product { name, brand } => {
                    add_once(&mut labels.products, name);
                    add_once(&mut labels.brands, brand);
                }
                Label::Topic(_) => places.push((*query, found.place(*query).unwrap_or_default())),
            }
        }
    }

    /// Labels the topics that were found, each with the tone of what is said of it.
    fn weigh_topics(&self, labels: &mut Labels, memory: &mut Memory) {
        let Memory { reading, tone: parts, aspects, places, .. } = memory;
        aspects.fill(reading, places.iter().map(|(_, place)| place.clone()));
        for (query, place) in places.drain(..) {
            let Label::Topic(topic) = self.rules.label(query) else { continue };
            let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
            labels.topics.push(TopicLabel {
                topic: topic.clone(),
                evidence: (narrow(place.start), narrow(place.end)),
                sentiment_score: aspects.score(reading, place, |part| parts.tone_of(part).score),
            });
        }
    }

    /// Whether [`Labeller::refine`] may change labels: only with a transformer.
    pub(crate) fn refines(&self) -> bool {
        self.models.transformer.is_some()
    }

    /// Gives labelled mentions the tone that the transformer tells, and the intent that follows from it, if there is a
    /// transformer. The tones of topics stay.
    ///
    /// With a time `within`, mentions that it does not get to in that time keep their labels. The answer has the reason for
    /// each mention that kept them.
    pub(crate) fn refine<'a>(
        &self,
        labelled: impl Iterator<Item = (&'a Mention, &'a mut Labels)>,
        within: Option<Duration>,
    ) -> Vec<Fallback> {
        let Some(transformer) = &self.models.transformer else { return Vec::new() };
        let (mentions, labels): (Vec<&Mention>, Vec<&mut Labels>) = labelled.unzip();
        let texts: Vec<_> = mentions.iter().map(|mention| mention.full_text()).collect();
        let tones = transformer.tones(&texts, within);
        let (mut reading, mut fallbacks) = (Reading::default(), Vec::new());
        for ((text, labels), tone) in texts.iter().zip(labels).zip(tones) {
            match tone {
                Ok(tone) => {
                    self.reader.read(text, read_as(&labels.lang, labels.lang_confidence), &mut reading);
                    labels.intent = intent::detect(&reading, tone.score);
                    labels.sentiment = tone.sentiment();
                    labels.sentiment_score = tone.score;
                    labels.sentiment_confidence = tone.confidence;
                    labels.model_version = self.models.version().to_owned();
                }
                Err(reason) => fallbacks.push(reason),
            }
        }
        fallbacks
    }

    /// The language of a text. An author's history counts only where the text and its source leave doubt, so that a clear
    /// text always gets the same answer.
    fn language(&self, mention: &Mention, text: &str, history: Option<&History>, memory: &mut Memory) -> Detected {
        let hint = mention.lang_hint.as_deref();
        let told = self.models.language.identify(text, Evidence { hint, history: None });
        memory.told = Some(told);
        match history {
            Some(_) if told.confidence < SURE => self.models.language.identify(text, Evidence { hint, history }),
            _ => told,
        }
    }
}

/// The language whose cues count; those of all languages when it is not sure.
fn read_as(lang: &str, confidence: f32) -> &str {
    if confidence < LIKELY { "und" } else { lang }
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
        config::{Brand, Product, Topic},
    };

    use hark_query::Segmenter;

    use super::*;

    fn labeller() -> Labeller {
        let brand =
            Brand { name: "Fairphone".into(), query: "fairphone OR \"fair phone\"".into(), competitors: vec![] };
        let product = Product { name: "FP5".into(), brand: "Fairphone".into(), query: "fp5".into() };
        let mut problems = Vec::new();
        let rules = Rules::new(&[brand], &[product], &[], Segmenter::default(), &mut problems);
        assert_eq!(problems, []);
        Labeller::new(rules, Models::built_in())
    }

    fn label(text: &str) -> Labels {
        labeller().label(&Mention::new("a:1", "a", text, Timestamp::EPOCH), None, &mut Memory::default())
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
        assert_eq!(labeller().label(&mention, None, &mut Memory::default()).brands, ["Fairphone"]);
    }

    #[test]
    fn what_an_author_wrote_in_before_decides_where_a_text_leaves_doubt() {
        let (labeller, mut memory) = (labeller(), Memory::default());
        let mut history = History::default();
        (0..20).for_each(|_| history.add("sv"));
        let mut lang = |text: &str, history: Option<&History>| {
            labeller.label(&Mention::new("a:1", "a", text, Timestamp::EPOCH), history, &mut memory).lang
        };
        assert_ne!(lang("start", None), "sv");
        assert_eq!(lang("start", Some(&history)), "sv");
        let clear = "De bezorging was veel te laat en niemand nam de telefoon op";
        assert_eq!(lang(clear, Some(&history)), "nl");
    }

    #[test]
    fn other_rules_give_the_labels_that_they_give_from_the_start() {
        let brand = Brand { name: "Anders".into(), query: "update OR telefoon".into(), competitors: vec![] };
        let topic = Topic { name: "sinds".into(), query: "sinds".into() };
        let rules = Rules::new(&[brand], &[], &[topic], Segmenter::default(), &mut Vec::new());
        let (before, after) = (labeller(), Labeller::new(rules, Models::built_in()));
        let mut memory = Memory::default();
        for text in [
            "Wat een slechte batterij heeft mijn FP5 sinds de update, maar de camera is echt prachtig",
            "The fair phone is nice",
            "sinds",
            "",
        ] {
            let mention = Mention::new("a:1", "a", text, Timestamp::EPOCH);
            let mut labels = before.label(&mention, None, &mut memory);
            assert!(after.knows(&labels));
            // What was read of another mention must not shine through.
            before.label(&Mention::new("a:2", "a", "Terrible battery", Timestamp::EPOCH), None, &mut memory);
            after.label_by_rules(&mention, &mut labels, &mut memory);
            assert_eq!(labels, after.label(&mention, None, &mut memory), "{text}");
        }
    }

    #[test]
    fn praise_and_questions() {
        assert_eq!(label("Great service, I love my new phone!").sentiment, Sentiment::Positive);
        assert_eq!(label("How do I change the screen?").intent, hark_mention::Intent::Question);
        assert_eq!(label("Not good at all").sentiment, Sentiment::Negative);
    }
}
