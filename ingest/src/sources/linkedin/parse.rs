//! Entries of lists → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api::{Comment, Post};
use crate::text::tidy;

/// The type name of this source.
pub(super) const SOURCE: &str = "linkedin";

/// The mention id of a post or comment: its URN.
pub(super) fn mention_id(urn: &str) -> String {
    format!("{SOURCE}:{urn}")
}

/// A comment.
#[derive(Debug)]
pub(super) struct Read {
    /// Its number below the post.
    pub(super) id: String,
    pub(super) urn: String,
    /// Answers to it.
    pub(super) answers: u64,
    pub(super) mention: Mention,
}

fn read<T: DeserializeOwned>(json: &Value) -> Result<T, Rejection> {
    T::deserialize(json).map_err(|error| Rejection::new(RejectReason::WrongShape, format!("not as expected: {error}")))
}

/// Reads a post of the organisation `own`; `None` for one that is not public yet, or no longer.
///
/// # Errors
///
/// A [`Rejection`] when it has not the shape of one.
pub(super) fn post(json: &Value, own: &str, now: Timestamp) -> Result<Option<Mention>, Rejection> {
    let post: Post = read(json)?;
    if !matches!(post.lifecycle_state.as_str(), "" | "PUBLISHED") {
        return Ok(None);
    }
    let published = post
        .published_at
        .or(post.created_at)
        .ok_or_else(|| Rejection::new(RejectReason::BadTime, format!("{} has no time", short(&post.id))))?;
    let words = plain(&post.commentary);
    let mut mention = Mention::new(mention_id(&post.id), SOURCE, tidy(&words.text), Timestamp::from_millis(published));
    mention.thread_id = Some(mention.id.clone());
    if let Some(edited) =
        post.last_modified_at.filter(|edited| post.lifecycle_state_info.is_edited_by_author && *edited > published)
    {
        set_edited(&mut mention, edited);
    }
    fill(&mut mention, &post.id, post.author, own);
    let article = post.content.as_ref().and_then(|content| content.get("article"));
    let said = |key: &str| article.and_then(|article| article.get(key)).and_then(Value::as_str).map(Value::from);
    let quoted = post.reshare_context.and_then(|reshare| reshare.parent).map(|urn| vec![mention_id(&urn)].into());
    let tags = Some(words.tags).filter(|tags| !tags.is_empty()).map(Value::from);
    let links = said("source").map(|link| Value::Array(vec![link]));
    for (key, value) in [("tags", tags), ("links", links), ("link_title", said("title")), ("quoted", quoted)] {
        mention.extra.extend(value.map(|value| (key.to_owned(), value)));
    }
    Ok(Some(mention.collected(now)))
}

/// Reads a comment below the post with the URN `post`.
///
/// # Errors
///
/// A [`Rejection`] when it has not the shape of one.
pub(super) fn comment(json: &Value, post: &str, own: &str, now: Timestamp) -> Result<Read, Rejection> {
    let comment: Comment = read(json)?;
    // A post has several names; the comments know it by another one than the list of posts.
    let object = comment.object.as_deref().unwrap_or(post);
    let urn =
        comment.comment_urn.or(comment.urn).unwrap_or_else(|| format!("urn:li:comment:({object},{})", comment.id));
    let text = comment.message.map(|message| message.text).unwrap_or_default();
    let created = comment.created.time;
    let mut mention = Mention::new(mention_id(&urn), SOURCE, tidy(&text), Timestamp::from_millis(created));
    mention.kind = Kind::Comment;
    mention.parent_id = Some(mention_id(comment.parent_comment.as_deref().unwrap_or(post)));
    mention.thread_id = Some(mention_id(post));
    if let Some(edited) = comment.last_modified.map(|moment| moment.time).filter(|edited| *edited > created) {
        set_edited(&mut mention, edited);
    }
    mention.engagement.likes = comment.likes_summary.and_then(|likes| likes.total_likes);
    let answers = comment.comments_summary.and_then(|comments| comments.aggregated_total_comments);
    mention.engagement.replies = answers;
    fill(&mut mention, object, comment.actor, own);
    Ok(Read { id: comment.id, urn, answers: answers.unwrap_or_default(), mention: mention.collected(now) })
}

