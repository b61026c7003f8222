//! Bytes → mentions. Pure.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use hark_mention::{Kind, Mention, RejectReason, Rejection, Timestamp};
use sha2::{Digest, Sha256};
use url::Url;

use super::api::ApiItem;
use crate::text;

/// The type name of this source.
pub(super) const SOURCE: &str = "hackernews";

/// What the live interface says about an id.
#[derive(Debug)]
pub(super) enum Reading {
    /// `null`: not there yet, or never.
    Missing,
    /// Removed by its author or by the moderators.
    Gone {
        /// `author` or `moderator`.
        reason: &'static str,
    },
    /// Something that nobody says, such as an option of a poll; or nothing at all.
    Nothing,
    /// A story or comment.
    Mention(Box<Mention>),
}

/// Where an item hangs in its discussion.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// What it answers; a story answers nothing.
    pub(super) parent: Option<u64>,
    pub(super) title: Option<String>,
}

/// The mention id of an item.
pub(super) fn mention_id(id: u64) -> String {
    format!("{SOURCE}:{id}")
}

/// Reads an item.
///
/// # Errors
///
/// A [`Rejection`] when the bytes are no item.
pub(super) fn item(bytes: &[u8], now: Timestamp) -> Result<(Reading, Place), Rejection> {
    let wrong = |error| Rejection::new(RejectReason::WrongShape, format!("not an item: {error}"));
    let Some(item) = serde_json::from_slice::<Option<ApiItem>>(bytes).map_err(wrong)? else {
        return Ok((Reading::Missing, Place::default()));
    };
    let title = item.title.as_deref().map(text::line_from_html).filter(|title| !title.is_empty());
    let place = Place { parent: item.parent, title: title.clone() };
    if item.deleted || item.dead {
        return Ok((Reading::Gone { reason: if item.deleted { "author" } else { "moderator" } }, place));
    }
    let Some(kind) = kind(&item, title.as_deref()) else { return Ok((Reading::Nothing, place)) };
    let Some(time) = item.time else {
        return Err(Rejection::new(RejectReason::BadTime, format!("item {} has no time", item.id)));
    };
    let body = text::from_html(item.text.as_deref().unwrap_or_default(), None);
    if body.text.is_empty() && title.is_none() {
        return Ok((Reading::Nothing, place));
    }
    Ok((Reading::Mention(Box::new(mention(item, kind, title, body, time, now))), place))
}

fn kind(item: &ApiItem, title: Option<&str>) -> Option<Kind> {
    match item.kind.as_str() {
        "story" if title.is_some_and(|title| title.starts_with("Ask HN")) => Some(Kind::Question),
        "story" | "job" => Some(Kind::Post),
        "poll" => Some(Kind::Question),
        "comment" => Some(Kind::Comment),
        _ => None,
    }
}

fn mention(
    item: ApiItem,
    kind: Kind,
    title: Option<String>,
    body: text::PlainText,
    time: i64,
    now: Timestamp,
) -> Mention {
    let mut mention = Mention::new(mention_id(item.id), SOURCE, body.text, Timestamp::from_seconds(time));
    mention.kind = kind;
    mention.url = Some(format!("https://news.ycombinator.com/item?id={}", item.id));
    mention.site = Some("news.ycombinator.com".to_owned());
    mention.title = title;
    // The site asks for English.
    mention.lang_hint = Some("en".to_owned());
    mention.author.id.clone_from(&item.by);
    mention.author.handle = item.by;
    mention.parent_id = item.parent.map(mention_id);
    // A story begins its discussion; that of a comment has to be looked for.
    mention.thread_id = item.parent.is_none().then(|| mention_id(item.id));
    mention.engagement.likes = item.score.and_then(|score| u64::try_from(score).ok());
    mention.engagement.replies = item.descendants.and_then(|replies| u64::try_from(replies).ok());
    let link = item.url.as_deref().and_then(|link| Url::parse(link).ok());
    let links: Vec<String> = link.map(Into::into).into_iter().chain(body.links).collect();
    if !links.is_empty() {
        mention.extra.insert("links".to_owned(), links.into());
    }
    mention.collected(now)
}

/// What a mention says (48 bits) and how much others reacted (16 bits): points and comments count as changed when
/// they have about doubled, so that a story on the front page is not published anew every minute.
pub(super) fn fingerprint(mention: &Mention) -> u64 {
    let mut hasher = Sha256::new();
    for part in [mention.title.as_deref().unwrap_or_default(), &mention.text] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let content = hasher.finalize().iter().take(6).fold(0, |hash, byte| hash << 8 | u64::from(*byte));
    let magnitude = |count: Option<u64>| u64::from(count.unwrap_or_default().checked_ilog2().map_or(0, |log| log + 1));
    content << 16 | magnitude(mention.engagement.likes) << 8 | magnitude(mention.engagement.replies)
}

