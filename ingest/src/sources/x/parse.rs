//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::HashMap;

use hark_mention::{Delete, DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::api::{Entities, Includes, Link, Post, Redaction, User};
use crate::text::tidy;

/// The type name of this source.
pub(super) const SOURCE: &str = "x";

/// Most links, tags and picture descriptions that are kept of one post.
const MAX_EXTRAS: usize = 50;

/// When the clock of the ids begins. Unit: milliseconds since 1970.
///
/// Source: <https://docs.x.com/fundamentals/x-ids>.
const EPOCH_MILLIS: u64 = 1_288_834_974_657;

/// What one post says.
#[derive(Debug)]
pub(super) enum What {
    /// A post was written, or edited.
    Post(Box<Mention>),
    /// Nothing to publish.
    Nothing(DropReason),
}

/// The people and pictures that posts refer to, by id.
#[derive(Default)]
pub(super) struct Included<'a> {
    users: HashMap<&'a str, &'a User>,
    alts: HashMap<&'a str, &'a str>,
}

impl<'a> Included<'a> {
    pub(super) fn new(includes: &'a Includes) -> Self {
        let alt = |media: &'a super::api::Media| Some((media.media_key.as_str(), media.alt_text.as_deref()?));
        Self {
            users: includes.users.iter().map(|user| (user.id.as_str(), user)).collect(),
            alts: includes.media.iter().filter_map(alt).collect(),
        }
    }
}

/// The id of a post.
pub(super) fn id(post: &Value) -> Option<u64> {
    post.get("id")?.as_str()?.parse().ok()
}

/// The id of the post that a mention was made of.
pub(super) fn number(mention_id: &str) -> u64 {
    mention_id.rsplit(':').next().and_then(|id| id.parse().ok()).unwrap_or_default()
}

/// Reads a post.
///
/// # Errors
///
/// A [`Rejection`] when it has not the shape of one.
pub(super) fn post(json: &Value, included: &Included<'_>, now: Timestamp) -> Result<What, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, error);
    let post = Post::deserialize(json).map_err(|error| wrong(format!("not a post: {error}")))?;
    let number = post.id.parse::<u64>().map_err(|_| wrong(format!("`{}` is no id of a post", short(&post.id))))?;
    // A repost is the words of somebody else.
    if post.referenced_tweets.iter().any(|other| other.kind == "retweeted") {
        return Ok(What::Nothing(DropReason::NotAMention));
    }
    let created = match post.created_at.as_deref() {
        Some(text) => {
            Timestamp::parse(text).map_err(|error| Rejection::new(RejectReason::BadTime, error.to_string()))?
        }
        None => id_time(number),
    };
    Ok(What::Post(Box::new(mention(post, number, created, included, now))))
}

fn mention(post: Post, number: u64, created: Timestamp, included: &Included<'_>, now: Timestamp) -> Mention {
    let (text, entities) = match &post.note_tweet {
        Some(note) => (&note.text, &note.entities),
        None => (&post.text, &post.entities),
    };
    let referred = |kind: &str| post.referenced_tweets.iter().find(|other| other.kind == kind).map(|other| &other.id);
    let quoted = referred("quoted");
    let read = as_read(text, entities, quoted.map(String::as_str));
    // All versions are one mention, under the id of the first.
    let first = post.edit_history_tweet_ids.iter().filter_map(|id| id.parse::<u64>().ok()).min().unwrap_or(number);
    let published = if first == number { created } else { id_time(first) };
    let mut mention = Mention::new(mention_id(first), SOURCE, tidy(&read), published);
    if first != number {
        let edited = id_time(number);
        mention.edited_at = Some(edited);
        mention.revision = u64::try_from(edited.as_millis()).unwrap_or_default();
    }
    mention.site = Some("x.com".to_owned());
    mention.parent_id = referred("replied_to").map(|id| format!("{SOURCE}:{id}"));
    mention.kind = if mention.parent_id.is_some() { Kind::Comment } else { Kind::Post };
    mention.thread_id = match (&post.conversation_id, &mention.parent_id) {
        (Some(id), _) => Some(format!("{SOURCE}:{id}")),
        (None, Some(_)) => None,
        (None, None) => Some(mention.id.clone()),
    };
    mention.lang_hint = post.lang.filter(|code| is_language(code));
    let author = post.author_id.as_deref().and_then(|id| included.users.get(id));
    if let Some(user) = author {
        mention.author.handle.clone_from(&user.username);
        mention.author.name.clone_from(&user.name);
        mention.author.followers = user.public_metrics.followers_count;
    }
    // The name in the address may be any: the number alone finds the post.
    let handle = mention.author.handle.as_deref().unwrap_or("i");
    mention.url = Some(format!("https://x.com/{handle}/status/{first}"));
    mention.author.id = post.author_id;
    if let Some(metrics) = post.public_metrics {
        mention.engagement.likes = metrics.like_count;
        mention.engagement.replies = metrics.reply_count;
        mention.engagement.views = metrics.impression_count;
        let shares = [metrics.retweet_count, metrics.quote_count];
        mention.engagement.shares =
            shares.into_iter().flatten().fold(None, |sum, count| Some(count.saturating_add(sum.unwrap_or_default())));
    }
    let tags = [&post.entities, entities].into_iter().flat_map(|entities| &entities.hashtags);
    let mut tags: Vec<&str> = tags.map(|tag| tag.tag.as_str()).collect();
    tags.dedup();
    let keys = post.attachments.media_keys.iter();
    let alts: Vec<&str> = keys.filter_map(|key| included.alts.get(key.as_str()).copied()).collect();
    let quoted: Vec<String> = quoted.map(|id| format!("{SOURCE}:{id}")).into_iter().collect();
    let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
    for (key, mut values) in [("tags", tags), ("alt", alts), ("quoted", quoted)] {
        values.truncate(MAX_EXTRAS);
        if !values.is_empty() {
            mention.extra.insert(key.to_owned(), values.into());
        }
    }
    if post.possibly_sensitive {
        mention.extra.insert("possibly_sensitive".to_owned(), true.into());
    }
    mention.collected(now)
}

