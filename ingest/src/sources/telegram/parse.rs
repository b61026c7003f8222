//! Updates → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::ops::Range;

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{
    api::{Chat, Entity, Message, Origin, User},
    config::ChatName,
};
use crate::text::{full_address, tidy};

/// The type name of this source.
pub(super) const SOURCE: &str = "telegram";

/// The updates that are asked for; the Bot API remembers them, so they go along with each request.
pub(super) const UPDATES: [&str; 4] = ["channel_post", "edited_channel_post", "message", "edited_message"];

/// Most links and tags that are kept of one message.
const MAX_EXTRAS: usize = 50;

/// Ids of channels and supergroups are this less their number; those of small groups are above.
const SUPERGROUPS: i64 = -1_000_000_000_000;

/// What one update says.
#[derive(Debug)]
pub(super) enum What {
    /// A message was written, or edited.
    Mention(Box<Mention>),
    /// Nothing to publish.
    Nothing(DropReason),
}

/// The number that an update is confirmed by.
pub(super) fn update_id(update: &Value) -> Option<i64> {
    update.get("update_id")?.as_i64()
}

/// Reads an update; messages of other chats than `chats` are left out, unless the list is empty.
///
/// # Errors
///
/// A [`Rejection`] when a message has not the shape of one.
pub(super) fn update(update: &Value, chats: &[ChatName], now: Timestamp) -> Result<What, Rejection> {
    let Some(message) = UPDATES.iter().find_map(|kind| update.get(kind)) else {
        return Ok(What::Nothing(DropReason::NotAMention));
    };
    let message = Message::deserialize(message)
        .map_err(|error| Rejection::new(RejectReason::WrongShape, format!("not a message: {error}")))?;
    // Nobody else reads what is written to the bot itself. What Telegram copies from the channel into its discussion
    // group was read in the channel.
    let is_public = matches!(message.chat.kind.as_str(), "channel" | "supergroup" | "group");
    if !is_public || message.is_automatic_forward || !is_wanted(&message.chat, chats) {
        return Ok(What::Nothing(DropReason::NotAMention));
    }
    let Some(words) = Words::read(&message) else { return Ok(What::Nothing(DropReason::NotAMention)) };
    if words.text.is_empty() {
        return Ok(What::Nothing(DropReason::Empty));
    }
    Ok(What::Mention(Box::new(mention(message, words, now))))
}

fn is_wanted(chat: &Chat, chats: &[ChatName]) -> bool {
    let is_it = |name: &ChatName| match name {
        ChatName::Id(id) => *id == chat.id,
        ChatName::Public(name) => chat.username.as_ref().is_some_and(|username| username.eq_ignore_ascii_case(name)),
    };
    chats.is_empty() || chats.iter().any(is_it)
}

fn mention(message: Message, words: Words, now: Timestamp) -> Mention {
    let id = mention_id(message.chat.id, message.message_id);
    let mut mention = Mention::new(id, SOURCE, words.text, Timestamp::from_seconds(message.date));
    mention.url = url(&message.chat, message.message_id);
    mention.site = Some("t.me".to_owned());
    mention.parent_id = message.reply_to_message.as_deref().map(answered);
    mention.thread_id = Some(thread(&message, mention.parent_id.as_deref(), &mention.id));
    mention.kind = match (&mention.parent_id, &message.poll) {
        (Some(_), _) => Kind::Comment,
        (None, Some(_)) => Kind::Question,
        (None, None) => Kind::Post,
    };
    if let Some(edited) = message.edit_date {
        let edited = Timestamp::from_seconds(edited);
        mention.edited_at = Some(edited);
        mention.revision = u64::try_from(edited.as_millis()).unwrap_or_default();
    }
    let mut extra = |key: &str, value: Option<Value>| mention.extra.extend(value.map(|value| (key.to_owned(), value)));
    extra("chat", message.chat.title.clone().map(Value::from));
    extra("signature", message.author_signature.map(Value::from));
    extra("album", message.media_group_id.map(Value::from));
    for (key, values) in [("links", words.links), ("tags", words.tags)] {
        extra(key, (!values.is_empty()).then(|| values.into()));
    }
    // Forwarded words are those of whoever wrote them first.
    let by = message.sender_chat.as_ref().or(message.from.is_none().then_some(&message.chat));
    match message.forward_origin {
        Some(origin) => {
            let forwarder = by.map(|chat| chat.id).or(message.from.as_ref().map(|user| user.id));
            extra("forwarded_by", forwarder.map(|id| id.to_string().into()));
            origin.name(&mut mention);
        }
        None => match (by, &message.from) {
            (Some(chat), _) => chat.name(&mut mention),
            (None, Some(user)) => user.name(&mut mention),
            (None, None) => {}
        },
    }
    mention.collected(now)
}

/// What a message says.
struct Words {
    text: String,
    links: Vec<String>,
    tags: Vec<String>,
}

