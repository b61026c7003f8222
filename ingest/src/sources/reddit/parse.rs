//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use url::Url;

use super::api::{Listing, Thing, ThingData};
use crate::{quotes, text, watch::Reading};

/// The type name of this source.
pub(super) const SOURCE: &str = "reddit";

/// What stands in place of an author or a text that is gone.
const DELETED: &str = "[deleted]";
const REMOVED: &str = "[removed]";

/// A page: its things and where the next one begins.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) things: Vec<Result<One, Wrong>>,
    pub(super) after: Option<String>,
}

/// A post or a comment.
#[derive(Debug)]
pub(super) struct One {
    /// `t1_` or `t3_` and the id.
    pub(super) name: String,
    pub(super) at: Timestamp,
    pub(super) reading: Reading,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// Reads a page.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn listing(bytes: &[u8], now: Timestamp) -> Result<Read, String> {
    let listing: Listing = serde_json::from_slice(bytes).map_err(|error| format!("not a listing: {error}"))?;
    let thing = |raw: &serde_json::value::RawValue| {
        thing(raw.get(), now).map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
    };
    Ok(Read { things: listing.data.children.iter().map(|raw| thing(raw)).collect(), after: listing.data.after })
}

fn thing(json: &str, now: Timestamp) -> Result<One, Rejection> {
    let wrong = |error| Rejection::new(RejectReason::WrongShape, error);
    let Thing { kind, data } = serde_json::from_str(json).map_err(|error| wrong(format!("not a thing: {error}")))?;
    if data.name.is_empty() {
        return Err(wrong("has no name".to_owned()));
    }
    let Some(created) = data.created_utc else {
        return Err(Rejection::new(RejectReason::BadTime, format!("{} has no time", data.name)));
    };
    let (name, at) = (data.name.clone(), seconds(created));
    let reading = match (kind.as_str(), removal(&data)) {
        ("t1" | "t3", Some(reason)) => Reading::Gone { reason },
        ("t1", None) => comment(data, at, now),
        ("t3", None) => post(data, at, now),
        _ => Reading::Nothing,
    };
    Ok(One { name, at, reading })
}

/// Who removed it, if somebody did. A text whose author closed the account stays.
fn removal(data: &ThingData) -> Option<&'static str> {
    let text = data.body.as_deref().or(data.selftext.as_deref()).unwrap_or_default().trim();
    match data.removed_by_category.as_deref() {
        Some("deleted" | "author") => Some("author"),
        Some("moderator" | "automod_filtered") => Some("moderator"),
        Some(_) => Some("site"),
        None if text == DELETED => Some("author"),
        None if text == REMOVED => Some("moderator"),
        None => None,
    }
}

fn comment(mut data: ThingData, at: Timestamp, now: Timestamp) -> Reading {
    let body = body(data.body_html.take(), data.body.take());
    let title = data.link_title.take().map(|title| text::one_line(&title)).filter(|title| !title.is_empty());
    let mut mention = mention(&data, body, at);
    mention.kind = Kind::Comment;
    mention.parent_id = data.parent_id.as_deref().map(mention_id);
    mention.thread_id = data.link_id.as_deref().map(mention_id);
    mention.extra.extend(title.map(|title| ("link_title".to_owned(), title.into())));
    finished(mention, now)
}

fn post(mut data: ThingData, at: Timestamp, now: Timestamp) -> Reading {
    let mut body = body(data.selftext_html.take(), data.selftext.take());
    if !data.is_self {
        let link = data.url.as_deref().and_then(|link| Url::parse(link).ok());
        body.links.splice(0..0, link.map(Into::into));
    }
    let mut mention = mention(&data, body, at);
    mention.title = data.title.map(|title| text::one_line(&title)).filter(|title| !title.is_empty());
    mention.thread_id = Some(mention.id.clone());
    mention.engagement.replies = data.num_comments;
    finished(mention, now)
}

/// The text without what it quotes. The HTML has links' targets; a few old things have Markdown only.
fn body(html: Option<String>, markdown: Option<String>) -> text::PlainText {
    let base = Url::parse("https://www.reddit.com/").ok();
    match html.filter(|html| !html.is_empty()) {
        Some(html) => text::from_html(&quotes::without_quotes(&html), base.as_ref()),
        None => text::PlainText { text: text::tidy(&markdown.unwrap_or_default()), links: Vec::new() },
    }
}

fn mention(data: &ThingData, body: text::PlainText, at: Timestamp) -> Mention {
    let mut mention = Mention::new(mention_id(&data.name), SOURCE, body.text, at);
    mention.url = Some(match &data.permalink {
        Some(path) => format!("https://www.reddit.com{path}"),
        None => format!("https://www.reddit.com/by_id/{}", data.name),
    });
    mention.site = Some("www.reddit.com".to_owned());
    mention.author.id.clone_from(&data.author_fullname);
    mention.author.handle = data.author.clone().filter(|author| author != DELETED);
    mention.engagement.likes = data.score.and_then(|score| u64::try_from(score).ok());
    mention.edited_at = data.edited.map(seconds);
    mention.revision = mention.edited_at.map_or(0, crate::watch::millis);
    if let Some(subreddit) = &data.subreddit {
        mention.extra.insert("subreddit".to_owned(), subreddit.as_str().into());
    }
    if !body.links.is_empty() {
        mention.extra.insert("links".to_owned(), body.links.into());
    }
    mention
}

fn finished(mention: Mention, now: Timestamp) -> Reading {
    if mention.text.is_empty() && mention.title.is_none() {
        return Reading::Empty;
    }
    Reading::Mention(Box::new(mention.collected(now)))
}

/// The mention id of a thing.
pub(super) fn mention_id(name: &str) -> String {
    format!("{SOURCE}:{name}")
}

fn seconds(seconds: f64) -> Timestamp {
    // A conversion from a float saturates.
    Timestamp::from_millis((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests;
