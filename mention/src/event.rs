//! What travels on the raw topic: a mention was seen or edited, deleted, or its author is to be forgotten.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{RejectReason, Rejection, Timestamp};

/// Version of the wire format, the field `v` of every event.
pub const WIRE_VERSION: u16 = 1;

/// Most bytes that one encoded event may have; larger ones are rejected as `too_large`.
///
/// Unit: bytes. A broker takes records up to 1 MiB by default, and labels need room too.
pub const MAX_EVENT_BYTES: usize = 768 * 1024;

/// One event on the raw topic. Its record key is [`Event::key`], so that the events of one mention stay in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A mention was published, or edited when its `revision` is higher than the one known.
    Upsert(Box<Mention>),
    /// A mention is gone at its source.
    Delete(Delete),
    /// An author is gone, or asked to be forgotten: all of their mentions go.
    ForgetAuthor(ForgetAuthor),
}

/// Something a person published about something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// Stable for ever, and the same whichever way the mention is found: `source:upstream-id`.
    pub id: String,
    /// Type name of the source: `bluesky`, `rss`, `import` …
    pub source: String,
    /// What form the mention has.
    pub kind: Kind,
    /// Where a person can read it.
    #[serde(default)]
    pub url: Option<String>,
    /// Host name of the site it was published on.
    #[serde(default)]
    pub site: Option<String>,
    /// Headline, as plain text.
    #[serde(default)]
    pub title: Option<String>,
    /// Body as a person reads it: plain text, markup removed.
    pub text: String,
    /// Language the source or the author declared (BCP 47); often wrong.
    #[serde(default)]
    pub lang_hint: Option<String>,
    /// Who published it.
    #[serde(default)]
    pub author: Author,
    /// Id of the mention that this one answers.
    #[serde(default)]
    pub parent_id: Option<String>,
    /// Id of the first mention of the conversation.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// How others reacted, when last looked at.
    #[serde(default)]
    pub engagement: Engagement,
    /// Rating from 0 (worst) to 1 (best); the original is kept in `extra`.
    #[serde(default)]
    pub rating: Option<f32>,
    /// Product that the source says it is about.
    #[serde(default)]
    pub product_hint: Option<String>,
    /// Country of the author or the market, ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// What else the source told, under the source's own names.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// When it was published; never later than `collected_at`.
    pub published_at: Timestamp,
    /// When it was last edited.
    #[serde(default)]
    pub edited_at: Option<Timestamp>,
    /// When Hark read it.
    pub collected_at: Timestamp,
    /// Orders the states of one mention: 0 as first published, then the edit's time in milliseconds since 1970.
    #[serde(default)]
    pub revision: u64,
    /// Fields written by a newer version of Hark; they are passed on as they came.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What form a mention has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A post of its own, on a social network.
    #[default]
    Post,
    /// An answer to something else.
    Comment,
    /// An opinion about a product, shop or app, mostly with a rating.
    Review,
    /// News, blog or press.
    Article,
    /// A question that asks for answers.
    Question,
    /// An answer to a question.
    Answer,
    /// A bug report or feature request.
    Issue,
    /// An answer in a questionnaire.
    Survey,
}

impl Kind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Post,
        Self::Comment,
        Self::Review,
        Self::Article,
        Self::Question,
        Self::Answer,
        Self::Issue,
        Self::Survey,
    ];

    /// The kind's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Article => "article",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Issue => "issue",
            Self::Survey => "survey",
        }
    }
}

/// Who published a mention. Each field is what the source tells in public, if it does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Author {
    /// The source's stable id of the account.
    #[serde(default)]
    pub id: Option<String>,
    /// Account name, without a leading `@`.
    #[serde(default)]
    pub handle: Option<String>,
    /// Display name.
    #[serde(default)]
    pub name: Option<String>,
    /// Followers, when last looked at.
    #[serde(default)]
    pub followers: Option<u64>,
}

