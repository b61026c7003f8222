//! Trying a listening query before it is put in force.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Stored, row};
use crate::visitor::Visitor;

#[tokio::test]
async fn a_query_is_tried_on_what_is_stored_and_compared_with_its_label() {
    let at = "2025-03-28 10:00:00.000";
    let rows = [
        row("both", at, "neutral", json!({"text": "my Acme phone", "brands": ["Acme"]})),
        row("comes", at, "neutral", json!({"text": "the acmé phone", "brands": []})),
        row("goes", at, "neutral", json!({"text": "something else", "brands": ["Acme"]})),
        row("title", at, "neutral", json!({"title": "ACME", "text": "x", "lang": "en"})),
    ];
    let stored = Stored::start_with(&rows, |options| options).await;
    let mut visitor = Visitor::new(&stored.dashboards.url);
    let mut ask = async |query: &str| {
        let body = json!({"kind": "brand", "name": "Acme", "query": query});
        let (status, preview) = visitor.ask(Method::POST, "rules/preview", Some(body)).await;
        assert_eq!(status, 200, "{preview}");
        preview
    };
    let preview = ask("acme").await;
    let counts = ["looked_at", "matches", "labelled", "come", "go"].map(|name| preview[name].as_u64().unwrap());
    assert_eq!(counts, [4, 3, 2, 2, 1], "{preview}");
    let ids = |list: &Value| {
        list.as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&preview["coming"]), ["title", "comes"]);
    assert_eq!(ids(&preview["going"]), ["goes"]);
    assert_eq!(ask("acme AND lang:en").await["matches"], 1);
    let wrong = ask("acme AND (").await;
    assert!(wrong["problem"].as_str().is_some_and(|problem| !problem.is_empty()), "{wrong}");
    assert_eq!(visitor.get("rules").await.1["brands"][0]["name"], "Silent");
    stored.stop().await;
}
