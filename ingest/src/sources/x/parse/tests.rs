#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::PathBuf};

use serde_json::json;

use super::*;
use crate::sources::x::api::{Line, SearchPage};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

/// An id of a post that was written at `time`.
fn id(time: &str) -> u64 {
    first_id(Timestamp::parse(time).unwrap()) + 1
}

fn read(json: &Value, includes: Value) -> Mention {
    let includes: Includes = serde_json::from_value(includes).unwrap();
    match super::post(json, &Included::new(&includes), now()).unwrap() {
        What::Post(mention) => *mention,
        What::Nothing(reason) => panic!("{reason:?}"),
    }
}

fn mention(fields: Value) -> Mention {
    let mut post = json!({"id": id("2026-11-22T10:00:00Z").to_string(), "text": "hi", "author_id": "7"});
    post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    read(&post, json!({}))
}

#[test]
fn a_post_has_its_author_numbers_and_time() {
    let post = read(
        &json!({"id": "2060000000000000001", "text": "Batterij vervangen in 2 minuten #fp5", "author_id": "7",
            "created_at": "2026-05-28T09:08:07.000Z", "lang": "nl", "conversation_id": "2060000000000000001",
            "edit_history_tweet_ids": ["2060000000000000001"],
            "entities": {"hashtags": [{"start": 32, "end": 36, "tag": "fp5"}]},
            "public_metrics": {"retweet_count": 2, "reply_count": 3, "like_count": 5, "quote_count": 1, "impression_count": 900}}),
        json!({"users": [{"id": "7", "username": "ann", "name": "Ann", "public_metrics": {"followers_count": 12}}]}),
    );
    assert_eq!((post.id.as_str(), post.kind), ("x:2060000000000000001", Kind::Post));
    assert_eq!(post.url.as_deref(), Some("https://x.com/ann/status/2060000000000000001"));
    assert_eq!((post.author.id.as_deref(), post.author.followers), (Some("7"), Some(12)));
    assert_eq!(post.engagement.shares, Some(3));
    assert_eq!((post.lang_hint.as_deref(), post.revision), (Some("nl"), 0));
    assert_eq!(post.published_at.to_string(), "2026-05-28T09:08:07.000Z");
    assert_eq!(post.extra["tags"], json!(["fp5"]));
}

#[test]
fn a_long_text_comes_whole_with_its_own_links() {
    let words = "woord ".repeat(100);
    let text = format!("{words}zie https://t.co/aaaa");
    let start = text.chars().count() - "https://t.co/aaaa".len();
    let post = mention(json!({"text": "woord woord…", "note_tweet": {"text": text, "entities":
        {"urls": [{"start": start, "end": start + 17, "url": "https://t.co/aaaa", "expanded_url": "https://repair.example/lang"}]}}}));
    assert_eq!(post.text, format!("{words}zie https://repair.example/lang"));
}

#[test]
fn offsets_count_code_points_of_the_text_as_it_is_sent() {
    // The flag is two code points, the face one; the ampersand stands as five.
    let text = "🇳🇱😀 R&amp;D &lt;3 https://t.co/bbbb &amp;lt; https://t.co/cccc";
    let place = |what: &str| text.split(what).next().unwrap().chars().count();
    let link = |short: &str, full: &str| json!({"start": place(short), "end": place(short) + 17, "url": short, "expanded_url": full});
    let urls = json!({"urls": [link("https://t.co/cccc", "https://c.example/?a=1&amp=2"), link("https://t.co/bbbb", "https://b.example/")]});
    let expected = "🇳🇱😀 R&D <3 https://b.example/ &lt; https://c.example/?a=1&amp=2";
    assert_eq!(mention(json!({"text": text, "entities": urls})).text, expected);
    // Offsets in other units still find the short address.
    let mut wrong = urls;
    wrong["urls"][1]["start"] = (place("https://t.co/bbbb") + 5).into();
    wrong["urls"][1]["end"] = 9_999.into();
    assert_eq!(mention(json!({"text": text, "entities": wrong})).text, expected);
}

#[test]
fn what_stands_for_pictures_and_quotations_is_no_text() {
    let post = read(
        &json!({"id": "5", "text": "Kijk https://t.co/pict https://t.co/quot", "attachments": {"media_keys": ["3_1"]},
            "referenced_tweets": [{"type": "quoted", "id": "4"}],
            "entities": {"urls": [
                {"start": 5, "end": 22, "url": "https://t.co/pict", "expanded_url": "https://x.com/a/status/5/photo/1", "media_key": "3_1"},
                {"start": 23, "end": 40, "url": "https://t.co/quot", "expanded_url": "https://x.com/b/status/4?s=20"}]}}),
        json!({"media": [{"media_key": "3_1", "type": "photo", "alt_text": "Een open telefoon"}],
            "tweets": [{"id": "4", "text": "the words of somebody else"}]}),
    );
    assert_eq!(post.text, "Kijk");
    assert_eq!((&post.extra["alt"], &post.extra["quoted"]), (&json!(["Een open telefoon"]), &json!(["x:4"])));
}

