//! The loop of one source: fetch a page, publish it, move the cursor.

use std::{sync::Arc, time::Duration};

use hark_bus::{Counts, DeadLetter, Kafka, Outgoing, Producer, RAW, Stage, crash_point};
use hark_mention::{Event, MAX_EVENT_BYTES, RejectReason, Rejection};
use hark_privacy::Privacy;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    cursors::Cursors,
    source::{Again, Item, Page, Source, SourceError},
};

/// First and longest wait after a failed call, where the source asks for no other.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// Wait before a source that needs its operator is tried again.
const OPERATOR_WAIT: Duration = Duration::from_secs(300);

/// A source under the name that its cursor is stored by.
pub struct NamedSource {
    /// Stable and unique.
    pub name: String,
    /// The source.
    pub source: Box<dyn Source>,
}

/// Runs sources and publishes what they bring.
pub struct Ingest {
    producer: Producer,
    cursors: Cursors,
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
        let cursors = Cursors::load(kafka, producer.clone()).await?;
        Ok(Self { producer, cursors, privacy, counts })
    }

    /// Runs all `sources` side by side until each is exhausted or `cancel` asks them to stop.
    ///
    /// A source that fails is tried again, later and later; the others go on.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`] when Kafka fails in a way that its client does not mend by itself.
    pub async fn run(self, sources: Vec<NamedSource>, cancel: CancellationToken) -> Result<(), Error> {
        let ingest = Arc::new(self);
        let mut tasks = JoinSet::new();
        for NamedSource { name, mut source } in sources {
            let (ingest, cancel) = (Arc::clone(&ingest), cancel.clone());
            tasks.spawn(async move {
                tracing::info!(source = name, "listening");
                ingest.keep_reading(&name, &mut *source, &cancel).await
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("a source does not panic")?;
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
            let Page { items, next, again } = page;
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

    async fn keep_reading(&self, name: &str, source: &mut dyn Source, cancel: &CancellationToken) -> Result<(), Error> {
        let mut back_off = BACK_OFF.0;
        while !cancel.is_cancelled() {
            let after = self.cursors.get(name);
            let fetched = tokio::select! {
                () = cancel.cancelled() => break,
                fetched = source.fetch(after.as_ref()) => fetched,
            };
            let wait = match fetched {
                Ok(page) => {
                    back_off = BACK_OFF.0;
                    match self.keep(name, page).await? {
                        Again::Never => break,
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
                Err(SourceError::Setup(error)) => {
                    tracing::error!(source = name, error, "cannot be read until this is mended");
                    OPERATOR_WAIT
                }
            };
            pause(wait, cancel).await;
        }
        Ok(())
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
