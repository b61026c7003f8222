//! `hark relabel`: gives stored mentions the labels of today's brands, topics and models.
//!
//! Three things happen at once: a lot is read, the one before it is labelled on all cores, the one before that is written.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hark_enrich::{Labeller, Workers};
use hark_mention::config::Problem;
use hark_sink::{History, Lot, Piece, Scope};
use indicatif::ProgressBar;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    args::RelabelArgs,
    commands::import::style,
    config::{Config, Refused},
    engines::Engines,
    logging::Screen,
    pipeline,
    status::grouped,
};

/// Most mentions that are read with one question.
const LOT: u64 = 200_000;
/// Most mentions that are labelled together.
const PIECE: usize = 25_000;
/// The same two with a transformer, which may take a second for a few dozen.
const SLOW: (u64, usize) = (2_000, 200);
/// Time between two lines in the log, when nobody watches a terminal.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

pub(crate) async fn run(config: Config, args: RelabelArgs, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let days = (day("--from", args.from.as_deref())?, day("--to", args.to.as_deref())?);
    let labeller = Arc::new(pipeline::labeller(&config, &pipeline::segmenter())?);
    let (model, rules) = labeller.versions();
    let scope = Scope { model_version: model.to_owned(), rules_version: rules.to_owned(), days, all: args.all };
    let engines = Engines::open(&config, &args.data.data).await?;
    let relabelled = relabel(&config, &args, scope, labeller, &engines, screen, &cancel).await;
    engines.shutdown().await;
    relabelled
}

/// A day, as it is written in the question.
fn day(name: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Refused::argument(Problem::new(name, format!("must be a day such as 2026-11-22, found `{text}`")));
    hark_mention::Timestamp::parse(&format!("{text}T00:00:00Z")).map_err(|_| wrong())?;
    Ok(Some(text.to_owned()))
}

async fn relabel(
    config: &Config,
    args: &RelabelArgs,
    scope: Scope,
    labeller: Arc<Labeller>,
    engines: &Engines,
    screen: &Screen,
    cancel: &CancellationToken,
) -> Result<()> {
    hark_sink::migrate(&engines.writer.client(), &engines.writer.database).await?;
    let mut history = History::open(&engines.writer, scope.clone()).await?;
    if history.done() > 0 && !args.all && history.left().await? == 0 {
        // What came meanwhile may lie before the place where it stopped.
        history.finish().await?;
        history = History::open(&engines.writer, scope).await?;
    }
    let (before, left) = (history.done(), history.left().await?);
    if before > 0 {
        println!("going on after {} mentions that were labelled before", grouped(before));
    }
    if left == 0 {
        println!("no mention is to be labelled again");
        return Ok(history.finish().await?);
    }
    let rate = args.rate.map(u64::from);
    let (lot, piece) = if config.enrich.transformer.is_some() { SLOW } else { (LOT, PIECE) };
    let lots = history.lots(rate.map_or(lot, |rate| (rate * 10).clamp(1000, lot))).await?;
    let bar = ProgressBar::new(before + left)
        .with_style(style("{bar:30} {percent:>3} %  {msg}  {eta} left"))
        .with_position(before);
    let bar = screen.lines.add(bar);
    bar.reset_eta();
    let history = Arc::new(history);
    let (read, to_label) = mpsc::channel(1);
    let (labelled, to_write) = mpsc::channel(1);
    let piece = rate.map_or(piece, |rate| usize::try_from(rate).unwrap_or(piece).min(piece));
    let reading = tokio::spawn(read_all(Arc::clone(&history), lots, piece, read, cancel.clone()));
    let workers = Workers::new(config.enrich.author_history);
    let labelling = tokio::task::spawn_blocking(move || label_all(&labeller, workers, to_label, labelled));
    let mut writing = Writing { rate, bar: bar.clone(), live: screen.live, started: Instant::now(), done: 0, before };
    let written = writing.write_all(&history, to_write, cancel).await;
    bar.finish_and_clear();
    // The writer has let go of its end, so the others stop too; what stopped it comes first.
    written?;
    let kept = labelling.await.context("labelling panicked")?;
    reading.await.context("reading panicked")??;
    let done = grouped(writing.done);
    if cancel.is_cancelled() {
        bail!("stopped after {done} mentions, each with its old or its new labels; call it again to go on");
    }
    history.finish().await?;
    println!("{done} mentions have new labels ({}/s)", grouped(writing.speed()));
    if kept > 0 {
        println!("{} of them have the built-in model's tone, for the transformer failed on them", grouped(kept));
    }
    Ok(())
}

