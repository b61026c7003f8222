#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{fs, path::Path};

use serde_json::json;

use super::*;

const TIME_US: i64 = 1_795_334_400_000_000;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn commit(operation: &str, rev: &str, record: &Value) -> Value {
    json!({"did":"did:plc:a","time_us":TIME_US,"kind":"commit","commit":{"rev":rev,"operation":operation,
        "collection":POSTS,"rkey":"3k","record":record,"cid":"b"}})
}

fn read(frame_json: &Value) -> What {
    frame(Version::One, frame_json.to_string().as_bytes(), now()).unwrap().what
}

fn post(record: Value) -> Mention {
    let text = record;
    match read(&commit("create", "", &text)) {
        What::Post { mention, .. } => *mention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_post_is_read_with_all_that_hangs_on_it() {
    // Offsets are in bytes: the party popper takes four.
    let text = "🎉 see example.org/a-lo... and #Fairphone here";
    let at =
        |part: &str| json!({"byteStart": text.find(part).unwrap(), "byteEnd": text.find(part).unwrap() + part.len()});
    let mention = post(json!({
        "text": text, "createdAt": "2026-11-22T08:59:00+01:00", "langs": ["nl", "en"],
        "facets": [
            {"index": at("here"), "features": [{"$type":"app.bsky.richtext.facet#link","uri":"https://example.net/"}]},
            {"index": at("#Fairphone"), "features": [{"$type":"app.bsky.richtext.facet#tag","tag":"Fairphone"}]},
            {"index": at("example.org/a-lo..."), "features": [{"uri":"https://example.org/a-long-path"}]},
            {"index": {"byteStart": 1, "byteEnd": 3}, "features": [{"uri":"https://split.example/"}]},
            {"index": {"byteStart": 5, "byteEnd": 99999}, "features": [{"uri":"https://beyond.example/"}]},
            {"index": {"byteStart": -5, "byteEnd": "x"}, "features": 7}],
        "reply": {"root": {"uri":"at://did:plc:r/app.bsky.feed.post/1"}, "parent": {"uri":"at://did:plc:p/app.bsky.feed.post/2"}},
        "embed": {"$type":"app.bsky.embed.recordWithMedia","record":{"record":{"uri":"at://did:plc:q/app.bsky.feed.post/3"}},
            "media":{"images":[{"alt":"a phone"},{"alt":""}]}}
    }));
    assert_eq!(mention.text, "🎉 see https://example.org/a-long-path and #Fairphone here");
    assert_eq!(mention.id, "bluesky:at://did:plc:a/app.bsky.feed.post/3k");
    assert_eq!(mention.url.as_deref(), Some("https://bsky.app/profile/did:plc:a/post/3k"));
    assert_eq!((mention.kind, mention.lang_hint.as_deref()), (Kind::Comment, Some("nl")));
    assert_eq!(mention.parent_id.as_deref(), Some("bluesky:at://did:plc:p/app.bsky.feed.post/2"));
    assert_eq!(mention.thread_id.as_deref(), Some("bluesky:at://did:plc:r/app.bsky.feed.post/1"));
    assert_eq!(mention.extra["links"], json!(["https://example.net/"]));
    assert_eq!(mention.extra["tags"], json!(["Fairphone"]));
    assert_eq!(mention.extra["alt"], json!(["a phone"]));
    assert_eq!(mention.extra["quoted"], json!(["bluesky:at://did:plc:q/app.bsky.feed.post/3"]));
    assert_eq!((mention.published_at.to_string().as_str(), mention.collected_at), ("2026-11-22T07:59:00.000Z", now()));
}

#[test]
fn a_declared_time_that_cannot_be_is_bounded_by_the_servers() {
    let seen = time(TIME_US);
    for declared in ["2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "yesterday"] {
        let mention = post(json!({"text": "x", "createdAt": declared}));
        assert_eq!(mention.published_at, seen, "{declared}");
        assert!(mention.extra.contains_key("declared_published_at"), "{declared}");
    }
    assert_eq!(post(json!({"text": "x", "createdAt": 7})).published_at, seen);
}

#[test]
fn wrong_types_cost_their_field_only() {
    let odd = post(
        json!({"text":"still here","langs":"nl","facets":{},"reply":[],"embed":"x","tags":[1,"ok"],"createdAt":{}}),
    );
    assert_eq!((odd.text.as_str(), odd.lang_hint, odd.kind), ("still here", None, Kind::Post));
    assert_eq!(odd.extra["tags"], json!(["ok"]));
    let rejected =
        |record: &Value| frame(Version::One, commit("create", "", record).to_string().as_bytes(), now()).unwrap_err();
    for record in [json!({"text": 7}), json!({}), json!("text"), Value::Null] {
        let (time_us, rejection) = rejected(&record);
        assert_eq!((time_us, rejection.reason), (Some(TIME_US), RejectReason::WrongShape), "{record}");
    }
    let (time_us, _) = frame(Version::One, br#"{"kind":7,"time_us":5}"#, now()).unwrap_err();
    assert_eq!(time_us, Some(5));
}

#[test]
fn a_post_without_words_has_those_of_its_embed() {
    let shared = post(json!({"text":"","embed":{"external":{"uri":"https://example.org/","title":"A headline"}}}));
    assert_eq!((shared.text.as_str(), &shared.extra["links"]), ("A headline", &json!(["https://example.org/"])));
    let picture = json!({"text":" ","embed":{"images":[{"alt":""}]}});
    assert!(matches!(read(&commit("create", "", &picture)), What::Nothing(DropReason::Empty)));
}

#[test]
fn states_of_a_post_are_ordered_by_the_accounts_clock() {
    // 2024-09-09T19:46:02 in both forms.
    assert_eq!(tid_millis("3l3qo2vutsw2b").unwrap() / 1000, 1_725_911_162);
    let revision_of = |operation: &str, rev: &str| match read(&commit(operation, rev, &json!({"text":"x"}))) {
        What::Post { mention, changed, .. } => (mention.revision, mention.edited_at.is_some(), changed),
        What::Gone(Event::Delete(delete)) => (u64::try_from(delete.at.as_millis()).unwrap(), false, false),
        other => panic!("{other:?}"),
    };
    let (created, edited, changed) = revision_of("create", "3l3qo2vutsw2b");
    assert_eq!((created / 1000, edited, changed), (1_725_911_162, false, false));
    let (updated, edited, changed) = revision_of("update", "3l3qo3vutsw2b");
    assert!(updated > created && edited && changed);
    let (deleted, ..) = revision_of("delete", "3l3qo4vutsw2b");
    assert!(deleted > updated);
    // A clock that is broken or far ahead is not believed.
    for rev in ["", "zzzzzzzzzzzzz", "not a tid at all", "2222222222222"] {
        assert_eq!(revision_of("update", rev).0, u64::try_from(TIME_US / 1000).unwrap(), "{rev}");
    }
}

#[test]
fn accounts_that_left_take_their_posts_along() {
    let account = |active: bool, status: &str| {
        read(&json!({"did":"did:plc:a","time_us":TIME_US,"kind":"account","account":{"active":active,"status":status}}))
    };
    for status in ["deleted", "takendown", "deactivated"] {
        assert!(
            matches!(account(false, status), What::Gone(Event::ForgetAuthor(forget)) if forget.author_id == "did:plc:a")
        );
    }
    for (active, status) in [(true, ""), (false, "suspended"), (false, "throttled"), (false, "new")] {
        assert!(matches!(account(active, status), What::Nothing(DropReason::NotAMention)), "{status}");
    }
    for other in [
        json!({"kind":"heartbeat","payload":""}),
        json!({"kind":"identity","did":"d","time_us":1}),
        json!({"kind":"new"}),
    ] {
        assert!(matches!(read(&other), What::Nothing(DropReason::NotAMention)));
    }
}

#[test]
fn real_events_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/01-bluesky");
    // Time, language and letters of the text, with the link's target in the place of its short form. The second author's clock is ahead
    // of the network's, which counts.
    let expected = [
        ("dclwtltrt2ggsryagfzk7dp4/app.bsky.feed.post/3mptbyoeyc22k", "2026-07-04T14:38:06.240Z", "en", 43),
        ("amnbije7mr5g3pgxuun7q44o/app.bsky.feed.post/3mptbyqhi7s2f", "2026-07-04T14:38:08.094Z", "ja", 56),
        ("o2rolxey6s5k7d4lxcz3inl4/app.bsky.feed.post/3mptbyp7lu223", "2026-07-04T14:38:07.112Z", "ko", 8),
    ];
    let (mut posts, mut seen) = (0, 0);
    for name in ["jetstream_v1_corpus_152events.jsonl", "v1_readme_examples.jsonl"] {
        let Ok(lines) = fs::read_to_string(folder.join(name)) else { continue };
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let read = frame(Version::One, line.as_bytes(), now())
                .unwrap_or_else(|(_, rejection)| panic!("{}: {line}", rejection.error));
            let What::Post { mention, .. } = read.what else { continue };
            posts += 1;
            if let Some((id, at, lang, letters)) = expected.iter().find(|(id, ..)| mention.id.ends_with(id)) {
                seen += 1;
                let found =
                    (mention.published_at.to_string(), mention.lang_hint.as_deref(), mention.text.chars().count());
                assert_eq!(found, ((*at).to_owned(), Some(*lang), *letters), "{id}: {}", mention.text);
            }
            assert!(!mention.text.is_empty() && mention.published_at <= time(read.time_us.unwrap()), "{line}");
            assert!(!mention.text.contains("youtube.com/watch?v=V5lD..."), "{}", mention.text);
            let revision = i64::try_from(mention.revision).unwrap();
            assert!((read.time_us.unwrap() / 1000 - revision).abs() < 60_000, "{line}");
        }
    }
    assert!((posts > 5 && seen == 3) || !folder.exists(), "{posts} {seen}");
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text in "\\PC{0,20}", start: u64, end: u64, small in 0_u64..30, rev in "[2-7a-z]{13}", time_us: i64) {
        let _ = frame(Version::One, &bytes, now());
        let facets = [(start, end), (small, small + 3), (small, end)]
            .map(|(start, end)| json!({"index":{"byteStart":start,"byteEnd":end},"features":[{"uri":text,"tag":"t"}]}));
        let record = json!({"text":text,"facets":facets,"embed":{"images":[{"alt":text}]},"createdAt":text});
        let mut json = commit("update", &rev, &record);
        json["time_us"] = time_us.into();
        let _ = frame(Version::One, json.to_string().as_bytes(), now());
    }
}

