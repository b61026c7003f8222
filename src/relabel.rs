//! Giving stored mentions the labels of today's brands, topics and models.
//!
//! Three things happen at once: a lot is read, the one before it is labelled on all cores, the one before that is written.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use hark_enrich::{Labeller, Models, Workers};
use hark_query::Segmenter;
use hark_sink::{History, Lot, Piece, Scope};
use hark_store::Access;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, compile};

/// Most mentions that are read with one question.
const LOT: u64 = 200_000;
/// Most mentions that are labelled together.
const PIECE: usize = 50_000;
/// The same two with a transformer, which may take a second for a few dozen.
const SLOW: (u64, usize) = (2_000, 200);

/// First and longest pause after the database failed; with the longest, nothing came of it for two minutes.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(64));

/// Which mentions, by what, and how fast.
#[derive(Clone)]
pub(crate) struct Relabel {
    labeller: Arc<Labeller>,
    scope: Scope,
    /// Most mentions a second; `None` for as fast as it goes.
    rate: Option<u64>,
    /// `[enrich] author_history`.
    author_history: usize,
    lot: u64,
    piece: usize,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Mentions labelled by earlier calls that did not come to their end.
    pub(crate) before: u64,
    /// Mentions labelled by this one.
    pub(crate) done: u64,
    /// All that there were to label, those before included.
    pub(crate) total: u64,
    started: Instant,
}

impl Progress {
    /// Mentions a second.
    pub(crate) fn speed(&self) -> u64 {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.done.saturating_mul(1000) / millis
    }

    /// Seconds until the end, at the present speed; 0 before there is one.
    pub(crate) fn seconds_left(&self) -> u64 {
        self.total.saturating_sub(self.before + self.done).checked_div(self.speed()).unwrap_or_default()
    }
}

/// What came of it.
pub(crate) struct Relabelled {
    pub(crate) progress: Progress,
    /// Those that have the built-in model's tone, for the transformer failed on them.
    pub(crate) kept: u64,
}

impl Relabel {
    /// Labels by what `config` says now, those published from the first to the last of `days`; those that have such labels
    /// already only with `all`.
    ///
    /// # Errors
    ///
    /// When a model's file cannot be used.
    pub(crate) fn new(
        config: &Config,
        segmenter: Segmenter,
        days: (Option<String>, Option<String>),
        all: bool,
        rate: Option<u64>,
    ) -> Result<Self> {
        let rules = compile(&config.rules, segmenter, &mut Vec::new());
        let labeller = Arc::new(Labeller::new(rules, Models::load(&config.enrich)?));
        let (model, rules) = labeller.versions();
        let scope = Scope { model_version: model.to_owned(), rules_version: rules.to_owned(), days, all };
        let (lot, piece) = if config.enrich.transformer.is_some() { SLOW } else { (LOT, PIECE) };
        let lot = rate.map_or(lot, |rate| (rate * 10).clamp(1000, lot));
        let piece = rate.map_or(piece, |rate| usize::try_from(rate).unwrap_or(piece).min(piece));
        Ok(Self { labeller, scope, rate, author_history: config.enrich.author_history, lot, piece })
    }