/// The text as a person reads it: writes shortened addresses out in full, leaves out those of the post's own pictures and of the quoted post, which
/// nobody sees in the text, and decodes entities once.
fn as_read(text: &str, entities: &Entities, quoted: Option<&str>) -> String {
    let mut links: Vec<&Link> = entities.urls.iter().collect();
    links.sort_by_key(|link| link.start);
    let letters: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
    let mut read = String::with_capacity(text.len());
    let mut done = 0;
    for link in links {
        let place = |letter: usize| letters.get(letter).copied();
        let stated =
            place(link.start).zip(place(link.end)).filter(|(start, end)| text.get(*start..*end) == Some(&link.url));
        // Versions of the interface have counted in other units; a short address stands for itself.
        let found = || text.get(done..)?.find(&link.url).map(|at| (done + at, done + at + link.url.len()));
        let Some((start, end)) = stated.or_else(found) else { continue };
        let Some(before) = text.get(done..start) else { continue };
        read.push_str(&decode(before));
        let target = link.expanded_url.as_deref().unwrap_or(&link.url);
        let is_quoted =
            quoted.is_some_and(|id| target.rsplit('/').next().is_some_and(|last| last.split('?').next() == Some(id)));
        if link.media_key.is_none() && !is_quoted {
            read.push_str(target);
        }
        done = end;
    }
    read.push_str(&decode(text.get(done..).unwrap_or_default()));
    read
}

/// The three entities that texts are sent with. The ampersand comes last, so that `&amp;lt;` becomes `&lt;`.
fn decode(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// `und` is undetermined; codes from `qaa` on and `zxx` are X's own for posts without words.
fn is_language(code: &str) -> bool {
    !matches!(code, "und" | "zxx" | "qam" | "qct" | "qht" | "qme" | "qst" | "art")
}

/// The mention id of a post.
pub(super) fn mention_id(id: u64) -> String {
    format!("{SOURCE}:{id}")
}

/// When a post was written, as its id tells.
pub(super) fn id_time(id: u64) -> Timestamp {
    let millis = (id >> 22).saturating_add(EPOCH_MILLIS);
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The smallest id that a post of this time can have.
pub(super) fn first_id(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or_default().saturating_sub(EPOCH_MILLIS) << 22
}

/// Reads a line of the result of a compliance job: the deletion, or `None` when the post itself stays.
///
/// # Errors
///
/// A [`Rejection`] when it is no such line.
pub(super) fn redaction(line: &[u8], now: Timestamp) -> Result<Option<Delete>, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, error);
    let gone: Redaction = serde_json::from_slice(line).map_err(|error| wrong(format!("not a redaction: {error}")))?;
    let id = gone.id.parse::<u64>().map_err(|_| wrong(format!("`{}` is no id of a post", short(&gone.id))))?;
    if gone.action != "delete" || gone.reason == "scrub_geo" {
        return Ok(None);
    }
    let reason = match gone.reason.as_str() {
        "deleted" => "author",
        other => other,
    };
    // The moment of noticing, so that no version that was read before comes back.
    let at = gone
        .redacted_at
        .as_deref()
        .and_then(|at| Timestamp::parse(at).ok())
        .map_or(now, |at| at.max(id_time(id)).min(now));
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    Ok(Some(Delete { id: mention_id(id), source: SOURCE.to_owned(), reason, at }))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
