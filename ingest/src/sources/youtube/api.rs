//! What the YouTube Data API v3 sends.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of comment threads, comments or search results.
///
/// Source: <https://developers.google.com/youtube/v3/docs/commentThreads/list>.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageOf {
    #[serde(default)]
    pub(super) items: Vec<Box<RawValue>>,
    /// Missing at the end. What `pageInfo` counts is an estimate.
    pub(super) next_page_token: Option<String>,
}

/// A comment and the first answers to it.
#[derive(Debug, Deserialize)]
pub(super) struct Thread {
    pub(super) snippet: ThreadSnippet,
    pub(super) replies: Option<Replies>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadSnippet {
    pub(super) video_id: Option<String>,
    pub(super) top_level_comment: Comment,
    #[serde(default)]
    pub(super) total_reply_count: u64,
}

/// Some of the answers: at most five.
#[derive(Debug, Deserialize)]
pub(super) struct Replies {
    #[serde(default)]
    pub(super) comments: Vec<Comment>,
}

/// A comment, or an answer to one: that has an id of two parts, `parent.own`.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: String,
    pub(super) snippet: CommentSnippet,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommentSnippet {
    pub(super) video_id: Option<String>,
    pub(super) channel_id: Option<String>,
    /// The comment that an answer belongs to.
    pub(super) parent_id: Option<String>,
    /// Plain text, because it is asked for so.
    #[serde(default)]
    pub(super) text_display: String,
    /// `@handle`; a name in old comments.
    pub(super) author_display_name: Option<String>,
    pub(super) author_channel_id: Option<ChannelId>,
    pub(super) like_count: Option<u64>,
    pub(super) published_at: String,
    /// The time of the last edit, or of publication.
    pub(super) updated_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChannelId {
    pub(super) value: String,
}

/// A video that a search found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) id: FoundId,
    pub(super) snippet: FoundSnippet,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundId {
    pub(super) video_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoundSnippet {
    /// HTML.
    #[serde(default)]
    pub(super) title: String,
}

/// A refusal.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: RefusalError,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefusalError {
    #[serde(default)]
    pub(super) errors: Vec<RefusalReason>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefusalReason {
    #[serde(default)]
    pub(super) reason: String,
}
