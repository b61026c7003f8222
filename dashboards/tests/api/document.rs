//! The OpenAPI document says what the API does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{PERIOD, Stored, mentions};

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
    let routes =
        ["filters", "health", "languages", "mentions", "openapi.json", "sources", "summary", "timeline", "topics"];
    assert_eq!(described, BTreeSet::from(routes));

    for (path, description) in paths {
        let operation = &description["get"];
        let content = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let route = path.trim_start_matches("/api/v1/");
        let filtered = operation["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty());
        for question in if filtered {
            vec![format!("{route}?{PERIOD}"), format!("{route}?period=24h")]
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

#[test]
fn every_parameter_and_field_is_explained() {
    let document = hark_dashboards::openapi();
    for (path, description) in document["paths"].as_object().unwrap() {
        for parameter in description["get"]["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path}: {parameter}");
            assert_eq!(parameter["required"], false, "{path}: {parameter}");
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name} has no description");
    }
    assert_ne!(document["info"]["license"], json!(null));
}
