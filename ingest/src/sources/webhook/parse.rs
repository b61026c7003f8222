//! Requests → events. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use bytes::Bytes;
use hark_mention::{
    Author, Delete, DropReason, Engagement, Event, ForgetAuthor, Kind, Mention, RejectReason, Rejection, Timestamp,
};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    api::{self, Mode, Sent, content_type},
    config::{Format, WebhookConfig},
    fields::{Field, Places},
};
use crate::{
    source::{Item, SourceError},
    sources::{github, import::Scale},
    text::tidy,
};

/// The type name of this source.
pub(super) const SOURCE: &str = "webhook";

/// How what is sent becomes mentions.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    format: Format,
    places: Places,
    scale: Scale,
    kind: Kind,
    site: Option<String>,
    delete_types: Vec<String>,
}

/// A body that is no list of events.
#[derive(Debug, PartialEq)]
pub(super) enum Unreadable {
    /// It is of a type that is not known here.
    Type(String),
    /// It is not what its type says.
    Body(Rejection),
}

fn wrong(error: impl Into<String>) -> Rejection {
    Rejection::new(RejectReason::WrongShape, error)
}

impl Reader {
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the rating scale is none.
    pub(super) fn new(config: &WebhookConfig) -> Result<Self, SourceError> {
        let scale = config.rating_scale.as_deref().unwrap_or("0-1").parse().map_err(SourceError::Setup)?;
        Ok(Self {
            format: config.format,
            places: Places::new(&config.fields),
            scale,
            kind: config.kind,
            site: config.site.clone(),
            delete_types: config.delete_types.clone(),
        })
    }

    /// Reads a request: what becomes of each event in it.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when the body as a whole cannot be read.
    pub(super) fn read(&self, headers: &HeaderMap, body: &Bytes, now: Timestamp) -> Result<Vec<Item>, Unreadable> {
        let mode = Mode::of(headers).ok_or_else(|| Unreadable::Type(content_type(headers)))?;
        if self.format == Format::GitHub {
            let event = headers.get(github::EVENT_HEADER).and_then(|event| event.to_str().ok());
            let event =
                event.ok_or_else(|| Unreadable::Body(wrong("GitHub names an event in a header; none is there")))?;
            return github::delivered(event, body, now).map_err(Unreadable::Body);
        }
        let json =
            |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map_err(|error| wrong(format!("not JSON: {error}")));
        let one = |value: Value, sent: Result<Sent, Rejection>| {
            let raw = Bytes::from(value.to_string());
            sent.and_then(|sent| self.item(sent, now)).unwrap_or_else(|rejection| reject(raw, rejection))
        };
        let structured = |value: Value| one(value.clone(), api::structured(value).map_err(wrong));
        let plain = |value: Value| one(value.clone(), Ok(Sent { data: value, ..Sent::default() }));
        Ok(match mode {
            Mode::Binary => {
                let sent = api::binary(headers, body).map_err(wrong);
                vec![sent.and_then(|sent| self.item(sent, now)).unwrap_or_else(|error| reject(body.clone(), error))]
            }
            Mode::Structured => vec![structured(json(body).map_err(Unreadable::Body)?)],
            Mode::Batch => match json(body).map_err(Unreadable::Body)? {
                Value::Array(events) => events.into_iter().map(structured).collect(),
                _ => return Err(Unreadable::Body(wrong("a batch must be a list"))),
            },
            Mode::Plain => match json(body).map_err(Unreadable::Body)? {
                Value::Array(list) => list.into_iter().map(plain).collect(),
                other => vec![plain(other)],
            },
            Mode::Lines => {
                let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
                let line = |line: &[u8]| match json(line) {
                    Ok(value) => plain(value),
                    Err(rejection) => reject(Bytes::copy_from_slice(line), rejection),
                };
                lines.map(line).collect()
            }
        })
    }

    fn item(&self, sent: Sent, now: Timestamp) -> Result<Item, Rejection> {
        let Sent { source, id, kind, time, attributes, data } = sent;
        let data = match data {
            Value::Object(data) => data,
            Value::String(text) => Map::from_iter([("text".to_owned(), Value::String(text))]),
            Value::Null => Map::new(),
            _ => return Err(wrong("the data must be an object or a text")),
        };
        let event = Received { reader: self, data: &data, source: source.as_deref(), now };
        let named = event.text(Field::Id)?.or(id);
        let is_delete_type = kind.as_ref().is_some_and(|kind| self.delete_types.contains(kind));
        let op = event.text(Field::Op)?.unwrap_or_else(|| "upsert".to_owned());
        let time = time.as_deref().map(read_time).transpose()?;
        match op.as_str() {
            "delete" | "upsert" if is_delete_type || op == "delete" => event.delete(named.as_deref(), time),
            "upsert" => {
                // Without an id, what was sent is its own name: sent twice, it is one mention.
                let id = named.unwrap_or_else(|| digest(&data));
                let mut mention = event.mention(&id, time)?;
                if mention.text.is_empty() && mention.title.is_none() {
                    return Ok(Item::Drop(DropReason::Empty));
                }
                mention.extra.extend(self.places.rest(data));
                let attributes =
                    kind.map(|kind| ("type".to_owned(), Value::String(kind))).into_iter().chain(attributes);
                let attributes: Map<String, Value> = attributes.filter(|(_, value)| !value.is_null()).collect();
                if let Some(source) = source {
                    mention.extra.insert("event_source".to_owned(), source.into());
                    mention.extra.insert("event".to_owned(), attributes.into());
                }
                Ok(Item::Keep(Event::Upsert(Box::new(mention))))
            }
            "forget_author" => event.forget(time),
            other => Err(wrong(format!("`op` must be upsert, delete or forget_author, found `{}`", short(other)))),
        }
    }
}