    /// How many mentions have other labels than these would be.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub(crate) async fn left(&self, access: &Access) -> Result<u64> {
        Ok(History::open(access, self.scope.clone()).await?.left().await?)
    }

    /// Labels until all are labelled, or until `cancel`: then each mention has its old or its new labels, and the next call
    /// goes on. Calls `tell` often. A database that fails once it was there is waited for.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or fails for minutes; the next call goes on where this one was.
    pub(crate) async fn run(
        self,
        access: &Access,
        mut tell: impl FnMut(&Progress),
        cancel: &CancellationToken,
    ) -> Result<Relabelled> {
        let (mut so_far, mut pause) = (None::<Progress>, PAUSE.0);
        loop {
            let reached = so_far.map(|progress| progress.done);
            let error = match self.clone().pass(access, &mut tell, &mut so_far, cancel).await {
                Err(error) if error.is::<hark_sink::Error>() && so_far.is_some() => error,
                done => return done,
            };
            if so_far.map(|progress| progress.done) > reached {
                pause = PAUSE.0;
            }
            if pause > PAUSE.1 {
                return Err(error.context("call it again to go on"));
            }
            tracing::warn!(%error, wait_s = pause.as_secs(), "labelling rests, and then goes on");
            tokio::select! { () = cancel.cancelled() => {}, () = tokio::time::sleep(pause) => {} }
            pause *= 2;
        }
    }

    /// Labels from where the last pass noted that it was; `so_far` is how far all passes are.
    async fn pass(
        self,
        access: &Access,
        mut tell: impl FnMut(&Progress),
        so_far: &mut Option<Progress>,
        cancel: &CancellationToken,
    ) -> Result<Relabelled> {
        let mut history = History::open(access, self.scope.clone()).await?;
        if history.done() > 0 && !self.scope.all && history.left().await? == 0 {
            // What came meanwhile may lie before the place where it stopped.
            history.finish().await?;
            history = History::open(access, self.scope.clone()).await?;
        }
        let (before, left) = (history.done(), history.left().await?);
        let first = Progress { before, done: 0, total: before + left, started: Instant::now() };
        let progress = so_far.get_or_insert(first);
        if self.scope.all {
            // What was written since the last note is labelled once more.
            progress.done = before - progress.before;
        }
        let (noted, done) = (before, progress.done);
        tell(progress);
        if left == 0 {
            history.finish().await?;
            return Ok(Relabelled { progress: *progress, kept: 0 });
        }
        let lots = history.lots(self.lot).await?;
        let history = Arc::new(history);
        let (read, to_label) = mpsc::channel(1);
        let (labelled, mut to_write) = mpsc::channel(1);
        let reading = tokio::spawn(read_all(Arc::clone(&history), lots, self.piece, read, cancel.clone()));
        let workers = Workers::new(self.author_history);
        let (labeller, all) = (self.labeller, self.scope.all);
        let labelling = tokio::task::spawn_blocking(move || label_all(&labeller, all, workers, to_label, labelled));
        let written = async {
            while let Some(passing) = to_write.recv().await {
                match passing {
                    Passing::Piece(piece) => {
                        history.write(&piece).await?;
                        progress.done += piece.len() as u64;
                    }
                    Passing::End(lot) => history.note(&lot, noted + progress.done - done).await?,
                }
                tell(progress);
                if let Some(rate) = self.rate {
                    slow_down(progress, rate, cancel).await;
                }
            }
            Ok::<_, anyhow::Error>(())
        };
        let written = written.await;
        // With its end gone, the others stop too; what stopped this one comes first.
        drop(to_write);
        written?;
        let kept = labelling.await.context("labelling panicked")?;
        reading.await.context("reading panicked")??;
        if !cancel.is_cancelled() {
            history.finish().await?;
        }
        Ok(Relabelled { progress: *progress, kept })
    }
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
    all: bool,
    mut workers: Workers,
    mut read: mpsc::Receiver<Passing>,
    labelled: mpsc::Sender<Passing>,
) -> u64 {
    let mut kept = 0;
    while let Some(mut passing) = read.blocking_recv() {
        if let Passing::Piece(piece) = &mut passing {
            piece.relabel(|stored| {
                let labels = workers.relabel(labeller, stored, all);
                kept += labels.iter().filter(|labels| labels.model_version != labeller.versions().0).count() as u64;
                labels
            });
        }
        if labelled.blocking_send(passing).is_err() {
            break;
        }
    }
    kept
}

/// Waits until no more than `rate` mentions a second were written.
async fn slow_down(progress: &Progress, rate: u64, cancel: &CancellationToken) {
    let due = Duration::from_millis(progress.done.saturating_mul(1000) / rate.max(1));
    if let Some(early) = due.checked_sub(progress.started.elapsed()) {
        tokio::select! { () = cancel.cancelled() => (), () = tokio::time::sleep(early) => () }
    }
}