#[test]
fn all_versions_are_one_mention() {
    let (first, second) = (id("2026-11-22T10:00:00Z"), id("2026-11-22T10:20:00Z"));
    let history = [first.to_string(), second.to_string()];
    let edit = mention(
        json!({"id": second.to_string(), "created_at": "2026-11-22T10:20:00.000Z", "edit_history_tweet_ids": history}),
    );
    assert_eq!(edit.id, format!("x:{first}"));
    assert_eq!(edit.published_at.to_string(), "2026-11-22T10:00:00.000Z");
    assert_eq!(edit.edited_at.unwrap().to_string(), "2026-11-22T10:20:00.000Z");
    assert_eq!(edit.revision, 1_795_342_800_000);
    assert!(edit.url.unwrap().ends_with(&first.to_string()));
}

#[test]
fn answers_know_what_they_answer_and_reposts_are_nobodys_words() {
    let answer = mention(
        json!({"conversation_id": "1", "lang": "qme", "referenced_tweets": [{"type": "replied_to", "id": "3"}]}),
    );
    assert_eq!((answer.kind, answer.parent_id.as_deref()), (Kind::Comment, Some("x:3")));
    assert_eq!((answer.thread_id.as_deref(), answer.lang_hint), (Some("x:1"), None));
    let repost = json!({"id": "9", "text": "RT @a: cut…", "referenced_tweets": [{"type": "retweeted", "id": "3"}]});
    assert!(matches!(super::post(&repost, &Included::default(), now()), Ok(What::Nothing(DropReason::NotAMention))));
    let reason = |post: Value| super::post(&post, &Included::default(), now()).unwrap_err().reason;
    assert_eq!(reason(json!({"id": 9, "text": "x"})), RejectReason::WrongShape);
    assert_eq!(reason(json!({"id": "nine", "text": "x"})), RejectReason::WrongShape);
    assert_eq!(reason(json!({"id": "9", "text": "x", "created_at": "yesterday"})), RejectReason::BadTime);
}

#[test]
fn what_is_gone_says_why() {
    let line = |action: &str, reason: &str| {
        let json = json!({"id": "1234567890", "action": action, "created_at": "2024-01-10T12:00:00.000Z",
            "redacted_at": "2024-01-12T08:30:00.000Z", "reason": reason});
        redaction(json.to_string().as_bytes(), now()).unwrap()
    };
    let delete = line("delete", "deleted").unwrap();
    assert_eq!((delete.id.as_str(), delete.reason.as_deref()), ("x:1234567890", Some("author")));
    assert_eq!(delete.at.to_string(), "2024-01-12T08:30:00.000Z");
    assert_eq!(line("delete", "suspended").unwrap().reason.as_deref(), Some("suspended"));
    assert_eq!(line("delete", "scrub_geo"), None, "the post itself stays");
    assert!(redaction(b"<html>", now()).is_err());
}

#[test]
fn ids_tell_their_time() {
    assert_eq!(id_time(1_212_092_628_029_698_048).to_string(), "2019-12-31T19:26:16.771Z");
    let time = Timestamp::parse("2026-11-22T10:00:00.000Z").unwrap();
    assert_eq!(id_time(first_id(time)), time);
    assert_eq!(first_id(Timestamp::EPOCH), 0);
}

fn sample(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/14-x");
    fs::read(folder.join(name)).ok()
}

#[test]
fn real_answers_are_read() {
    if let Some(bytes) = sample("docs_recent-search_9.json") {
        let page: SearchPage = serde_json::from_slice(&bytes).unwrap();
        let included = Included::new(&page.includes);
        let Ok(What::Post(post)) = super::post(&page.data[0], &included, now()) else { panic!() };
        assert_eq!((post.id.as_str(), post.author.handle.as_deref()), ("x:1234567890123456789", Some("pythondev")));
        assert_eq!(
            (post.published_at.to_string().as_str(), post.engagement.likes),
            ("2024-01-15T10:30:00.000Z", Some(42))
        );
        assert_eq!(post.text.chars().count(), 43);
    }
    if let Some(bytes) = sample("docs_quickstart_11.json") {
        let line: Line = serde_json::from_slice(&bytes).unwrap();
        let Ok(What::Post(post)) = super::post(&line.data.unwrap(), &Included::new(&line.includes), now()) else {
            panic!()
        };
        assert_eq!((post.id.as_str(), post.author.handle.as_deref()), ("x:1234567890", Some("catperson")));
    }
    if let Some(bytes) = sample("docs_introduction_3.json") {
        let line: Line = serde_json::from_slice(&bytes).unwrap();
        let Ok(What::Post(post)) = super::post(&line.data.unwrap(), &Included::default(), now()) else { panic!() };
        assert_eq!(post.id, "x:1234567890", "the id of the first version");
        assert!(post.revision > 0);
    }
    for name in ["docs_consuming-streaming-data_1.json", "docs_response-codes-and-errors_1.json"] {
        if let Some(bytes) = sample(name) {
            let json: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(json["errors"].is_array(), "{name}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC*", start: usize, end: usize, number: u64, other: u64) {
        let urls = json!([{"start": start, "end": end, "url": text, "expanded_url": "https://a.example/"},
            {"start": start % 9, "end": end % 9, "url": "https://t.co/a"}]);
        let post = json!({"id": number.to_string(), "text": text, "entities": {"urls": urls},
            "edit_history_tweet_ids": [number.to_string(), other.to_string()]});
        let _ = super::post(&post, &Included::default(), now());
        let _ = redaction(text.as_bytes(), now());
    }
}
