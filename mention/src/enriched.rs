//! What travels on the enriched topic: the same events, mentions with their labels.

use serde::{Deserialize, Serialize};

use crate::{Delete, Event, ForgetAuthor, Mention, WIRE_VERSION, WireError};

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
    /// Near-duplicates share a story; empty when it stands alone.
    pub story_id: String,
    /// Model that gave these labels.
    pub model_version: String,
    /// Fingerprint of the brands, products and topics in force.
    pub rules_version: String,
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
}

#[derive(Serialize)]
struct Upsert<'a> {
    v: u16,
    op: &'static str,
    mention: &'a Mention,
    labels: &'a Labels,
}

impl EnrichedEvent {
    /// Writes the event as JSON: `{"v":1,"op":"upsert","mention":{…},"labels":{…}}`, the others as on the raw topic.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Upsert(enriched) => {
                let Enriched { mention, labels } = &**enriched;
                serde_json::to_vec(&Upsert { v: WIRE_VERSION, op: "upsert", mention, labels })
                    .expect("an event is JSON")
            }
            Self::Delete(delete) => Event::Delete(delete.clone()).encode(),
            Self::ForgetAuthor(forget) => Event::ForgetAuthor(forget.clone()).encode(),
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
        }
        let header: Header = serde_json::from_slice(bytes).map_err(WireError::NotAnEvent)?;
        if header.v == WIRE_VERSION && header.op == "upsert" {
            let enriched = serde_json::from_slice(bytes).map_err(WireError::WrongShape)?;
            return Ok(Self::Upsert(Box::new(enriched)));
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
            ..Labels::default()
        };
        let mention = Mention::new("a:1", "a", "te duur", Timestamp::EPOCH);
        let event = EnrichedEvent::Upsert(Box::new(Enriched { mention, labels }));
        assert_eq!(EnrichedEvent::decode(&event.encode()).unwrap(), event);
    }
}
