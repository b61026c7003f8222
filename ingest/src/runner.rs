//! The loop of one source: fetch a page, publish it, move the cursor.

use std::{sync::Arc, time::Duration};

use hark_bus::{Counts, DeadLetter, Kafka, Outgoing, Producer, RAW, Stage, crash_point};
use hark_mention::{Event, MAX_EVENT_BYTES, RejectReason, Rejection, Timestamp};
use hark_privacy::Privacy;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    budget::Budget,
    cursors::{BACKFILL, Cursors},
    health::Watch,
    registry::SourceConfig,
    source::{Again, Backfilled, Item, Page, Period, Source, SourceContext, SourceError},
    workers,
};

/// First and longest wait after a failed call, where the source asks for no other.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// Wait before a source that needs its operator is tried again.
const OPERATOR_WAIT: Duration = Duration::from_secs(300);

/// A source that is being read.
pub(crate) struct Reading {
    pub(crate) name: String,
    pub(crate) source: Box<dyn Source>,
    pub(crate) budget: Budget,
    pub(crate) watch: Arc<Watch>,
}

/// Runs sources and publishes what they bring.
pub struct Ingest {
    pub(crate) kafka: Kafka,
    pub(crate) producer: Producer,
    pub(crate) cursors: Arc<Cursors>,
    privacy: Privacy,
    counts: Arc<Counts>,
}

impl Ingest {
    /// Connects, and reads how far each source has been read. `privacy` is done to each event before it is published.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`] when Kafka cannot be used.
    pub async fn new(kafka: &Kafka, privacy: Privacy, counts: Arc<Counts>) -> Result<Self, Error> {
        let producer = Producer::new(kafka)?;
        let cursors = Arc::new(Cursors::load(kafka, producer.clone()).await?);
        Ok(Self { kafka: kafka.clone(), producer, cursors, privacy, counts })
    }

    /// Reads those of `sources`, each with its context, that fall to this worker, side by side, until `cancel` asks it to
    /// stop. All workers together read each source once.
    ///
    /// A source that fails is tried again, later and later; the others go on. When `sources` change, all begin anew, each
    /// where it was.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`] when Kafka fails in a way that its client does not mend by itself.
    pub async fn run(
        self,
        sources: watch::Receiver<Arc<Vec<(SourceConfig, SourceContext)>>>,
        cancel: CancellationToken,
    ) -> Result<(), Error> {
        workers::run(Arc::new(self), sources, cancel).await
    }

    /// The budget of a source for whoever reads its history; its worker spends of the same.
    pub fn backfill_budget(&self, name: &str) -> Budget {
        self.cursors.budget(name, true)
    }

    /// Reads what a source's other side has of `period`, and goes on where an earlier call with the same `task` was
    /// stopped. `progress` hears after each piece how much is read, 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] when the source has no history or needs a person, [`Error::Bus`] when Kafka fails.
    pub async fn backfill(
        &self,
        name: &str,
        task: &str,
        source: &mut dyn Source,
        period: Period,
        progress: impl Fn(f64),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let key = format!("{BACKFILL}{name}:{task}");
        let mut back_off = BACK_OFF.0;
        while !cancel.is_cancelled() {
            let after = self.cursors.get(&key);
            let read = tokio::select! {
                () = cancel.cancelled() => break,
                read = source.backfill(period, after.as_ref()) => read,
            };
            let wait = match read {
                Ok(Backfilled { page, done }) => {
                    back_off = BACK_OFF.0;
                    let again = self.keep(&key, page).await?;
                    progress(done);
                    match again {
                        Again::Never => return Ok(self.cursors.forget(&key).await?),
                        Again::Now => continue,
                        Again::After(wait) => wait,
                    }
                }
                Err(SourceError::Later { error, wait }) => {
                    let wait = wait.unwrap_or(back_off);
                    back_off = (back_off * 2).min(BACK_OFF.1);
                    tracing::warn!(source = name, error, wait_s = wait.as_secs(), "cannot read now, trying again");
                    wait
                }
                Err(error) => return Err(Error::Source { name: name.to_owned(), error }),
            };
            pause(wait, cancel).await;
        }
        Ok(())
    }

    /// Reads one source to its end, without waiting out what only its operator can mend.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] when it cannot be read to its end, [`Error::Bus`] when Kafka fails.
    pub async fn run_to_end(
        &self,
        name: &str,
        source: &mut dyn Source,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let mut after = None;
        while !cancel.is_cancelled() {
            let page =
                source.fetch(after.as_ref()).await.map_err(|error| Error::Source { name: name.to_owned(), error })?;
            let Page { items, next, again, .. } = page;
            self.publish(items).await?;
            after = next.or(after);
            match again {
                Again::Never => break,
                Again::Now => {}
                Again::After(wait) => pause(wait, cancel).await,
            }
        }
        Ok(())
    }

