//! Bytes → feed → mentions. Pure; bad items cost themselves only.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    api::{Body, Entry, Feed, JsonFeed, MAX_ITEMS},
    date, encoding, xml,
};
use crate::text;

/// Longest upstream id that is kept as it is; longer ones are hashed. Unit: bytes.
const MAX_ID_BYTES: usize = 512;

/// Most tags and authors that are kept of one item.
const MAX_TAGS: usize = 50;

/// Reads a feed in any format that came from `url`; `charset` is what the HTTP header said.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn feed(bytes: &[u8], charset: Option<&str>, url: &Url) -> Result<Feed, String> {
    let document = encoding::decode(bytes, charset);
    let document = document.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    match document.chars().next() {
        Some('{') => json(document, url),
        Some('<') => xml::read(document, url),
        Some(_) => Err("no feed: neither XML nor JSON".to_owned()),
        None => Err("an empty document".to_owned()),
    }
}

/// Reads a JSON Feed.
fn json(document: &str, url: &Url) -> Result<Feed, String> {
    let feed: JsonFeed = serde_json::from_str(document).map_err(|error| format!("no JSON Feed: {error}"))?;
    let authors = people(&feed.authors, &feed.author);
    let mut entries: Vec<Entry> = feed.items.iter().take(MAX_ITEMS).filter_map(|item| json_entry(item, url)).collect();
    for entry in &mut entries {
        if entry.authors.is_empty() {
            entry.authors.clone_from(&authors);
        }
    }
    let title = string(&feed.title).map(Body::Plain);
    Ok(Feed { title, language: string(&feed.language), entries, ..Feed::default() })
}

/// An item of a JSON Feed. The standard discards items without id; real feeds leave it out, and the address will do.
fn json_entry(item: &Value, url: &Url) -> Option<Entry> {
    let field = |name: &str| item.get(name).and_then(string);
    let list = |name: &str| item.get(name).cloned().unwrap_or_default();
    let content = field("content_html").map(Body::Html).or_else(|| field("content_text").map(Body::Plain));
    let id = field("id");
    let link = field("url").or_else(|| field("external_url")).and_then(|link| url.join(&link).ok());
    if id.is_none() && link.is_none() {
        return None;
    }
    Some(Entry {
        id,
        link,
        title: field("title").map(Body::Plain),
        content,
        summary: field("summary").map(Body::Plain),
        authors: people(&list("authors"), &list("author")),
        tags: list("tags").as_array().into_iter().flatten().filter_map(string).collect(),
        published: field("date_published"),
        updated: field("date_modified"),
        language: field("language"),
        comments: None,
        base: Some(url.clone()),
    })
}

/// Names in `authors` (1.1) or `author` (1.0).
fn people(authors: &Value, author: &Value) -> Vec<String> {
    let all = authors.as_array().map_or(std::slice::from_ref(author), Vec::as_slice);
    all.iter().filter_map(|person| person.get("name").and_then(string)).collect()
}

/// A text, or a number as one.
fn string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What all items of one feed share.
pub(super) struct Channel {
    /// The feed's address as the operator wrote it.
    pub(super) configured: Url,
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
}

impl Channel {
    /// Takes what is needed from the feed.
    pub(super) fn of(configured: &Url, feed: &Feed) -> Self {
        let title = feed.title.as_ref().map(line).filter(|title| !title.is_empty());
        Self { configured: configured.clone(), title, language: feed.language.clone() }
    }

    /// The mention that an item is, and whether the item says when it was published; `None` without any text.
    ///
    /// `published_at` is `now` when the item has no date.
    pub(super) fn mention(&self, entry: &Entry, now: Timestamp) -> Option<(Mention, bool)> {
        let title = entry.title.as_ref().map(line).filter(|title| !title.is_empty());
        let body = entry.content.as_ref().or(entry.summary.as_ref()).map(|body| body_text(body, entry.base.as_ref()));
        let text::PlainText { text, links } = body.unwrap_or_default();
        if title.is_none() && text.is_empty() {
            return None;
        }
        let updated = entry.updated.as_deref().and_then(date::parse);
        let published = entry.published.as_deref().and_then(date::parse).or(updated);
        let published_at = published.unwrap_or(now);
        let mut mention = Mention::new(self.mention_id(entry), "rss", text, published_at);
        mention.kind = Kind::Article;
        mention.title = title;
        mention.url = entry.link.as_ref().map(ToString::to_string);
        mention.site = entry.link.as_ref().unwrap_or(&self.configured).host_str().map(str::to_owned);
        mention.lang_hint = entry.language.clone().or_else(|| self.language.clone());
        mention.author.name = entry.authors.first().map(|name| author(name));
        mention.engagement.replies = entry.comments;
        mention.edited_at = updated.filter(|updated| *updated > published_at && *updated <= now);
        self.extra(&mut mention, entry, links);
        Some((mention.collected(now), published.is_some()))
    }