impl Words {
    /// The text, the caption or the poll; `None` for a message that nobody wrote, such as "somebody joined".
    fn read(message: &Message) -> Option<Self> {
        let (text, entities) = match (&message.text, &message.caption, &message.poll) {
            (Some(text), ..) => (text.as_str(), message.entities.as_slice()),
            (None, Some(caption), _) => (caption.as_str(), message.caption_entities.as_slice()),
            (None, None, Some(poll)) => {
                let options = poll.options.iter().map(|option| format!("\n- {}", option.text));
                let text = options.fold(poll.question.clone(), |text, option| text + &option);
                return Some(Self { text: tidy(&text), links: Vec::new(), tags: Vec::new() });
            }
            (None, None, None) => return None,
        };
        Some(Self::from_entities(text, entities))
    }

    /// Writes shortened addresses out in full and collects the other links. Offsets that fit nowhere are passed over.
    fn from_entities(text: &str, entities: &[Entity]) -> Self {
        let mut words = Self { text: String::with_capacity(text.len()), links: Vec::new(), tags: Vec::new() };
        let mut places: Vec<(Range<usize>, &Entity)> =
            entities.iter().filter_map(|entity| Some((utf16(text, entity.offset, entity.length)?, entity))).collect();
        places.sort_by_key(|(place, _)| place.start);
        let mut done = 0;
        for (place, entity) in places {
            let Some(shown) = text.get(place.clone()) else { continue };
            match (entity.kind.as_str(), &entity.url) {
                ("hashtag", _) if words.tags.len() < MAX_EXTRAS => {
                    // `#tag@channel` is the tag in one channel.
                    let tag = shown.trim_start_matches('#').split('@').next().unwrap_or_default();
                    words.tags.push(tag.to_owned());
                }
                ("text_link", Some(target)) => match (full_address(shown, target), text.get(done..place.start)) {
                    (Some(full), Some(before)) => {
                        words.text.push_str(before);
                        words.text.push_str(full);
                        done = place.end;
                    }
                    _ if words.links.len() < MAX_EXTRAS => words.links.push(target.clone()),
                    _ => {}
                },
                _ => {}
            }
        }
        words.text.push_str(text.get(done..).unwrap_or_default());
        words.text = tidy(&words.text);
        words
    }
}

/// Where in `text` the UTF-16 code units from `offset` on stand.
fn utf16(text: &str, offset: usize, length: usize) -> Option<Range<usize>> {
    let end = offset.checked_add(length)?;
    let (mut units, mut start) = (0, None);
    for (place, letter) in text.char_indices() {
        if units == offset {
            start = start.or(Some(place));
        }
        if units == end {
            return Some(start?..place);
        }
        units += letter.len_utf16();
    }
    (units == end).then(|| start.unwrap_or(text.len())..text.len())
}

fn mention_id(chat: i64, message: i64) -> String {
    format!("{SOURCE}:{chat}:{message}")
}

/// The mention that a message answers: the channel's own post, where the answered message is Telegram's copy of it.
fn answered(message: &Message) -> String {
    match &message.forward_origin {
        Some(Origin { chat: Some(channel), message_id: Some(post), .. }) if message.is_automatic_forward => {
            mention_id(channel.id, *post)
        }
        _ => mention_id(message.chat.id, message.message_id),
    }
}

fn thread(message: &Message, parent: Option<&str>, own: &str) -> String {
    let answers_the_channel = message.reply_to_message.as_deref().is_some_and(|answered| answered.is_automatic_forward);
    match (parent, message.message_thread_id) {
        (Some(parent), _) if answers_the_channel => parent.to_owned(),
        (_, Some(thread)) => mention_id(message.chat.id, thread),
        (Some(parent), None) => parent.to_owned(),
        (None, None) => own.to_owned(),
    }
}

/// Where a person can read it: private channels and groups open for their members only, small groups not at all.
fn url(chat: &Chat, message: i64) -> Option<String> {
    if let Some(name) = &chat.username {
        return Some(format!("https://t.me/{name}/{message}"));
    }
    let id = SUPERGROUPS.checked_sub(chat.id).filter(|id| *id > 0)?;
    Some(format!("https://t.me/c/{id}/{message}"))
}

impl Chat {
    fn name(&self, mention: &mut Mention) {
        mention.author.id = Some(self.id.to_string());
        mention.author.handle.clone_from(&self.username);
        mention.author.name.clone_from(&self.title);
    }
}

impl User {
    fn name(&self, mention: &mut Mention) {
        mention.author.id = Some(self.id.to_string());
        mention.author.handle.clone_from(&self.username);
        let name = format!("{} {}", self.first_name, self.last_name.as_deref().unwrap_or_default());
        mention.author.name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    }
}

impl Origin {
    fn name(&self, mention: &mut Mention) {
        match (&self.sender_user, self.chat.as_ref().or(self.sender_chat.as_ref())) {
            (Some(user), _) => user.name(mention),
            (None, Some(chat)) => chat.name(mention),
            (None, None) => mention.author.name.clone_from(&self.sender_user_name),
        }
    }
}

#[cfg(test)]
mod tests;
