#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use serde_json::json;

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn read_as(config: WebhookConfig, content_type: &str, body: &str) -> Result<Vec<Item>, Unreadable> {
    let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, content_type.parse().unwrap())]);
    Reader::new(&config).unwrap().read(&headers, &Bytes::copy_from_slice(body.as_bytes()), now())
}

fn read(content_type: &str, body: Value) -> Vec<Item> {
    read_as(WebhookConfig::default(), content_type, &body.to_string()).unwrap()
}

fn mention(item: &Item) -> &Mention {
    match item {
        Item::Keep(Event::Upsert(mention)) => mention,
        other => panic!("{other:?}"),
    }
}

fn event(id: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "review.created",
        "time": "2026-11-22T10:00:00Z", "channel": "web", "data": data})
}

#[test]
fn plain_json_has_the_fields_of_a_mention() {
    let items = read(
        "application/json",
        json!({"id": "r1", "text": " Goed \r\nspul ", "title": "Top", "kind": "review",
        "url": "https://shop.example/r1", "published_at": "2026-11-22T11:00:00+01:00", "edited_at": "2026-11-22T11:30:00Z",
        "author": {"id": 7, "handle": "@ann", "name": "Ann"}, "engagement": {"likes": 3, "odd": 1}, "rating": 0.8,
        "country": "nl", "parent_id": "r0", "shop": 12}),
    );
    let read = mention(&items[0]);
    assert_eq!((read.id.as_str(), read.kind, read.text.as_str()), ("webhook:r1", Kind::Review, "Goed\nspul"));
    assert_eq!(read.published_at.to_string(), "2026-11-22T10:00:00.000Z");
    assert_eq!((read.revision, read.parent_id.as_deref()), (1_795_347_000_000, Some("webhook:r0")));
    assert_eq!((read.author.id.as_deref(), read.author.handle.as_deref()), (Some("7"), Some("ann")));
    assert_eq!((read.rating, read.country.as_deref(), read.engagement.likes), (Some(0.8), Some("NL"), Some(3)));
    assert_eq!(Value::from(read.extra.clone()), json!({"rating": "0.8", "shop": 12, "engagement": {"odd": 1}}));
}

#[test]
fn the_same_thing_sent_twice_is_one_mention() {
    let id = |body: Value| mention(&read("application/json", body)[0]).id.clone();
    assert_eq!(id(json!({"text": "a", "x": 1})), id(json!({"x": 1, "text": "a"})));
    assert_ne!(id(json!({"text": "a"})), id(json!({"text": "b"})));
    let structured = |source: &str, id: &str| {
        let mut event = event(id, json!({"text": "a"}));
        event["source"] = source.into();
        mention(&read("application/cloudevents+json", event)[0]).id.clone()
    };
    assert_eq!(structured("/shop", "1"), "webhook:/shop|1");
    assert_ne!(structured("/shop", "1"), structured("/other", "1"), "source and id together");
}

#[test]
fn what_a_cloud_event_says_of_itself_is_kept() {
    let items = read("application/cloudevents+json", event("e1", json!({"id": "r1", "text": "Goed"})));
    let read = mention(&items[0]);
    assert_eq!(read.id, "webhook:/shop|r1", "what is written about is named by the data");
    assert_eq!(read.published_at.to_string(), "2026-11-22T10:00:00.000Z");
    assert_eq!(read.extra["event_source"], "/shop");
    assert_eq!(read.extra["event"], json!({"type": "review.created", "channel": "web"}));
}

