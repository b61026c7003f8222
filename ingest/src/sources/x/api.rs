//! What the X API, version 2, sends.
//!
//! Source: <https://docs.x.com/x-api>, read 2026-08.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// A page of the recent search, newest first. Posts and what they refer to are read one by one, so that one that is
/// not as expected costs only itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SearchPage {
    /// Absent when nothing is found.
    #[serde(default)]
    pub(super) data: Vec<Value>,
    #[serde(default)]
    pub(super) includes: Includes,
    #[serde(default)]
    pub(super) meta: Meta,
}

/// Where a page stands among others.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Meta {
    /// Present when there are older posts.
    pub(super) next_token: Option<String>,
}

/// How many posts a query finds.
#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    pub(super) meta: CountsMeta,
}

#[derive(Debug, Deserialize)]
pub(super) struct CountsMeta {
    pub(super) total_tweet_count: u64,
}

/// One line of the stream: a post, or what is wrong with the stream.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) data: Option<Value>,
    #[serde(default)]
    pub(super) includes: Includes,
    #[serde(default)]
    pub(super) errors: Vec<Value>,
}

/// What posts refer to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Includes {
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) media: Vec<Media>,
}

/// A post. Ids are texts, for they do not fit into a double.
#[derive(Debug, Deserialize)]
pub(super) struct Post {
    pub(super) id: String,
    /// Cut at 280 letters; `&`, `<` and `>` are written as entities.
    pub(super) text: String,
    /// The whole of a longer text.
    pub(super) note_tweet: Option<Note>,
    #[serde(default)]
    pub(super) entities: Entities,
    pub(super) author_id: Option<String>,
    /// RFC 3339.
    pub(super) created_at: Option<String>,
    /// BCP 47, or `und` and other codes that begin with `q` or `z` for no language.
    pub(super) lang: Option<String>,
    pub(super) conversation_id: Option<String>,
    /// All versions of the post, the first one first. Each edit has an id of its own.
    #[serde(default)]
    pub(super) edit_history_tweet_ids: Vec<String>,
    #[serde(default)]
    pub(super) referenced_tweets: Vec<Reference>,
    pub(super) public_metrics: Option<Metrics>,
    #[serde(default)]
    pub(super) attachments: Attachments,
    #[serde(default)]
    pub(super) possibly_sensitive: bool,
}

/// A long text.
#[derive(Debug, Deserialize)]
pub(super) struct Note {
    pub(super) text: String,
    #[serde(default)]
    pub(super) entities: Entities,
}

/// Parts of a text with a meaning.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entities {
    #[serde(default)]
    pub(super) urls: Vec<Link>,
    #[serde(default)]
    pub(super) hashtags: Vec<Tag>,
}

/// A shortened address in a text, from `start` to `end`, counted in code points of the text as it is sent.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The short address: `https://t.co/…`.
    pub(super) url: String,
    pub(super) expanded_url: Option<String>,
    /// Of a picture or video of the post itself.
    pub(super) media_key: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    /// Without `#`.
    pub(super) tag: String,
}

/// Another post that this one refers to.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    /// `replied_to`, `quoted` or `retweeted`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metrics {
    pub(super) retweet_count: Option<u64>,
    pub(super) reply_count: Option<u64>,
    pub(super) like_count: Option<u64>,
    pub(super) quote_count: Option<u64>,
    pub(super) impression_count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Attachments {
    #[serde(default)]
    pub(super) media_keys: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) public_metrics: UserMetrics,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct UserMetrics {
    pub(super) followers_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Media {
    pub(super) media_key: String,
    /// What the author says is to be seen.
    pub(super) alt_text: Option<String>,
}

/// A rule of the stream, which the project keeps.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) tag: Option<String>,
}

/// The rules that the project has.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Rules {
    #[serde(default)]
    pub(super) data: Vec<Rule>,
    /// What is wrong with rules that were to be added; the status is 200 or 201 all the same.
    #[serde(default)]
    pub(super) errors: Vec<HashMap<String, Value>>,
}

/// A list of ids that is looked up as a whole, to learn which posts are gone.
#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) data: JobData,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobData {
    pub(super) id: String,
    /// `created`, `in_progress`, `complete`, `failed` or `expired`.
    pub(super) status: String,
    /// Where the ids go; the address itself gives the right to write, so it is a secret.
    pub(super) upload_url: Option<String>,
    /// Where the result will be; a secret too.
    pub(super) download_url: Option<String>,
}

/// One post that is gone: a line of a job's result.
#[derive(Debug, Deserialize)]
pub(super) struct Redaction {
    pub(super) id: String,
    pub(super) action: String,
    /// `deleted`, `bounced`, `protected`, `suspended`, or `scrub_geo`, after which the post itself stays.
    #[serde(default)]
    pub(super) reason: String,
    /// When it went, RFC 3339.
    pub(super) redacted_at: Option<String>,
}
