//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use super::api::{Comment, Connection, PageInfo, Post, User};
use crate::{quotes, text, watch::Reading};

/// The type name of this source.
pub(super) const SOURCE: &str = "producthunt";

/// A launch or a comment.
#[derive(Debug)]
pub(super) struct One {
    /// The part of the mention's id behind `producthunt:`.
    pub(super) key: String,
    pub(super) at: Timestamp,
    pub(super) reading: Reading,
}

/// What cannot be used, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) raw: String,
    pub(super) rejection: Rejection,
}

/// A launch and a page of its comments.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) post: One,
    pub(super) slug: String,
    /// Newest first, each followed by its answers.
    pub(super) comments: Vec<Result<Thread, Wrong>>,
    /// Where the next page of comments begins.
    pub(super) next: Option<String>,
}

/// A comment and its newest answers.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) top: One,
    pub(super) replies: Vec<Result<One, Wrong>>,
}

/// Reads a launch.
///
/// # Errors
///
/// What cannot be used.
pub(super) fn launch(raw: &RawValue, now: Timestamp) -> Result<Launch, Wrong> {
    one(raw, |post: Post| {
        let (key, at) = (format!("post:{}", post.id), time("post", &post.id, &post.created_at)?);
        let (comments, next) = match &post.comments {
            Some(page) => (threads(page, &key, now), next_page(page.page_info.as_ref())),
            None => (Vec::new(), None),
        };
        let slug = post.slug.clone();
        let reading = post_reading(post, &key, at, now);
        Ok(Launch { post: One { key, at, reading }, slug, comments, next })
    })
}

/// Reads a comment of the launch with the key `post`; `None` when that is not known.
///
/// # Errors
///
/// What cannot be used.
pub(super) fn thread(raw: &RawValue, post: Option<&str>, now: Timestamp) -> Result<Thread, Wrong> {
    one(raw, |comment: Comment| {
        let replies = comment.replies.as_ref().map(|replies| replies.edges.iter()).into_iter().flatten();
        let replies = replies.map(|edge| one(&edge.node, |reply: Comment| comment_one(reply, post, now))).collect();
        Ok(Thread { top: comment_one(comment, post, now)?, replies })
    })
}

fn threads(page: &Connection, post: &str, now: Timestamp) -> Vec<Result<Thread, Wrong>> {
    page.edges.iter().map(|edge| thread(&edge.node, Some(post), now)).collect()
}

fn one<T: DeserializeOwned, U>(raw: &RawValue, read: impl FnOnce(T) -> Result<U, Rejection>) -> Result<U, Wrong> {
    let shape = |error| Rejection::new(RejectReason::WrongShape, format!("not as expected: {error}"));
    let read = serde_json::from_str(raw.get()).map_err(shape).and_then(read);
    read.map_err(|rejection| Wrong { raw: raw.get().to_owned(), rejection })
}

fn post_reading(post: Post, key: &str, at: Timestamp, now: Timestamp) -> Reading {
    let parts = [Some(post.tagline), post.description].into_iter().flatten();
    let words: Vec<String> = parts.map(|part| text::tidy(&part)).filter(|part| !part.is_empty()).collect();
    let mut mention = Mention::new(mention_id(key), SOURCE, words.join("\n\n"), at);
    mention.title = Some(text::one_line(&post.name)).filter(|name| !name.is_empty());
    mention.thread_id = Some(mention.id.clone());
    mention.url = Some(without_tracking(&post.url));
    mention.engagement.likes = post.votes_count;
    mention.engagement.replies = post.comments_count;
    finished(mention, post.user, now)
}

fn comment_one(comment: Comment, post: Option<&str>, now: Timestamp) -> Result<One, Rejection> {
    let (key, at) = (format!("comment:{}", comment.id), time("comment", &comment.id, &comment.created_at)?);
    let base = Url::parse("https://www.producthunt.com/").ok();
    let body = text::from_html(&quotes::without_quotes(&comment.body), base.as_ref());
    let mut mention = Mention::new(mention_id(&key), SOURCE, body.text, at);
    mention.kind = Kind::Comment;
    mention.url = comment.url.as_deref().map(without_tracking);
    mention.thread_id = post.map(mention_id);
    let parent = comment.parent_id.map(|id| mention_id(&format!("comment:{id}")));
    mention.parent_id = parent.or_else(|| mention.thread_id.clone());
    mention.engagement.likes = comment.votes_count;
    if !body.links.is_empty() {
        mention.extra.insert("links".to_owned(), body.links.into());
    }
    Ok(One { key, at, reading: finished(mention, comment.user, now) })
}

fn finished(mut mention: Mention, user: Option<User>, now: Timestamp) -> Reading {
    if mention.text.is_empty() && mention.title.is_none() {
        return Reading::Empty;
    }
    mention.site = Some("www.producthunt.com".to_owned());
    let is_hidden = |name: &Option<String>| name.as_deref().is_some_and(|name| name.contains("[REDACTED]"));
    if let Some(user) = user.filter(|user| !is_hidden(&user.username) && !is_hidden(&user.name)) {
        mention.author.id = user.id;
        mention.author.handle = user.username;
        mention.author.name = user.name.filter(|name| !name.is_empty());
    }
    Reading::Mention(Box::new(mention.collected(now)))
}