#[test]
fn one_bad_event_costs_only_itself() {
    let batch =
        json!([event("1", json!({"text": "a"})), {"specversion": "1.0"}, event("2", json!(7)), event("3", json!({}))]);
    let items = read("application/cloudevents-batch+json", batch);
    assert_eq!(mention(&items[0]).id, "webhook:/shop|1");
    assert!(matches!(&items[1], Item::Reject { raw, .. } if &raw[..] == br#"{"specversion":"1.0"}"#));
    assert!(matches!(&items[2], Item::Reject { .. }));
    assert_eq!(items[3], Item::Drop(DropReason::Empty));
    assert_eq!(read("application/cloudevents-batch+json", json!([])), []);
    let lines =
        read_as(WebhookConfig::default(), "application/x-ndjson", "{\"text\":\"a\"}\r\n\n{oops\n{\"text\":\"b\"}")
            .unwrap();
    assert!(matches!(&lines[..], [Item::Keep(_), Item::Reject { .. }, Item::Keep(_)]));
    let wrong = |data: Value| match &read("application/json", data)[0] {
        Item::Reject { rejection, .. } => rejection.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(json!({"text": ["a"]})), RejectReason::WrongShape);
    assert_eq!(wrong(json!({"text": "a", "published_at": "yesterday"})), RejectReason::BadTime);
    assert_eq!(wrong(json!({"text": "a", "kind": "song"})), RejectReason::WrongShape);
    assert_eq!(wrong(json!({"text": "a", "op": "explode"})), RejectReason::WrongShape);
    assert_eq!(wrong(json!({"text": "a", "id": "x".repeat(600)})), RejectReason::WrongShape);
}

#[test]
fn deletions_and_authors_to_forget_are_told() {
    let delete = read("application/json", json!({"op": "delete", "id": "r1"}));
    assert!(matches!(&delete[0], Item::Keep(Event::Delete(delete)) if delete.id == "webhook:r1" && delete.at == now()));
    let config = WebhookConfig { delete_types: vec!["review.created".into()], ..WebhookConfig::default() };
    let body = event("e9", json!({"id": "r1"})).to_string();
    let by_type = read_as(config, "application/cloudevents+json", &body).unwrap();
    assert!(matches!(&by_type[0], Item::Keep(Event::Delete(delete))
        if delete.id == "webhook:/shop|r1" && delete.at.to_string() == "2026-11-22T10:00:00.000Z"));
    let forget = read("application/json", json!({"op": "forget_author", "author": {"id": "7"}}));
    assert!(matches!(&forget[0], Item::Keep(Event::ForgetAuthor(forget)) if forget.author_id == "7"));
    assert!(matches!(&read("application/json", json!({"op": "delete"}))[0], Item::Reject { .. }));
}

#[test]
fn fields_are_found_where_the_configuration_says() {
    let config = WebhookConfig {
        fields: [("text", "review.body"), ("rating", "review.stars"), ("id", "review.nr")]
            .map(|(field, place)| (field.to_owned(), place.to_owned()))
            .into(),
        rating_scale: Some("1-5".into()),
        kind: Kind::Review,
        site: Some("shop.example".into()),
        ..WebhookConfig::default()
    };
    let body = json!({"review": {"nr": 12, "body": "Goed", "stars": 4}}).to_string();
    let items = read_as(config, "application/json", &body).unwrap();
    let read = mention(&items[0]);
    assert_eq!((read.id.as_str(), read.kind, read.rating), ("webhook:12", Kind::Review, Some(0.75)));
    assert_eq!((read.site.as_deref(), &read.extra["rating"]), (Some("shop.example"), &json!("4")));
    assert_eq!(read.extra["published_at_assumed"], true);
}

#[test]
fn a_body_of_another_kind_is_refused_as_a_whole() {
    let refused = |content_type: &str, body: &str| read_as(WebhookConfig::default(), content_type, body).unwrap_err();
    assert_eq!(refused("image/png", "x"), Unreadable::Type("image/png".into()));
    assert!(matches!(refused("application/json", "{"), Unreadable::Body(_)));
    assert!(matches!(refused("application/cloudevents-batch+json", "{}"), Unreadable::Body(_)));
}

proptest::proptest! {
    #[test]
    fn never_panics(body: Vec<u8>, text in "\\PC*", time in "[0-9TZ:.+-]{0,30}") {
        let reader = Reader::new(&WebhookConfig::default()).unwrap();
        let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        let _ = reader.read(&headers, &Bytes::from(body), now());
        let json = json!({"text": text, "id": text, "published_at": time, "rating": text}).to_string();
        let _ = reader.read(&headers, &Bytes::from(json), now());
    }
}
