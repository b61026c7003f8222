//! The loop: read a batch, store it, commit it.

use std::{sync::Arc, time::Duration};

use clickhouse::{Client, error::Result as StoreResult};
use hark_bus::{Batch, Consumer, Counts, DeadLetter, ENRICHED, Kafka, Outgoing, Producer, Record, Stage};
use hark_mention::{EnrichedEvent, ForgetAuthor, RejectReason, Rejection, deletion_version};
use hark_store::Access;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, SinkConfig,
    authors::{self, Forgotten},
    insert::{insert, refuses_data},
    keys,
    row::{MentionRow, Origin, time_in_range},
};

/// Consumer group of all sinks.
pub const GROUP: &str = "hark.sink";

/// First and longest wait before a failed insert is tried again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Stores what arrives on the enriched topic until `cancel` asks it to stop; then it finishes the batch at hand.
///
/// # Errors
///
/// [`Error::Bus`] when Kafka fails in a way that its client does not mend by itself. Outages of the database are
/// waited out: the batch is kept and tried again.
pub async fn run(
    kafka: &Kafka,
    access: &Access,
    config: SinkConfig,
    counts: Arc<Counts>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let consumer = Consumer::new(kafka, GROUP, ENRICHED)?;
    let store = Store {
        client: access.client(),
        timeout: access.timeout,
        producer: Producer::new(kafka)?,
        counts,
        cancel: cancel.clone(),
    };
    loop {
        let batch = tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            batch = consumer.next_batch(config.limits()) => batch?,
        };
        if !store.batch(&batch).await? {
            return Ok(());
        }
        consumer.commit(&batch).await?;
    }
}

/// What a batch asks for.
#[derive(Default)]
struct Work {
    rows: Vec<MentionRow>,
    forget: Vec<(ForgetAuthor, Origin)>,
    dead: Vec<DeadLetter>,
}

struct Store {
    client: Client,
    timeout: Duration,
    producer: Producer,
    counts: Arc<Counts>,
    cancel: CancellationToken,
}

impl Store {
    /// Stores a batch; `false` when it was asked to stop before the database took it.
    async fn batch(&self, batch: &Batch) -> Result<bool, Error> {
        let mut work = Work::default();
        for record in &batch.records {
            work.add(record);
        }
        let mut retry = self.retry("forget authors");
        while let Err(error) = self.forget(&mut work).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        let mut retry = self.retry("pin publication times");
        while let Err(error) = keys::pin(&self.client, &mut work.rows).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        let mut retry = self.retry("look up forgotten authors");
        while let Err(error) = self.hide(&mut work.rows).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        let Some(refused) = self.insert_all(&work.rows).await else { return Ok(false) };
        let refused = refused.iter().filter_map(|(index, error)| {
            let record = batch.records.iter().find(|record| work.rows[*index].comes_from(origin(record)))?;
            Some(letter(record, Rejection::new(RejectReason::StoreRefused, error)))
        });
        let mut dead = std::mem::take(&mut work.dead);
        dead.extend(refused);
        for letter in &dead {
            self.counts.reject_one(letter.rejection.reason);
        }
        let kept = batch.records.len().saturating_sub(dead.len());
        let letters: Vec<Outgoing> = dead.into_iter().map(DeadLetter::record).collect();
        self.producer.publish(letters).await?;
        self.counts.keep(kept as u64);
        Ok(true)
    }

    async fn forget(&self, work: &mut Work) -> StoreResult<()> {
        let gone = authors::forget(&self.client, &work.forget).await?;
        work.rows.extend(gone);
        work.forget.clear();
        Ok(())
    }

    async fn hide(&self, rows: &mut Vec<MentionRow>) -> StoreResult<()> {
        let gone = Forgotten::among(&self.client, rows).await?.hide(rows);
        rows.extend(gone);
        Ok(())
    }

    /// Inserts `rows` as one block. When the database refuses the data, halves are tried until what it refuses is
    /// found; those rows are given back by index. `None` when asked to stop.
    async fn insert_all(&self, rows: &[MentionRow]) -> Option<Vec<(usize, String)>> {
        let mut refused = Vec::new();
        let mut parts = Vec::new();
        parts.push(0..rows.len());
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            let mut retry = self.retry("store mentions");
            let refusal = loop {
                match insert(&self.client, &rows[part.clone()], self.timeout).await {
                    Ok(()) => break None,
                    Err(error) if refuses_data(&error) => break Some(error.to_string()),
                    Err(error) if retry.again(&error).await => {}
                    Err(_) => return None,
                }
            };
            match refusal {
                None => {}
                Some(error) if part.len() == 1 => refused.push((part.start, error)),
                Some(_) => {
                    let middle = part.start + part.len() / 2;
                    parts.push(part.start..middle);
                    parts.push(middle..part.end);
                }
            }
        }
        Some(refused)
    }

    fn retry(&self, action: &'static str) -> Retry<'_> {
        Retry { store: self, action, wait: BACK_OFF.0 }
    }
}

/// Waits longer and longer between tries of one action.
struct Retry<'a> {
    store: &'a Store,
    action: &'static str,
    wait: Duration,
}

impl Retry<'_> {
    /// Waits before the next try; `false` when asked to stop instead.
    async fn again(&mut self, error: &clickhouse::error::Error) -> bool {
        let wait = self.wait;
        tracing::warn!(%error, wait_ms = wait.as_millis(), "cannot {}, trying again", self.action);
        // The table may have been changed meanwhile; columns are asked for again.
        self.store.client.clear_cached_metadata().await;
        self.wait = (wait * 2).min(BACK_OFF.1);
        tokio::select! {
            () = self.store.cancel.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}

impl Work {
    fn add(&mut self, record: &Record) {
        let origin = origin(record);
        match EnrichedEvent::decode(&record.payload) {
            Ok(EnrichedEvent::Upsert(enriched)) => self.rows.push(MentionRow::upsert(*enriched, origin)),
            Ok(EnrichedEvent::Delete(delete)) => {
                let at = time_in_range(delete.at);
                let version = deletion_version(u64::try_from(at).unwrap_or_default());
                self.rows.push(MentionRow::gone(delete.id, delete.source, at, version, origin));
            }
            Ok(EnrichedEvent::ForgetAuthor(forget)) => self.forget.push((forget, origin)),
            Err(error) => self.dead.push(letter(record, error.into())),
        }
    }
}

/// Where the event stood in the raw topic.
fn origin(record: &Record) -> Origin {
    record.origin.unwrap_or((record.partition, record.offset))
}

fn letter(record: &Record, rejection: Rejection) -> DeadLetter {
    DeadLetter {
        stage: Stage::Sink,
        rejection,
        place: format!("{ENRICHED}/{}:{}", record.partition, record.offset),
        key: record.key.clone(),
        original: record.payload.clone(),
    }
}
