//! What Jetstream sends on `/subscribe`.
//!
//! Source: <https://github.com/bluesky-social/jetstream>, and the lexicon `app.bsky.feed.post`.

use serde::Deserialize;
use serde_json::Value;

/// One event. The answer to a heartbeat has neither account nor time.
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