/// One event, with what is needed to read it.
struct Received<'a> {
    reader: &'a Reader,
    data: &'a Map<String, Value>,
    source: Option<&'a str>,
    now: Timestamp,
}

impl Received<'_> {
    /// A field as text; numbers as they are written.
    fn text(&self, field: Field) -> Result<Option<String>, Rejection> {
        match self.reader.places.get(self.data, field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(wrong(format!("`{}` must be a text", field.as_str()))),
        }
    }

    fn time(&self, field: Field) -> Result<Option<Timestamp>, Rejection> {
        self.text(field)?.as_deref().map(read_time).transpose()
    }

    fn count(&self, field: Field) -> Result<Option<u64>, Rejection> {
        let text = self.text(field)?;
        text.map(|text| text.parse().map_err(|_| wrong(format!("`{}` must be a count", field.as_str())))).transpose()
    }

    /// The id of a mention that the sender calls `id`: unique among all senders.
    fn mention_id(&self, id: &str) -> Result<String, Rejection> {
        if id.len() > 512 {
            return Err(wrong("an id must have at most 512 bytes"));
        }
        Ok(match self.source {
            Some(source) => format!("{SOURCE}:{source}|{id}"),
            None => format!("{SOURCE}:{id}"),
        })
    }

    fn mention(&self, id: &str, time: Option<Timestamp>) -> Result<Mention, Rejection> {
        let related = |field| self.text(field)?.map(|id| self.mention_id(&id)).transpose();
        let published = self.time(Field::PublishedAt)?.or(time);
        let text = self.text(Field::Text)?.unwrap_or_default();
        let mut mention = Mention::new(self.mention_id(id)?, SOURCE, tidy(&text), published.unwrap_or(self.now));
        mention.title = self.text(Field::Title)?;
        mention.url = self.text(Field::Url)?;
        mention.site = self.text(Field::Site)?.or_else(|| self.reader.site.clone());
        mention.kind = match self.reader.places.get(self.data, Field::Kind) {
            None => self.reader.kind,
            Some(kind) => Kind::deserialize(kind).map_err(|error| wrong(format!("`kind`: {error}")))?,
        };
        mention.lang_hint = self.text(Field::Lang)?;
        mention.country = self.text(Field::Country)?.map(|code| code.to_ascii_uppercase());
        mention.product_hint = self.text(Field::Product)?;
        mention.author = Author {
            id: self.text(Field::AuthorId)?,
            handle: self.text(Field::Author)?.map(|name| name.trim_start_matches('@').to_owned()),
            name: self.text(Field::AuthorName)?,
            followers: self.count(Field::Followers)?,
        };
        mention.parent_id = related(Field::ParentId)?;
        mention.thread_id = related(Field::ThreadId)?;
        mention.engagement = Engagement {
            likes: self.count(Field::Likes)?,
            replies: self.count(Field::Replies)?,
            shares: self.count(Field::Shares)?,
            views: self.count(Field::Views)?,
        };
        if let Some(rating) = self.text(Field::Rating)? {
            mention.rating = self.reader.scale.read(&rating);
            mention.extra.insert("rating".to_owned(), rating.into());
        }
        if let Some(edited) = self.time(Field::EditedAt)? {
            mention.edited_at = Some(edited);
            mention.revision = u64::try_from(edited.as_millis()).unwrap_or_default();
        }
        if published.is_none() {
            mention.extra.insert("published_at_assumed".to_owned(), true.into());
        }
        Ok(mention.collected(self.now))
    }

    fn delete(&self, id: Option<&str>, time: Option<Timestamp>) -> Result<Item, Rejection> {
        let id = self.mention_id(id.ok_or_else(|| wrong("a deletion needs an `id`"))?)?;
        let at = self.time(Field::EditedAt)?.or(time).unwrap_or(self.now).min(self.now);
        Ok(Item::Keep(Event::Delete(Delete { id, source: SOURCE.to_owned(), reason: None, at })))
    }

    fn forget(&self, time: Option<Timestamp>) -> Result<Item, Rejection> {
        let author_id = self.text(Field::AuthorId)?.ok_or_else(|| wrong("to forget an author needs their id"))?;
        let at = time.unwrap_or(self.now).min(self.now);
        Ok(Item::Keep(Event::ForgetAuthor(ForgetAuthor { author_id, source: SOURCE.to_owned(), at })))
    }
}

fn read_time(text: &str) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).map_err(|error| Rejection::new(RejectReason::BadTime, error.to_string()))
}

fn reject(raw: Bytes, rejection: Rejection) -> Item {
    Item::Reject { raw, place: SOURCE.to_owned(), rejection }
}

/// 128 bits of what was sent, in hexadecimal digits.
fn digest(data: &Map<String, Value>) -> String {
    let text = Value::Object(data.clone()).to_string();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
