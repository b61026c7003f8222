//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::HashMap;

use hark_mention::{DropReason, Kind, Mention, RejectReason, Rejection, Timestamp};
use serde_json::value::RawValue;
use url::Url;

use super::{
    api::{Comment, Comments, Community, Person, Post, Posts, Single, View},
    markdown,
};
use crate::text::{self, PlainText};

/// The type name of this source.
pub(super) const SOURCE: &str = "lemmy";

/// The codes of languages by their numbers on one server.
pub(super) type Languages = HashMap<u32, String>;

/// A page of a list.
#[derive(Debug)]
pub(super) struct List<'a> {
    /// Each as it came, the newest first.
    pub(super) views: Vec<&'a RawValue>,
    /// Where the next page of posts begins.
    pub(super) next: Option<String>,
}

/// What was read about one post or comment.
#[derive(Debug)]
pub(super) struct Read {
    /// The server's own number of it.
    pub(super) id: u64,
    /// When it was published; `None` for what stands above the others whatever its time.
    pub(super) published: Option<Timestamp>,
    pub(super) reading: Reading,
    /// The comment that it answers, by this server's number.
    pub(super) parent: Option<u64>,
}

#[derive(Debug)]
pub(super) enum Reading {
    Mention(Box<Mention>),
    /// Taken back by its author or removed by a moderator.
    Gone(&'static str),
    /// Nothing to keep.
    Nothing(DropReason),
}

/// Cuts a list into its posts or comments.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn list(bytes: &[u8], of_posts: bool) -> Result<List<'_>, String> {
    let read = if of_posts {
        serde_json::from_slice::<Posts>(bytes).map(|page| List { views: page.posts, next: page.next_page })
    } else {
        serde_json::from_slice::<Comments>(bytes).map(|page| List { views: page.comments, next: None })
    };
    read.map_err(|error| format!("not a list: {error}"))
}

/// The post or comment in the answer to a question for one.
///
/// # Errors
///
/// What the bytes are instead, for a person.
pub(super) fn single(bytes: &[u8]) -> Result<&RawValue, String> {
    serde_json::from_slice::<Single>(bytes).map(|single| single.view).map_err(|error| format!("not an item: {error}"))
}

/// The number of something that cannot be read otherwise.
pub(super) fn id_of(bytes: &[u8]) -> Option<u64> {
    let json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    json.get("comment").or_else(|| json.get("post"))?.get("id")?.as_u64()
}

/// Reads a post or a comment.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are neither.
pub(super) fn view(bytes: &[u8], languages: &Languages, now: Timestamp) -> Result<Read, Rejection> {
    let wrong = |error: String| Rejection::new(RejectReason::WrongShape, format!("not a post or comment: {error}"));
    let view: View = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let View { post, comment, creator, community, counts } = view;
    let counted = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    let mut read = match (comment, post) {
        (Some(comment), post) => read_comment(comment, post, languages, now)?,
        (None, Some(post)) => read_post(post, languages, now)?,
        (None, None) => return Err(wrong("neither is there".to_owned())),
    };
    if let Reading::Mention(mention) = &mut read.reading {
        mention.engagement.likes = counted(counts.upvotes);
        mention.engagement.replies = counted(counts.comments.or(counts.child_count));
        sign(mention, creator, community);
    }
    Ok(read)
}

fn read_post(post: Post, languages: &Languages, now: Timestamp) -> Result<Read, Rejection> {
    let published = time(&post.published)?;
    let is_pinned = post.featured_community || post.featured_local;
    let mut read = Read {
        id: post.id,
        published: (!is_pinned).then_some(published),
        reading: Reading::Gone("author"),
        parent: None,
    };
    if let Some(gone) = gone(post.deleted, post.removed) {
        read.reading = gone;
        return Ok(read);
    }
    let body = markdown::own_words(post.body.as_deref().unwrap_or_default());
    let title = text::one_line(&post.name);
    if title.is_empty() && body.text.is_empty() {
        read.reading = Reading::Nothing(DropReason::Empty);
        return Ok(read);
    }
    let mut mention = mention(&post.ap_id, published, post.updated.as_deref(), body, post.url);
    mention.kind = Kind::Post;
    mention.title = Some(title).filter(|title| !title.is_empty());
    mention.thread_id = Some(mention.id.clone());
    mention.lang_hint = languages.get(&post.language_id).cloned();
    if let Some(alt) = post.alt_text.filter(|alt| !alt.trim().is_empty()) {
        mention.extra.insert("alt".to_owned(), vec![alt].into());
    }
    if post.nsfw {
        mention.extra.insert("nsfw".to_owned(), true.into());
    }
    read.reading = Reading::Mention(Box::new(mention.collected(now)));
    Ok(read)
}

