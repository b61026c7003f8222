//! What the dashboards ask of the pipeline: the proof that nothing is lost, the sources, and the metrics.

use std::sync::{Arc, OnceLock};

use anyhow::Result;
use async_trait::async_trait;
use hark_bus::{Counts, ENRICHED, Kafka, Progress, RAW};
use hark_dashboards::{ConfiguredSource, Pipeline, Verified};
use hark_sink::Retention;
use hark_store::Access;

use crate::{commands::verify::standing, config::Config, metrics};

/// Name of a stage, and what it counts.
type StageCounts = (&'static str, Arc<Counts>);

/// The pipeline as this process sees it.
pub(crate) struct Operations {
    kafka: Kafka,
    writer: Access,
    retention: Retention,
    /// Names and types of the configured sources.
    sources: Vec<(String, &'static str)>,
    /// The stages that run here, once they do.
    stages: OnceLock<Vec<StageCounts>>,
}

impl Operations {
    pub(crate) fn new(config: &Config, kafka: &Kafka, writer: &Access) -> Self {
        let sources = config.sources.iter().map(|source| (source.name.clone(), source.kind())).collect();
        Self {
            kafka: kafka.clone(),
            writer: writer.clone(),
            retention: config.retention(),
            sources,
            stages: OnceLock::new(),
        }
    }

    /// Counts what these stages do, from now on.
    pub(crate) fn watch(&self, stages: Vec<StageCounts>) {
        // Stages are started once.
        drop(self.stages.set(stages));
    }

    async fn proof(&self) -> Result<Verified> {
        let kafka = self.kafka.clone();
        let standing = tokio::task::spawn_blocking(move || standing(&kafka)).await??;
        let client = self.writer.client();
        let (labelled, held) = (&standing.labelled, &standing.held);
        let findings = hark_sink::verify(&self.kafka, &client, labelled, held, &self.retention).await?;
        let totals = findings.totals.iter();
        Ok(Verified {
            totals: totals.map(|total| (total.outcome.clone(), total.reason.clone(), total.records)).collect(),
            waiting: u64::try_from(standing.waiting()).unwrap_or_default(),
            on_the_way: standing.on_the_way,
            gaps: findings.gaps,
            before: findings.before,
            compared: findings.compared,
            expired: findings.expired,
            absent: findings.absent,
            named: findings.named,
        })
    }
}

#[async_trait]
impl Pipeline for Operations {
    async fn verify(&self) -> Result<Verified, String> {
        self.proof().await.map_err(|error| format!("{error:#}"))
    }

    async fn sources(&self) -> Result<Vec<ConfiguredSource>, String> {
        let kafka = self.kafka.clone();
        let reading = tokio::task::spawn_blocking(move || hark_bus::source_health(&kafka)).await;
        let health = reading.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let configured = |(name, kind): &(String, &'static str)| ConfiguredSource {
            name: name.clone(),
            kind: (*kind).to_owned(),
            health: health.iter().find(|health| health.name == *name).cloned(),
        };
        Ok(self.sources.iter().map(configured).collect())
    }

    async fn metrics(&self) -> String {
        let kafka = self.kafka.clone();
        let stages = self.stages.get().map(Vec::as_slice).unwrap_or_default();
        let lags = tokio::task::spawn_blocking(move || lags(&kafka)).await.unwrap_or_default();
        // While Kafka is away, nothing is known of them.
        let sources = self.sources().await.unwrap_or_default();
        metrics::render(stages, &lags, &sources, &metrics::stored(&self.writer).await)
    }
}

/// How many records each stage is behind; none where Kafka does not tell.
fn lags(kafka: &Kafka) -> Vec<(&'static str, u64)> {
    let lag = |group, topic| Progress::new(kafka, group, topic).ok()?.lag().ok();
    let all = [("enrich", lag(hark_enrich::GROUP, RAW)), ("sink", lag(hark_sink::GROUP, ENRICHED))];
    all.into_iter().filter_map(|(stage, lag)| Some((stage, lag?))).collect()
}
