#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn comment(id: &str, fields: Value) -> Value {
    let mut snippet = json!({"authorDisplayName": "@jan", "authorChannelId": {"value": "UCjan"}, "likeCount": 2,
        "textDisplay": "Good\r\nphone", "publishedAt": "2026-11-01T10:00:00Z", "updatedAt": "2026-11-01T10:00:00Z"});
    snippet.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"kind": "youtube#comment", "id": id, "snippet": snippet})
}

fn mention(reading: &Reading) -> &Mention {
    match reading {
        Reading::Mention(mention) => mention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_thread_has_a_comment_and_its_answers() {
    let page = json!({"nextPageToken": "next", "pageInfo": {"totalResults": 1_000_000}, "items": [{
        "id": "Ugx", "snippet": {"videoId": "vid", "totalReplyCount": 7, "topLevelComment": comment("Ugx", json!({"updatedAt": "2026-11-02T10:00:00.000Z"}))},
        "replies": {"comments": [comment("Ugx.9a", json!({"parentId": "Ugx", "authorDisplayName": "Old Name", "authorChannelId": null}))]},
    }]});
    let read = threads(page.to_string().as_bytes(), now()).unwrap();
    assert_eq!(read.next.as_deref(), Some("next"));
    let thread = read.items[0].as_ref().unwrap();
    assert_eq!((thread.total, thread.video.as_deref(), thread.replies.len()), (7, Some("vid"), 1));
    let top = mention(&thread.top.reading);
    assert_eq!((top.id.as_str(), top.text.as_str(), top.kind), ("youtube:Ugx", "Good\nphone", Kind::Comment));
    assert_eq!(top.url.as_deref(), Some("https://www.youtube.com/watch?v=vid&lc=Ugx"));
    assert_eq!((top.author.handle.as_deref(), top.author.id.as_deref()), (Some("jan"), Some("UCjan")));
    assert_eq!((top.engagement.likes, top.engagement.replies), (Some(2), Some(7)));
    assert_eq!(top.edited_at, Some(Timestamp::parse("2026-11-02T10:00:00Z").unwrap()));
    assert_eq!((top.parent_id.as_deref(), top.thread_id.as_deref()), (None, Some("youtube:Ugx")));
    let reply = mention(&thread.replies[0].reading);
    assert_eq!((reply.parent_id.as_deref(), reply.thread_id.as_deref()), (Some("youtube:Ugx"), Some("youtube:Ugx")));
    assert_eq!((reply.author.name.as_deref(), reply.author.handle.as_deref()), (Some("Old Name"), None));
    assert_eq!((reply.revision, reply.edited_at), (0, None));
}

#[test]
fn what_is_wrong_stays_alone() {
    let page = json!({"items": [
        comment("a", json!({"publishedAt": "yesterday"})),
        comment("b", json!({"likeCount": "many"})),
        comment("c", json!({"textDisplay": " "})),
        comment("d.e", json!({})),
    ]});
    let read = comments(page.to_string().as_bytes(), Some("vid"), now()).unwrap();
    let reasons: Vec<_> =
        read.items.iter().filter_map(|one| one.as_ref().err()).map(|wrong| wrong.rejection.reason).collect();
    assert_eq!(reasons, [RejectReason::BadTime, RejectReason::WrongShape]);
    assert_eq!(read.items[2].as_ref().unwrap().reading, Reading::Empty);
    let reply = mention(&read.items[3].as_ref().unwrap().reading);
    assert_eq!((reply.parent_id.as_deref(), reply.extra["video_id"].as_str()), (Some("youtube:d"), Some("vid")));
    assert!(comments(b"<html>", None, now()).is_err());
}

#[test]
fn refusals_and_found_videos_are_read() {
    let refusal = json!({"error": {"code": 403, "message": "The request cannot be completed because you have exceeded your <a href=\"/youtube/v3/getting-started#quota\">quota</a>.", "errors": [{"domain": "youtube.quota", "reason": "quotaExceeded"}]}});
    assert_eq!(reason(refusal.to_string().as_bytes()).as_deref(), Some("quotaExceeded"));
    assert_eq!(reason(b"<html>"), None);
    let page = json!({"items": [{"id": {"kind": "youtube#video", "videoId": "vid"}, "snippet": {"title": "Fast &amp; cheap"}}]});
    assert_eq!(
        found(page.to_string().as_bytes()).unwrap().items[0].as_ref().unwrap(),
        &("vid".to_owned(), "Fast & cheap".to_owned())
    );
}

#[test]
fn real_pages_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/06-youtube");
    let file = |name: &str| fs::read(folder.join(name)).ok();
    // Id, author, time and length of the text.
    let check = |one: &One, id: &str, author: &str, at: &str, length: usize| {
        let mention = mention(&one.reading);
        assert_eq!((one.id.as_str(), mention.author.id.as_deref()), (id, Some(author)));
        assert_eq!((one.at, mention.text.chars().count()), (Timestamp::parse(at).unwrap(), length));
    };
    if let Some(bytes) = file("comment_threads_by_video_paged_1.json") {
        let read = threads(&bytes, now()).unwrap();
        assert!(read.next.is_some() && read.items.len() == 5);
        let second = read.items[1].as_ref().unwrap();
        check(&second.top, "Ugy4OzAuz5uJuFt3FH54AaABAg", "UCGBUkig1Ala-Z2gF73WSTdw", "2019-11-21T19:18:39Z", 48);
    }
    if let Some(bytes) = file("comment_threads_with_search.json") {
        let read = threads(&bytes, now()).unwrap();
        let only = read.items[0].as_ref().unwrap();
        assert_eq!((only.video.as_deref(), read.next), (None, None));
        check(&only.top, "UgyUBI0HsgL9emxcZpR4AaABAg", "UCTWlvHQQXUs-4IVfdnGOUbw", "2019-06-23T02:49:00Z", 5);
    }
    if let Some(bytes) = file("comments_by_parent_paged_1.json") {
        let read = comments(&bytes, None, now()).unwrap();
        let first = read.items[0].as_ref().unwrap();
        check(
            first,
            "Ugw5zYU6n9pmIgAZWvN4AaABAg.91zT3cYb5B291za6voUoRh",
            "UCNvMBmCASzTNNX8lW3JRMbw",
            "2019-12-01T04:46:31Z",
            24,
        );
        assert_eq!(mention(&first.reading).parent_id.as_deref(), Some("youtube:Ugw5zYU6n9pmIgAZWvN4AaABAg"));
    }
    if let Some(bytes) = file("search_by_keywords_p1.json") {
        let read = found(&bytes).unwrap();
        assert_eq!((read.items.len(), read.next.as_deref()), (25, Some("CBkQAA")));
        assert!(read.items.iter().flatten().all(|(_, title)| !title.contains("&amp;")));
    }
    if let Some(bytes) = file("error_response.json") {
        assert_eq!(reason(&bytes).as_deref(), Some("keyInvalid"));
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, id in "\\PC*", time in "\\PC*") {
        let _ = (threads(&bytes, now()), comments(&bytes, None, now()), found(&bytes), reason(&bytes));
        let page = json!({"items": [comment(&id, json!({"publishedAt": time, "authorDisplayName": id}))]});
        let _ = comments(page.to_string().as_bytes(), Some(&id), now());
    }
}