/// How others reacted to a mention. `None` means that the source does not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Engagement {
    /// Likes, upvotes, favourites, points.
    #[serde(default)]
    pub likes: Option<u64>,
    /// Comments and replies.
    #[serde(default)]
    pub replies: Option<u64>,
    /// Reposts, boosts, shares.
    #[serde(default)]
    pub shares: Option<u64>,
    /// Views.
    #[serde(default)]
    pub views: Option<u64>,
}

/// A mention is gone at its source; it hides every revision up to `at`, whenever those arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    /// Id of the mention.
    pub id: String,
    /// Type name of the source.
    pub source: String,
    /// Who removed it, as the source says: `author`, `moderator` …
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was removed, or when that was noticed.
    pub at: Timestamp,
}

/// All mentions that an author published up to `at` are to go, whenever those arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForgetAuthor {
    /// The source's stable id of the account: [`Author::id`].
    pub author_id: String,
    /// Type name of the source.
    pub source: String,
    /// When the account went, or when that was noticed.
    pub at: Timestamp,
}

/// Bytes that are not an event.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No JSON object, or one without `v` and `op`.
    #[error("not an event: {0}")]
    NotAnEvent(serde_json::Error),
    /// Written by a version of Hark that this one does not know.
    #[error("wire version {0} is not known here, only {WIRE_VERSION}; upgrade this worker first")]
    UnknownVersion(u16),
    /// The field `op` has a value that is not known.
    #[error("operation `{0}` is not known")]
    UnknownOperation(String),
    /// A field is missing or has the wrong type.
    #[error("wrong shape: {0}")]
    WrongShape(serde_json::Error),
}

impl From<WireError> for Rejection {
    fn from(error: WireError) -> Self {
        let reason = match &error {
            WireError::NotAnEvent(_) => RejectReason::NotAnEvent,
            WireError::UnknownVersion(_) | WireError::UnknownOperation(_) => RejectReason::UnknownVersion,
            WireError::WrongShape(_) => RejectReason::WrongShape,
        };
        Self::new(reason, error.to_string())
    }
}

/// The fields that tell how to read the rest.
#[derive(Deserialize)]
struct Header<'a> {
    v: u16,
    #[serde(borrow)]
    op: Cow<'a, str>,
}

#[derive(Serialize)]
struct Tagged<'a, T> {
    v: u16,
    op: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

impl Event {
    /// The record key: the mention's id, or the author's for [`Event::ForgetAuthor`].
    pub fn key(&self) -> &str {
        match self {
            Self::Upsert(mention) => &mention.id,
            Self::Delete(delete) => &delete.id,
            Self::ForgetAuthor(forget) => &forget.author_id,
        }
    }

    /// Reads an event from its JSON.
    ///
    /// # Errors
    ///
    /// A [`WireError`] that says what is wrong; the bytes then belong among the dead letters.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        // What Hark writes itself begins with the header; that saves reading long events twice.
        let header = if bytes.starts_with(br#"{"v":1,"op":"upsert","#) {
            Header { v: 1, op: Cow::Borrowed("upsert") }
        } else {
            serde_json::from_slice(bytes).map_err(WireError::NotAnEvent)?
        };
        if header.v != WIRE_VERSION {
            return Err(WireError::UnknownVersion(header.v));
        }
        match &*header.op {
            "upsert" => {
                let mut mention: Mention = serde_json::from_slice(bytes).map_err(WireError::WrongShape)?;
                mention.unknown.remove("v");
                mention.unknown.remove("op");
                Ok(Self::Upsert(Box::new(mention)))
            }
            "delete" => serde_json::from_slice(bytes).map(Self::Delete).map_err(WireError::WrongShape),
            "forget_author" => serde_json::from_slice(bytes).map(Self::ForgetAuthor).map_err(WireError::WrongShape),
            other => Err(WireError::UnknownOperation(other.chars().take(64).collect())),
        }
    }

    /// Writes the event as JSON.
    pub fn encode(&self) -> Vec<u8> {
        fn json<T: Serialize>(op: &'static str, body: &T) -> Vec<u8> {
            // Maps with text keys, numbers and texts: there is nothing in an event that JSON cannot hold.
            serde_json::to_vec(&Tagged { v: WIRE_VERSION, op, body }).expect("an event is JSON")
        }
        match self {
            Self::Upsert(mention) => json("upsert", mention),
            Self::Delete(delete) => json("delete", delete),
            Self::ForgetAuthor(forget) => json("forget_author", forget),
        }
    }
}

