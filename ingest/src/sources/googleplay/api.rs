//! What the Google Play Developer API v3 sends.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of reviews, the one that changed last first.
///
/// Source: <https://developers.google.com/android-publisher/api-ref/rest/v3/reviews/list>.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReviewPage {
    /// Missing when there are none.
    #[serde(default)]
    pub(super) reviews: Vec<Box<RawValue>>,
    pub(super) token_pagination: Option<TokenPagination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenPagination {
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    pub(super) review_id: String,
    /// May be empty.
    pub(super) author_name: Option<String>,
    /// What the customer wrote, and then perhaps the developer's answer.
    #[serde(default)]
    pub(super) comments: Vec<Comment>,
}

/// One of the two.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    pub(super) user_comment: Option<UserComment>,
    pub(super) developer_comment: Option<DeveloperComment>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserComment {
    /// Title and text with a tab between; a tab at the beginning when there is no title.
    #[serde(default)]
    pub(super) text: String,
    /// What the customer wrote, when `text` is a translation.
    pub(super) original_text: Option<String>,
    pub(super) last_modified: Option<Moment>,
    /// 1 to 5.
    pub(super) star_rating: Option<u8>,
    /// Such as `nl` or `zh-Hant_TW`.
    pub(super) reviewer_language: Option<String>,
    pub(super) device: Option<String>,
    pub(super) app_version_name: Option<String>,
    pub(super) thumbs_up_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeveloperComment {
    pub(super) last_modified: Option<Moment>,
}

/// A point in time.
#[derive(Debug, Deserialize)]
pub(super) struct Moment {
    /// Seconds since 1970; a text, as JSON from Google has 64-bit numbers.
    pub(super) seconds: Option<Seconds>,
    pub(super) nanos: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Seconds {
    Text(String),
    Number(i64),
}

/// The JSON key file of a service account.
#[derive(Deserialize)]
pub(super) struct ServiceAccount {
    pub(super) client_email: String,
    /// PEM, PKCS #8.
    pub(super) private_key: String,
    pub(super) private_key_id: Option<String>,
    pub(super) token_uri: String,
}