fn set_edited(mention: &mut Mention, millis: i64) {
    mention.edited_at = Some(Timestamp::from_millis(millis));
    mention.revision = u64::try_from(millis).unwrap_or_default();
}

/// `place` is the URN of the post that the words are on or below.
fn fill(mention: &mut Mention, place: &str, author: String, own: &str) {
    mention.url = Some(format!("https://www.linkedin.com/feed/update/{place}/"));
    mention.site = Some("linkedin.com".to_owned());
    if author == own {
        mention.extra.insert("own".to_owned(), true.into());
    }
    mention.author.id = Some(author);
}

/// What a text says without its marks.
struct Words {
    text: String,
    tags: Vec<String>,
}

/// Takes the marks out of a text: `@[Ann](urn:li:person:1)` is `Ann`, `{hashtag|\#|repair}` is `#repair`, and a
/// backslash stands before each letter that would be a mark.
///
/// Source: <https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format>.
fn plain(marked: &str) -> Words {
    let mut words = Words { text: String::with_capacity(marked.len()), tags: Vec::new() };
    let mut rest = marked;
    while let Some(letter) = rest.chars().next() {
        if let Some((name, after)) = named(rest) {
            words.text.push_str(&unescaped(name));
            rest = after;
        } else if let Some((tag, after)) = hashtag(rest) {
            let tag = unescaped(tag);
            words.text.push('#');
            words.text.push_str(&tag);
            words.tags.push(tag);
            rest = after;
        } else {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            match (letter, after.chars().next()) {
                ('\\', Some(escaped)) => {
                    words.text.push(escaped);
                    rest = after.get(escaped.len_utf8()..).unwrap_or_default();
                }
                _ => {
                    words.text.push(letter);
                    rest = after;
                }
            }
        }
    }
    words
}

/// A name at the beginning: `@[Ann](urn:…)`.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix("@[")?.split_once("](")?;
    let (urn, after) = after.split_once(')')?;
    urn.starts_with("urn:li:").then_some((name, after))
}

/// A hashtag at the beginning: `{hashtag|\#|repair}`.
fn hashtag(text: &str) -> Option<(&str, &str)> {
    let (mark, after) = text.strip_prefix("{hashtag|")?.split_once('|')?;
    let (tag, after) = after.split_once('}')?;
    matches!(mark, "\\#" | "#" | "\\＃" | "＃").then_some((tag, after))
}

