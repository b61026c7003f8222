//! What Reddit sends.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};

/// A page of posts or comments.
///
/// Source: <https://www.reddit.com/dev/api>.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    pub(super) data: ListingData,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListingData {
    /// The name after which the next page begins; `null` at the end.
    pub(super) after: Option<String>,
    pub(super) children: Vec<Box<RawValue>>,
}

/// What kind of thing it is: `t1` a comment, `t3` a post.
#[derive(Debug, Deserialize)]
pub(super) struct Thing {
    pub(super) kind: String,
    pub(super) data: ThingData,
}

/// A post or a comment. Asked for with `raw_json=1`, so that nothing is escaped twice.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ThingData {
    /// `t1_` or `t3_` and the id.
    pub(super) name: String,
    /// Account name; `[deleted]` when the account or the thing is gone.
    pub(super) author: Option<String>,
    /// `t2_` and the account's id; missing when it is gone.
    pub(super) author_fullname: Option<String>,
    /// Seconds since 1970, UTC.
    pub(super) created_utc: Option<f64>,
    /// `false`, or when it was edited in seconds since 1970.
    #[serde(deserialize_with = "edited")]
    pub(super) edited: Option<f64>,
    pub(super) score: Option<i64>,
    /// Path at the site.
    pub(super) permalink: Option<String>,
    pub(super) subreddit: Option<String>,
    /// Why a post is not shown: `deleted`, `moderator`, `reddit`, `automod_filtered`, `copyright_takedown` …
    pub(super) removed_by_category: Option<String>,
    /// Of a comment: Markdown.
    pub(super) body: Option<String>,
    /// Of a comment: HTML.
    pub(super) body_html: Option<String>,
    /// What a comment answers, a post or a comment.
    pub(super) parent_id: Option<String>,
    /// The post that a comment is about.
    pub(super) link_id: Option<String>,
    /// The title of that post.
    pub(super) link_title: Option<String>,
    /// Of a post.
    pub(super) title: Option<String>,
    /// Of a post: Markdown.
    pub(super) selftext: Option<String>,
    /// Of a post: HTML.
    pub(super) selftext_html: Option<String>,
    /// Whether a post has a text instead of a link.
    pub(super) is_self: bool,
    /// What a post links to.
    pub(super) url: Option<String>,
    /// Comments below a post. With a comment, those below its post.
    pub(super) num_comments: Option<u64>,
}

/// `false` or a number.
fn edited<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_f64())
}