impl Mention {
    /// A mention with the fields that each one has; the others are empty.
    pub fn new(
        id: impl Into<String>,
        source: impl Into<String>,
        text: impl Into<String>,
        published_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: Kind::Post,
            url: None,
            site: None,
            title: None,
            text: text.into(),
            lang_hint: None,
            author: Author::default(),
            parent_id: None,
            thread_id: None,
            engagement: Engagement::default(),
            rating: None,
            product_hint: None,
            country: None,
            extra: Map::new(),
            published_at,
            edited_at: None,
            collected_at: published_at,
            revision: 0,
            unknown: Map::new(),
        }
    }

    /// All that it says: the title, a line feed and the text, or the text alone. Evidence counts bytes of this.
    pub fn full_text(&self) -> Cow<'_, str> {
        match &self.title {
            Some(title) => Cow::Owned(format!("{title}\n{}", self.text)),
            None => Cow::Borrowed(&self.text),
        }
    }

    /// Sets the time of reading, and moves a publication time from the future back to it.
    ///
    /// A client may declare any time; the declared one is kept in `extra.declared_published_at`.
    pub fn collected(mut self, at: Timestamp) -> Self {
        self.collected_at = at;
        if self.published_at > at {
            self.extra.insert("declared_published_at".to_owned(), Value::String(self.published_at.to_string()));
            self.published_at = at;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn every_operation_survives_the_wire() {
        let mut mention = Mention::new("rss:1", "rss", "Ça alors 🎉\nregel twee", at("2026-11-22T08:00:00.123Z"));
        mention.rating = Some(0.25);
        mention.author.handle = Some("jan".into());
        mention.extra.insert("stars".into(), 2.into());
        let events = [
            Event::Upsert(Box::new(mention)),
            Event::Delete(Delete { id: "a".into(), source: "rss".into(), reason: None, at: Timestamp::EPOCH }),
            Event::ForgetAuthor(ForgetAuthor { author_id: "x".into(), source: "rss".into(), at: Timestamp::EPOCH }),
        ];
        for event in events {
            assert_eq!(Event::decode(&event.encode()).unwrap(), event);
        }
    }

    #[test]
    fn fields_of_a_newer_version_are_passed_on() {
        let bytes = br#"{"v":1,"op":"upsert","id":"a:1","source":"a","kind":"post","text":"t",
            "published_at":"2026-11-22T08:00:00Z","collected_at":"2026-11-22T08:00:00Z","mood":{"x":[1,2]}}"#;
        let again: Value = serde_json::from_slice(&Event::decode(bytes).unwrap().encode()).unwrap();
        assert_eq!(again["mood"], serde_json::json!({"x":[1,2]}));
        assert_eq!(again["v"], 1);
    }

    #[test]
    fn what_is_not_an_event_says_why() {
        let wrong = [
            (&b"\xff\x00"[..], RejectReason::NotAnEvent),
            (br#"{"v":2,"op":"upsert"}"#, RejectReason::UnknownVersion),
            (br#"{"v":1,"op":"explode"}"#, RejectReason::UnknownVersion),
            (br#"{"v":1,"op":"upsert","id":7}"#, RejectReason::WrongShape),
            (br#"{"v":1,"op":"delete","id":"a"}"#, RejectReason::WrongShape),
        ];
        for (bytes, reason) in wrong {
            assert_eq!(Rejection::from(Event::decode(bytes).unwrap_err()).reason, reason);
        }
    }

    #[test]
    fn a_time_from_the_future_is_clamped_and_kept() {
        let mention = Mention::new("a:1", "a", "t", at("2099-01-01T00:00:00Z")).collected(at("2026-01-01T00:00:00Z"));
        assert_eq!(mention.published_at, at("2026-01-01T00:00:00Z"));
        assert_eq!(mention.extra["declared_published_at"], "2099-01-01T00:00:00.000Z");
    }
}
