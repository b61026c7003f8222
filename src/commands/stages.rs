//! `hark ingest`, `enrich`, `sink`, `dashboards`, `migrate`: one stage a process, on real servers.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    engines::Engines,
    logging::Screen,
    pipeline::{self, StageTask},
    status,
};

pub(crate) async fn ingest(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    anyhow::ensure!(!config.sources.is_empty(), "no sources are configured: add a [[source]] to hark.toml");
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let stage = pipeline::ingest(&config, &engines.kafka, &pipeline::segmenter()).await?;
    until_told(stage, &engines, screen, cancel).await
}

pub(crate) async fn enrich(config: Config, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::configured(&config)?;
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let stage = pipeline::enrich(&config, &engines.kafka, &pipeline::segmenter());
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
    let Config { dashboards, brands, products, .. } = config;
    let options = hark_dashboards::Options { access, config: dashboards, brands, products };
    hark_dashboards::bind(options).await?.serve(cancel).await?;
    Ok(())
}

pub(crate) async fn migrate(config: Config, data: &Path) -> Result<()> {
    let engines = Engines::open(&config, data).await?;
    let migrated = hark_sink::migrate(&engines.writer.client(), &engines.writer.database).await;
    engines.shutdown().await;
    migrated?;
    println!("the schema of database `{}` is up to date", config.clickhouse.database);
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