#[test]
fn both_versions_of_the_stream_say_the_same() {
    let record = json!({"text": "Fijne telefoon", "langs": ["nl"], "createdAt": "2026-11-22T08:00:00.000Z"});
    let one = json!({"did": "did:plc:a", "time_us": 1_795_334_400_329_308_i64, "kind": "commit", "commit": {
        "rev": "3mabc2vutsw2b", "operation": "create", "collection": POSTS, "rkey": "3k", "record": record, "cid": "c"}});
    let two = json!({"$type": "message", "payload": {
        "$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": 12_345, "did": "did:plc:a",
        "time": "2026-11-22T08:00:00.329308Z", "rev": "3mabc2vutsw2b", "operation": "create", "collection": POSTS,
        "rkey": "3k", "cid": "c", "record": record}});
    let read = |version, frame_json: &Value| {
        let read = frame(version, frame_json.to_string().as_bytes(), now()).unwrap();
        (read.time_us, format!("{:?}", read.what))
    };
    assert_eq!(read(Version::One, &one), read(Version::Two, &two));
    assert!(read(Version::Two, &two).1.contains("Fijne telefoon"));
    let gone = json!({"$type": "message", "payload": {
        "$type": "network.bsky.jetstream.subscribeEvents#account", "seq": 7, "did": "did:plc:b",
        "time": "2026-11-22T08:00:00.000001Z", "account": {"active": false, "status": "deleted", "did": "did:plc:b"}}});
    assert!(read(Version::Two, &gone).1.contains("ForgetAuthor"));
    // What says nothing of mentions moves nothing.
    let info = json!({"$type": "message", "payload": {
        "$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor", "message": "resumed from 9"}});
    let error = json!({"$type": "error", "error": "ConsumerTooSlow", "message": "too slow"});
    for other in [info, error] {
        let (time_us, what) = read(Version::Two, &other);
        assert!(time_us.is_none() && what.contains("NotAMention"), "{what}");
    }
}

/// Real answers of the search, where they are at hand: each post becomes a mention of the author that it names.
#[test]
fn posts_of_the_search_are_read() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/01-bluesky/searchPosts_bskyr-0.json");
    let Ok(page) = fs::read(path) else { return };
    let page: Value = serde_json::from_slice(&page).unwrap();
    let posts = page["posts"].as_array().unwrap();
    let read: Vec<Found> = posts.iter().map(|post| found(post.to_string().as_bytes(), now()).unwrap()).collect();
    assert_eq!(read.len(), 25);
    assert_eq!(read[0].mention.id, "bluesky:at://did:plc:kkergqgbhb56ptpwj2wenkje/app.bsky.feed.post/3lpk2u6qo222m");
    assert_eq!(read[0].mention.author.handle.as_deref(), Some("socpaperbot.bsky.social"));
    assert!(read.iter().all(|found| found.mention.published_at <= now() && found.mention.author.handle.is_some()));
}
