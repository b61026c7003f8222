//! What the two interfaces of Hacker News send.

use serde::Deserialize;

/// A story, comment, job, poll or poll option of the live interface.
///
/// Source: <https://github.com/HackerNews/API>.
#[derive(Debug, Deserialize)]
pub(super) struct ApiItem {
    pub(super) id: u64,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    /// Account name.
    pub(super) by: Option<String>,
    /// Seconds since 1970.
    pub(super) time: Option<i64>,
    /// HTML.
    pub(super) text: Option<String>,
    /// HTML.
    pub(super) title: Option<String>,
    /// What a story links to; may be empty.
    pub(super) url: Option<String>,
    /// What a comment answers.
    pub(super) parent: Option<u64>,
    pub(super) score: Option<i64>,
    /// Comments below a story.
    pub(super) descendants: Option<i64>,
    /// Removed by its author.
    #[serde(default)]
    pub(super) deleted: bool,
    /// Hidden by the moderators.
    #[serde(default)]
    pub(super) dead: bool,
}

/// What changed lately.
#[derive(Debug, Deserialize)]
pub(super) struct Updates {
    #[serde(default)]
    pub(super) items: Vec<u64>,
}

/// A page of `search_by_date`, newest first. Only what finds the item again is read: its content comes from the live
/// interface, which knows the newest state.
///
/// Source: <https://hn.algolia.com/api>.
#[derive(Debug, Deserialize)]
pub(super) struct SearchPage {
    pub(super) hits: Vec<Hit>,
    /// How many there are in all, about.
    #[serde(rename = "nbHits", default)]
    pub(super) count: u64,
}

/// One item found.
#[derive(Debug, Deserialize)]
pub(super) struct Hit {
    /// The item's id, as text.
    #[serde(rename = "objectID")]
    pub(super) object_id: String,
    /// Seconds since 1970.
    pub(super) created_at_i: i64,
}
