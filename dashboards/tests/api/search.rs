//! The search box finds what the live stream would match, whichever page asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{PERIOD, Running, Stored, encoded, mentions, row};

const GUIDE: &str = include_str!("../../../docs/query-language.md");

/// Query, text, and whether the one finds the other.
fn examples() -> Vec<(&'static str, &'static str, bool)> {
    let code = |cell: &'static str| cell.trim().strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    let read = |line: &'static str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [query, text, matches] = cells.as_slice() else { return None };
        Some((code(query)?, code(text)?, matches.trim() == "yes"))
    };
    let table = GUIDE.split("\n\n").filter(|table| table.starts_with("| query | text | matches |"));
    table.flat_map(str::lines).filter_map(read).collect()
}

#[tokio::test]
async fn every_example_of_the_guide_is_found_in_the_database_too() {
    let examples = examples();
    assert!(examples.len() > 80, "{}", examples.len());
    let texts: BTreeSet<&str> = examples.iter().map(|(_, text, _)| *text).collect();
    let id = |text: &str| texts.iter().position(|other| *other == text).unwrap().to_string();
    let rows: Vec<Value> = texts
        .iter()
        .map(|text| row(&id(text), "2025-03-28 10:00:00.000", "neutral", json!({ "text": text })))
        .collect();
    let stored = Stored::start(&rows).await;
    let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (query, text, matches) in examples {
        if !asked.contains_key(query) {
            let page = stored.dashboards.get(&format!("mentions?{PERIOD}&limit=200&q={}", encoded(query))).await;
            let found = page["mentions"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned());
            asked.insert(query, found.collect());
        }
        assert_eq!(asked[query].contains(&id(text)), matches, "`{query}` on `{text}`");
    }
    stored.stop().await;
}

#[tokio::test]
async fn all_pages_count_what_the_search_finds() {
    let mut rows = mentions();
    rows.push(row(
        "title",
        "2025-03-28 12:00:00.000",
        "positive",
        json!({"title": "Text of nothing", "text": "é 😀 accu"}),
    ));
    let stored = Stored::start(&rows).await;
    let dashboards = &stored.dashboards;
    let asked = async |path: &str, query: &str| dashboards.get(&format!("{path}?{PERIOD}&q={}", encoded(query))).await;
    for (query, count) in [("\"text of\"", 8), ("m1 OR m2", 2), ("lang:nl NOT m1", 6), ("edited", 1), ("nowhere", 0)] {
        assert_eq!(asked("mentions", query).await["total"], count, "{query}");
        assert_eq!(asked("summary", query).await["mentions"]["now"], count, "{query}");
        let timeline = asked("timeline", query).await;
        let tones = timeline["buckets"].as_array().unwrap().iter();
        let counted =
            tones.map(|b| ["negative", "neutral", "positive"].map(|t| b[t].as_u64().unwrap()).iter().sum::<u64>());
        assert_eq!(counted.sum::<u64>(), count, "{query}");
    }
    let found = asked("mentions", "\"text of\" OR accu").await;
    let titled = found["mentions"].as_array().unwrap().iter().find(|m| m["id"] == "title").unwrap();
    assert_eq!(titled["found"], json!({"title": [[0, 7]], "text": [[5, 9]]}), "places count as JavaScript does");

    let (status, problem) = dashboards.ask("mentions?q=(battery").await;
    assert_eq!((status, &problem["errors"][0]["parameter"]), (400, &json!("q")));
    assert!(problem["detail"].as_str().unwrap().contains("column"), "{problem}");
    let read = dashboards.get("query?q=a%20b%20OR%20c&text=c").await;
    assert_eq!((&read["canonical"], &read["explained"]["holds"]), (&json!("a AND b OR c"), &json!(true)));
    stored.stop().await;
}

#[tokio::test]
async fn without_a_user_that_writes_there_is_no_search_and_it_says_so() {
    let dashboards = Running::start(&crate::support::nobody()).await;
    let (status, problem) = dashboards.ask("mentions?q=battery").await;
    assert_eq!((status, &problem["type"]), (503, &json!("urn:hark:problem:no-writer")));
    dashboards.stop().await;
}