/// What passes from stage to stage: mentions, or the news that a lot is complete.
enum Passing {
    Piece(Piece),
    End(Lot),
}

/// Reads lot after lot until `cancel`, or until nobody takes them any more.
async fn read_all(
    history: Arc<History>,
    lots: Vec<Lot>,
    piece: usize,
    read: mpsc::Sender<Passing>,
    cancel: CancellationToken,
) -> Result<()> {
    for lot in lots {
        let mut pieces = history.read(&lot, piece)?;
        while let Some(piece) = pieces.next().await? {
            if cancel.is_cancelled() || read.send(Passing::Piece(piece)).await.is_err() {
                return Ok(());
            }
        }
        if cancel.is_cancelled() || read.send(Passing::End(lot)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Labels what is read. The answer is how many mentions are not labelled by all models that are configured.
fn label_all(
    labeller: &Labeller,
    mut workers: Workers,
    mut read: mpsc::Receiver<Passing>,
    labelled: mpsc::Sender<Passing>,
) -> u64 {
    let mut kept = 0;
    while let Some(mut passing) = read.blocking_recv() {
        if let Passing::Piece(piece) = &mut passing {
            let labels = workers.labels(labeller, &piece.mentions());
            kept += labels.iter().filter(|labels| labels.model_version != labeller.versions().0).count() as u64;
            piece.relabel(labels);
        }
        if labelled.blocking_send(passing).is_err() {
            break;
        }
    }
    kept
}

/// The last stage, which tells how far it is.
struct Writing {
    rate: Option<u64>,
    bar: ProgressBar,
    live: bool,
    started: Instant,
    done: u64,
    before: u64,
}

impl Writing {
    async fn write_all(
        &mut self,
        history: &History,
        mut labelled: mpsc::Receiver<Passing>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let mut logged = Instant::now();
        while let Some(passing) = labelled.recv().await {
            match passing {
                Passing::Piece(piece) => {
                    history.write(&piece).await.context("call it again to go on")?;
                    self.done += piece.len() as u64;
                }
                Passing::End(lot) => history.note(&lot, self.before + self.done).await?,
            }
            self.bar.set_position(self.before + self.done);
            self.bar.set_message(format!("{} mentions, {}/s", grouped(self.done), grouped(self.speed())));
            if !self.live && logged.elapsed() >= LOG_INTERVAL {
                logged = Instant::now();
                let (done, rate, left) = (self.done, self.speed(), self.bar.eta().as_secs());
                tracing::info!(done, rate, seconds_left = left, "labelling stored mentions again");
            }
            self.slow_down(cancel).await;
        }
        Ok(())
    }

    /// Waits until no more than `rate` mentions a second were written.
    async fn slow_down(&self, cancel: &CancellationToken) {
        let Some(rate) = self.rate else { return };
        let due = Duration::from_millis(self.done.saturating_mul(1000) / rate.max(1));
        if let Some(early) = due.checked_sub(self.started.elapsed()) {
            tokio::select! { () = cancel.cancelled() => (), () = tokio::time::sleep(early) => () }
        }
    }

    fn speed(&self) -> u64 {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.done.saturating_mul(1000) / millis
    }
}
