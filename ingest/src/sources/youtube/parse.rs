//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::de::DeserializeOwned;

use super::api::{Comment, Found, PageOf, Refusal, Thread};
use crate::{
    text,
    watch::{Reading, millis},
};

/// The type name of this source.
pub(super) const SOURCE: &str = "youtube";

/// A page and where the next one begins.
#[derive(Debug)]
pub(super) struct Read<T> {
    pub(super) items: Vec<Result<T, Wrong>>,
    pub(super) next: Option<String>,
}

/// A comment.
#[derive(Debug)]
pub(super) struct One {
    pub(super) id: String,
    pub(super) at: Timestamp,
    /// The video that it stands below.
    pub(super) video: Option<String>,
    pub(super) reading: Reading,
}

impl One {
    /// The same below this video, for answers that do not say so.
    pub(super) fn below(mut self, video: &str) -> Self {
        if let Reading::Mention(mention) = &mut self.reading {
            mention.url = Some(format!("https://www.youtube.com/watch?v={video}&lc={}", self.id));
            mention.extra.insert("video_id".to_owned(), video.into());
        }
        self.video = Some(video.to_owned());
        self
    }
}

/// A comment with the answers that came with it.
#[derive(Debug)]
pub(super) struct OneThread {
    pub(super) top: One,
    pub(super) replies: Vec<One>,
    /// How many answers there are.
    pub(super) total: u64,
    pub(super) video: Option<String>,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// Reads a page of comment threads.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn threads(bytes: &[u8], now: Timestamp) -> Result<Read<OneThread>, String> {
    page(bytes, |thread| one_thread(thread, now))
}

/// Reads a page of comments. Answers do not say below which video they stand, so that is told.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn comments(bytes: &[u8], video: Option<&str>, now: Timestamp) -> Result<Read<One>, String> {
    page(bytes, |comment| one(comment, video, None, now))
}

/// Reads a page of found videos: their ids and titles.
///
/// # Errors
///
/// What is wrong, when the bytes are no page.
pub(super) fn found(bytes: &[u8]) -> Result<Read<(String, String)>, String> {
    page(bytes, |found: Found| Ok((found.id.video_id, text::line_from_html(&found.snippet.title))))
}

/// The reason of a refusal: `quotaExceeded`, `commentsDisabled` …
pub(super) fn reason(body: &[u8]) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    refusal.error.errors.into_iter().next().map(|error| error.reason)
}

fn page<T: DeserializeOwned, U>(bytes: &[u8], read: impl Fn(T) -> Result<U, Rejection>) -> Result<Read<U>, String> {
    let page: PageOf = serde_json::from_slice(bytes).map_err(|error| format!("not a page: {error}"))?;
    let item = |raw: &serde_json::value::RawValue| {
        let shape = |error| Rejection::new(RejectReason::WrongShape, format!("not as expected: {error}"));
        let item = serde_json::from_str(raw.get()).map_err(shape).and_then(&read);
        item.map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
    };
    Ok(Read { items: page.items.iter().map(|raw| item(raw)).collect(), next: page.next_page_token })
}

fn one_thread(thread: Thread, now: Timestamp) -> Result<OneThread, Rejection> {
    let Thread { snippet, replies } = thread;
    let video = snippet.video_id.or_else(|| snippet.top_level_comment.snippet.video_id.clone());
    let top = one(snippet.top_level_comment, video.as_deref(), Some(snippet.total_reply_count), now)?;
    let replies = replies.map(|replies| replies.comments).unwrap_or_default();
    let replies = replies.into_iter().map(|reply| one(reply, video.as_deref(), None, now));
    Ok(OneThread { top, replies: replies.collect::<Result<_, _>>()?, total: snippet.total_reply_count, video })
}

fn one(comment: Comment, video: Option<&str>, replies: Option<u64>, now: Timestamp) -> Result<One, Rejection> {
    let Comment { id, snippet } = comment;
    let time = |text: &str| {
        let wrong = |error| Rejection::new(RejectReason::BadTime, format!("comment {id}: {error}"));
        Timestamp::parse(text).map_err(wrong)
    };
    let at = time(&snippet.published_at)?;
    let updated = snippet.updated_at.as_deref().map(time).transpose()?.filter(|updated| *updated > at);
    let text = text::tidy(&snippet.text_display);
    if text.is_empty() {
        return Ok(One { id, at, video: None, reading: Reading::Empty });
    }
    let mut mention = Mention::new(mention_id(&id), SOURCE, text, at);
    mention.kind = Kind::Comment;
    mention.site = Some("www.youtube.com".to_owned());
    mention.url = snippet.channel_id.map(|channel| format!("https://www.youtube.com/channel/{channel}"));
    let name = snippet.author_display_name.filter(|name| !name.is_empty());
    match name.as_deref().map(|name| name.strip_prefix('@').ok_or(name)) {
        Some(Ok(handle)) => mention.author.handle = Some(handle.to_owned()),
        Some(Err(name)) => mention.author.name = Some(name.to_owned()),
        None => {}
    }
    mention.author.id = snippet.author_channel_id.map(|id| id.value);
    // The first part of an answer's id is the comment that it answers.
    let parent = snippet.parent_id.or_else(|| id.split_once('.').map(|(parent, _)| parent.to_owned()));
    mention.thread_id = Some(mention_id(parent.as_deref().unwrap_or(&id)));
    mention.parent_id = parent.as_deref().map(mention_id);
    mention.engagement.likes = snippet.like_count;
    mention.engagement.replies = replies;
    mention.edited_at = updated;
    mention.revision = updated.map_or(0, millis);
    let one = One { id, at, video: None, reading: Reading::Mention(Box::new(mention.collected(now))) };
    Ok(match video.map(str::to_owned).or(snippet.video_id) {
        Some(video) => one.below(&video),
        None => one,
    })
}

/// The mention id of a comment.
pub(super) fn mention_id(id: &str) -> String {
    format!("{SOURCE}:{id}")
}

#[cfg(test)]
mod tests;
