#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use serde_json::json;

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn mention(json: Value) -> Mention {
    match update(&json, &[], now()).unwrap() {
        What::Mention(mention) => *mention,
        What::Nothing(reason) => panic!("{reason:?}"),
    }
}

fn dropped(json: Value, chats: &[ChatName]) -> DropReason {
    match update(&json, chats, now()).unwrap() {
        What::Nothing(reason) => reason,
        What::Mention(mention) => panic!("{mention:?}"),
    }
}

fn channel() -> Value {
    json!({"id": -1001000000001_i64, "type": "channel", "title": "Repair club", "username": "repairclub"})
}

fn group() -> Value {
    json!({"id": -1001000000002_i64, "type": "supergroup", "title": "Repair talk"})
}

#[test]
fn a_post_of_a_channel_has_the_channel_as_its_author() {
    let post = mention(json!({"update_id": 7, "channel_post": {"message_id": 12, "date": 1_795_000_000,
        "chat": channel(), "sender_chat": channel(), "author_signature": "Ann", "text": "The batteries are back #parts",
        "entities": [{"type": "hashtag", "offset": 23, "length": 6}]}}));
    assert_eq!((post.id.as_str(), post.kind), ("telegram:-1001000000001:12", Kind::Post));
    assert_eq!(post.url.as_deref(), Some("https://t.me/repairclub/12"));
    assert_eq!(post.author.id.as_deref(), Some("-1001000000001"));
    assert_eq!((post.author.handle.as_deref(), post.author.name.as_deref()), (Some("repairclub"), Some("Repair club")));
    assert_eq!((&post.extra["tags"], &post.extra["signature"]), (&json!(["parts"]), &json!("Ann")));
    assert_eq!((post.revision, post.thread_id.as_deref()), (0, Some("telegram:-1001000000001:12")));
}

#[test]
fn offsets_count_utf16_code_units() {
    // Two flags and a face are ten units, but seven code points and more bytes.
    let text = "🇳🇱🇧🇪😀 zie repair.example/lang… nu";
    let offset = text.split("repair").next().unwrap().encode_utf16().count();
    let entities = json!([{"type": "text_link", "offset": offset, "length": 20, "url": "https://repair.example/lang-verhaal"},
        {"type": "text_link", "offset": 0, "length": 4, "url": "https://vlag.example/"},
        {"type": "bold", "offset": 900, "length": 9}]);
    let post = mention(json!({"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": channel(),
        "caption": text, "caption_entities": entities}}));
    assert_eq!(post.text, "🇳🇱🇧🇪😀 zie https://repair.example/lang-verhaal nu");
    assert_eq!(post.extra["links"], json!(["https://vlag.example/"]));
    assert_eq!(utf16("a😀b", 1, 2), Some(1..5));
    assert_eq!(utf16("a😀b", 2, 1), None, "half of a surrogate pair is no place");
    assert_eq!(utf16("ab", 1, 1), Some(1..2));
    assert_eq!(utf16("ab", 2, 0), Some(2..2));
    assert_eq!(utf16("ab", 1, usize::MAX), None);
}

#[test]
fn a_comment_in_the_discussion_group_answers_the_post_in_the_channel() {
    let copy = json!({"message_id": 50, "date": 1_795_000_000, "chat": group(), "sender_chat": channel(),
        "is_automatic_forward": true, "text": "The batteries are back",
        "forward_origin": {"type": "channel", "date": 1_795_000_000, "chat": channel(), "message_id": 12}});
    assert_eq!(dropped(json!({"update_id": 8, "message": copy.clone()}), &[]), DropReason::NotAMention);
    let comment = mention(
        json!({"update_id": 9, "message": {"message_id": 51, "message_thread_id": 50, "date": 1_795_000_100,
        "chat": group(), "from": {"id": 77, "is_bot": false, "first_name": "Bob", "last_name": "Dijk", "username": "bobd"},
        "reply_to_message": copy, "text": "Finally"}}),
    );
    assert_eq!((comment.id.as_str(), comment.kind), ("telegram:-1001000000002:51", Kind::Comment));
    assert_eq!(comment.parent_id.as_deref(), Some("telegram:-1001000000001:12"));
    assert_eq!(comment.thread_id, comment.parent_id);
    assert_eq!((comment.author.id.as_deref(), comment.author.name.as_deref()), (Some("77"), Some("Bob Dijk")));
    assert_eq!(comment.url.as_deref(), Some("https://t.me/c/1000000002/51"));
    let deeper =
        mention(json!({"update_id": 10, "message": {"message_id": 52, "message_thread_id": 50, "date": 1_795_000_200,
        "chat": group(), "from": {"id": 78, "first_name": "Cem"}, "text": "Yes",
        "reply_to_message": {"message_id": 51, "date": 1_795_000_100, "chat": group(), "text": "Finally"}}}));
    assert_eq!(deeper.parent_id.as_deref(), Some("telegram:-1001000000002:51"));
    assert_eq!(deeper.thread_id.as_deref(), Some("telegram:-1001000000002:50"));
}

