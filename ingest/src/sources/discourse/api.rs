//! What a Discourse forum sends.
//!
//! Source: <https://docs.discourse.org>, and `app/serializers/post_serializer.rb` of Discourse.

use serde::Deserialize;
use serde_json::value::RawValue;

/// `/posts.json`: up to 50 posts, the newest first.
#[derive(Debug, Deserialize)]
pub(super) struct Latest<'a> {
    #[serde(borrow)]
    pub(super) latest_posts: Vec<&'a RawValue>,
}

/// `/t/ID.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Topic {
    pub(super) title: String,
}

/// A post.
#[derive(Debug, Deserialize)]
pub(super) struct Post {
    /// Grows with each post of the forum.
    pub(super) id: u64,
    pub(super) topic_id: u64,
    #[serde(default)]
    pub(super) topic_slug: String,
    /// Only in the list of the newest posts.
    pub(super) topic_title: Option<String>,
    /// 1 begins the topic.
    pub(super) post_number: u64,
    /// 1 a post, 2 one of a moderator, 3 a note such as "closed", 4 a whisper among staff.
    #[serde(default = "regular")]
    pub(super) post_type: u8,
    pub(super) reply_to_post_number: Option<u64>,
    /// HTML.
    #[serde(default)]
    pub(super) cooked: String,
    pub(super) created_at: Option<String>,
    /// Changes with more than edits; `version` counts those.
    pub(super) updated_at: Option<String>,
    #[serde(default = "one")]
    pub(super) version: u64,
    pub(super) deleted_at: Option<String>,
    /// Its author took it back; for a day a note stands in its place.
    #[serde(default)]
    pub(super) user_deleted: bool,
    #[serde(default)]
    pub(super) hidden: bool,
    /// Negative for the forum's own accounts.
    pub(super) user_id: Option<i64>,
    #[serde(default)]
    pub(super) username: String,
    pub(super) name: Option<String>,
    pub(super) reply_count: Option<i64>,
    pub(super) reads: Option<i64>,
    #[serde(default)]
    pub(super) actions_summary: Vec<Action>,
}

/// How often something was done with a post.
#[derive(Debug, Deserialize)]
pub(super) struct Action {
    /// 2 is a like.
    pub(super) id: u8,
    pub(super) count: Option<i64>,
}

/// What the forum says of a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    /// `rate_limit`, `not_logged_in`, `invalid_access`, `not_found`.
    pub(super) error_type: String,
    pub(super) extras: Extras,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extras {
    /// Unit: seconds.
    pub(super) wait_seconds: Option<u64>,
}

fn regular() -> u8 {
    1
}

fn one() -> u64 {
    1
}
