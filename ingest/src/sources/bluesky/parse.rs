//! Frames → events. Pure; a record is whatever an account's software wrote.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Delete, DropReason, Event, ForgetAuthor, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::Value;

use super::api::{Account, Commit, Envelope, Found, Frame, PostView, Version};
use crate::text::full_address;

/// The type name of this source.
pub(super) const SOURCE: &str = "bluesky";

/// The collection whose records are posts.
pub(super) const POSTS: &str = "app.bsky.feed.post";

/// Most links, tags and picture descriptions that are kept of one post.
const MAX_EXTRAS: usize = 50;

/// How far an account's clock may run ahead of the server's before it is not believed. Unit: milliseconds.
const MAX_AHEAD: i64 = 10 * 60 * 1000;

/// What one frame says.
#[derive(Debug)]
pub(super) struct Read {
    /// The server's time of the event, which is the cursor. Microseconds since 1970.
    pub(super) time_us: Option<i64>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// A post was written, or changed.
    Post { mention: Box<Mention>, languages: Vec<String>, changed: bool },
    /// A post or an account is gone.
    Gone(Event),
    /// Nothing to publish.
    Nothing(DropReason),
}

/// Reads a frame.
///
/// # Errors
///
/// A [`Rejection`], with the time of the event if at least that can be read.
pub(super) fn frame(version: Version, bytes: &[u8], now: Timestamp) -> Result<Read, (Option<i64>, Rejection)> {
    let read = match version {
        Version::One => serde_json::from_slice(bytes),
        Version::Two => serde_json::from_slice::<Envelope>(bytes).map(Frame::from),
    };
    let frame: Frame = read.map_err(|error| {
        let time_us = serde_json::from_slice::<Value>(bytes).ok().and_then(|json| json.get("time_us")?.as_i64());
        (time_us, Rejection::new(RejectReason::WrongShape, format!("not an event of Jetstream: {error}")))
    })?;
    let time_us = frame.time_us;
    let what = match (frame.kind.as_str(), frame.did, time_us, frame.commit, frame.account) {
        ("commit", Some(did), Some(time_us), Some(commit), _) if commit.collection == POSTS => {
            post_change(&did, time_us, commit, now).map_err(|rejection| (Some(time_us), rejection))?
        }
        ("account", Some(did), Some(time_us), _, Some(account)) => account_change(did, time_us, &account),
        _ => What::Nothing(DropReason::NotAMention),
    };
    Ok(Read { time_us, what })
}

/// Reads a post as the search shows it. Its state has no number there, so a state that the stream told of counts more.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no post.
pub(super) fn found(bytes: &[u8], now: Timestamp) -> Result<Found, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not a post of the search: {error}"));
    let post: PostView = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let rkey = post.uri.rsplit('/').next().unwrap_or_default();
    if post.uri != format!("at://{}/{POSTS}/{rkey}", post.author.did) {
        return Err(wrong(format!("`{}` is no address of a post", post.uri)));
    }
    let text = post.record.get("text").and_then(Value::as_str).ok_or_else(|| wrong("no text".to_owned()))?;
    let indexed = post.indexed_at.min(now);
    let mut mention = mention(&post.uri, &post.author.did, rkey, text, &post.record, indexed.as_millis() * 1000);
    mention.collected_at = now;
    mention.author.handle = post.author.handle;
    mention.author.name = post.author.display_name.filter(|name| !name.trim().is_empty());
    mention.engagement.likes = post.like_count;
    mention.engagement.shares = post.repost_count;
    mention.engagement.replies = post.reply_count;
    let sorted_at = mention.published_at.min(indexed);
    Ok(Found { mention: Box::new(mention), languages: texts(post.record.get("langs")), sorted_at })
}

/// An account that its owner deleted or deactivated, or that was taken down, takes its posts along.
///
/// Whoever deactivates an account withdraws it from the public, and the network stops showing its posts; should it
/// come back, its new posts do too. `suspended`, `desynchronized` and `throttled` pass by themselves and are no wish
/// of the author: those posts stay.
fn account_change(did: String, time_us: i64, account: &Account) -> What {
    let is_gone = !account.active && matches!(account.status.as_deref(), Some("deleted" | "takendown" | "deactivated"));
    if !is_gone {
        return What::Nothing(DropReason::NotAMention);
    }
    What::Gone(Event::ForgetAuthor(ForgetAuthor { author_id: did, source: SOURCE.to_owned(), at: time(time_us) }))
}

