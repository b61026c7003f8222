//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;
use url::Url;

use super::api::{Account, Status};
use crate::text;

/// The type name of this source.
pub(super) const SOURCE: &str = "mastodon";

/// Most tags, links and picture descriptions that are kept of one post.
const MAX_EXTRAS: usize = 50;

/// Tags in a profile by which its owner asks machines to leave them alone.
const KEEP_OUT: [&str; 3] = ["#nobot", "#noindex", "#noarchive"];

/// What one post is.
#[derive(Debug)]
pub(super) enum Reading {
    /// Something that its author published. `parent` is the local id of what it answers.
    Mention { id: String, mention: Box<Mention>, parent: Option<String> },
    /// Nothing to keep: passed on from others, not public, empty, or its author wants no machines.
    Nothing { id: String, reason: DropReason },
}

/// Cuts a list into its posts, each as it came.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn list(bytes: &[u8]) -> Result<Vec<&RawValue>, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("not a list of posts: {error}"))
}

/// The id of a post that cannot be read otherwise.
pub(super) fn id_of(bytes: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    json.get("id")?.as_str().map(str::to_owned)
}

/// Reads one post of the server `base`.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no post.
pub(super) fn status(bytes: &[u8], base: &Url, now: Timestamp) -> Result<Reading, Rejection> {
    let wrong = |error| Rejection::new(RejectReason::WrongShape, format!("not a post: {error}"));
    let status: Status = serde_json::from_slice(bytes).map_err(wrong)?;
    let id = status.id.clone();
    let nothing = |reason| Ok(Reading::Nothing { id: id.clone(), reason });
    if status.reblog.is_some() || !matches!(status.visibility.as_str(), "public" | "unlisted") {
        return nothing(DropReason::NotAMention);
    }
    if wants_no_machines(&status.account) {
        return nothing(DropReason::NotAMention);
    }
    let Some(published) = status.created_at.as_deref().and_then(|at| Timestamp::parse(at).ok()) else {
        return Err(Rejection::new(RejectReason::BadTime, format!("post {id} has no readable time")));
    };
    let parent = status.in_reply_to_id.clone();
    let mention = mention(status, published, base, now);
    if mention.text.is_empty() && mention.title.is_none() {
        return nothing(DropReason::Empty);
    }
    Ok(Reading::Mention { id, mention: Box::new(mention), parent })
}

fn mention(status: Status, published: Timestamp, base: &Url, now: Timestamp) -> Mention {
    let alts: Vec<String> = status.media_attachments.iter().filter_map(|media| filled(&media.description)).collect();
    let body = text::own_words(&status.content, Some(base));
    let words = with_poll(body.text, &status, &alts);
    let uri = status.uri.or_else(|| status.url.clone()).unwrap_or_else(|| format!("{base}statuses/{}", status.id));
    let mut mention = Mention::new(mention_id(&uri), SOURCE, words, published);
    mention.kind = if status.in_reply_to_id.is_some() { Kind::Comment } else { Kind::Post };
    mention.thread_id = status.in_reply_to_id.is_none().then(|| mention.id.clone());
    mention.url = status.url.or(Some(uri));
    mention.site = mention.url.as_deref().and_then(host);
    mention.title = Some(text::tidy(&status.spoiler_text)).filter(|title| !title.is_empty());
    mention.lang_hint = status.language;
    mention.author.handle = handle(&status.account, base);
    mention.author.id = status.account.url;
    mention.author.name = Some(status.account.display_name).filter(|name| !name.trim().is_empty());
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    mention.author.followers = count(status.account.followers_count);
    mention.engagement.likes = count(status.favourites_count);
    mention.engagement.replies = count(status.replies_count);
    mention.engagement.shares = count(status.reblogs_count);
    mention.edited_at = status.edited_at.as_deref().and_then(|at| Timestamp::parse(at).ok());
    mention.revision = mention.edited_at.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
    let quoted = status.quote.and_then(|quote| quote.quoted_status?.uri);
    let card = status.card.unwrap_or(super::api::Card { url: String::new(), title: String::new() });
    let links = body.links.into_iter().filter(|link| !is_tag_or_profile(link)).chain(filled(&Some(card.url)));
    let extras = [
        ("tags", status.tags.into_iter().map(|tag| tag.name).collect()),
        ("links", unique(links)),
        ("quoted", quoted.as_deref().map(mention_id).into_iter().collect()),
        ("alt", alts),
        ("link_title", filled(&Some(card.title)).into_iter().collect()),
    ];
    for (key, mut values) in extras {
        let values: &mut Vec<String> = &mut values;
        values.truncate(MAX_EXTRAS);
        if !values.is_empty() {
            mention.extra.insert(key.to_owned(), std::mem::take(values).into());
        }
    }
    mention.collected(now)
}

