//! What a feed says, whichever of its formats it is written in; nothing is interpreted yet.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Most items that are read of one document; real feeds hold some hundreds.
pub(super) const MAX_ITEMS: usize = 10_000;

/// A feed as it came.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub(super) title: Option<Body>,
    pub(super) language: Option<String>,
    /// How long the publisher wants us to wait before the next look. Unit: minutes.
    pub(super) ttl_minutes: Option<u64>,
    pub(super) entries: Vec<Entry>,
    /// Items that the publisher says are deleted (RFC 6721).
    pub(super) deleted: Vec<Deleted>,
    /// The document ends or breaks before its last tag; what stands before is good.
    pub(super) broken: Option<String>,
}

/// One item.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// `guid`, `atom:id` or `id`.
    pub(super) id: Option<String>,
    /// The page of the item, absolute.
    pub(super) link: Option<Url>,
    pub(super) title: Option<Body>,
    /// The whole text, if the feed has it.
    pub(super) content: Option<Body>,
    /// The beginning or a summary of the text.
    pub(super) summary: Option<Body>,
    pub(super) authors: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) language: Option<String>,
    /// How many comments the page has (`slash:comments`).
    pub(super) comments: Option<u64>,
    /// Against what relative links in the text are resolved.
    pub(super) base: Option<Url>,
}

/// A text and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Plain(String),
    Html(String),
}

/// An item that the publisher deleted.
#[derive(Debug)]
pub(super) struct Deleted {
    pub(super) id: String,
    pub(super) when: Option<String>,
}

/// A JSON Feed, 1.0 or 1.1. The items stay JSON, so that a wrong type costs one field and not the feed.
///
/// Source: <https://www.jsonfeed.org/version/1.1/>.
#[derive(Debug, Deserialize)]
pub(super) struct JsonFeed {
    #[serde(default)]
    pub(super) title: Value,
    #[serde(default)]
    pub(super) language: Value,
    #[serde(default)]
    pub(super) author: Value,
    #[serde(default)]
    pub(super) authors: Value,
    pub(super) items: Vec<Value>,
}
