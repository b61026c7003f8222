//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;
use url::Url;

use super::api::{Latest, Post};
use crate::text;

/// The type name of this source.
pub(super) const SOURCE: &str = "discourse";

/// What one post is.
#[derive(Debug)]
pub(super) enum Reading {
    Mention(Box<Mention>),
    /// Taken back by its author, or hidden.
    Gone(&'static str),
    /// Nothing that a person said.
    Nothing(DropReason),
}

/// A post that was read: the forum's number of it, and its topic if it began one.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) id: u64,
    pub(super) begins: Option<u64>,
    pub(super) published: Option<Timestamp>,
    pub(super) reading: Reading,
}

/// Cuts a list into its posts, each as it came.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn list(bytes: &[u8]) -> Result<Vec<&RawValue>, String> {
    let latest: Result<Latest, _> = serde_json::from_slice(bytes);
    latest.map(|latest| latest.latest_posts).map_err(|error| format!("not a list of posts: {error}"))
}

/// The number of a post that cannot be read otherwise.
pub(super) fn id_of(bytes: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(bytes).ok()?.get("id")?.as_u64()
}

/// Reads one post of the forum at `base`; `title` is that of its topic, where the post does not tell.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no post.
pub(super) fn post(bytes: &[u8], title: Option<&str>, base: &Url, now: Timestamp) -> Result<Read, Rejection> {
    let wrong = |error| Rejection::new(RejectReason::WrongShape, format!("not a post: {error}"));
    let post: Post = serde_json::from_slice(bytes).map_err(wrong)?;
    let (id, begins) = (post.id, (post.post_number == 1).then_some(post.topic_id));
    let published = post.created_at.as_deref().and_then(|at| Timestamp::parse(at).ok());
    let reading = match reason_to_leave_out(&post) {
        Some(reading) => reading,
        None => {
            let no_time = || Rejection::new(RejectReason::BadTime, format!("post {id} has no readable time"));
            let mention = mention(post, title, published.ok_or_else(no_time)?, base, now);
            let is_empty = mention.text.is_empty() && mention.title.is_none();
            if is_empty { Reading::Nothing(DropReason::Empty) } else { Reading::Mention(Box::new(mention)) }
        }
    };
    Ok(Read { id, begins, published, reading })
}

fn reason_to_leave_out(post: &Post) -> Option<Reading> {
    if post.user_deleted || post.deleted_at.is_some() {
        return Some(Reading::Gone(if post.user_deleted { "author" } else { "moderator" }));
    }
    if post.hidden {
        return Some(Reading::Gone("moderator"));
    }
    let is_by_the_forum = post.user_id.is_some_and(|id| id < 0);
    (!matches!(post.post_type, 1 | 2) || is_by_the_forum).then_some(Reading::Nothing(DropReason::NotAMention))
}

fn mention(post: Post, title: Option<&str>, published: Timestamp, base: &Url, now: Timestamp) -> Mention {
    let body = text::own_words(&post.cooked, Some(base));
    let mut mention = Mention::new(format!("{SOURCE}:{}", key(base, post.id)), SOURCE, body.text, published);
    let topic_title = post.topic_title.as_deref().or(title).map(text::one_line).filter(|title| !title.is_empty());
    mention.kind = if post.post_number == 1 { Kind::Post } else { Kind::Comment };
    let slug = if post.topic_slug.is_empty() { "-" } else { &post.topic_slug };
    mention.url = Some(format!("{base}t/{slug}/{}/{}", post.topic_id, post.post_number));
    mention.site = base.host_str().map(str::to_owned);
    mention.author.id = post.user_id.map(|id| key(base, id));
    mention.author.handle = Some(post.username).filter(|name| !name.is_empty());
    mention.author.name = post.name.filter(|name| !name.trim().is_empty());
    // The number of the post that began the topic is not told with its answers, so the topic's number stands for it.
    mention.thread_id = Some(format!("{SOURCE}:{}", key(base, format!("t{}", post.topic_id))));
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    let likes = post.actions_summary.iter().find(|action| action.id == 2).and_then(|action| action.count);
    mention.engagement.likes = Some(count(likes).unwrap_or_default());
    mention.engagement.replies = count(post.reply_count);
    mention.engagement.views = count(post.reads);
    if post.version > 1 {
        mention.edited_at = post.updated_at.as_deref().and_then(|at| Timestamp::parse(at).ok());
        mention.revision = mention.edited_at.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
    }
    let mut extra = |key: &str, value: serde_json::Value| mention.extra.insert(key.to_owned(), value);
    if let Some(number) = post.reply_to_post_number {
        extra("reply_to_post_number", number.into());
    }
    if !body.links.is_empty() {
        extra("links", body.links.into());
    }
    match topic_title {
        Some(title) if post.post_number == 1 => mention.title = Some(title),
        Some(title) => drop(extra("topic_title", title.into())),
        None => {}
    }
    mention.collected(now)
}

