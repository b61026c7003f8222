//! What travels on the enriched topic: the same events, mentions with their labels.

use serde::{Deserialize, Serialize};

use crate::{Delete, DropReason, Event, ForgetAuthor, Mention, RejectReason, WIRE_VERSION, WireError};

/// A mention and what enrichment found out about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enriched {
    /// The mention as it was read.
    pub mention: Mention,
    /// What was found out.
    pub labels: Labels,
}

/// What enrichment found out about a mention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Labels {
    /// Language, ISO 639-1 where there is one, else 639-3; `und` when it cannot be told.
    pub lang: String,
    /// How sure that is, 0 to 1.
    pub lang_confidence: f32,
    /// Tone of the whole mention.
    pub sentiment: Sentiment,
    /// Tone from -1 (negative) to 1 (positive).
    pub sentiment_score: f32,
    /// How sure the tone is, 0 to 1.
    pub sentiment_confidence: f32,
    /// Names of the configured brands it speaks of.
    pub brands: Vec<String>,
    /// Names of the configured products it speaks of.
    pub products: Vec<String>,
    /// Topics it speaks of, each with its own tone.
    pub topics: Vec<TopicLabel>,
    /// What the author wants.
    pub intent: Intent,
    /// How much it looks like spam or advertising, 0 to 1.
    pub spam_score: f32,
    /// What its near-duplicates are found by.
    #[serde(skip_serializing_if = "StoryKeys::is_empty")]
    pub story: StoryKeys,
    /// Near-duplicates share a story; empty when it stands alone.
    pub story_id: String,
    /// Model that gave these labels.
    pub model_version: String,
    /// Fingerprint of the brands, products and topics in force.
    pub rules_version: String,
}

/// What the near-duplicates of a mention are found by. All numbers are below 2^53, so that any reader of JSON keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoryKeys {
    /// Near-duplicates share at least one of these: six, or one for a short text. Empty for a text too generic to be a
    /// story, and in events of older versions.
    pub keys: Vec<u64>,
    /// Two mentions that share a key are one story when few bits of this differ.
    pub sketch: u64,
}

impl StoryKeys {
    /// Most bits in which the sketches of near-duplicates differ, of 52.
    const MAX_DISTANCE: u32 = 10;

    /// Whether the sketches of two texts that share a key make them one story.
    pub fn sketches_are_near(a: u64, b: u64) -> bool {
        (a ^ b).count_ones() <= Self::MAX_DISTANCE
    }

    /// Whether the mention can have no near-duplicates.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// A topic that a mention speaks of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopicLabel {
    /// Name of the topic.
    pub topic: String,
    /// Tone of what is said about it, -1 to 1.
    pub sentiment_score: f32,
    /// Where in `title + "\n" + text` (or `text` alone) it is said: byte offsets, end exclusive.
    pub evidence: (u32, u32),
}

/// Tone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Displeased.
    Negative,
    /// Neither, or both alike.
    #[default]
    Neutral,
    /// Pleased.
    Positive,
}

impl Sentiment {
    /// All tones, from the worst to the best.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// What the author of a mention wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// To be heard about something that went wrong.
    Complaint,
    /// An answer.
    Question,
    /// Something new or different.
    Request,
    /// To say something good.
    Praise,
    /// To leave.
    Churn,
    /// None of these.
    #[default]
    Other,
}

impl Intent {
    /// All intents, in the order of their declaration.
    pub const ALL: [Self; 6] = [Self::Complaint, Self::Question, Self::Request, Self::Praise, Self::Churn, Self::Other];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Question => "question",
            Self::Request => "request",
            Self::Praise => "praise",
            Self::Churn => "churn",
            Self::Other => "other",
        }
    }
}

/// One event on the enriched topic, under the same key as on the raw one.
#[derive(Clone, Debug, PartialEq)]
pub enum EnrichedEvent {
    /// A mention with its labels.
    Upsert(Box<Enriched>),
    /// Passed on from the raw topic.
    Delete(Delete),
    /// Passed on from the raw topic.
    ForgetAuthor(ForgetAuthor),
    /// A record of the raw topic that ended in enrichment: passed on so that the ledger accounts for its offset.
    Ended(Ending),
}

/// How a record of the raw topic ended without being stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Left out on purpose.
    Dropped(DropReason),
    /// Its bytes are among the dead letters.
    Dead(RejectReason),
}

