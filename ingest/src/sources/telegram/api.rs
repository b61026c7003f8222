//! What the Bot API sends.
//!
//! Source: <https://core.telegram.org/bots/api>, version 10.1. New kinds of updates and messages come with every
//! release, so an update is read as JSON first and only what is asked for is taken apart.

use serde::Deserialize;
use serde_json::Value;

/// Every answer, also to a refused request; the HTTP status says the same as `error_code`.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) ok: bool,
    /// The updates, oldest first.
    #[serde(default)]
    pub(super) result: Vec<Value>,
    /// What is wrong, for a person.
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) parameters: Parameters,
}

/// What helps to mend a refused request.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Parameters {
    /// Seconds to wait before the next request.
    pub(super) retry_after: Option<u64>,
}

/// A message in a channel or a group.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    /// Unique in its chat only.
    pub(super) message_id: i64,
    /// Seconds since 1970.
    pub(super) date: i64,
    /// Seconds since 1970.
    pub(super) edit_date: Option<i64>,
    pub(super) chat: Chat,
    /// Who wrote it; absent in channels.
    pub(super) from: Option<User>,
    /// The channel or the anonymous group in whose name it was written.
    pub(super) sender_chat: Option<Chat>,
    /// Name of the administrator who wrote it, where the channel shows names.
    pub(super) author_signature: Option<String>,
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) entities: Vec<Entity>,
    /// The text under a picture or another medium.
    pub(super) caption: Option<String>,
    #[serde(default)]
    pub(super) caption_entities: Vec<Entity>,
    pub(super) poll: Option<Poll>,
    /// Where a forwarded message comes from.
    pub(super) forward_origin: Option<Origin>,
    /// Put by Telegram into the discussion group of the channel, as what its comments answer.
    #[serde(default)]
    pub(super) is_automatic_forward: bool,
    pub(super) reply_to_message: Option<Box<Message>>,
    /// The first message of the thread, in a group.
    pub(super) message_thread_id: Option<i64>,
    /// Shared by the pictures of one album.
    pub(super) media_group_id: Option<String>,
}

/// A channel, a group or a private conversation.
#[derive(Debug, Deserialize)]
pub(super) struct Chat {
    pub(super) id: i64,
    /// `channel`, `supergroup`, `group` or `private`.
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) title: Option<String>,
    /// Public name; private channels and groups have none.
    pub(super) username: Option<String>,
}

/// A person or a bot.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) first_name: String,
    pub(super) last_name: Option<String>,
    pub(super) username: Option<String>,
}

/// A part of a text with a meaning. Offset and length count UTF-16 code units.
#[derive(Debug, Deserialize)]
pub(super) struct Entity {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) offset: usize,
    pub(super) length: usize,
    /// Where a `text_link` leads.
    pub(super) url: Option<String>,
}

/// A question with options.
#[derive(Debug, Deserialize)]
pub(super) struct Poll {
    pub(super) question: String,
    #[serde(default)]
    pub(super) options: Vec<PollOption>,
}

/// One option of a poll.
#[derive(Debug, Deserialize)]
pub(super) struct PollOption {
    pub(super) text: String,
}

/// Where a forwarded message comes from: a user, a hidden user, a group or a channel.
#[derive(Debug, Deserialize)]
pub(super) struct Origin {
    pub(super) sender_user: Option<User>,
    /// The name of somebody who does not want to be linked to.
    pub(super) sender_user_name: Option<String>,
    pub(super) sender_chat: Option<Chat>,
    /// The channel; with `message_id`.
    pub(super) chat: Option<Chat>,
    pub(super) message_id: Option<i64>,
}