fn post_change(did: &str, time_us: i64, commit: Commit, now: Timestamp) -> Result<What, Rejection> {
    let state = revision(&commit.rev, time_us);
    let uri = format!("at://{did}/{POSTS}/{}", commit.rkey);
    if commit.operation == "delete" {
        let at = Timestamp::from_millis(state);
        let reason = Some("author".to_owned());
        return Ok(What::Gone(Event::Delete(Delete { id: mention_id(&uri), source: SOURCE.to_owned(), reason, at })));
    }
    let wrong = |what: &str| Rejection::new(RejectReason::WrongShape, format!("{what} of {uri}"));
    let record = commit.record.as_ref().ok_or_else(|| wrong("no record"))?;
    let text = record.get("text").and_then(Value::as_str).ok_or_else(|| wrong("no text in the record"))?;
    let changed = commit.operation == "update";
    let mut mention = mention(&uri, did, &commit.rkey, text, record, time_us);
    if mention.text.is_empty() {
        return Ok(What::Nothing(DropReason::Empty));
    }
    // Of two states of one post the account's clock says which is newer, on every server alike; a post that is
    // deleted and written again under the same key is newer than its deletion.
    mention.revision = u64::try_from(state).unwrap_or_default();
    mention.edited_at = changed.then(|| Timestamp::from_millis(state));
    mention.collected_at = now;
    Ok(What::Post { mention: Box::new(mention), languages: texts(record.get("langs")), changed })
}

fn mention(uri: &str, did: &str, rkey: &str, text: &str, record: &Value, time_us: i64) -> Mention {
    let seen = time(time_us);
    let declared = record.get("createdAt").and_then(Value::as_str);
    // Before 1970 there was nothing to write with; such a time says only that the software is broken.
    let created = declared.and_then(|at| Timestamp::parse(at).ok()).filter(|at| *at > Timestamp::EPOCH);
    let rich = RichText::read(text, record);
    let embed = Embed::read(record);
    let body = if rich.text.trim().is_empty() { embed.words() } else { rich.text };
    // The server's time, not ours, bounds the declared one: a replay then gives the same.
    let mut mention =
        Mention::new(mention_id(uri), SOURCE, crate::text::tidy(&body), created.unwrap_or(seen)).collected(seen);
    if created.is_none()
        && let Some(declared) = declared
    {
        let declared: String = declared.chars().take(64).collect();
        mention.extra.insert("declared_published_at".to_owned(), declared.into());
    }
    let answered = |which: &str| record.get("reply")?.get(which)?.get("uri")?.as_str().map(mention_id);
    mention.parent_id = answered("parent");
    mention.thread_id = answered("root").or_else(|| mention.parent_id.is_none().then(|| mention.id.clone()));
    mention.kind = if mention.parent_id.is_some() { Kind::Comment } else { Kind::Post };
    mention.url = Some(format!("https://bsky.app/profile/{did}/post/{rkey}"));
    mention.site = Some("bsky.app".to_owned());
    mention.author.id = Some(did.to_owned());
    let languages = texts(record.get("langs"));
    mention.lang_hint = languages.first().cloned();
    let tags: Vec<String> = rich.tags.into_iter().chain(texts(record.get("tags"))).collect();
    let links: Vec<String> = rich.links.into_iter().chain(embed.link).collect();
    let quoted: Vec<String> = embed.quoted.as_deref().map(mention_id).into_iter().collect();
    let title: Vec<String> = embed.title.into_iter().collect();
    let extras = [("tags", tags), ("links", links), ("quoted", quoted), ("alt", embed.alts), ("link_title", title)];
    for (key, mut values) in extras {
        values.truncate(MAX_EXTRAS);
        if !values.is_empty() {
            mention.extra.insert(key.to_owned(), values.into());
        }
    }
    if languages.len() > 1 {
        mention.extra.insert("langs".to_owned(), languages.into());
    }
    mention
}

