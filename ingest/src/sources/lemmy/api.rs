//! What a Lemmy server sends: version 3 of its interface, which 0.19 speaks and 1.0 still answers.
//!
//! Source: <https://join-lemmy.org/api>, and the description of 0.19.11 at <https://github.com/MV-GH/lemmy_openapi_spec>.

use serde::Deserialize;
use serde_json::value::RawValue;

/// `/post/list`.
#[derive(Debug, Deserialize)]
pub(super) struct Posts<'a> {
    #[serde(borrow)]
    pub(super) posts: Vec<&'a RawValue>,
    /// Where the next page begins.
    pub(super) next_page: Option<String>,
}

/// `/comment/list`; its pages are counted from 1.
#[derive(Debug, Deserialize)]
pub(super) struct Comments<'a> {
    #[serde(borrow)]
    pub(super) comments: Vec<&'a RawValue>,
}

/// `/post` or `/comment`: one of them, with more around it.
#[derive(Debug, Deserialize)]
pub(super) struct Single<'a> {
    #[serde(borrow, alias = "post_view", alias = "comment_view")]
    pub(super) view: &'a RawValue,
}

/// A post or a comment, and what belongs to it.
#[derive(Debug, Deserialize)]
pub(super) struct View {
    /// The post, or the post that a comment stands below.
    pub(super) post: Option<Post>,
    pub(super) comment: Option<Comment>,
    pub(super) creator: Person,
    pub(super) community: Option<Community>,
    #[serde(default)]
    pub(super) counts: Counts,
}

#[derive(Debug, Deserialize)]
pub(super) struct Post {
    /// Known on this server only.
    pub(super) id: u64,
    /// Known everywhere.
    pub(super) ap_id: String,
    pub(super) name: String,
    /// What it links to.
    pub(super) url: Option<String>,
    /// Markdown.
    pub(super) body: Option<String>,
    /// What the picture shows.
    pub(super) alt_text: Option<String>,
    pub(super) published: String,
    pub(super) updated: Option<String>,
    #[serde(default)]
    pub(super) deleted: bool,
    #[serde(default)]
    pub(super) removed: bool,
    #[serde(default)]
    pub(super) nsfw: bool,
    #[serde(default)]
    pub(super) language_id: u32,
    /// Stands above the others, however old it is.
    #[serde(default)]
    pub(super) featured_community: bool,
    #[serde(default)]
    pub(super) featured_local: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) ap_id: String,
    /// Markdown.
    pub(super) content: String,
    /// The ids of the comments above it and its own: `0.100.200`.
    #[serde(default)]
    pub(super) path: String,
    pub(super) published: String,
    pub(super) updated: Option<String>,
    #[serde(default)]
    pub(super) deleted: bool,
    #[serde(default)]
    pub(super) removed: bool,
    #[serde(default)]
    pub(super) language_id: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) display_name: Option<String>,
    /// Known everywhere.
    pub(super) actor_id: String,
    #[serde(default)]
    pub(super) bot_account: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Community {
    pub(super) name: String,
    pub(super) actor_id: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Counts {
    pub(super) upvotes: Option<i64>,
    /// Below a post.
    pub(super) comments: Option<i64>,
    /// Below a comment.
    pub(super) child_count: Option<i64>,
}

/// The part of `/site` that says what the numbers of languages mean.
#[derive(Debug, Deserialize)]
pub(super) struct Site {
    #[serde(default)]
    pub(super) all_languages: Vec<Language>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Language {
    pub(super) id: u32,
    /// `und` when it is not known.
    pub(super) code: String,
}
