#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use serde_json::json;

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

#[test]
fn a_post_on_a_page_has_its_numbers_and_its_author() {
    let json = json!({"id": "100_200", "message": "Nieuwe batterijen\r\nop voorraad", "created_time": "2026-11-20T10:00:00+0100",
        "updated_time": "2026-11-21T10:00:00+0000", "from": {"id": "100", "name": "Repair shop"},
        "permalink_url": "https://www.facebook.com/100/posts/200", "shares": {"count": 2},
        "comments": {"data": [], "summary": {"total_count": 5}}, "reactions": {"data": [], "summary": {"total_count": 9}}});
    let Post { id, updated, comments, mention } = Network::Facebook.post(&json, "100", now()).unwrap();
    assert_eq!((id.as_str(), comments, mention.id.as_str()), ("100_200", 5, "facebook:100_200"));
    assert_eq!(mention.published_at.to_string(), "2026-11-20T09:00:00.000Z");
    assert_eq!(updated, Timestamp::parse("2026-11-21T10:00:00Z").unwrap().as_millis());
    assert_eq!((mention.text.as_str(), mention.engagement.likes), ("Nieuwe batterijen\nop voorraad", Some(9)));
    assert_eq!((mention.author.name.as_deref(), &mention.extra["own"]), (Some("Repair shop"), &json!(true)));
    // Without the permission nobody is named, and pictures have no words.
    let bare = Network::Facebook.post(&json!({"id": "1", "created_time": "2026-11-20T10:00:00+0000"}), "100", now());
    let bare = bare.unwrap().mention;
    assert_eq!((bare.text.as_str(), bare.author.id), ("", None));
}

#[test]
fn comments_know_what_they_answer() {
    let comment = json!({"id": "200_300", "message": "Eindelijk", "created_time": "2026-11-20T11:00:00+0000",
        "from": {"id": "7", "name": "Ann"}, "parent": {"id": "200_299"}, "like_count": 1});
    let read = Network::Facebook.comments(&comment, "100_200", "100", now()).remove(0).unwrap();
    assert_eq!((read.id.as_str(), read.mention.kind), ("200_300", Kind::Comment));
    assert_eq!(read.mention.parent_id.as_deref(), Some("facebook:200_299"));
    assert_eq!(read.mention.thread_id.as_deref(), Some("facebook:100_200"));
    let comment = json!({"id": "31", "text": "Mooi", "timestamp": "2026-11-20T11:00:00+0000", "username": "ann",
        "replies": {"data": [{"id": "32", "text": "Dank", "timestamp": "2026-11-20T12:00:00+0000", "username": "shop"},
            {"id": "33"}]}});
    let read = Network::Instagram.comments(&comment, "30", "17", now());
    let ids: Vec<_> = read.iter().map(|read| read.as_ref().ok().map(|comment| comment.id.as_str())).collect();
    assert_eq!(ids, [Some("31"), Some("32"), None], "a broken answer costs only itself");
    let answer = &read[1].as_ref().unwrap().mention;
    assert_eq!(
        (answer.parent_id.as_deref(), answer.thread_id.as_deref()),
        (Some("instagram:31"), Some("instagram:30"))
    );
    assert_eq!(answer.author.handle.as_deref(), Some("shop"));
}

#[test]
fn times_are_read_with_and_without_a_colon() {
    for text in
        ["2021-08-10T18:45:03+0000", "2021-08-10T18:45:03+00:00", "2021-08-10T18:45:03Z", "2021-08-10T20:45:03+0200"]
    {
        assert_eq!(time(text).unwrap().to_string(), "2021-08-10T18:45:03.000Z", "{text}");
    }
    for wrong in ["", "é", "yesterday", "2021-08-10"] {
        assert_eq!(time(wrong).unwrap_err().reason, RejectReason::BadTime);
    }
}

#[test]
fn real_answers_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/15-meta");
    let list = |name: &str| {
        let json: Value = serde_json::from_slice(&fs::read(folder.join(name)).ok()?).unwrap();
        Some(json["data"].as_array().unwrap().clone())
    };
    let Some(feed) = list("fb_feed_fields_p1.json") else { return };
    let posts: Vec<_> = feed.iter().map(|json| Network::Facebook.post(json, "4", now()).unwrap().mention).collect();
    assert_eq!(posts.len(), 5);
    assert_eq!((posts[0].id.as_str(), posts[0].text.chars().count()), ("facebook:4_10113477241177441", 18));
    assert_eq!(posts[0].published_at.to_string(), "2021-07-04T19:50:58.000Z");
    let tagged = list("ig_users_tagged_medias.json").unwrap();
    let tagged: Vec<_> = tagged.iter().map(|json| Network::Instagram.post(json, "1", now()).unwrap().mention).collect();
    assert_eq!((tagged[2].id.as_str(), tagged[2].engagement.replies), ("instagram:17846368219941692", Some(6)));
    assert_eq!(tagged[2].published_at.to_string(), "2020-02-13T10:35:40.000Z");
    assert_eq!(tagged[4].text, "", "a picture without words");
    let comments = list("ig_medias_comments_p1.json").unwrap();
    let comment = Network::Instagram.comments(&comments[0], "17846368219941692", "1", now()).remove(0).unwrap();
    assert_eq!((comment.id.as_str(), comment.mention.text.len()), ("17858154961981086", 10));
    for json in list("ig_hashtags_hashtag_recent_medias_p1.json").unwrap() {
        assert_eq!(Network::Instagram.post(&json, "1", now()).unwrap().mention.extra["published_at_assumed"], true);
    }
    // These were recorded without ids, which the source always asks for.
    for json in list("fb_comments_p1.json").unwrap() {
        assert!(Network::Facebook.comments(&json, "1", "1", now())[0].is_err());
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC*", written in "\\PC{0,30}") {
        let _ = time(&written);
        let json = json!({"id": text, "message": text, "caption": text, "text": text, "created_time": written, "timestamp": written});
        for network in [Network::Facebook, Network::Instagram] {
            let _ = network.post(&json, &text, now());
            network.comments(&json, &text, &text, now());
        }
    }
}
