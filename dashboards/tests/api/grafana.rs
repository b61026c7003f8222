//! Each panel of the Grafana dashboards asks something that the analyst may ask, and gets rows.

use std::path::Path;

use hark_dashboards::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Stored, mentions};
use crate::visitor::Visitor;

/// What the plugin for ClickHouse makes of its macros, for the time of the mentions of the tests.
///
/// Source: <https://github.com/grafana/clickhouse-datasource#macros>, read 2026-11-22.
fn without_macros(sql: &str) -> String {
    let between =
        |column: &str| format!("{column} >= toDateTime('2025-03-01') AND {column} <= toDateTime('2025-04-01')");
    let mut sql = sql.to_owned();
    for column in ["published_at", "collected_at"] {
        sql = sql.replace(&format!("$__timeFilter({column})"), &between(column));
        let interval = format!("toStartOfInterval(toDateTime({column}), INTERVAL 3600 second)");
        sql = sql.replace(&format!("$__timeInterval({column})"), &interval);
    }
    assert!(!sql.contains('$'), "{sql}");
    sql
}

#[tokio::test]
async fn every_panel_is_answered_with_rows() {
    let stored = Stored::start_with(&mentions(), |options: Options| options).await;
    stored
        .insert_into(
            "ledger_entries",
            &[json!({"raw_partition": 0, "raw_offset": 1, "outcome": "stored", "reason": ""})],
        )
        .await;
    let correction = json!({"mention_id": "m1", "published_on": "2025-03-27", "field": "intent", "old": "", "new": "complaint", "corrected_by": "anna"});
    stored.insert_into("corrections", &[correction]).await;
    let mut visitor = Visitor::new(&stored.dashboards.url);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana/dashboards");
    let mut dashboards = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let dashboard: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        dashboards += 1;
        for panel in dashboard["panels"].as_array().unwrap() {
            let query = without_macros(panel["targets"][0]["rawSql"].as_str().unwrap());
            let answer = visitor.send(Method::POST, "/api/v1/sql", Some(&json!({"query": query}))).await;
            let text = answer.text().await.unwrap();
            let end: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            let what = format!("{}: {}: {text}", path.display(), panel["title"]);
            assert_eq!(end["error"], Value::Null, "{what}");
            assert!(end["rows"].as_u64().is_some_and(|rows| rows > 0), "{what}");
        }
    }
    assert_eq!(dashboards, 4);
    stored.stop().await;
}
