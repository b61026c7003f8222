//! What GDELT sends for `mode=ArtList&format=json`.
//!
//! Source: <https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/>.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The articles found; `{}` when there are none.
#[derive(Debug, Deserialize)]
pub(super) struct Articles<'a> {
    #[serde(borrow, default)]
    pub(super) articles: Vec<&'a RawValue>,
}

/// An article: its headline and where it is. There is no text, no author and no id.
#[derive(Debug, Deserialize)]
pub(super) struct Article {
    pub(super) url: String,
    /// With blanks around punctuation, and sometimes HTML entities.
    #[serde(default)]
    pub(super) title: String,
    /// When GDELT read it, in steps of 15 minutes: `20260519T120000Z`.
    #[serde(default)]
    pub(super) seendate: String,
    #[serde(default)]
    pub(super) domain: String,
    /// In English: `Dutch`.
    #[serde(default)]
    pub(super) language: String,
    /// In English: `Netherlands`.
    #[serde(default)]
    pub(super) sourcecountry: String,
}
