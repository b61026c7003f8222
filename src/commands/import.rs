//! `hark import`: reads files of feedback into Kafka, and waits until they can be queried if asked to.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use hark_bus::{Counts, ENRICHED, Kafka, Progress, RAW, Snapshot};
use hark_ingest::{
    Ingest,
    sources::import::{self, ImportOptions, ImportSource},
};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::{
    args::ImportArgs, config::Config, editions, engines::Engines, logging::Screen, pipeline, privacy::privacy,
    status::grouped,
};

/// Time between two looks at how far the stages are.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

pub(crate) async fn run(config: Config, args: ImportArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let options = options(&args)?;
    // All files are looked at before anything is published: a wrong name is told at once.
    let mut files = Vec::new();
    for file in &args.files {
        let source = open(file.clone(), options.clone()).await?;
        eprintln!("{}", source.plan());
        files.push(source);
    }
    let engines = tokio::select! {
        () = cancel.cancelled() => bail!("interrupted; nothing was imported"),
        engines = Engines::open(&config, &args.data.data) => engines?,
    };
    let imported = import(&config, &args, files, &engines, screen, &cancel).await;
    engines.shutdown().await;
    imported
}

fn options(args: &ImportArgs) -> Result<ImportOptions> {
    Ok(ImportOptions {
        source: args.source.clone(),
        map: import::parse_map(&args.map.join(","))?,
        time_zone: args.time_zone.clone(),
        day_first: args.day_first,
        rating_scale: args.rating_scale,
        encoding: args.encoding.clone(),
        format: args.format,
        header: args.no_header.then_some(false),
        ..ImportOptions::default()
    })
}

async fn open(file: std::path::PathBuf, options: ImportOptions) -> Result<ImportSource> {
    let opening = tokio::task::spawn_blocking(move || import::open(&file, &options));
    Ok(opening.await.context("opening the file panicked")??)
}

async fn import(
    config: &Config,
    args: &ImportArgs,
    files: Vec<ImportSource>,
    engines: &Engines,
    screen: &Screen,
    cancel: &CancellationToken,
) -> Result<()> {
    hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    let mut stages = Vec::new();
    if engines.are_ours() && args.wait {
        let current = editions::follow(config, &engines.kafka).await?;
        stages.push(pipeline::enrich(current, &engines.kafka, &pipeline::segmenter())?);
        stages.push(pipeline::sink(config, &engines.kafka, &engines.writer).await?);
    }
    let counts = Arc::new(Counts::default());
    let ingest = Ingest::new(&engines.kafka, privacy(config, Some(&args.data.data))?, Arc::clone(&counts)).await?;
    for (file, source) in args.files.iter().zip(files) {
        publish(&ingest, file, source, screen, cancel).await?;
    }
    report(&counts.snapshot());
    if cancel.is_cancelled() {
        bail!("interrupted; import the same files again to finish, repeats change nothing");
    }
    if args.wait {
        tokio::select! {
            () = cancel.cancelled() => bail!("interrupted; the rows are in Kafka and are stored when the stages run"),
            waited = wait(&engines.kafka, screen, "rows") => waited?,
        }
        eprintln!("All rows can be queried.");
    } else if engines.are_ours() {
        eprintln!("The rows are in Kafka; `hark up` stores them. With --wait, `hark import` does so itself.");
    }
    for stage in stages {
        stage.stop().await?;
    }
    Ok(())
}

/// Publishes one file, with a progress bar.
async fn publish(
    ingest: &Ingest,
    file: &Path,
    mut source: ImportSource,
    screen: &Screen,
    cancel: &CancellationToken,
) -> Result<()> {
    let progress = source.progress();
    let bar = screen.lines.add(match progress.total_bytes() {
        Some(total) => ProgressBar::new(total).with_style(style("{bar:30} {percent:>3} %  {msg}  {eta} left")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}")),
    });
    let drawing = tokio::spawn({
        let bar = bar.clone();
        async move {
            let mut ticks = tokio::time::interval(LOOK);
            loop {
                ticks.tick().await;
                bar.set_position(progress.bytes());
                bar.set_message(format!("{} rows", grouped(progress.rows())));
            }
        }
    });
    let name = file.display().to_string();
    let published = ingest.run_to_end(&name, &mut source, cancel).await;
    drawing.abort();
    bar.finish_and_clear();
    Ok(published?)
}

fn report(counts: &Snapshot) {
    eprintln!("{} rows read, {} published", grouped(counts.read()), grouped(counts.kept));
    for (reason, rows) in counts.dropped.iter().filter(|(_, rows)| *rows > 0) {
        eprintln!("  {} left out: {}", grouped(*rows), reason.as_str());
    }
    for (reason, rows) in counts.rejected.iter().filter(|(_, rows)| *rows > 0) {
        eprintln!("  {} rejected: {} (kept with file and line: `hark dead list`)", grouped(*rows), reason.as_str(),);
    }
    let masked = counts.masked.iter().filter(|(_, times)| *times > 0);
    let masked: Vec<String> = masked.map(|(kind, times)| format!("{} {}", grouped(*times), kind.as_str())).collect();
    if !masked.is_empty() {
        eprintln!("  masked in them: {}", masked.join(", "));
    }
}

/// Waits until everything that is in Kafka now is stored; `what` that is, for the person who waits.
pub(crate) async fn wait(kafka: &Kafka, screen: &Screen, what: &str) -> Result<()> {
    let bar = screen.lines.add(ProgressBar::new_spinner().with_style(style("{spinner} {msg}")));
    for (group, topic, done) in [(hark_enrich::GROUP, RAW, "labelled"), (hark_sink::GROUP, ENRICHED, "stored")] {
        let progress = Arc::new(Progress::new(kafka, group, topic)?);
        let asked = Arc::clone(&progress);
        let ends = tokio::task::spawn_blocking(move || asked.ends()).await.context("asking panicked")??;
        loop {
            let (asked, ends) = (Arc::clone(&progress), ends.clone());
            let missing =
                tokio::task::spawn_blocking(move || asked.missing(&ends)).await.context("asking panicked")??;
            if missing == 0 {
                break;
            }
            bar.set_message(format!("{} {what} are still to be {done}", grouped(missing)));
            tokio::time::sleep(LOOK).await;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

pub(crate) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is valid")
}