    fn extra(&self, mention: &mut Mention, entry: &Entry, links: Vec<String>) {
        let mut insert = |key: &str, value: Value| mention.extra.insert(key.to_owned(), value);
        insert("feed", crate::http::place(&self.configured).into());
        if let Some(title) = &self.title {
            insert("feed_title", title.as_str().into());
        }
        if entry.authors.len() > 1 {
            insert("authors", entry.authors.iter().take(MAX_TAGS).map(|name| author(name)).collect());
        }
        if !entry.tags.is_empty() {
            insert("tags", entry.tags.iter().take(MAX_TAGS).map(|tag| text::line_from_html(tag)).collect());
        }
        if !links.is_empty() {
            insert("links", links.into());
        }
    }

    fn mention_id(&self, entry: &Entry) -> String {
        match (&entry.id, &entry.link) {
            (Some(id), _) => self.id(id),
            (None, Some(link)) => self.id(link.as_str()),
            (None, None) => {
                let title = entry.title.as_ref().map(line).unwrap_or_default();
                let content = entry.content.as_ref().or(entry.summary.as_ref());
                // The title names an item without address; only without one does its text.
                let text = if title.is_empty() { content.map(line).unwrap_or_default() } else { title };
                self.id(&hash([text.as_str(), entry.published.as_deref().unwrap_or_default()]))
            }
        }
    }

    /// The feed's address without secrets: a query, which may be one, is hashed.
    fn name(&self) -> String {
        let place = crate::http::place(&self.configured);
        match self.configured.query() {
            Some(query) => format!("{place}?{:x}", short_hash(&hash([query]))),
            None => place,
        }
    }

    /// The id of the item that the feed calls `guid`.
    ///
    /// A guid that is a URL, tag or URN is the same in every feed. Any other is known in its feed only, so the feed's
    /// address stands before it.
    pub(super) fn id(&self, guid: &str) -> String {
        let is_global = ["http://", "https://", "tag:", "urn:"].iter().any(|scheme| guid.starts_with(scheme));
        let id = if is_global { guid.to_owned() } else { format!("{}#{guid}", self.name()) };
        let id = text::one_line(&id);
        if id.len() > MAX_ID_BYTES { format!("rss:{}", hash([id.as_str()])) } else { format!("rss:{id}") }
    }
}

/// Which text an item has: 48 bits that change with its title or body.
pub(super) fn fingerprint(mention: &Mention) -> u64 {
    short_hash(&hash([mention.title.as_deref().unwrap_or_default(), &mention.text]))
}

/// 48 bits of a hash of `text`.
pub(super) fn id_hash(id: &str) -> u64 {
    short_hash(&hash([id]))
}

fn short_hash(hash: &str) -> u64 {
    hash.get(..12).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// SHA-256 in hexadecimal digits; the parts cannot run into each other.
fn hash<const N: usize>(parts: [&str; N]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn body_text(body: &Body, base: Option<&Url>) -> text::PlainText {
    match body {
        Body::Html(html) => text::from_html(html, base),
        Body::Plain(plain) => text::PlainText { text: text::tidy(plain), links: Vec::new() },
    }
}

fn line(body: &Body) -> String {
    text::one_line(&body_text(body, None).text)
}

/// The name in `name`, `mail@example.org (name)` or `name <mail@example.org>`.
fn author(text: &str) -> String {
    let decoded = text::one_line(text);
    let in_brackets = decoded.split_once('(').and_then(|(mail, rest)| mail.contains('@').then_some(rest));
    let before_mail = decoded.split_once('<').and_then(|(name, mail)| mail.contains('@').then_some(name));
    let name = in_brackets.map(|name| name.trim_end_matches(')')).or(before_mail).unwrap_or(&decoded).trim();
    if name.is_empty() { decoded.clone() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