#[test]
fn an_edit_is_a_newer_state_of_the_same_mention() {
    let edit = mention(json!({"update_id": 11, "edited_channel_post": {"message_id": 12, "date": 1_795_000_000,
        "edit_date": 1_795_000_060, "chat": channel(), "text": "The batteries are sold out"}}));
    assert_eq!((edit.id.as_str(), edit.revision), ("telegram:-1001000000001:12", 1_795_000_060_000));
    assert_eq!(edit.edited_at, Some(Timestamp::from_seconds(1_795_000_060)));
    assert_eq!(edit.published_at, Timestamp::from_seconds(1_795_000_000));
}

#[test]
fn forwarded_words_are_those_of_who_wrote_them() {
    let with = |origin: Value| {
        mention(json!({"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": channel(), "text": "Look",
            "forward_origin": origin}}))
    };
    let hidden = with(json!({"type": "hidden_user", "date": 1, "sender_user_name": "Dee"}));
    assert_eq!((hidden.author.id.as_deref(), hidden.author.name.as_deref()), (None, Some("Dee")));
    assert_eq!(hidden.extra["forwarded_by"], "-1001000000001");
    let user = with(json!({"type": "user", "date": 1, "sender_user": {"id": 5, "first_name": "Eva"}}));
    assert_eq!(user.author.id.as_deref(), Some("5"));
}

#[test]
fn a_poll_is_its_question_and_its_options() {
    let poll = mention(json!({"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": channel(),
        "poll": {"id": "1", "question": "Which part broke?", "options": [{"text": "Screen"}, {"text": "Battery"}]}}}));
    assert_eq!((poll.kind, poll.text.as_str()), (Kind::Question, "Which part broke?\n- Screen\n- Battery"));
}

#[test]
fn what_is_no_public_message_is_left_out() {
    let message = |fields: Value| {
        let mut message = json!({"message_id": 1, "date": 1, "chat": group(), "from": {"id": 1, "first_name": "A"}});
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"update_id": 1, "message": message})
    };
    assert_eq!(dropped(json!({"update_id": 1, "some_new_kind": {"x": 1}}), &[]), DropReason::NotAMention);
    assert_eq!(dropped(message(json!({"new_chat_title": "x"})), &[]), DropReason::NotAMention);
    assert_eq!(
        dropped(message(json!({"chat": {"id": 1, "type": "private"}, "text": "psst"})), &[]),
        DropReason::NotAMention
    );
    assert_eq!(dropped(message(json!({"text": " \n"})), &[]), DropReason::Empty);
    let others = [ChatName::Public("repairclub".into()), ChatName::Id(-5)];
    assert_eq!(dropped(message(json!({"text": "hi"})), &others), DropReason::NotAMention);
    let listed = json!({"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": channel(), "text": "hi"}});
    assert!(matches!(update(&listed, &others, now()), Ok(What::Mention(_))));
    let broken = json!({"update_id": 1, "message": {"message_id": "one"}});
    assert_eq!(update(&broken, &[], now()).unwrap_err().reason, RejectReason::WrongShape);
}

#[test]
fn real_updates_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/17-telegram");
    let mut read = Vec::new();
    for file in fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()) {
        let Ok(json) = serde_json::from_slice::<Value>(&fs::read(&file).unwrap()) else { continue };
        let updates = json.get("result").and_then(Value::as_array).cloned().unwrap_or(vec![json]);
        for json in updates {
            assert!(update_id(&json).is_some(), "{file:?}");
            if let What::Mention(mention) = update(&json, &[], now()).unwrap() {
                let letters = mention.text.chars().count();
                read.push((mention.id, mention.author.id.unwrap(), mention.published_at.as_millis() / 1000, letters));
            }
        }
    }
    read.sort();
    if !read.is_empty() {
        let expected = [
            ("telegram:-1001241558182:21", "-1001241558182", 1_529_758_950, 185),
            ("telegram:-1001293752024:134546", "5964236329", 1_721_592_580, 7),
        ];
        let read: Vec<_> = read.iter().map(|(id, author, at, len)| (id.as_str(), author.as_str(), *at, *len)).collect();
        assert_eq!(read, expected, "and nothing of the others: private, dice, pins, reactions, boosts");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC*", offset: usize, length: usize, at: i64, kind in "(text_link|hashtag|url)") {
        let entities = json!([{"type": kind, "offset": offset, "length": length, "url": "https://a.example/"},
            {"type": kind, "offset": offset % 9, "length": length % 9, "url": text}]);
        let json = json!({"update_id": 1, "message": {"message_id": at, "date": at, "edit_date": at,
            "chat": {"id": at, "type": "group"}, "text": text, "entities": entities}});
        let _ = update(&json, &[], now());
        let _ = update(&json!({"message": text}), &[], now());
    }
}