impl Ending {
    /// The operation on the wire, and the outcome in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped(_) => "dropped",
            Self::Dead(_) => "dead",
        }
    }

    /// Why.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Dropped(reason) => reason.as_str(),
            Self::Dead(reason) => reason.as_str(),
        }
    }

    fn read(op: &str, reason: &str) -> Option<Self> {
        let dropped = || DropReason::ALL.into_iter().find(|known| known.as_str() == reason).map(Self::Dropped);
        let dead = || RejectReason::ALL.into_iter().find(|known| known.as_str() == reason).map(Self::Dead);
        if op == "dropped" { dropped() } else { dead() }
    }
}

#[derive(Serialize)]
struct Upsert<'a> {
    v: u16,
    op: &'static str,
    mention: &'a Mention,
    labels: &'a Labels,
}

/// Room for what stands beside a mention's text, mostly: so that writing it out seldom has to move. Unit: bytes.
const ROOM: usize = 1536;

impl EnrichedEvent {
    /// Writes the event as JSON: `{"v":1,"op":"upsert","mention":{…},"labels":{…}}`, the others as on the raw topic.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Upsert(enriched) => {
                let Enriched { mention, labels } = &**enriched;
                let mut json = Vec::with_capacity(mention.text.len() + ROOM);
                serde_json::to_writer(&mut json, &Upsert { v: WIRE_VERSION, op: "upsert", mention, labels })
                    .expect("an event is JSON");
                json
            }
            Self::Delete(delete) => Event::Delete(delete.clone()).encode(),
            Self::ForgetAuthor(forget) => Event::ForgetAuthor(forget.clone()).encode(),
            Self::Ended(ending) => {
                let event = serde_json::json!({"v": WIRE_VERSION, "op": ending.as_str(), "reason": ending.reason()});
                event.to_string().into_bytes()
            }
        }
    }

    /// Reads an event from its JSON.
    ///
    /// # Errors
    ///
    /// A [`WireError`] that says what is wrong; the bytes then belong among the dead letters.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        #[derive(Deserialize)]
        struct Header {
            v: u16,
            op: String,
            #[serde(default)]
            reason: String,
        }
        let upsert = || serde_json::from_slice(bytes).map(Self::Upsert).map_err(WireError::WrongShape);
        // What Hark writes itself begins with the header; that saves reading long events twice.
        if bytes.starts_with(br#"{"v":1,"op":"upsert","#) {
            return upsert();
        }
        let header: Header = serde_json::from_slice(bytes).map_err(WireError::NotAnEvent)?;
        if header.v == WIRE_VERSION && header.op == "upsert" {
            return upsert();
        }
        if header.v == WIRE_VERSION && matches!(header.op.as_str(), "dropped" | "dead") {
            let unknown = || WireError::UnknownOperation(format!("{}: {}", header.op, header.reason));
            return Ending::read(&header.op, &header.reason).map(Self::Ended).ok_or_else(unknown);
        }
        match Event::decode(bytes)? {
            Event::Delete(delete) => Ok(Self::Delete(delete)),
            Event::ForgetAuthor(forget) => Ok(Self::ForgetAuthor(forget)),
            Event::Upsert(_) => Err(WireError::UnknownOperation(header.op)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::Timestamp;

    #[test]
    fn an_enriched_mention_survives_the_wire() {
        let labels = Labels {
            lang: "nl".into(),
            topics: vec![TopicLabel { topic: "price".into(), sentiment_score: -0.5, evidence: (3, 9) }],
            story: StoryKeys { keys: vec![(1 << 53) - 1, 7], sketch: 5 },
            ..Labels::default()
        };
        let mention = Mention::new("a:1", "a", "te duur", Timestamp::EPOCH);
        let event = EnrichedEvent::Upsert(Box::new(Enriched { mention, labels }));
        assert_eq!(EnrichedEvent::decode(&event.encode()).unwrap(), event);
    }

    #[test]
    fn every_ending_survives_the_wire() {
        let dropped = DropReason::ALL.into_iter().map(Ending::Dropped);
        for ending in dropped.chain(RejectReason::ALL.into_iter().map(Ending::Dead)) {
            let event = EnrichedEvent::Ended(ending);
            assert_eq!(EnrichedEvent::decode(&event.encode()).unwrap(), event);
        }
    }

    #[test]
    fn labels_of_an_older_version_have_no_story() {
        let labels: Labels = serde_json::from_str(r#"{"lang":"nl","topics":[]}"#).unwrap();
        assert!(labels.story.is_empty());
        assert!(!serde_json::to_string(&labels).unwrap().contains("\"story\""));
    }
}
