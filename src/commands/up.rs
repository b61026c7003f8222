//! `hark up`: the whole pipeline and the dashboards in one process.

use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use hark_bus::Counts;
use hark_ingest::Ingest;
use tokio_util::sync::CancellationToken;

use crate::{
    args::UpArgs, config::Config, demo, editions, engines::Engines, logging::Screen, operations::Operations, pipeline,
    pipeline::StageTask, privacy::privacy, status,
};

pub(crate) async fn run(mut config: Config, args: UpArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let started = Instant::now();
    if let Some(listen) = &args.listen {
        config.dashboards.listen.clone_from(listen);
    }
    let engines = tokio::select! {
        () = cancel.cancelled() => return Ok(()),
        engines = Engines::open(&config, &args.data.data) => engines?,
    };
    anyhow::ensure!(
        engines.are_ours() || config.kafka.brokers.is_some(),
        "hark up is already running on {}; stop it first, or choose another folder with --data",
        args.data.data.display()
    );
    let ended = pipeline_until_told(&config, &args, &engines, screen, started, cancel).await;
    engines.shutdown().await;
    if ended.is_ok() {
        eprintln!("hark: stopped");
    }
    ended
}

async fn pipeline_until_told(
    config: &Config,
    args: &UpArgs,
    engines: &Engines,
    screen: &Screen,
    started: Instant,
    cancel: CancellationToken,
) -> Result<()> {
    let segmenter = pipeline::segmenter();
    let operations = Arc::new(Operations::new(config, &engines.kafka, &engines.writer));
    let current = editions::follow(config, &engines.kafka).await?;
    let options = pipeline::dashboards(
        current.clone(),
        engines.analyst.clone(),
        Some(engines.writer.clone()),
        Some(engines.kafka.clone()),
        &segmenter,
        Some(Arc::<Operations>::clone(&operations) as Arc<dyn hark_dashboards::Pipeline>),
    );
    let dashboards = hark_dashboards::bind(options).await?;
    let page = format!("http://{}", dashboards.address());
    let sink = pipeline::sink(config, &engines.kafka, &engines.writer).await?;
    let enrich = pipeline::enrich(current.clone(), &engines.kafka, &segmenter)?;
    let privacy = privacy(config, Some(&args.data.data))?;
    let ingest = pipeline::ingest(current, &engines.kafka, &segmenter, privacy.clone()).await?;
    let mut stages = [ingest, enrich, sink];
    let counts = stages.each_ref().map(|stage: &StageTask| (stage.name, Arc::clone(&stage.counts)));
    operations.watch(counts.to_vec());
    let lines = status::show(screen, &engines.kafka, &counts);
    let serving = tokio::spawn(dashboards.serve(cancel.clone()));
    announce(&page, engines, config, started, args.demo);
    if args.open {
        // The sample's story takes 90 days; the page shows the last week unless asked for more.
        open(&if args.demo { format!("{page}/?period=90d") } else { page.clone() });
    }
    if args.demo {
        let ingest = Ingest::new(&engines.kafka, privacy, Arc::new(Counts::default())).await?;
        demo::load(&ingest, &args.data.data, &cancel).await?;
    }
    let sources = !config.sources.is_empty();
    let ended = tokio::select! {
        () = cancel.cancelled() => Ok(()),
        error = engines.failed() => Err(error),
        ended = first_to_end(&mut stages, sources) => ended,
    };
    cancel.cancel();
    for stage in stages {
        if let Err(error) = stage.stop().await {
            tracing::error!(error = format!("{error:#}"), "did not stop cleanly");
        }
    }
    lines.clear().await;
    serving.await.context("the dashboards panicked")??;
    ended
}

/// Returns when a stage ends by itself: an error, for they are to run until told otherwise.
async fn first_to_end([ingest, enrich, sink]: &mut [StageTask; 3], sources: bool) -> Result<()> {
    // Without sources there is nothing to read, and the stage has nothing to do.
    let ingest: Pin<Box<dyn Future<Output = Result<()>> + Send>> =
        if sources { Box::pin(ingest.ended()) } else { Box::pin(std::future::pending()) };
    tokio::select! { ended = ingest => ended, ended = enrich.ended() => ended, ended = sink.ended() => ended }
}

fn announce(page: &str, engines: &Engines, config: &Config, started: Instant, demo: bool) {
    let seconds = started.elapsed().as_secs_f32();
    eprintln!("\nHark is up ({seconds:.1} s). Press Ctrl-C to stop.\n");
    eprintln!("  Dashboards   {page}");
    eprintln!("  SQL          hark sql \"SELECT count() FROM mentions\"");
    eprintln!("  Kafka        {}", engines.kafka.brokers());
    eprintln!(
        "  ClickHouse   {}  (database {}, user {})",
        engines.writer.url, engines.writer.database, engines.analyst.user
    );
    if config.sources.is_empty() {
        let what = if demo { "This is sample data. For your own:" } else { "No sources are configured yet:" };
        eprintln!("\n  {what} add a [[source]] to hark.toml, or read a file: hark import FILE");
    }
    eprintln!();
}

/// Opens the page in the user's browser, if there is one.
fn open(page: &str) {
    let opened = std::process::Command::new("xdg-open")
        .arg(page)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if let Err(error) = opened {
        tracing::warn!(%error, page, "cannot open a browser here; open the page by hand");
    }
}
