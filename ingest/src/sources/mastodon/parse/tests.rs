#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn base() -> Url {
    Url::parse("https://mastodon.example/").unwrap()
}

/// A post in the shape of a real one, changed by `fields`.
fn post(fields: serde_json::Value) -> Vec<u8> {
    let mut post = serde_json::json!({
        "id": "115500000000000001", "created_at": "2026-11-22T08:00:00.123Z", "in_reply_to_id": null,
        "spoiler_text": "", "visibility": "public", "language": "nl", "edited_at": null, "reblog": null,
        "uri": "https://mastodon.example/users/ann/statuses/115500000000000001",
        "url": "https://mastodon.example/@ann/115500000000000001",
        "content": "<p>Hallo</p>", "replies_count": 1, "reblogs_count": 2, "favourites_count": 3,
        "account": {"id": "1", "acct": "ann", "display_name": "Ann", "url": "https://mastodon.example/@ann",
            "followers_count": 12, "note": "<p>Hoi</p>", "noindex": false},
        "media_attachments": [], "mentions": [], "tags": [], "emojis": [], "card": null, "poll": null
    });
    post.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    post.to_string().into_bytes()
}

fn mention(fields: serde_json::Value) -> Mention {
    match status(&post(fields), &base(), now()).unwrap() {
        Reading::Mention { mention, .. } => *mention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_post_is_read_with_all_that_its_author_said() {
    let content = r##"<p>De <a href="https://mastodon.example/tags/accu" class="mention hashtag" rel="tag">#<span>accu</span></a> &amp; het scherm.<br>Zie <a href="https://example.org/lang/pad"><span class="invisible">https://</span><span class="ellipsis">example.org/la</span><span class="invisible">ng/pad</span></a></p><p><span class="h-card"><a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a></span> 🎉</p>"##;
    let read = mention(serde_json::json!({
        "content": content, "spoiler_text": "Over mijn telefoon", "in_reply_to_id": "7",
        "tags": [{"name": "accu", "url": "x"}],
        "media_attachments": [{"type": "image", "description": "een gebarsten scherm"}, {"type": "image", "description": null}],
        "poll": {"options": [{"title": "ja"}, {"title": "nee"}]},
        "card": {"url": "https://example.org/lang/pad", "title": "Een pagina"},
        "quote": {"state": "accepted", "quoted_status": {"uri": "https://other.example/users/bob/statuses/9"}},
        "edited_at": "2026-11-22T09:00:00.000Z"
    }));
    assert_eq!(read.id, "mastodon:https://mastodon.example/users/ann/statuses/115500000000000001");
    assert_eq!(read.text, "De #accu & het scherm.\nZie https://example.org/lang/pad\n\n@bob 🎉\n- ja\n- nee");
    assert_eq!((read.kind, read.title.as_deref()), (Kind::Comment, Some("Over mijn telefoon")));
    assert_eq!((read.author.handle.as_deref(), read.author.followers), (Some("ann@mastodon.example"), Some(12)));
    assert_eq!((read.site.as_deref(), read.lang_hint.as_deref()), (Some("mastodon.example"), Some("nl")));
    assert_eq!((read.engagement.likes, read.engagement.replies, read.engagement.shares), (Some(3), Some(1), Some(2)));
    assert_eq!(read.revision, u64::try_from(read.edited_at.unwrap().as_millis()).unwrap());
    assert_eq!(read.extra["alt"], serde_json::json!(["een gebarsten scherm"]));
    assert_eq!(read.extra["links"], serde_json::json!(["https://example.org/lang/pad"]));
    assert_eq!(read.extra["quoted"], serde_json::json!(["mastodon:https://other.example/users/bob/statuses/9"]));
}

#[test]
fn a_quoted_post_is_not_the_authors_text_and_a_picture_alone_is_what_it_shows() {
    let quoting = r#"<p class="quote-inline">RE: <a href="https://other.example/@bob/9">x</a></p><p>Precies</p>"#;
    assert_eq!(mention(serde_json::json!({"content": quoting})).text, "Precies");
    let picture = mention(serde_json::json!({"content": "", "media_attachments": [{"description": "een trein"}]}));
    assert_eq!(picture.text, "een trein");
}

#[test]
fn what_is_not_public_or_not_meant_for_machines_is_left_out() {
    let reason = |fields| match status(&post(fields), &base(), now()).unwrap() {
        Reading::Nothing { reason, .. } => reason,
        Reading::Mention { mention, .. } => panic!("{mention:?}"),
    };
    for hidden in ["private", "direct", ""] {
        assert_eq!(reason(serde_json::json!({"visibility": hidden})), DropReason::NotAMention);
    }
    assert_eq!(reason(serde_json::json!({"reblog": {"id": "1"}})), DropReason::NotAMention);
    assert_eq!(reason(serde_json::json!({"content": ""})), DropReason::Empty);
    let account = |note: &str, noindex| serde_json::json!({"account": {"acct": "a", "note": note, "noindex": noindex}});
    assert_eq!(reason(account("", true)), DropReason::NotAMention);
    let note = r##"<p>hi, <a class="hashtag" href="https://a.example/tag/nobot">#<span>NoBot</span></a>!</p>"##;
    assert_eq!(reason(account(note, false)), DropReason::NotAMention);
}

#[test]
fn other_software_leaves_fields_out() {
    let bare =
        br#"{"id":"9z","created_at":"2026-11-22T08:00:00.000Z","visibility":"unlisted","content":"hi","url":null,
        "uri":"https://pleroma.example/objects/1","account":{"acct":"b@pleroma.example"}}"#;
    let Reading::Mention { id, mention, parent } = status(bare, &base(), now()).unwrap() else { panic!() };
    assert_eq!((id.as_str(), mention.id.as_str(), parent), ("9z", "mastodon:https://pleroma.example/objects/1", None));
    assert_eq!((mention.text.as_str(), mention.author.handle.as_deref()), ("hi", Some("b@pleroma.example")));
    let reason = |bytes: &[u8]| status(bytes, &base(), now()).unwrap_err().reason;
    assert_eq!(reason(b"<html>"), RejectReason::WrongShape);
    assert_eq!(reason(br#"{"id":"1","visibility":"public","account":{}}"#), RejectReason::BadTime);
}

#[test]
fn ids_grow_and_may_hold_a_time() {
    assert!(is_newer("100", "99") && is_newer("9b", "9a") && !is_newer("5", "5"));
    assert_eq!(time_of("109307661613791619").unwrap().to_string(), "2022-11-08T10:15:51.479Z");
    assert_eq!(time_of("12345"), None);
    assert_eq!(time_of("01HXYZ"), None);
    let at = Timestamp::parse("2026-11-22T08:00:00Z").unwrap();
    assert_eq!(time_of(&id_at(at)), Some(at));
}

#[test]
fn real_posts_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/02-mastodon");
    let read = |name: &str| -> Vec<Mention> {
        let Ok(bytes) = fs::read(folder.join(name)) else { return Vec::new() };
        let host = Url::parse("https://mastodon.social/").unwrap();
        let posts = list(&bytes).unwrap();
        let read = posts.iter().map(|post| status(post.get().as_bytes(), &host, now()).unwrap());
        read.filter_map(|read| match read {
            Reading::Mention { mention, .. } => Some(*mention),
            Reading::Nothing { .. } => None,
        })
        .collect()
    };
    let expected = [
        ("amreibahr@mastodon.social", "2022-11-08T10:15:51.486Z", "de"),
        ("CathleenSarti@mas.to", "2022-11-07T20:04:43.000Z", "en"),
        ("fuzzyleapfrog@chaos.social", "2022-11-07T19:35:13.000Z", "de"),
    ];
    let anonymous = read("get_timeline_hashtag_anonymous-0.json");
    for (mention, (handle, at, lang)) in anonymous.iter().zip(expected) {
        assert_eq!(mention.author.handle.as_deref(), Some(handle));
        assert_eq!((mention.published_at.to_string().as_str(), mention.lang_hint.as_deref()), (at, Some(lang)));
    }
    // The same posts have the same ids on another server.
    let other = read("get_timeline_hashtag_default_noparse-0.json");
    assert!(anonymous.iter().take(3).zip(&other).all(|(one, two)| one.id == two.id && one.text == two.text));
    let all = ["get_timeline_public_notparse-0.json", "get_timeline_hashtag_instance-0.json"].map(read);
    for mention in all.iter().flatten().chain(&anonymous).chain(&other) {
        assert!(!mention.text.contains("</") && !mention.text.contains("&amp;"), "{}", mention.id);
        assert!(mention.url.is_some() && mention.site.is_some(), "{}", mention.id);
    }
    let documented = fs::read(folder.join("docs_status_entity_example.json")).unwrap_or_default();
    assert!(documented.is_empty() || status(&documented, &base(), now()).is_ok());
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, id in "\\PC{0,30}", content in "\\PC*", at in "\\PC{0,30}") {
        let _ = status(&bytes, &base(), now());
        let _ = list(&bytes);
        let _ = (time_of(&id), id_of(&bytes));
        let _ = status(&post(serde_json::json!({"id": id, "content": content, "edited_at": at, "uri": at})), &base(), now());
    }
}
