#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn read(kind: &str, fields: Value) -> Reading {
    let mut data = json!({"name": format!("{kind}_abc"), "created_utc": 1_795_000_000.0, "edited": false,
        "author": "jan", "author_fullname": "t2_x", "subreddit": "phones", "score": 3, "replies": "",
        "permalink": "/r/phones/comments/abc/"});
    data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    thing(&json!({"kind": kind, "data": data}).to_string(), now()).unwrap().reading
}

fn mention(kind: &str, fields: Value) -> Mention {
    match read(kind, fields) {
        Reading::Mention(mention) => *mention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_comment_has_its_own_words_and_its_place() {
    let comment = mention(
        "t1",
        json!({
            "body": "> bought it\n\nDon't & <never>! See [this](https://example.org/a)",
            "body_html": "<div class=\"md\"><blockquote>\n<p>bought it</p>\n</blockquote>\n\n<p>Don&#39;t &amp; &lt;never&gt;! See <a href=\"https://example.org/a\">this</a></p>\n</div>",
            "parent_id": "t1_aaa", "link_id": "t3_zzz", "link_title": "Which phone?", "num_comments": 6707,
            "edited": 1_795_000_100.0,
        }),
    );
    assert_eq!((comment.id.as_str(), comment.kind), ("reddit:t1_abc", Kind::Comment));
    assert_eq!(comment.text, "Don't & <never>! See this");
    assert_eq!(comment.extra["links"], json!(["https://example.org/a"]));
    assert_eq!(
        (comment.parent_id.as_deref(), comment.thread_id.as_deref()),
        (Some("reddit:t1_aaa"), Some("reddit:t3_zzz"))
    );
    assert_eq!(comment.engagement.replies, None, "that number is its post's");
    assert_eq!(
        (comment.revision, comment.edited_at),
        (1_795_000_100_000, Some(Timestamp::from_seconds(1_795_000_100)))
    );
    assert_eq!(comment.published_at, Timestamp::from_seconds(1_795_000_000));
    assert_eq!((comment.author.id.as_deref(), comment.author.handle.as_deref()), (Some("t2_x"), Some("jan")));
    assert_eq!(comment.url.as_deref(), Some("https://www.reddit.com/r/phones/comments/abc/"));
}

#[test]
fn a_post_has_a_title_and_what_it_links_to() {
    let post = mention(
        "t3",
        json!({"title": "Repairable & cheap", "selftext": "", "selftext_html": null, "is_self": false,
            "url": "https://example.org/phone", "num_comments": 5, "score": -4}),
    );
    assert_eq!((post.title.as_deref(), post.text.as_str()), (Some("Repairable & cheap"), ""));
    assert_eq!(post.extra["links"], json!(["https://example.org/phone"]));
    assert_eq!(post.thread_id.as_deref(), Some("reddit:t3_abc"));
    assert_eq!((post.engagement.replies, post.engagement.likes), (Some(5), None));
}

#[test]
fn what_is_removed_says_by_whom() {
    let reason = |kind, fields| match read(kind, fields) {
        Reading::Gone { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason("t1", json!({"body": "[deleted]", "author": "[deleted]", "author_fullname": null})), "author");
    assert_eq!(reason("t1", json!({"body": "[removed]"})), "moderator");
    assert_eq!(
        reason("t3", json!({"title": "x", "selftext": "[removed]", "removed_by_category": "moderator"})),
        "moderator"
    );
    assert_eq!(
        reason("t3", json!({"title": "x", "selftext": "[deleted]", "removed_by_category": "deleted"})),
        "author"
    );
    assert_eq!(reason("t3", json!({"title": "x", "removed_by_category": "copyright_takedown"})), "site");
    // The account is gone, its words are not.
    let left = mention("t1", json!({"body": "good", "author": "[deleted]", "author_fullname": null}));
    assert_eq!((left.author.id, left.author.handle, left.text.as_str()), (None, None, "good"));
}

#[test]
fn what_is_wrong_stays_alone() {
    let page = json!({"kind": "Listing", "data": {"after": "t3_b", "children": [
        {"kind": "t3", "data": {"name": "t3_a", "created_utc": 1.0, "title": "fine", "is_self": true}},
        {"kind": "t3", "data": {"name": "t3_b", "title": "no time"}},
        {"kind": "t3", "data": {"name": ["t3_c"], "created_utc": 1.0}},
        {"kind": "t5", "data": {"name": "t5_d", "created_utc": 1.0}},
        {"kind": "t1", "data": {"name": "t1_e", "created_utc": 1.0, "body": "> only a quote", "body_html": "<blockquote>only a quote</blockquote>"}},
    ]}});
    let read = listing(page.to_string().as_bytes(), now()).unwrap();
    assert_eq!(read.after.as_deref(), Some("t3_b"));
    let reasons: Vec<_> =
        read.things.iter().filter_map(|one| one.as_ref().err()).map(|wrong| wrong.rejection.reason).collect();
    assert_eq!(reasons, [RejectReason::BadTime, RejectReason::WrongShape]);
    let readings: Vec<_> = read.things.into_iter().flatten().map(|one| one.reading).collect();
    assert!(matches!(readings[..], [Reading::Mention(_), Reading::Nothing, Reading::Empty]), "{readings:?}");
    assert!(listing(b"<html>", now()).is_err());
}

/// Id, author, time and length of the text.
type Expected = (&'static str, &'static str, i64, usize);

#[test]
fn real_pages_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/05-reddit");
    let expected: [(&str, usize, Expected); 3] = [
        (
            "TestSubredditStreams_test_comments__with_continue_after_id-1.json",
            100,
            ("reddit:t1_k3yrfii", "Acceptable-Bread-566", 1_696_754_768, 12),
        ),
        ("TestSubredditListings_test_new-1.json", 100, ("reddit:t3_48fbm9", "RedHeadQc", 1_456_821_458, 0)),
        (
            "TestComment_test_refresh__removed_comment-1.json",
            1,
            ("reddit:t1_dma3mi5", "Gooneybirdable", 1_504_014_047, 74),
        ),
    ];
    for (file, count, expected) in expected {
        let Ok(bytes) = fs::read(folder.join(file)) else { continue };
        let read = listing(&bytes, now()).unwrap();
        assert_eq!(read.things.len(), count, "{file}");
        let mentions: Vec<Mention> = read
            .things
            .into_iter()
            .filter_map(|one| match one.unwrap().reading {
                Reading::Mention(mention) => Some(*mention),
                _ => None,
            })
            .collect();
        let first = &mentions[0];
        let found = (
            first.id.as_str(),
            first.author.handle.as_deref().unwrap(),
            first.published_at.as_millis() / 1000,
            first.text.chars().count(),
        );
        assert_eq!(found, expected, "{file}");
        assert!(
            mentions.iter().all(|mention| mention.published_at < now() && !mention.text.contains("&amp;")),
            "{file}"
        );
    }
    if let Ok(bytes) = fs::read(folder.join("TestComment_test_refresh__deleted_comment-1.json")) {
        let read = listing(&bytes, now()).unwrap();
        assert!(matches!(read.things[0].as_ref().unwrap().reading, Reading::Gone { reason: "author" }));
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, time: f64, score: i64, html in "\\PC*") {
        let _ = listing(&bytes, now());
        let data = json!({"name": "t1_a", "created_utc": time, "score": score, "body_html": html, "edited": time, "url": html});
        let page = json!({"data": {"children": [{"kind": "t1", "data": data}, {"kind": "t3", "data": data}]}});
        let _ = listing(page.to_string().as_bytes(), now());
    }
}
