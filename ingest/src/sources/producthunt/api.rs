//! What Product Hunt's GraphQL sends.
//!
//! Source: <https://github.com/producthunt/producthunt-api/blob/main/schema.graphql>.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer: errors come with the status 200, beside what could be read.
#[derive(Debug, Deserialize)]
pub(super) struct GraphQl<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<GraphQlError>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GraphQlError {
    pub(super) message: Option<String>,
    pub(super) error_description: Option<String>,
}

/// New launches of a topic.
#[derive(Debug, Deserialize)]
pub(super) struct PostsOf {
    pub(super) posts: Connection,
}

/// A launch with a page of its comments.
#[derive(Debug, Deserialize)]
pub(super) struct PostOf {
    /// `null` when there is no such launch.
    pub(super) post: Option<Box<RawValue>>,
}

/// Launches and comments by the names that the question gave them; `null` stands for what is gone.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Named(pub(super) BTreeMap<String, Option<Box<RawValue>>>);

/// A page of something.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    pub(super) edges: Vec<Edge>,
    pub(super) page_info: Option<PageInfo>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Edge {
    pub(super) node: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    #[serde(default)]
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) tagline: String,
    pub(super) description: Option<String>,
    pub(super) slug: String,
    pub(super) url: String,
    pub(super) created_at: String,
    pub(super) votes_count: Option<u64>,
    pub(super) comments_count: Option<u64>,
    pub(super) user: Option<User>,
    pub(super) comments: Option<Connection>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    pub(super) id: String,
    /// HTML.
    #[serde(default)]
    pub(super) body: String,
    pub(super) url: Option<String>,
    pub(super) created_at: String,
    pub(super) parent_id: Option<String>,
    pub(super) votes_count: Option<u64>,
    pub(super) user: Option<User>,
    pub(super) replies: Option<Connection>,
}

/// Who wrote it. Names of others than makers are hidden as `[REDACTED]`.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
}
