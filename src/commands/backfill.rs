//! `hark backfill`: reads what a source's other side has of the past.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use hark_bus::Counts;
use hark_ingest::{Estimate, Ingest, Period, Source as _, SourceConfig, SourceContext};
use hark_mention::{Timestamp, config::Problem};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::{
    args::BackfillArgs,
    config::{Config, Refused},
    editions,
    engines::Engines,
    logging::Screen,
    pipeline,
    privacy::privacy,
    status::grouped,
};

/// Steps of the progress bar.
const STEPS: u64 = 10_000;

pub(crate) async fn run(config: Config, args: BackfillArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let source = named(&config, &args.source)?;
    let now = Timestamp::now();
    let to = args.to.as_deref().map_or(Ok(now), |to| moment("--to", to))?.min(now);
    let period = Period { from: moment("--from", &args.from)?, to };
    if period.from >= period.to {
        return Err(Refused::argument(Problem::new("--from", "must be before --to, and in the past")).into());
    }
    let engines = tokio::select! {
        () = cancel.cancelled() => bail!("interrupted; nothing was read"),
        engines = Engines::open(&config, &args.data.data) => engines?,
    };
    let read = backfill(&config, source, period, &args, &engines, screen, &cancel).await;
    engines.shutdown().await;
    read
}

fn named<'a>(config: &'a Config, name: &str) -> Result<&'a SourceConfig> {
    let names = || config.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ");
    let known = config.sources.iter().find(|source| source.name == name);
    known.with_context(|| match config.sources.is_empty() {
        true => "no sources are configured: add a [[source]] to hark.toml".to_owned(),
        false => format!("no source is named `{name}`; there are {}", names()),
    })
}

/// A day, or a time with its offset.
fn moment(name: &str, text: &str) -> Result<Timestamp, Refused> {
    let day = format!("{text}T00:00:00Z");
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&day))
        .map_err(|_| Refused::argument(Problem::new(name, format!("must be a day such as 2026-01-31, found `{text}`"))))
}

async fn backfill(
    config: &Config,
    source: &SourceConfig,
    period: Period,
    args: &BackfillArgs,
    engines: &Engines,
    screen: &Screen,
    cancel: &CancellationToken,
) -> Result<()> {
    let config = &editions::in_force(config.clone(), &engines.kafka).await?;
    let counts = Arc::new(Counts::default());
    let ingest = Ingest::new(&engines.kafka, privacy(config, Some(&args.data.data))?, Arc::clone(&counts)).await?;
    let name = &source.name;
    let context = pipeline::source_context(config, source, config.wanted(&pipeline::segmenter()));
    let context = SourceContext { budget: ingest.backfill_budget(name), ..context };
    let mut reader = source.build(context).with_context(|| format!("source `{name}`"))?;
    let estimate = tokio::select! {
        () = cancel.cancelled() => bail!("interrupted; nothing was read"),
        estimate = reader.estimate(period) => estimate.with_context(|| format!("source `{name}`"))?,
    };
    eprintln!("{}", told(name, period, &estimate));
    if args.dry_run {
        return Ok(());
    }
    let bar = screen.lines.add(ProgressBar::new(STEPS).with_style(
        ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left").expect("the template is valid"),
    ));
    bar.enable_steady_tick(Duration::from_secs(1));
    let progress = |done: f64| {
        bar.set_position((done.clamp(0.0, 1.0) * STEPS as f64) as u64);
        bar.set_message(format!("{} mentions", grouped(counts.snapshot().kept)));
    };
    // As it was written: without `--to`, the end is another one each time.
    let task = format!("{} {}", args.from, args.to.as_deref().unwrap_or("now"));
    let read = ingest.backfill(name, &task, &mut *reader, period, progress, cancel).await;
    bar.finish_and_clear();
    read?;
    let counted = counts.snapshot();
    eprintln!("{} items read, {} published", grouped(counted.read()), grouped(counted.kept));
    if cancel.is_cancelled() {
        bail!("interrupted; the same command goes on where it stopped");
    }
    if engines.are_ours() {
        eprintln!("They are in Kafka; `hark up` stores them.");
    }
    Ok(())
}

fn told(name: &str, period: Period, estimate: &Estimate) -> String {
    let mentions =
        estimate.mentions.map_or("an unknown number of".to_owned(), |mentions| format!("about {}", grouped(mentions)));
    let units = estimate.units.map_or(String::new(), |units| format!(", {} units of its budget", grouped(units)));
    let note = estimate.note.as_ref().map_or(String::new(), |note| format!("\nNote: {note}."));
    let (from, to) = (period.from, period.to);
    let requests = grouped(estimate.requests);
    format!("{name} from {from} to {to}: {mentions} mentions, about {requests} requests{units}.{note}")
}
