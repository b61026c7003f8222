//! What the Graph API sends.
//!
//! Source: <https://developers.facebook.com/docs/graph-api>, and the references of `Page`, `Comment`, `IG Media`,
//! `IG Comment` and `IG Hashtag` there.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list. It may be short or empty while there is a next one, for some entries are hidden.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    #[serde(default)]
    pub(super) data: Vec<Value>,
    #[serde(default)]
    pub(super) paging: Paging,
}

/// Where the next page is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Paging {
    /// An address that holds the access token: never logged or stored as it is.
    pub(super) next: Option<String>,
}

/// Somebody or a page.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
}

/// A number of something, as Facebook tells it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Counted {
    #[serde(default)]
    pub(super) summary: Summary,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Summary {
    pub(super) total_count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Shares {
    pub(super) count: Option<u64>,
}

/// A post on a Facebook page.
#[derive(Debug, Deserialize)]
pub(super) struct FacebookPost {
    /// `page_post`.
    pub(super) id: String,
    /// Absent when there are pictures only.
    pub(super) message: Option<String>,
    /// Such as `2021-08-10T18:45:03+0000`.
    pub(super) created_time: String,
    /// When it was edited or commented on.
    pub(super) updated_time: Option<String>,
    /// Absent without the permission to see who wrote.
    pub(super) from: Option<From>,
    pub(super) permalink_url: Option<String>,
    #[serde(default)]
    pub(super) comments: Counted,
    #[serde(default)]
    pub(super) reactions: Counted,
    #[serde(default)]
    pub(super) shares: Shares,
}

/// A comment on a Facebook post.
#[derive(Debug, Deserialize)]
pub(super) struct FacebookComment {
    /// `post_comment`.
    pub(super) id: String,
    #[serde(default)]
    pub(super) message: String,
    pub(super) created_time: String,
    pub(super) from: Option<From>,
    pub(super) permalink_url: Option<String>,
    pub(super) like_count: Option<u64>,
    pub(super) comment_count: Option<u64>,
    /// The comment that this one answers.
    pub(super) parent: Option<Parent>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parent {
    pub(super) id: String,
}

/// A picture or video on Instagram.
#[derive(Debug, Deserialize)]
pub(super) struct InstagramMedia {
    pub(super) id: String,
    pub(super) caption: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) permalink: Option<String>,
    /// Such as `2021-03-16T12:02:14+0000`; hashtags may leave it out.
    pub(super) timestamp: Option<String>,
    /// Absent when its owner hides it.
    pub(super) like_count: Option<u64>,
    pub(super) comments_count: Option<u64>,
    /// Not told for hashtags.
    pub(super) username: Option<String>,
}

/// A comment on Instagram, perhaps with its answers.
#[derive(Debug, Deserialize)]
pub(super) struct InstagramComment {
    pub(super) id: String,
    #[serde(default)]
    pub(super) text: String,
    pub(super) timestamp: String,
    pub(super) username: Option<String>,
    pub(super) from: Option<From>,
    pub(super) like_count: Option<u64>,
}

/// What is wrong with a request.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    pub(super) error: FailureDetails,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FailureDetails {
    pub(super) code: i64,
    pub(super) error_subcode: i64,
    pub(super) is_transient: bool,
}
