//! What Apple sends: the public feed of reviews, and App Store Connect.
//!
//! The feed is not documented (any more); its shape is what it was seen to send in 2026. App Store Connect:
//! <https://developer.apple.com/documentation/appstoreconnectapi/customer-reviews>.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The feed of one app in one store.
#[derive(Debug, Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    pub(super) feed: Feed<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Feed<'a> {
    /// Absent without reviews, one object with one review, else a list.
    #[serde(borrow)]
    pub(super) entry: Option<&'a RawValue>,
}

/// A text, as the feed wraps each: `{"label": "…"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Label {
    pub(super) label: String,
}

/// A review, or in older feeds the app itself, which has no rating.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) id: Label,
    #[serde(default)]
    pub(super) author: EntryAuthor,
    /// When it was written or last edited, with the offset of California.
    pub(super) updated: Option<Label>,
    #[serde(default)]
    pub(super) title: Label,
    #[serde(default)]
    pub(super) content: Label,
    #[serde(rename = "im:rating")]
    pub(super) rating: Option<Label>,
    #[serde(rename = "im:version")]
    pub(super) version: Option<Label>,
    /// How many found it helpful.
    #[serde(rename = "im:voteSum")]
    pub(super) votes: Option<Label>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EntryAuthor {
    pub(super) name: Label,
    pub(super) uri: Label,
}

/// A list of App Store Connect.
#[derive(Debug, Deserialize)]
pub(super) struct Reviews<'a> {
    #[serde(borrow)]
    pub(super) data: Vec<&'a RawValue>,
    #[serde(default)]
    pub(super) included: Vec<Response>,
    #[serde(default)]
    pub(super) links: Links,
}

/// One review of App Store Connect by its id.
#[derive(Debug, Deserialize)]
pub(super) struct One<'a> {
    #[serde(borrow)]
    pub(super) data: &'a RawValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Links {
    /// The address of the next page.
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Review {
    pub(super) id: String,
    #[serde(default)]
    pub(super) attributes: Attributes,
    #[serde(default)]
    pub(super) relationships: Relationships,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Attributes {
    pub(super) rating: Option<f32>,
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    pub(super) reviewer_nickname: Option<String>,
    /// With any offset.
    pub(super) created_date: Option<String>,
    /// The store: ISO 3166-1 alpha-3.
    pub(super) territory: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Relationships {
    pub(super) response: Relationship,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Relationship {
    pub(super) data: Option<Pointer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pointer {
    pub(super) id: String,
}

/// What the app's makers replied.
#[derive(Debug, Deserialize)]
pub(super) struct Response {
    pub(super) id: String,
    #[serde(default)]
    pub(super) attributes: ResponseAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResponseAttributes {
    pub(super) response_body: Option<String>,
}