/// The text with the answers of its poll; a post without words of its own is what its pictures show.
fn with_poll(text: String, status: &Status, alts: &[String]) -> String {
    let options = status.poll.iter().flat_map(|poll| &poll.options).map(|option| format!("- {}", option.title));
    let mut lines: Vec<String> = Some(text).filter(|text| !text.is_empty()).into_iter().chain(options).collect();
    if lines.is_empty() {
        lines.extend_from_slice(alts);
    }
    text::tidy(&lines.join("\n"))
}

/// The mention id of the post that is known everywhere as `uri`.
pub(super) fn mention_id(uri: &str) -> String {
    format!("{SOURCE}:{uri}")
}

/// `name@host`, also for accounts of this server, so that it is the same on every one.
fn handle(account: &Account, base: &Url) -> Option<String> {
    if account.acct.is_empty() || account.acct.contains('@') {
        return Some(account.acct.clone()).filter(|acct| !acct.is_empty());
    }
    let host = account.url.as_deref().and_then(host).or_else(|| base.host_str().map(str::to_owned))?;
    Some(format!("{}@{host}", account.acct))
}

fn wants_no_machines(account: &Account) -> bool {
    if account.noindex == Some(true) {
        return true;
    }
    let note = text::from_html(&account.note, None).text.to_lowercase();
    let asks = |word: &str| KEEP_OUT.contains(&word.trim_end_matches(|c: char| !c.is_alphanumeric()));
    account.note.contains('#') && note.split_whitespace().any(asks)
}

/// Mentions and hashtags are links too, but lead to no page that the author speaks of.
fn is_tag_or_profile(link: &str) -> bool {
    let Ok(url) = Url::parse(link) else { return false };
    let path: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match path[..] {
        ["tags" | "tag" | "users" | "u", _] => true,
        [profile] => profile.starts_with('@'),
        _ => false,
    }
}

fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Whether the post `one` is newer than `other`: ids are numbers or texts that grow, and only their order is promised.
pub(super) fn is_newer(one: &str, other: &str) -> bool {
    (one.len(), one) > (other.len(), other)
}

/// The first id of a moment, on servers whose ids hold the time: 48 bits of milliseconds since 1970 and 16 bits of a
/// number.
///
/// Source: `lib/mastodon/snowflake.rb` of Mastodon.
pub(super) fn id_at(at: Timestamp) -> String {
    (u64::try_from(at.as_millis()).unwrap_or_default() << 16).to_string()
}

/// When the post `id` was published, on servers whose ids hold the time.
pub(super) fn time_of(id: &str) -> Option<Timestamp> {
    let number = id.parse::<u64>().ok().filter(|number| is_time(*number))?;
    Some(Timestamp::from_millis(i64::try_from(number >> 16).ok()?))
}

/// Whether an id holds a time between 2010 and 2100; ids that only count are smaller.
fn is_time(id: u64) -> bool {
    (1_262_304_000_000..4_102_444_800_000).contains(&(id >> 16))
}

#[cfg(test)]
mod tests;