fn unescaped(text: &str) -> String {
    let mut letters = text.chars();
    let mut out = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        out.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    out
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use serde_json::json;

    use super::*;

    const OWN: &str = "urn:li:organization:12";

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    #[test]
    fn a_post_is_read_without_its_marks() {
        let json = json!({"id": "urn:li:share:71", "author": OWN, "publishedAt": 1_795_000_000_000_i64,
            "lastModifiedAt": 1_795_000_600_000_i64, "lifecycleState": "PUBLISHED", "lifecycleStateInfo": {"isEditedByAuthor": true},
            "commentary": "Dank @[Ann \\(NL\\)](urn:li:person:ab-1) \\(en 😀\\) voor {hashtag|\\#|reparatie} \\\\o/ a@[b",
            "content": {"article": {"source": "https://repair.example/x", "title": "Repair"}}});
        let post = post(&json, OWN, now()).unwrap().unwrap();
        assert_eq!(
            (post.id.as_str(), post.text.as_str()),
            ("linkedin:urn:li:share:71", "Dank Ann (NL) (en 😀) voor #reparatie \\o/ a@[b")
        );
        assert_eq!((post.revision, &post.extra["tags"]), (1_795_000_600_000, &json!(["reparatie"])));
        assert_eq!((&post.extra["own"], &post.extra["links"]), (&json!(true), &json!(["https://repair.example/x"])));
        let draft = json!({"id": "urn:li:share:72", "author": OWN, "lifecycleState": "DRAFT"});
        assert!(super::post(&draft, OWN, now()).unwrap().is_none());
        let untimed = json!({"id": "urn:li:share:73", "author": OWN, "lifecycleState": "PUBLISHED"});
        assert_eq!(super::post(&untimed, OWN, now()).unwrap_err().reason, RejectReason::BadTime);
    }

    #[test]
    fn comments_hang_on_the_post_that_was_asked_for() {
        let json = json!({"id": "72", "commentUrn": "urn:li:comment:(urn:li:activity:70,72)", "object": "urn:li:activity:70",
            "actor": "urn:li:person:xy", "created": {"time": 1_795_000_000_000_i64}, "lastModified": {"time": 1_795_000_060_000_i64},
            "message": {"text": "Mooi werk", "attributes": []}, "likesSummary": {"totalLikes": 2},
            "commentsSummary": {"aggregatedTotalComments": 1}});
        let read = comment(&json, "urn:li:share:71", OWN, now()).unwrap();
        assert_eq!(read.mention.id, "linkedin:urn:li:comment:(urn:li:activity:70,72)");
        assert_eq!(read.mention.parent_id.as_deref(), Some("linkedin:urn:li:share:71"));
        assert_eq!((read.answers, read.mention.revision), (1, 1_795_000_060_000));
        let answer = json!({"id": "73", "object": "urn:li:activity:70", "actor": OWN, "created": {"time": 5}, "lastModified": {"time": 5},
            "parentComment": "urn:li:comment:(urn:li:activity:70,72)", "message": {"text": "Dank"}});
        let answer = comment(&answer, "urn:li:share:71", OWN, now()).unwrap();
        assert_eq!(answer.urn, "urn:li:comment:(urn:li:activity:70,73)");
        assert_eq!(answer.mention.parent_id.as_deref(), Some("linkedin:urn:li:comment:(urn:li:activity:70,72)"));
        assert_eq!((answer.mention.revision, &answer.mention.extra["own"]), (0, &json!(true)));
    }

    #[test]
    fn real_comments_are_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/sources/samples/16-linkedin/socialActions_comments.json");
        let Ok(bytes) = fs::read(file) else { return };
        let list: super::super::api::List = serde_json::from_slice(&bytes).unwrap();
        let own = "urn:li:organization:96072893";
        let read: Vec<_> =
            list.elements.iter().map(|json| comment(json, "urn:li:share:1", own, now()).unwrap()).collect();
        assert_eq!(read.len(), 2);
        let (first, second) = (&read[0].mention, &read[1].mention);
        assert_eq!(first.id, "linkedin:urn:li:comment:(urn:li:activity:7095684521727016961,7095684947448897536)");
        assert_eq!((first.published_at.as_millis(), first.revision, read[0].answers), (1_691_743_122_924, 0, 2));
        assert_eq!((first.author.id.as_deref(), first.engagement.likes), (Some("urn:li:person:zLqTygBP8S"), Some(2)));
        assert_eq!((second.author.id.as_deref(), second.text.chars().count()), (Some(own), 22));
        assert_eq!(second.extra["own"], true);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC*", marks in "[@\\[\\](){}|#\\\\a]{0,40}", time: i64) {
            plain(&text);
            plain(&marks);
            let json = json!({"id": text, "author": text, "actor": text, "commentary": marks, "publishedAt": time,
                "created": {"time": time}, "lastModified": {"time": time}, "message": {"text": marks}});
            let _ = post(&json, &text, now());
            let _ = comment(&json, &text, &text, now());
        }
    }
}
