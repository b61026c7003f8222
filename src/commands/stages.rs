//! `hark ingest`, `enrich`, `sink`, `dashboards`: one stage a process, on real servers.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use hark_bus::Kafka;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    editions,
    engines::Engines,
    logging::Screen,
    operations::Operations,
    pipeline::{self, StageTask},
    privacy::privacy,
    status,
};

pub(crate) async fn ingest(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    anyhow::ensure!(!config.sources.is_empty(), "no sources are configured: add a [[source]] to hark.toml");
    let engines = Engines::configured(&config)?;
    let current = editions::follow(&config, &engines.kafka).await?;
    let privacy = privacy(&config, None)?;
    let stage = pipeline::ingest(current, &engines.kafka, &pipeline::segmenter(), privacy).await?;
    until_told(stage, &config, &engines, screen, cancel).await
}

pub(crate) async fn enrich(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::configured(&config)?;
    let current = editions::follow(&config, &engines.kafka).await?;
    let stage = pipeline::enrich(current, &engines.kafka, &pipeline::segmenter())?;
    until_told(stage, &config, &engines, screen, cancel).await
}

pub(crate) async fn sink(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let stage = pipeline::sink(&config, &engines.kafka, &engines.writer).await?;
    until_told(stage, &config, &engines, screen, cancel).await
}

pub(crate) async fn dashboards(mut config: Config, listen: Option<String>, cancel: CancellationToken) -> Result<()> {
    if let Some(listen) = listen {
        config.dashboards.listen = listen;
    }
    let access = hark_store::Access::analyst(&config.clickhouse)?
        .context("the dashboards need a real server: set `[clickhouse] url` in hark.toml, or use `hark up`")?;
    let kafka = config.kafka.brokers.is_some().then(|| Kafka::new(&config.kafka, None)).transpose()?;
    let writer = hark_store::Access::writer(&config.clickhouse)?;
    let operations: Option<Arc<dyn hark_dashboards::Pipeline>> = match (&kafka, &writer) {
        (Some(kafka), Some(writer)) => Some(Arc::new(Operations::new(&config, kafka, writer))),
        _ => None,
    };
    let current = editions::follow_when_there(&config, kafka.as_ref());
    let options = pipeline::dashboards(current, access, writer, kafka, &pipeline::segmenter(), operations);
    hark_dashboards::bind(options).await?.serve(cancel).await?;
    Ok(())
}

async fn until_told(
    mut stage: StageTask,
    config: &Config,
    engines: &Engines,
    screen: &Screen,
    cancel: CancellationToken,
) -> Result<()> {
    let counts = vec![(stage.name, Arc::clone(&stage.counts))];
    let lines = status::show(screen, &engines.kafka, &counts);
    if let Some(listen) = &config.metrics.listen {
        let listener = tokio::net::TcpListener::bind(listen).await;
        let listener = listener.with_context(|| format!("cannot listen on `[metrics] listen`, {listen}"))?;
        let operations = Arc::new(Operations::new(config, &engines.kafka, &engines.writer));
        operations.watch(counts);
        tokio::spawn(hark_dashboards::serve_metrics(listener, operations, cancel.clone()));
    }
    tracing::info!(stage = stage.name, kafka = engines.kafka.brokers(), "working");
    let ended = tokio::select! {
        () = cancel.cancelled() => Ok(()),
        ended = stage.ended() => ended,
    };
    let stopped = stage.stop().await;
    lines.clear().await;
    ended.and(stopped)
}
