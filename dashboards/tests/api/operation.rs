//! What the pipeline tells: the proof, the sources, the metrics.

use std::sync::Arc;

use hark_bus::{Edition, Kafka};
use hark_dashboards::{
    ConfiguredSource, Options, Pipeline, Relabelling, Rulebook, Unpublished, Verified, serve_metrics,
};
use hark_mention::{ErrorClass, Gap, SourceHealth, Timestamp, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::{Running, nobody, options, until};
use crate::visitor::Visitor;

/// A pipeline that lacks two records, and proves that when it is let.
pub(crate) struct Lacking(pub(crate) Semaphore);

#[async_trait::async_trait]
impl Pipeline for Lacking {
    async fn verify(&self) -> Result<Verified, String> {
        self.0.acquire().await.unwrap().forget();
        let totals = vec![("stored".to_owned(), String::new(), 7), ("dropped".to_owned(), "empty".to_owned(), 1)];
        Ok(Verified { totals, gaps: [(0, std::iter::once(3..5).collect())].into(), compared: 7, ..Verified::default() })
    }

    async fn sources(&self) -> Result<Vec<ConfiguredSource>, String> {
        let now = Timestamp::now();
        let mut health = SourceHealth::new("news", "rss", "worker", now);
        health.last_answer = Some(now);
        health.trouble =
            Some(Trouble { class: ErrorClass::Setup, error: "the token has expired".into(), since: now, until: now });
        health.gaps = vec![Gap { from: now, to: now, why: "it was away".into() }];
        let source = |name: &str, health| ConfiguredSource { name: name.to_owned(), kind: "rss".to_owned(), health };
        Ok(vec![source("news", Some(health)), source("blogs", None)])
    }

    async fn metrics(&self) -> String {
        "hark_items_total 1\n# EOF\n".to_owned()
    }
}

/// Keeps editions as the pipeline does, and takes any; nothing is stored that could be labelled again.
pub(crate) struct Editions(pub(crate) Kafka);

#[async_trait::async_trait]
impl Rulebook for Editions {
    async fn editions(&self) -> Result<Vec<Edition>, String> {
        let kafka = self.0.clone();
        tokio::task::spawn_blocking(move || hark_bus::editions(&kafka))
            .await
            .unwrap()
            .map_err(|error| error.to_string())
    }

    async fn publish(&self, edition: Edition) -> Result<(), Unpublished> {
        let counts = hark_bus::publish_edition(&self.0, edition).await;
        match counts.map_err(|error| Unpublished::Away(error.to_string()))? {
            true => Ok(()),
            false => Err(Unpublished::Outdated),
        }
    }

    async fn relabelling(&self) -> Result<Relabelling, String> {
        Ok(Relabelling::default())
    }

    fn relabel(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&self) {}
}

#[tokio::test]
async fn a_proof_is_made_once_at_a_time_and_names_what_is_missing() {
    let pipeline = Arc::new(Lacking(Semaphore::new(0)));
    let handed: Arc<dyn Pipeline> = Arc::<Lacking>::clone(&pipeline);
    let dashboards = Running::start_with(Options { pipeline: Some(handed), ..options(&nobody()) }).await;
    let mut visitor = Visitor::new(&dashboards.url);
    assert_eq!(visitor.get("verify").await.1["complete"], Value::Null);
    for _ in 0..2 {
        let (status, begun) = visitor.ask(Method::POST, "verify", None).await;
        assert_eq!((status, &begun["running"]), (202, &json!(true)));
    }
    // Let two proofs run: a second one would take the second permit.
    pipeline.0.add_permits(2);
    let proof = until(&dashboards, "verify", |_, proof| proof["running"] == false).await;
    assert_eq!(pipeline.0.available_permits(), 1, "one proof was made");
    assert_eq!(proof["complete"], false);
    assert_eq!(proof["missing"], json!([{"partition": 0, "first": 3, "last": 4}]));
    assert_eq!(proof["outcomes"][1], json!({"outcome": "dropped", "reason": "empty", "records": 1}));
    let (_, sources) = visitor.get("pipeline/sources").await;
    let (news, blogs) = (&sources["sources"][0], &sources["sources"][1]);
    assert_eq!(
        (&news["name"], &news["state"], &news["why"]),
        (&json!("news"), &json!("broken"), &json!("the token has expired"))
    );
    assert_eq!(news["gaps"][0]["reason"], "it was away");
    assert_eq!((&blogs["state"], &blogs["last_answer_at"]), (&json!("unread"), &Value::Null));
    let metrics = visitor.send(Method::GET, "/metrics", None).await;
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(metrics.text().await.unwrap().contains("hark_items_total 1"));
    dashboards.stop().await;
    let without = Running::start(&nobody()).await;
    assert_eq!(without.ask("pipeline/sources").await.1["type"], "urn:hark:problem:pipeline-unavailable");
    without.stop().await;
}

#[tokio::test]
async fn a_stage_alone_has_metrics_and_nothing_else() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cancel = CancellationToken::new();
    let serving = tokio::spawn(serve_metrics(listener, Arc::new(Lacking(Semaphore::new(0))), cancel.clone()));
    assert!(reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap().contains("hark_items_total"));
    assert_eq!(reqwest::get(format!("{url}/api/v1/health")).await.unwrap().status(), 404);
    cancel.cancel();
    serving.await.unwrap().unwrap();
}
