//! What the Community Management API sends.
//!
//! Source: <https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api> and `comments-api` there.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    #[serde(default)]
    pub(super) elements: Vec<Value>,
}

/// A post of an organisation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Post {
    /// `urn:li:share:…` or `urn:li:ugcPost:…`.
    pub(super) id: String,
    pub(super) author: String,
    /// The text, with marks for names and hashtags.
    #[serde(default)]
    pub(super) commentary: String,
    /// Milliseconds since 1970.
    pub(super) published_at: Option<i64>,
    pub(super) created_at: Option<i64>,
    pub(super) last_modified_at: Option<i64>,
    /// `PUBLISHED`, `DRAFT` …
    #[serde(default)]
    pub(super) lifecycle_state: String,
    #[serde(default)]
    pub(super) lifecycle_state_info: StateInfo,
    /// What a link or a document says of itself.
    pub(super) content: Option<Value>,
    /// The post that this one passes on.
    pub(super) reshare_context: Option<Reshare>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateInfo {
    #[serde(default)]
    pub(super) is_edited_by_author: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reshare {
    pub(super) parent: Option<String>,
}

/// A comment on a post, or an answer to one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    /// A number, unique below its post.
    pub(super) id: String,
    /// `urn:li:comment:(urn:li:activity:…,…)`.
    pub(super) comment_urn: Option<String>,
    /// The same in older versions.
    #[serde(rename = "$URN")]
    pub(super) urn: Option<String>,
    /// `urn:li:activity:…`: the post by another of its names.
    pub(super) object: Option<String>,
    /// `urn:li:person:…` or `urn:li:organization:…`. Names need a permission of their own.
    pub(super) actor: String,
    pub(super) created: Moment,
    pub(super) last_modified: Option<Moment>,
    pub(super) message: Option<Message>,
    /// The comment that this one answers.
    pub(super) parent_comment: Option<String>,
    pub(super) likes_summary: Option<Likes>,
    pub(super) comments_summary: Option<Comments>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Moment {
    /// Milliseconds since 1970.
    pub(super) time: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Likes {
    pub(super) total_likes: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comments {
    pub(super) aggregated_total_comments: Option<u64>,
}
