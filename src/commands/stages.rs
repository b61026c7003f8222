//! `hark ingest`, `enrich`, `sink`, `dashboards`: one stage a process, on real servers.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use hark_bus::Kafka;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    engines::Engines,
    logging::Screen,
    pipeline::{self, StageTask},
    privacy::privacy,
    status,
};

pub(crate) async fn ingest(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    anyhow::ensure!(!config.sources.is_empty(), "no sources are configured: add a [[source]] to hark.toml");
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let privacy = privacy(&config, None)?;
    let stage = pipeline::ingest(&config, &engines.kafka, &pipeline::segmenter(), privacy).await?;
    until_told(stage, &engines, screen, cancel).await
}

pub(crate) async fn enrich(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let stage = pipeline::enrich(&config, &engines.kafka, &pipeline::segmenter())?;
    until_told(stage, &engines, screen, cancel).await
}

pub(crate) async fn sink(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let stage = pipeline::sink(&config, &engines.kafka, &engines.writer).await?;
    until_told(stage, &engines, screen, cancel).await
}

pub(crate) async fn dashboards(mut config: Config, listen: Option<String>, cancel: CancellationToken) -> Result<()> {
    if let Some(listen) = listen {
        config.dashboards.listen = listen;
    }
    let access = hark_store::Access::analyst(&config.clickhouse)?
        .context("the dashboards need a real server: set `[clickhouse] url` in hark.toml, or use `hark up`")?;
    let kafka = config.kafka.brokers.is_some().then(|| Kafka::new(&config.kafka, None)).transpose()?;
    let Config { dashboards, brands, products, .. } = config;
    let options = hark_dashboards::Options { access, kafka, config: dashboards, brands, products };
    hark_dashboards::bind(options).await?.serve(cancel).await?;
    Ok(())
}

async fn until_told(mut stage: StageTask, engines: &Engines, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let lines = status::show(screen, &engines.kafka, &[(stage.name, Arc::clone(&stage.counts))]);
    tracing::info!(stage = stage.name, kafka = engines.kafka.brokers(), "working");
    let ended = tokio::select! {
        () = cancel.cancelled() => Ok(()),
        ended = stage.ended() => ended,
    };
    let stopped = stage.stop().await;
    lines.clear().await;
    ended.and(stopped)
}