/// A text whose links, tags and mentions stand apart, by byte offsets into it.
struct RichText {
    text: String,
    links: Vec<String>,
    tags: Vec<String>,
}

impl RichText {
    /// Writes shortened addresses out in full. Offsets that fit nowhere are passed over.
    fn read(text: &str, record: &Value) -> Self {
        let mut facets: Vec<(usize, usize, &Value)> = list(record.get("facets")).filter_map(facet).collect();
        facets.sort_by_key(|(start, ..)| *start);
        let mut read = Self { text: String::with_capacity(text.len()), links: Vec::new(), tags: Vec::new() };
        let mut done = 0;
        for (start, end, features) in facets {
            for feature in list(Some(features)) {
                let field = |name: &str| feature.get(name).and_then(Value::as_str);
                read.tags.extend(field("tag").map(str::to_owned));
                let Some(target) = field("uri") else { continue };
                let (Some(before), Some(shown)) = (text.get(done..start), text.get(start..end)) else { continue };
                match full_address(shown, target) {
                    Some(full) => {
                        read.text.push_str(before);
                        read.text.push_str(full);
                        done = end;
                    }
                    None => read.links.push(target.to_owned()),
                }
            }
        }
        read.text.push_str(text.get(done..).unwrap_or_default());
        read
    }
}

/// Where a facet begins and ends, and what it is.
fn facet(facet: &Value) -> Option<(usize, usize, &Value)> {
    let index = facet.get("index")?;
    let offset = |name: &str| usize::try_from(index.get(name)?.as_u64()?).ok();
    Some((offset("byteStart")?, offset("byteEnd")?, facet.get("features")?))
}

/// What is attached to a post.
#[derive(Default)]
struct Embed {
    /// Descriptions of pictures and videos.
    alts: Vec<String>,
    /// A page that is linked to, and its title.
    link: Option<String>,
    title: Option<String>,
    /// The post that is quoted.
    quoted: Option<String>,
}

impl Embed {
    fn read(record: &Value) -> Self {
        let Some(embed) = record.get("embed") else { return Self::default() };
        // A quotation with pictures holds both, each one level deeper.
        let media = embed.get("media").unwrap_or(embed);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let alt = |value: &Value| text(value.get("alt")).filter(|alt| !alt.trim().is_empty());
        let pictures = list(media.get("images")).chain(list(media.get("items")));
        let external = media.get("external");
        let record = embed.get("record");
        Self {
            alts: pictures.chain([media]).filter_map(alt).collect(),
            link: text(external.and_then(|external| external.get("uri"))),
            title: text(external.and_then(|external| external.get("title"))).filter(|title| !title.trim().is_empty()),
            quoted: text(record.and_then(|record| record.get("uri").or_else(|| record.get("record")?.get("uri")))),
        }
    }

    /// What a person reads of a post that has no text of its own.
    fn words(&self) -> String {
        let words: Vec<&str> = self.title.iter().chain(&self.alts).map(String::as_str).collect();
        words.join("\n")
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn mention_id(uri: &str) -> String {
    format!("{SOURCE}:{uri}")
}

fn time(time_us: i64) -> Timestamp {
    Timestamp::from_millis(time_us / 1000)
}

/// When a state of a record came to be, by its account's clock; by the server's when that one is unusable.
/// Milliseconds since 1970.
fn revision(rev: &str, time_us: i64) -> i64 {
    let seen = time_us / 1000;
    tid_millis(rev).filter(|at| (1..=seen.saturating_add(MAX_AHEAD)).contains(at)).unwrap_or(seen)
}

/// The time in a TID: 13 digits of base 32 that hold microseconds since 1970 and a clock number of 10 bits.
///
/// Source: <https://atproto.com/specs/tid>.
fn tid_millis(tid: &str) -> Option<i64> {
    const DIGITS: &[u8] = b"234567abcdefghijklmnopqrstuvwxyz";
    if tid.len() != 13 {
        return None;
    }
    let value = tid.bytes().try_fold(0_u128, |value, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(value << 5 | digit as u128)
    })?;
    i64::try_from((value >> 10) / 1000).ok()
}

#[cfg(test)]
mod tests;
