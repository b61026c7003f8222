//! What the two interfaces of GitHub send: REST for issues and their comments, GraphQL for discussions.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An issue or a pull request.
///
/// Source: <https://docs.github.com/en/rest/issues/issues#list-repository-issues>, asked for as `html+json`.
#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) node_id: Option<String>,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) html_url: String,
    pub(super) user: Option<User>,
    /// HTML; `null` when nothing was written.
    pub(super) body_html: Option<String>,
    /// Markdown; only where no HTML was asked for.
    pub(super) body: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) comments: Option<u64>,
    pub(super) reactions: Option<Reactions>,
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    /// There with pull requests only.
    pub(super) pull_request: Option<Box<RawValue>>,
}

/// A comment on an issue or a pull request.
///
/// Source: <https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository>.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) node_id: Option<String>,
    pub(super) html_url: String,
    /// Ends with the number of the issue.
    pub(super) issue_url: Option<String>,
    pub(super) user: Option<User>,
    pub(super) body_html: Option<String>,
    pub(super) body: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) reactions: Option<Reactions>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) login: String,
    /// `User`, `Bot`, `Organization`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reactions {
    #[serde(rename = "+1", default)]
    pub(super) plus: u64,
    #[serde(default)]
    pub(super) heart: u64,
    #[serde(default)]
    pub(super) hooray: u64,
    #[serde(default)]
    pub(super) rocket: u64,
}

/// A discussion as webhooks send it: in the shape of the first interface.
///
/// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#discussion>.
#[derive(Debug, Deserialize)]
pub(super) struct PostedDiscussion {
    pub(super) id: u64,
    pub(super) node_id: Option<String>,
    pub(super) title: String,
    pub(super) html_url: String,
    pub(super) user: Option<User>,
    /// Markdown.
    pub(super) body: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) category: Option<PostedCategory>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PostedCategory {
    pub(super) name: String,
    #[serde(default)]
    pub(super) is_answerable: bool,
}

/// A comment on a discussion as webhooks send it.
///
/// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#discussion_comment>.
#[derive(Debug, Deserialize)]
pub(super) struct PostedComment {
    pub(super) id: u64,
    pub(super) node_id: Option<String>,
    pub(super) html_url: String,
    /// The comment that it answers, if it is an answer to one.
    pub(super) parent_id: Option<u64>,
    pub(super) user: Option<User>,
    /// Markdown.
    pub(super) body: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

/// A page of `search/issues`.
#[derive(Debug, Deserialize)]
pub(super) struct SearchPage {
    pub(super) items: Vec<Box<RawValue>>,
}

/// An answer of GraphQL: errors come with the status 200, and beside what could be read.
#[derive(Debug, Deserialize)]
pub(super) struct GraphQl<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<GraphQlError>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GraphQlError {
    /// `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED` …
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) message: String,
    /// Where in the data something is missing: `["nodes", 3]`.
    #[serde(default)]
    pub(super) path: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DiscussionsOf {
    pub(super) repository: Option<Repository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) discussions: Connection,
}

/// A page of something.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    pub(super) nodes: Vec<Box<RawValue>>,
    pub(super) page_info: Option<PageInfo>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    #[serde(default)]
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
    #[serde(default)]
    pub(super) has_previous_page: bool,
    pub(super) start_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discussion {
    pub(super) id: String,
    pub(super) database_id: Option<u64>,
    pub(super) title: String,
    #[serde(rename = "bodyHTML", default)]
    pub(super) body_html: String,
    pub(super) url: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) last_edited_at: Option<String>,
    pub(super) author: Option<Actor>,
    pub(super) upvote_count: Option<u64>,
    pub(super) category: Option<Category>,
    pub(super) comments: Option<Connection>,
}

/// More comments of one discussion.
#[derive(Debug, Deserialize)]
pub(super) struct NodeOf {
    pub(super) node: Option<CommentsOf>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommentsOf {
    pub(super) comments: Connection,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DiscussionComment {
    pub(super) id: String,
    pub(super) database_id: Option<u64>,
    #[serde(rename = "bodyHTML", default)]
    pub(super) body_html: String,
    pub(super) url: String,
    pub(super) created_at: String,
    pub(super) last_edited_at: Option<String>,
    /// Left as an empty place because there are answers to it.
    pub(super) deleted_at: Option<String>,
    /// Hidden by a moderator, as spam or off topic.
    #[serde(default)]
    pub(super) is_minimized: bool,
    #[serde(default)]
    pub(super) is_answer: bool,
    pub(super) author: Option<Actor>,
    pub(super) upvote_count: Option<u64>,
    pub(super) replies: Option<Connection>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Actor {
    pub(super) login: String,
    /// Of people only.
    pub(super) database_id: Option<u64>,
    pub(super) name: Option<String>,
    #[serde(rename = "__typename")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Category {
    pub(super) name: String,
    #[serde(default)]
    pub(super) is_answerable: bool,
}

/// What is still there of a list of node ids: `null` stands for what is gone.
#[derive(Debug, Deserialize)]
pub(super) struct Nodes {
    pub(super) nodes: Vec<Option<NodeId>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NodeId {
    pub(super) id: String,
}
