//! What a Mastodon server sends. Other software speaks subsets of it, so nearly every field may be missing.
//!
//! Source: <https://docs.joinmastodon.org/entities/Status/>, <https://docs.joinmastodon.org/methods/streaming/>.

use serde::Deserialize;

/// A post.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    /// Known on this server only; grows with the time of publication.
    pub(super) id: String,
    /// Known everywhere.
    pub(super) uri: Option<String>,
    pub(super) url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) edited_at: Option<String>,
    /// Sanitised HTML.
    #[serde(default)]
    pub(super) content: String,
    /// A warning or subject that the author put before the post; plain text.
    #[serde(default)]
    pub(super) spoiler_text: String,
    /// `public`, `unlisted`, `private` or `direct`.
    #[serde(default)]
    pub(super) visibility: String,
    /// What the author set; often wrong.
    pub(super) language: Option<String>,
    pub(super) in_reply_to_id: Option<String>,
    pub(super) account: Account,
    /// The post that this one only passes on.
    pub(super) reblog: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) media_attachments: Vec<Media>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    pub(super) card: Option<Card>,
    pub(super) poll: Option<Poll>,
    pub(super) quote: Option<Quote>,
    pub(super) replies_count: Option<i64>,
    pub(super) reblogs_count: Option<i64>,
    pub(super) favourites_count: Option<i64>,
}

/// Who wrote a post.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Account {
    /// `name` for accounts of this server, `name@other.example` for others.
    #[serde(default)]
    pub(super) acct: String,
    #[serde(default)]
    pub(super) display_name: String,
    /// Its page; the same on every server.
    pub(super) url: Option<String>,
    pub(super) followers_count: Option<i64>,
    /// What the account says of itself; HTML.
    #[serde(default)]
    pub(super) note: String,
    /// Its owner does not want to be found by search engines.
    pub(super) noindex: Option<bool>,
}

/// A picture, video or sound.
#[derive(Debug, Deserialize)]
pub(super) struct Media {
    /// What its author says it shows.
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
}

/// The page that a post links to.
#[derive(Debug, Deserialize)]
pub(super) struct Card {
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) title: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Poll {
    #[serde(default)]
    pub(super) options: Vec<PollOption>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PollOption {
    pub(super) title: String,
}

/// The post that a post quotes; empty while its author has not agreed.
#[derive(Debug, Deserialize)]
pub(super) struct Quote {
    pub(super) quoted_status: Option<Quoted>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Quoted {
    pub(super) uri: Option<String>,
}

/// The part of `/api/v2/instance` that says where the streams are.
#[derive(Debug, Deserialize)]
pub(super) struct Instance {
    #[serde(default)]
    pub(super) configuration: Configuration,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Configuration {
    #[serde(default)]
    pub(super) urls: Urls,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Urls {
    /// Begins with `wss://`; the same host answers server-sent events over `https://`.
    pub(super) streaming: Option<String>,
}