/// An address without what the site adds to it to know where readers come from.
fn without_tracking(url: &str) -> String {
    url.split_once("?utm_").map_or(url, |(bare, _)| bare).to_owned()
}

/// Where the next page begins, if there is one.
pub(super) fn next_page(info: Option<&PageInfo>) -> Option<String> {
    let info = info.filter(|info| info.has_next_page)?;
    info.end_cursor.clone().filter(|cursor| !cursor.is_empty())
}

fn time(what: &str, id: &str, text: &str) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).map_err(|error| Rejection::new(RejectReason::BadTime, format!("{what} {id}: {error}")))
}

/// The mention id of a key.
fn mention_id(key: &str) -> String {
    format!("{SOURCE}:{key}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn comment(id: &str, fields: Value) -> Value {
        let mut comment = json!({"id": id, "body": "<p>Nice &amp; fast</p>", "url": format!("https://www.producthunt.com/posts/p?comment={id}"),
            "createdAt": "2026-11-02T10:00:00Z", "parentId": null, "votesCount": 3, "user": {"id": "7", "username": "jan", "name": "Jan"}});
        comment.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        comment
    }

    fn mention(reading: &Reading) -> &Mention {
        match reading {
            Reading::Mention(mention) => mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_launch_has_comments_and_they_have_answers() {
        let replies = json!({"replies": {"edges": [{"node": comment("3", json!({"parentId": "2", "user": {"id": "0", "username": "[REDACTED]", "name": "[REDACTED]"}}))}]}});
        let post = json!({"id": "1", "name": "Phone", "tagline": "Lasts long", "description": "Repair it.", "slug": "p",
            "url": "https://www.producthunt.com/posts/p?utm_campaign=x", "createdAt": "2026-11-01T10:00:00Z", "votesCount": 120, "commentsCount": 7,
            "user": null, "comments": {"edges": [{"node": comment("2", replies)}, {"node": {"id": 5}}], "pageInfo": {"hasNextPage": true, "endCursor": "c"}}});
        let launch = launch(&to_raw_value(&post).unwrap(), now()).unwrap();
        let top = mention(&launch.post.reading);
        assert_eq!(
            (top.id.as_str(), top.title.as_deref(), top.text.as_str()),
            ("producthunt:post:1", Some("Phone"), "Lasts long\n\nRepair it.")
        );
        assert_eq!(
            (top.url.as_deref(), launch.next.as_deref()),
            (Some("https://www.producthunt.com/posts/p"), Some("c"))
        );
        assert_eq!((top.engagement.likes, top.engagement.replies), (Some(120), Some(7)));
        let [Ok(thread), Err(wrong)] = &launch.comments[..] else { panic!("{:?}", launch.comments) };
        assert_eq!(wrong.rejection.reason, RejectReason::WrongShape);
        let first = mention(&thread.top.reading);
        assert_eq!((first.text.as_str(), first.parent_id.as_deref()), ("Nice & fast", Some("producthunt:post:1")));
        assert_eq!((first.author.handle.as_deref(), first.author.id.as_deref()), (Some("jan"), Some("7")));
        let reply = mention(&thread.replies.first().unwrap().as_ref().unwrap().reading);
        assert_eq!(
            (reply.parent_id.as_deref(), reply.thread_id.as_deref()),
            (Some("producthunt:comment:2"), Some("producthunt:post:1"))
        );
        assert_eq!((&reply.author.handle, &reply.author.id), (&None, &None));
    }

    #[test]
    fn what_is_wrong_says_why() {
        let read = |value: Value| thread(&to_raw_value(&value).unwrap(), None, now());
        assert_eq!(
            read(comment("1", json!({"createdAt": "soon"}))).unwrap_err().rejection.reason,
            RejectReason::BadTime
        );
        assert_eq!(read(comment("1", json!({"body": "<br>"}))).unwrap().top.reading, Reading::Empty);
    }

    #[test]
    fn a_page_in_the_official_shape_is_read() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/sources/samples/19-producthunt/posts.json");
        let Ok(bytes) = std::fs::read(path) else { return };
        let mut page: Value = serde_json::from_slice(&bytes).unwrap();
        let node = page.pointer_mut("/data/posts/edges/0/node").unwrap();
        // The sample was not asked for its time of creation.
        node.as_object_mut().unwrap().insert("createdAt".to_owned(), "2026-06-16T00:00:00Z".into());
        let launch = launch(&to_raw_value(node).unwrap(), now()).unwrap();
        let post = mention(&launch.post.reading);
        assert_eq!(
            (post.id.as_str(), post.engagement.likes, launch.slug.as_str()),
            ("producthunt:post:1", Some(120), "alpha")
        );
        assert_eq!((post.author.handle.as_deref(), post.text.chars().count()), (Some("hunter1"), 5));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(json in "\\PC*", text in "\\PC*") {
            let _ = thread(&to_raw_value(&comment(&json, json!({"body": text, "url": text, "createdAt": text}))).unwrap(), Some(&text), now());
            if let Ok(raw) = RawValue::from_string(json) {
                let _ = (thread(&raw, None, now()), launch(&raw, now()));
            }
        }
    }
}
