//! What Jetstream sends, in both versions of its stream.
//!
//! Source: <https://github.com/bluesky-social/jetstream>, its lexicon `network.bsky.jetstream.subscribeEvents`, and the
//! lexicon `app.bsky.feed.post`.

use hark_mention::{Mention, Timestamp};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// The version of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `/subscribe`.
    One,
    /// `/xrpc/network.bsky.jetstream.subscribeEvents`.
    Two,
}

/// One event of version 1. The answer to a heartbeat has neither account nor time.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub(super) did: Option<String>,
    /// When the server saw it. Unit: microseconds since 1970.
    pub(super) time_us: Option<i64>,
    pub(super) kind: String,
    pub(super) commit: Option<Commit>,
    pub(super) account: Option<Account>,
}

/// A change to one record of an account.
#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    /// The account's clock: grows with each of its changes.
    #[serde(default)]
    pub(super) rev: String,
    /// `create`, `update` or `delete`.
    pub(super) operation: String,
    pub(super) collection: String,
    pub(super) rkey: String,
    /// What the account's software wrote. Nobody checked it: any field may have any type. Absent on deletes.
    pub(super) record: Option<Value>,
}

/// An account came or went.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) active: bool,
    /// Why it is not active: `deleted`, `takendown`, `deactivated`, `suspended`, `desynchronized`, `throttled`.
    pub(super) status: Option<String>,
}

/// One frame of version 2: an event, or the reason why the stream ends.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    payload: Option<Payload>,
}

#[derive(Debug, Deserialize)]
struct Payload {
    /// The lexicon with `#commit`, `#identity`, `#account`, `#sync` or `#info`.
    #[serde(rename = "$type")]
    kind: String,
    did: Option<String>,
    /// When the server saw it: RFC 3339 with microseconds.
    time: Option<String>,
    #[serde(default)]
    rev: String,
    operation: Option<String>,
    collection: Option<String>,
    rkey: Option<String>,
    record: Option<Value>,
    account: Option<Account>,
}

impl From<Envelope> for Frame {
    fn from(envelope: Envelope) -> Self {
        let Some(payload) = envelope.payload else {
            return Self { did: None, time_us: None, kind: "error".to_owned(), commit: None, account: None };
        };
        let time = payload.time.and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let commit = match (payload.operation, payload.collection, payload.rkey) {
            (Some(operation), Some(collection), Some(rkey)) => {
                Some(Commit { rev: payload.rev, operation, collection, rkey, record: payload.record })
            }
            _ => None,
        };
        Self {
            did: payload.did,
            time_us: time.map(jiff::Timestamp::as_microsecond),
            kind: payload.kind.rsplit('#').next().unwrap_or_default().to_owned(),
            commit,
            account: payload.account,
        }
    }
}

/// A page of `app.bsky.feed.searchPosts`.
#[derive(Debug, Deserialize)]
pub(super) struct SearchPage {
    pub(super) posts: Vec<Box<RawValue>>,
    /// How many there are in all, about; not always told.
    #[serde(rename = "hitsTotal")]
    pub(super) total: Option<u64>,
}

/// A post as the search shows it: `app.bsky.feed.defs#postView`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostView {
    pub(super) uri: String,
    pub(super) author: Profile,
    /// What the account's software wrote, unchecked.
    pub(super) record: Value,
    pub(super) like_count: Option<u64>,
    pub(super) repost_count: Option<u64>,
    pub(super) reply_count: Option<u64>,
    pub(super) indexed_at: Timestamp,
}

/// The author of a post.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    pub(super) did: String,
    pub(super) handle: Option<String>,
    pub(super) display_name: Option<String>,
}

/// A post that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mention: Box<Mention>,
    pub(super) languages: Vec<String>,
    /// The time by which the search sorts: the declared one, or that of indexing when it is earlier.
    pub(super) sorted_at: Timestamp,
}
