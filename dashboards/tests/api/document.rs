//! The OpenAPI document says what the API does.

use std::collections::BTreeSet;

use hark_bus::{DeadLetter, Kafka, Producer, Stage};
use hark_mention::{RejectReason, Rejection, config::KafkaConfig};
use serde_json::{Value, json};

use crate::support::{PERIOD, Running, Stored, mentions, nobody, options};

/// The schema of an answer, with everything that it refers to.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[tokio::test]
async fn every_route_is_described_and_answers_as_described() {
    let stored = Stored::start(&mentions()).await;
    let document = stored.dashboards.get("openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<_> = paths.keys().filter_map(|path| path.strip_prefix("/api/v1/")).collect();
    let routes = [
        "audit",
        "authors",
        "breakdown",
        "corrections",
        "cross",
        "dead-letters",
        "evidence",
        "export",
        "filters",
        "health",
        "live",
        "mentions",
        "openapi.json",
        "password",
        "pipeline/sources",
        "preferences",
        "quality",
        "relabel",
        "rules",
        "rules/editions",
        "rules/preview",
        "session",
        "session/oidc",
        "session/oidc/callback",
        "sql",
        "sql/estimate",
        "sql/examples",
        "sql/export",
        "sql/queries",
        "sql/queries/{id}",
        "sql/schema",
        "query",
        "series",
        "summary",
        "teams",
        "timeline",
        "tokens",
        "tokens/{id}",
        "triage",
        "users",
        "users/{name}",
        "verify",
        "views",
        "views/{id}",
        "words",
    ];
    assert_eq!(described, BTreeSet::from(routes));

    for (path, description) in paths {
        let operation = &description["get"];
        if operation["responses"]["200"].is_null() {
            continue; // not for reading, or not answered with a page of its own
        }
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let route = path.trim_start_matches("/api/v1/");
        if ["dead-letters", "corrections", "export", "live"].contains(&route) {
            continue; // from Kafka, changed, a file, or without end: see the other tests
        }
        if ["pipeline/sources", "relabel", "rules/editions"].contains(&route) {
            continue; // from the pipeline: see `operation.rs`, and `rules.rs` of the whole program's tests
        }
        let parameters = operation["parameters"].as_array();
        let filtered = parameters.is_some_and(|parameters| parameters.iter().any(|one| one["name"] == "period"));
        // What a route cannot do without.
        let more = if route == "evidence" { "&topic=price" } else { "" };
        for question in if filtered {
            vec![format!("{route}?{PERIOD}{more}"), format!("{route}?period=24h{more}")]
        } else {
            vec![route.to_owned()]
        } {
            let answer = stored.dashboards.get(&question).await;
            let errors: Vec<_> = validator(&document, content)
                .iter_errors(&answer)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{question}: {errors:?}");
        }
        if filtered {
            let (status, problem) = stored.dashboards.ask(&format!("{route}?nonsense=1")).await;
            let described = &operation["responses"]["400"]["content"]["application/problem+json"]["schema"];
            assert_eq!(status, 400);
            assert!(validator(&document, described).is_valid(&problem), "{problem}");
        }
    }
    stored.stop().await;
}

#[tokio::test]
async fn dead_letters_come_from_kafka_as_described() {
    let directory = tempfile::tempdir().unwrap();
    let broker = hark_embedded_kafka::start(hark_embedded_kafka::Options::new(directory.path())).await.unwrap();
    let kafka = Kafka::new(&KafkaConfig::default(), Some(&broker.address())).unwrap();
    hark_bus::ensure_topics(&kafka).await.unwrap();
    let rejection = Rejection::new(RejectReason::WrongShape, "no text, said jan@example.org");
    let place = "feed.csv:3".to_owned();
    let letter =
        DeadLetter { stage: Stage::Ingest, rejection, place, key: b"a:1".to_vec(), original: b"\xffbytes".to_vec() };
    Producer::new(&kafka).unwrap().publish([letter.record()]).await.unwrap();

    let without = Running::start(&nobody()).await;
    let (status, problem) = without.ask("dead-letters").await;
    assert_eq!((status, &problem["type"]), (503, &json!("urn:hark:problem:kafka-unavailable")));
    without.stop().await;
    let dashboards = Running::start_with(hark_dashboards::Options { kafka: Some(kafka), ..options(&nobody()) }).await;
    let answer = dashboards.get("dead-letters?stage=ingest&reason=wrong_shape&limit=5").await;
    let document = hark_dashboards::openapi();
    let operation = &document["paths"]["/api/v1/dead-letters"]["get"]["responses"];
    let schema = &operation["200"]["content"]["application/json"]["schema"];
    let errors: Vec<_> = validator(&document, schema).iter_errors(&answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {answer}");
    let letter = &answer["letters"][0];
    assert_eq!((&letter["error"], &letter["place"]), (&json!("no text, said [masked_email]"), &json!("feed.csv:3")));
    assert_eq!((&letter["state"], &letter["bytes"], &answer["total"]), (&json!("of_source"), &json!(6), &json!(1)));
    assert_eq!(dashboards.get("dead-letters?stage=sink").await["letters"], json!([]));
    let (status, problem) = dashboards.ask("dead-letters?reason=luck&stage=x&limit=0&y=1").await;
    assert_eq!((status, problem["errors"].as_array().unwrap().len()), (400, 4), "{problem}");
    dashboards.stop().await;
    broker.shutdown().await;
}

#[test]
fn every_parameter_and_field_is_explained() {
    let document = hark_dashboards::openapi();
    for (path, description) in document["paths"].as_object().unwrap() {
        for (_, operation) in description.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{path}: {parameter}");
                assert_eq!(parameter["required"], parameter["in"] == "path", "{path}: {parameter}");
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name} has no description");
    }
    assert_ne!(document["info"]["license"], json!(null));
}
