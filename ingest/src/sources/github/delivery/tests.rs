#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::{fs, path::Path};

use hark_mention::Mention;
use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn posted(fields: Value) -> Value {
    let mut posted = json!({"id": 7, "node_id": "N", "number": 3, "title": "Accu", "body": "**Goed** toestel\n> oud\n\n[site](https://a.example)",
        "html_url": "https://github.com/acme/phone/discussions/3", "user": {"id": 5, "login": "jan", "type": "User"},
        "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z", "category": {"name": "Q&A", "is_answerable": true}});
    posted.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    posted
}

fn one(event: &str, delivery: &Value) -> Item {
    let mut items = delivered(event, delivery.to_string().as_bytes(), now()).unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

fn mention(item: Item) -> Mention {
    match item {
        Item::Keep(Event::Upsert(mention)) => *mention,
        other => panic!("{other:?}"),
    }
}

fn deleted(item: Item) -> String {
    match item {
        Item::Keep(Event::Delete(delete)) => {
            assert_eq!((delete.source.as_str(), delete.at), ("github", now()));
            delete.id
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_discussion_has_the_words_and_the_id_that_it_has_when_asked_for() {
    let created = mention(one("discussion", &json!({"action": "created", "discussion": posted(json!({}))})));
    assert_eq!((created.id.as_str(), created.text.as_str()), ("github:discussion:7", "Goed toestel\n\nsite"));
    assert_eq!((created.title.as_deref(), created.revision), (Some("Accu"), 0));
    assert_eq!((created.author.handle.as_deref(), &created.extra["category"]), (Some("jan"), &json!("Q&A")));
    assert_eq!(created.extra["links"], json!(["https://a.example/"]));
    let edited = mention(one("discussion", &json!({"action": "edited", "discussion": posted(json!({}))})));
    assert_eq!(edited.edited_at, Some(Timestamp::parse("2026-11-02T10:00:00Z").unwrap()));
    assert!(edited.revision > 0);
    assert_eq!(deleted(one("discussion", &json!({"action": "deleted", "discussion": posted(json!({}))}))), created.id);
}

#[test]
fn an_answer_to_a_comment_stands_below_it() {
    let delivery = |action: &str, parent: Value| json!({"action": action, "discussion": posted(json!({})), "comment": posted(json!({"id": 9, "parent_id": parent}))});
    let comment = mention(one("discussion_comment", &delivery("created", Value::Null)));
    assert_eq!(comment.id, "github:discussioncomment:9");
    assert_eq!((comment.parent_id.as_deref(), comment.title), (Some("github:discussion:7"), None));
    let answer = mention(one("discussion_comment", &delivery("edited", json!(8))));
    assert_eq!(answer.parent_id.as_deref(), Some("github:discussioncomment:8"));
    assert_eq!(answer.thread_id.as_deref(), Some("github:discussion:7"));
    assert_eq!(deleted(one("discussion_comment", &delivery("deleted", json!(8)))), comment.id);
}

#[test]
fn what_is_no_news_of_a_text_is_dropped() {
    let drop = |event: &str, delivery: Value| match one(event, &delivery) {
        Item::Drop(reason) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(drop("ping", json!({"zen": "Keep it simple."})), DropReason::NotAMention);
    assert_eq!(
        drop("discussion", json!({"action": "labeled", "discussion": posted(json!({}))})),
        DropReason::NotAMention
    );
    let bot = posted(json!({"user": {"id": 5, "login": "helper", "type": "Bot"}}));
    assert_eq!(drop("issues", json!({"action": "opened", "issue": bot})), DropReason::NotAMention);
    let pull = posted(json!({"pull_request": {"url": "https://a.example"}}));
    assert_eq!(drop("issues", json!({"action": "opened", "issue": pull})), DropReason::NotAMention);
    let error = delivered("issues", b"payload=%7B%7D", now()).unwrap_err();
    assert!(error.error.contains("application/json"), "{}", error.error);
}

#[test]
fn real_deliveries_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sources/samples/08-github");
    let items = |event: &str, action: &str| -> Option<Vec<Item>> {
        let body = fs::read(folder.join(format!("webhook_{event}_{action}.json"))).ok()?;
        Some(delivered(event, &body, now()).unwrap())
    };
    let wrote = [
        ("issues", "opened", "github:issue:444500041", 60),
        ("issues", "edited", "github:issue:444500041", 60),
        ("issues", "opened_with-empty-body", "github:issue:444500041", 0),
        ("issue_comment", "created", "github:comment:492700400", 54),
        ("issue_comment", "edited", "github:comment:492700400", 49),
        ("discussion", "created", "github:discussion:3299614", 9),
        ("discussion", "edited", "github:discussion:3299614", 9),
        ("discussion_comment", "created", "github:discussioncomment:550062", 6),
        ("discussion_comment", "edited", "github:discussioncomment:550062", 6),
    ];
    for (event, action, id, letters) in wrote {
        let Some(mut items) = items(event, action) else { continue };
        let read = mention(items.remove(0));
        assert_eq!((read.id.as_str(), read.text.chars().count()), (id, letters), "{event} {action}");
        assert_eq!(read.author.handle.as_deref(), Some("Codertocat"));
        let about = read.thread_id.as_deref().unwrap();
        assert!(["github:issue:444500041", "github:discussion:3299614"].contains(&about), "{about}");
    }
    let gone = [
        ("issues", "github:issue:444500041"),
        ("issue_comment", "github:comment:492700400"),
        ("discussion_comment", "github:discussioncomment:550062"),
    ];
    for (event, id) in gone {
        let Some(mut items) = items(event, "deleted") else { continue };
        assert_eq!(deleted(items.remove(0)), id);
    }
    if let Some(mut moved) = items("issues", "transferred") {
        assert_eq!(deleted(moved.remove(0)), "github:issue:512748900");
        assert_eq!(moved.len(), 1, "the issue that it is now");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text in "\\PC*") {
        for event in ["issues", "issue_comment", "discussion", "discussion_comment"] {
            let _ = delivered(event, &bytes, now());
            let odd = posted(json!({"body": text, "title": text, "html_url": text, "updated_at": text, "parent_id": text.len()}));
            let delivery = json!({"action": "edited", "issue": odd, "discussion": odd, "comment": odd});
            let _ = delivered(event, delivery.to_string().as_bytes(), now());
        }
    }
}
