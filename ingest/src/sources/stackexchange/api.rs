//! What the interface of Stack Exchange sends, always compressed.
//!
//! Source: <https://api.stackexchange.com/docs>.

use serde::Deserialize;
use serde_json::value::RawValue;

/// What is around every answer.
#[derive(Debug, Deserialize)]
pub(super) struct Wrapper<'a> {
    #[serde(borrow, default)]
    pub(super) items: Vec<&'a RawValue>,
    #[serde(default)]
    pub(super) has_more: bool,
    pub(super) quota_remaining: Option<u64>,
    /// Only when it is asked for.
    pub(super) total: Option<u64>,
    /// Nothing may be asked of the same method for so long. Unit: seconds.
    pub(super) backoff: Option<u64>,
}

/// What is around a refusal; `error_id` is no HTTP status.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) error_name: String,
    pub(super) error_message: String,
}

/// `/search/excerpts`: where something was found. Its text is cut short, so it is only used to find the post.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) question_id: u64,
    /// Only for answers.
    pub(super) answer_id: Option<u64>,
    /// Seconds since 1970.
    pub(super) last_activity_date: i64,
    #[serde(default)]
    pub(super) creation_date: i64,
    /// HTML entities and all.
    #[serde(default)]
    pub(super) title: String,
}

/// A question or an answer, with its text.
#[derive(Debug, Deserialize)]
pub(super) struct Post {
    pub(super) question_id: Option<u64>,
    /// Only in answers, which have both.
    pub(super) answer_id: Option<u64>,
    /// HTML; titles hold entities.
    pub(super) title: Option<String>,
    /// HTML.
    #[serde(default)]
    pub(super) body: String,
    pub(super) link: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// Seconds since 1970, as all times.
    pub(super) creation_date: Option<i64>,
    pub(super) last_edit_date: Option<i64>,
    #[serde(default)]
    pub(super) score: i64,
    pub(super) answer_count: Option<i64>,
    pub(super) view_count: Option<i64>,
    pub(super) is_accepted: Option<bool>,
    /// What the text may be used under; asks for the author and a link.
    pub(super) content_license: Option<String>,
    pub(super) owner: Option<Owner>,
}

/// Who wrote it. Of an account that is gone only a name may be left.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) user_id: Option<i64>,
    pub(super) account_id: Option<i64>,
    /// With HTML entities.
    pub(super) display_name: Option<String>,
}