/// What a post or an account of a forum is called among those of all forums.
pub(super) fn key(base: &Url, id: impl std::fmt::Display) -> String {
    let host = base.host_str().unwrap_or_default();
    let path = base.path().trim_end_matches('/');
    match base.port() {
        Some(port) => format!("{host}:{port}{path}:{id}"),
        None => format!("{host}{path}:{id}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn base() -> Url {
        Url::parse("https://forum.example.org/").unwrap()
    }

    fn read(fields: serde_json::Value) -> Reading {
        let mut json = serde_json::json!({
            "id": 15, "name": "Ann", "username": "ann", "created_at": "2026-11-22T08:00:00.123Z",
            "cooked": "<p>Good.</p>", "post_number": 2, "post_type": 1, "updated_at": "2026-11-22T09:00:00.000Z",
            "reply_count": 3, "reads": 7, "topic_id": 11, "topic_slug": "a-phone", "topic_title": "A phone",
            "reply_to_post_number": null, "version": 1, "user_id": 4, "hidden": false, "deleted_at": null,
            "user_deleted": false, "actions_summary": [{"id": 2, "count": 5}]
        });
        json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        post(json.to_string().as_bytes(), None, &base(), now()).unwrap().reading
    }

    fn mention(fields: serde_json::Value) -> Mention {
        match read(fields) {
            Reading::Mention(mention) => *mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_and_the_post_that_it_answers() {
        let quote = r#"<aside class="quote" data-username="bob"><blockquote><p>It is bad.</p></blockquote></aside><p>No &amp; never <img src="x" class="emoji" alt=":slight_smile:"></p>"#;
        let answer = mention(serde_json::json!({"cooked": quote, "reply_to_post_number": 1}));
        assert_eq!((answer.id.as_str(), answer.kind), ("discourse:forum.example.org:15", Kind::Comment));
        assert_eq!((answer.text.as_str(), answer.title.as_deref()), ("No & never :slight_smile:", None));
        assert_eq!(answer.extra["topic_title"], "A phone");
        assert_eq!(answer.url.as_deref(), Some("https://forum.example.org/t/a-phone/11/2"));
        assert_eq!(answer.author.id.as_deref(), Some("forum.example.org:4"));
        assert_eq!((answer.engagement.likes, answer.engagement.replies, answer.revision), (Some(5), Some(3), 0));
        let first = mention(serde_json::json!({"post_number": 1, "version": 2}));
        assert_eq!((first.kind, first.title.as_deref()), (Kind::Post, Some("A phone")));
        assert_eq!(first.edited_at.unwrap().to_string(), "2026-11-22T09:00:00.000Z");
        assert_eq!(first.thread_id, answer.thread_id);
    }

    #[test]
    fn what_is_gone_and_what_nobody_said() {
        assert!(matches!(read(serde_json::json!({"user_deleted": true})), Reading::Gone("author")));
        assert!(matches!(read(serde_json::json!({"hidden": true})), Reading::Gone("moderator")));
        for nothing in [serde_json::json!({"post_type": 3}), serde_json::json!({"user_id": -1})] {
            assert!(matches!(read(nothing), Reading::Nothing(DropReason::NotAMention)));
        }
        let reason = |bytes: &[u8]| post(bytes, None, &base(), now()).unwrap_err().reason;
        assert_eq!(reason(b"<html>"), RejectReason::WrongShape);
        assert_eq!(reason(br#"{"id":1,"topic_id":1,"post_number":1,"cooked":"x"}"#), RejectReason::BadTime);
    }

    #[test]
    fn real_posts_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/10-discourse");
        if let Ok(bytes) = fs::read(folder.join("discourse_api_posts_latest.json")) {
            let read = |post_json: &&RawValue| post(post_json.get().as_bytes(), None, &base(), now()).unwrap();
            let posts: Vec<Read> = list(&bytes).unwrap().iter().map(read).collect();
            let found = posts.iter().filter_map(|read| match &read.reading {
                Reading::Mention(mention) => Some((read.id, mention.published_at.to_string(), mention.text.len())),
                _ => None,
            });
            let found: Vec<_> = found.take(3).collect();
            // And none of the system's own.
            let expected = [(15, "2020-01-25T02:10:07.971Z", 16), (14, "2020-01-25T00:58:35.475Z", 29)];
            assert_eq!(found, expected.map(|(id, at, length)| (id, at.to_owned(), length)));
        }
        if let Ok(bytes) = fs::read(folder.join("discourse_api_topic.json")) {
            let topic: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            let title = topic["title"].as_str();
            for json in topic["post_stream"]["posts"].as_array().unwrap() {
                let read = post(json.to_string().as_bytes(), title, &base(), now()).unwrap();
                // One is a picture that says nothing of itself.
                let says_something = !matches!(read.reading, Reading::Nothing(DropReason::Empty));
                assert_eq!(says_something, read.id != 86, "{read:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, number: u64, html in "\\PC*") {
            let _ = post(&bytes, None, &base(), now());
            let _ = (list(&bytes), id_of(&bytes));
            let json = serde_json::json!({"id": number, "topic_id": number, "post_number": number, "cooked": html,
                "created_at": "2026-11-22T08:00:00Z", "version": number, "updated_at": html});
            let _ = post(json.to_string().as_bytes(), Some(&html), &base(), now());
        }
    }
}