/// Whether two fingerprints are of the same words.
pub(super) fn same_words(one: u64, other: u64) -> bool {
    one >> 16 == other >> 16
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use std::{fs, path::Path};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn read(json: &str) -> Reading {
        item(json.as_bytes(), now()).unwrap().0
    }

    fn mention(json: &str) -> Mention {
        match read(json) {
            Reading::Mention(mention) => *mention,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn stories_and_comments_are_told_apart() {
        let story = mention(
            r#"{"id":1,"type":"story","by":"ann","time":1795000000,"title":"Repairable &amp; cheap phones","url":"https://example.org/a?b=1","score":5,"descendants":2,"kids":[2]}"#,
        );
        assert_eq!((story.id.as_str(), story.kind, story.text.as_str()), ("hackernews:1", Kind::Post, ""));
        assert_eq!(story.title.as_deref(), Some("Repairable & cheap phones"));
        assert_eq!(story.thread_id.as_deref(), Some("hackernews:1"));
        assert_eq!(story.extra["links"], serde_json::json!(["https://example.org/a?b=1"]));
        assert_eq!((story.engagement.likes, story.engagement.replies), (Some(5), Some(2)));
        let comment = mention(
            r#"{"id":2,"type":"comment","by":"bob","time":1795000060,"parent":1,"text":"I don&#x27;t.<p>See <a href=\"https:&#x2F;&#x2F;example.org&#x2F;long-path\" rel=\"nofollow\">https:&#x2F;&#x2F;example.org&#x2F;lo...</a>"}"#,
        );
        assert_eq!(comment.text, "I don't.\n\nSee https://example.org/long-path");
        assert_eq!((comment.kind, comment.parent_id.as_deref()), (Kind::Comment, Some("hackernews:1")));
        let ask = mention(
            r#"{"id":3,"type":"story","time":1,"title":"Ask HN: Which phone?","text":"I <i>wonder</i>","url":""}"#,
        );
        assert_eq!((ask.kind, ask.text.as_str()), (Kind::Question, "I wonder"));
    }

    #[test]
    fn what_is_missing_gone_or_nothing() {
        assert!(matches!(read("null"), Reading::Missing));
        assert!(matches!(
            read(r#"{"id":1,"deleted":true,"type":"comment","time":1}"#),
            Reading::Gone { reason: "author" }
        ));
        let dead = r#"{"id":1,"dead":true,"type":"comment","time":1,"text":"[dead]"}"#;
        assert!(matches!(read(dead), Reading::Gone { reason: "moderator" }));
        assert!(matches!(read(r#"{"id":1,"type":"pollopt","time":1,"text":"yes"}"#), Reading::Nothing));
        assert!(matches!(read(r#"{"id":1,"type":"comment","time":1}"#), Reading::Nothing));
        assert_eq!(item(b"<html>", now()).unwrap_err().reason, RejectReason::WrongShape);
        assert_eq!(item(br#"{"id":1,"type":"story","title":"x"}"#, now()).unwrap_err().reason, RejectReason::BadTime);
    }

    #[test]
    fn a_fingerprint_changes_with_the_words_and_when_reactions_double() {
        let with = |title: &str, score: u64| {
            fingerprint(&mention(&format!(r#"{{"id":1,"type":"story","time":1,"title":"{title}","score":{score}}}"#)))
        };
        assert_eq!(with("a", 5), with("a", 7));
        assert_ne!(with("a", 7), with("a", 8));
        assert!(same_words(with("a", 7), with("a", 8)));
        assert!(!same_words(with("a", 7), with("b", 7)));
    }

    #[test]
    fn real_items_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/04-hackernews");
        // Author, time, points, letters of title and text.
        let expected = [
            (8863, "dhouston", 1_175_714_200, Some(111), (46, 0)),
            (121_003, "tel", 1_203_647_620, Some(25), (22, 628)),
            (2_921_983, "norvig", 1_314_211_127, None, (0, 135)),
        ];
        for (id, author, at, points, letters) in expected {
            let Ok(bytes) = fs::read(folder.join(format!("firebase_item_{id}.json"))) else { continue };
            let Ok((Reading::Mention(read), _)) = item(&bytes, now()) else { panic!("{id}") };
            assert_eq!((read.id, read.author.handle.as_deref()), (mention_id(id), Some(author)));
            assert_eq!((read.published_at.as_millis(), read.engagement.likes), (at * 1000, points));
            let title = read.title.map_or(0, |title| title.chars().count());
            assert_eq!((title, read.text.chars().count()), letters, "{id}");
        }
        for file in fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&file).unwrap();
            if name.starts_with("firebase_item") {
                let (reading, _) = item(&bytes, now()).unwrap_or_else(|error| panic!("{name}: {}", error.error));
                let Reading::Mention(mention) = reading else {
                    assert!(name.contains("160705"), "{name}: {reading:?}");
                    continue;
                };
                assert!(!mention.text.contains("&#x") && !mention.text.contains("<p>"), "{name}");
                assert!(mention.published_at < now() && mention.author.handle.is_some(), "{name}");
            } else if name.starts_with("algolia_python-hn_1") {
                let page: super::super::api::SearchPage = serde_json::from_slice(&bytes).unwrap();
                assert!(page.hits.iter().all(|hit| hit.object_id.parse::<u64>().is_ok()), "{name}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, score: i64, time: i64, html in "\\PC*") {
            let _ = item(&bytes, now());
            let json = serde_json::json!({"id":1,"type":"story","time":time,"score":score,"title":html,"text":html});
            if let Ok((Reading::Mention(mention), _)) = item(json.to_string().as_bytes(), now()) {
                fingerprint(&mention);
            }
        }
    }
}