fn read_comment(
    comment: Comment,
    post: Option<Post>,
    languages: &Languages,
    now: Timestamp,
) -> Result<Read, Rejection> {
    let published = time(&comment.published)?;
    // `0` is the post, the last one the comment itself.
    let above: Vec<u64> =
        comment.path.split('.').filter_map(|id| id.parse().ok()).filter(|id| *id != comment.id).collect();
    let parent = above.last().copied().filter(|id| *id != 0);
    let mut read = Read { id: comment.id, published: Some(published), reading: Reading::Gone("author"), parent };
    if let Some(gone) = gone(comment.deleted, comment.removed) {
        read.reading = gone;
        return Ok(read);
    }
    let body = markdown::own_words(&comment.content);
    if body.text.is_empty() {
        read.reading = Reading::Nothing(DropReason::Empty);
        return Ok(read);
    }
    let mut mention = mention(&comment.ap_id, published, comment.updated.as_deref(), body, None);
    mention.kind = Kind::Comment;
    mention.lang_hint = languages.get(&comment.language_id).cloned();
    if let Some(post) = post {
        let thread = mention_id(&post.ap_id);
        mention.parent_id = parent.is_none().then(|| thread.clone());
        mention.thread_id = Some(thread);
        mention.extra.insert("post_title".to_owned(), text::one_line(&post.name).into());
    }
    read.reading = Reading::Mention(Box::new(mention.collected(now)));
    Ok(read)
}

fn mention(ap_id: &str, published: Timestamp, updated: Option<&str>, body: PlainText, link: Option<String>) -> Mention {
    let mut mention = Mention::new(mention_id(ap_id), SOURCE, body.text, published);
    mention.url = Some(ap_id.to_owned());
    mention.site = host(ap_id);
    mention.edited_at = updated.and_then(|at| time(at).ok()).filter(|at| *at > published);
    mention.revision = mention.edited_at.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
    let links: Vec<String> = link.into_iter().filter(|link| link.starts_with("http")).chain(body.links).collect();
    if !links.is_empty() {
        mention.extra.insert("links".to_owned(), links.into());
    }
    mention
}

fn sign(mention: &mut Mention, creator: Person, community: Option<Community>) {
    mention.author.handle = Some(full_name(&creator.name, &creator.actor_id));
    mention.author.name = creator.display_name.filter(|name| !name.trim().is_empty());
    mention.author.id = Some(creator.actor_id);
    if creator.bot_account {
        mention.extra.insert("bot".to_owned(), true.into());
    }
    if let Some(community) = community {
        let name = full_name(&community.name, &community.actor_id);
        mention.extra.insert("community".to_owned(), name.into());
    }
}

fn gone(deleted: bool, removed: bool) -> Option<Reading> {
    match (deleted, removed) {
        (true, _) => Some(Reading::Gone("author")),
        (_, true) => Some(Reading::Gone("moderator")),
        _ => None,
    }
}

/// The mention id of what is known everywhere as `ap_id`.
fn mention_id(ap_id: &str) -> String {
    format!("{SOURCE}:{ap_id}")
}

/// `name@host`.
fn full_name(name: &str, actor_id: &str) -> String {
    host(actor_id).map_or_else(|| name.to_owned(), |host| format!("{name}@{host}"))
}

fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Reads a time; versions before 0.19.4 leave the `Z` of UTC out.
fn time(text: &str) -> Result<Timestamp, Rejection> {
    let utc = || Timestamp::parse(&format!("{text}Z"));
    Timestamp::parse(text).or_else(|_| utc()).map_err(|error| Rejection::new(RejectReason::BadTime, error.to_string()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn languages() -> Languages {
        HashMap::from([(0, "und".to_owned()), (39, "nl".to_owned())])
    }

    fn read(json: serde_json::Value) -> Read {
        view(json.to_string().as_bytes(), &languages(), now()).unwrap()
    }

    fn mention(read: Read) -> Mention {
        match read.reading {
            Reading::Mention(mention) => *mention,
            other => panic!("{other:?}"),
        }
    }

    fn post(fields: serde_json::Value) -> serde_json::Value {
        let mut post = serde_json::json!({"id": 10, "ap_id": "https://lemmy.example/post/10", "name": "Een  telefoon",
            "url": "https://example.org/test", "body": "> citaat\n\n**Goed**", "published": "2026-11-22T08:00:00.106789Z",
            "deleted": false, "removed": false, "nsfw": false, "language_id": 39});
        post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::json!({"post": post, "creator": {"name": "ann", "display_name": "Ann",
            "actor_id": "https://lemmy.example/u/ann", "bot_account": false},
            "community": {"name": "phones", "actor_id": "https://other.example/c/phones"},
            "counts": {"score": 4, "upvotes": 5, "downvotes": 1, "comments": 2}})
    }

    #[test]
    fn a_post_and_a_comment_below_it() {
        let read_post = read(post(serde_json::json!({})));
        assert_eq!(
            (read_post.id, read_post.published.map(|at| at.to_string())),
            (10, Some("2026-11-22T08:00:00.106Z".into()))
        );
        let first = mention(read_post);
        assert_eq!((first.id.as_str(), first.text.as_str()), ("lemmy:https://lemmy.example/post/10", "Goed"));
        assert_eq!((first.title.as_deref(), first.lang_hint.as_deref()), (Some("Een telefoon"), Some("nl")));
        assert_eq!(first.author.handle.as_deref(), Some("ann@lemmy.example"));
        assert_eq!(first.extra["community"], "phones@other.example");
        assert_eq!((first.engagement.likes, first.engagement.replies), (Some(5), Some(2)));
        let mut json = post(serde_json::json!({}));
        json["comment"] = serde_json::json!({"id": 200, "ap_id": "https://far.example/comment/9", "content": "Nee",
            "path": "0.100.200", "published": "2026-11-22T09:00:00", "updated": "2026-11-22T10:00:00Z"});
        let answer = read(json.clone());
        assert_eq!((answer.id, answer.parent), (200, Some(100)));
        let answer = mention(answer);
        assert_eq!((answer.kind, answer.thread_id.as_deref()), (Kind::Comment, Some(first.id.as_str())));
        assert_eq!((answer.parent_id.as_deref(), answer.edited_at.is_some()), (None, true));
        json["comment"]["path"] = "0.200".into();
        assert_eq!(mention(read(json)).parent_id.as_deref(), Some(first.id.as_str()));
    }

    #[test]
    fn what_is_gone_or_pinned() {
        assert!(matches!(read(post(serde_json::json!({"deleted": true}))).reading, Reading::Gone("author")));
        assert!(matches!(read(post(serde_json::json!({"removed": true}))).reading, Reading::Gone("moderator")));
        assert_eq!(read(post(serde_json::json!({"featured_local": true}))).published, None);
        let reason =
            |json: serde_json::Value| view(json.to_string().as_bytes(), &languages(), now()).unwrap_err().reason;
        assert_eq!(reason(post(serde_json::json!({"published": "soon"}))), RejectReason::BadTime);
        assert_eq!(reason(serde_json::json!({"creator": {"name": "a", "actor_id": "b"}})), RejectReason::WrongShape);
    }

    #[test]
    fn real_lists_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/09-lemmy");
        let expected = [
            ("v3_post_list.json", true, vec![(50_908_658, "2026-08-20T20:31:39.106Z", 718 + 28)]),
            ("v3_post_without_timezone.json", true, vec![(1, "2026-08-20T20:31:39.106Z", 0)]),
            (
                "v3_comment_list.json",
                false,
                vec![(200, "2026-08-21T11:00:00.000Z", 4), (100, "2026-08-21T10:00:00.000Z", 9)],
            ),
        ];
        for (name, of_posts, expected) in expected {
            let Ok(bytes) = fs::read(folder.join(name)) else { continue };
            let page = list(&bytes, of_posts).unwrap();
            assert_eq!(page.next.is_some(), name == "v3_post_list.json");
            let views = page.views.iter().map(|json| view(json.get().as_bytes(), &languages(), now()).unwrap());
            let found: Vec<_> = views
                .map(|read| (read.id, read.published.unwrap().to_string(), mention(read).engagement.likes.unwrap()))
                .collect();
            let expected: Vec<_> = expected.into_iter().map(|(id, at, likes)| (id, at.to_owned(), likes)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*", path in "[0-9.]{0,20}") {
            let _ = view(&bytes, &languages(), now());
            let _ = (list(&bytes, true).is_ok(), list(&bytes, false).is_ok(), single(&bytes).is_ok(), id_of(&bytes));
            let mut json = post(serde_json::json!({"body": text, "ap_id": text, "name": text}));
            json["comment"] = serde_json::json!({"id": 1, "ap_id": text, "content": text, "path": path,
                "published": "2026-11-22T09:00:00", "updated": text});
            let _ = view(json.to_string().as_bytes(), &languages(), now());
        }
    }
}