    /// Reads one source until `cancel`, or until it is exhausted.
    pub(crate) async fn keep_reading(&self, reading: &mut Reading, cancel: &CancellationToken) -> Result<(), Error> {
        let mut back_off = BACK_OFF.0;
        while !cancel.is_cancelled() {
            let after = self.cursors.get(&reading.name);
            let fetched = tokio::select! {
                () = cancel.cancelled() => break,
                fetched = reading.source.fetch(after.as_ref()) => fetched,
            };
            let wait = match fetched {
                Ok(page) => {
                    back_off = BACK_OFF.0;
                    reading.watch.answered(&page, Timestamp::now());
                    match self.keep(&reading.name, page).await? {
                        Again::Never => {
                            let over = SourceError::setup("there is nothing left to read");
                            reading.watch.failed(&over, OPERATOR_WAIT, Timestamp::now());
                            break;
                        }
                        Again::Now => continue,
                        Again::After(wait) => wait,
                    }
                }
                Err(error) => {
                    let wait = self.wait_after(reading, &error, back_off);
                    back_off = (back_off * 2).min(BACK_OFF.1);
                    wait
                }
            };
            pause(wait, cancel).await;
        }
        Ok(self.cursors.store_budget(&reading.name, &reading.budget).await?)
    }

    /// Tells of a failed call, and how long to wait before the next.
    fn wait_after(&self, reading: &Reading, error: &SourceError, back_off: Duration) -> Duration {
        let wait = match error {
            SourceError::Later { wait, .. } => wait.unwrap_or(back_off),
            SourceError::Setup(_) => OPERATOR_WAIT,
        };
        let (source, wait_s) = (&reading.name, wait.as_secs());
        match error {
            SourceError::Later { .. } => tracing::warn!(source, %error, wait_s, "cannot read now, trying again"),
            SourceError::Setup(_) => tracing::error!(source, %error, wait_s, "cannot be read until this is mended"),
        }
        reading.watch.failed(error, wait, Timestamp::now());
        wait
    }

    /// Makes a page durable, and only then moves the cursor.
    async fn keep(&self, name: &str, page: Page) -> Result<Again, Error> {
        self.publish(page.items).await?;
        if let Some(next) = page.next
            && self.cursors.get(name).as_ref() != Some(&next)
        {
            crash_point("ingest.published");
            self.cursors.store(name, next).await?;
        }
        Ok(page.again)
    }

    async fn publish(&self, items: Vec<Item>) -> Result<(), Error> {
        let mut records = Vec::with_capacity(items.len());
        let mut kept = 0;
        for item in items {
            match item {
                Item::Drop(reason) => self.counts.drop_one(reason),
                Item::Reject { raw, place, rejection } => {
                    self.counts.reject_one(rejection.reason);
                    let letter =
                        DeadLetter { stage: Stage::Ingest, rejection, place, key: Vec::new(), original: raw.into() };
                    records.push(letter.record());
                }
                Item::Keep(mut event) => {
                    let masked = self.privacy.event(&mut event);
                    masked.iter().for_each(|(kind, times)| self.counts.mask(kind, times));
                    match record(&event) {
                        Ok(record) => {
                            kept += 1;
                            records.push(record);
                        }
                        Err(letter) => {
                            self.counts.reject_one(letter.rejection.reason);
                            records.push(letter.record());
                        }
                    }
                }
            }
        }
        self.producer.publish(records).await?;
        self.counts.keep(kept);
        Ok(())
    }
}

fn record(event: &Event) -> Result<Outgoing, DeadLetter> {
    let (key, payload) = (event.key().as_bytes().to_vec(), event.encode());
    if payload.len() <= MAX_EVENT_BYTES {
        return Ok(Outgoing { topic: RAW, key, payload: Some(payload), headers: None });
    }
    let error = format!("{} bytes, but an event may have {MAX_EVENT_BYTES}", payload.len());
    let rejection = Rejection::new(RejectReason::TooLarge, error);
    Err(DeadLetter { stage: Stage::Ingest, rejection, place: event.key().to_owned(), key, original: payload })
}

async fn pause(wait: Duration, cancel: &CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = tokio::time::sleep(wait) => {}
    }
}
