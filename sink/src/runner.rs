//! The loop: read a batch, store it, commit it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clickhouse::{Client, error::Result as StoreResult};
use hark_bus::{
    Batch, BatchLimits, Consumer, Counts, DeadLetter, ENRICHED, Kafka, Outgoing, Producer, Record, Stage, crash_point,
};
use hark_mention::{Delete, Ending, EnrichedEvent, ForgetAuthor, RejectReason, Rejection};
use hark_store::Access;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, SinkConfig,
    authors::{self, Forgotten},
    deletions,
    insert::{insert, refuses_data},
    keys,
    known::Known,
    ledger::{self, Outcome},
    row::{MentionRow, Origin},
    stories::{self, Keyed},
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
    let mut known = Known::within(config.filter_memory.bytes());
    let mut next = read(&consumer, config.limits(), &cancel).await?;
    while let Some((batch, work)) = next {
        known.refresh(&store.client, consumer.alone_since().await).await;
        let stored = async {
            let stored = store.batch(&batch, work, &known).await?;
            if stored {
                crash_point("sink.noted");
                consumer.commit(&batch).await?;
            }
            Ok::<bool, Error>(stored)
        };
        // The batch that follows is read meanwhile: mostly this one waits for the database.
        let (stored, following) = tokio::try_join!(stored, read(&consumer, config.limits(), &cancel))?;
        if !stored {
            break;
        }
        next = following;
    }
    Ok(())
}

/// The next batch and what it asks for; `None` when asked to stop.
async fn read(
    consumer: &Consumer,
    limits: BatchLimits,
    cancel: &CancellationToken,
) -> Result<Option<(Batch, Work)>, Error> {
    let batch = tokio::select! {
        () = cancel.cancelled() => return Ok(None),
        batch = consumer.next_batch(limits) => batch?,
    };
    let read = tokio::task::spawn_blocking(|| {
        let started = Instant::now();
        let mut work = Work::default();
        for record in &batch.records {
            work.add(record);
        }
        tracing::debug!(records = batch.records.len(), decode_ms = started.elapsed().as_millis(), "read a batch");
        (batch, work)
    });
    Ok(Some(read.await.expect("reading a batch does not panic")))
}

/// What a batch asks for.
#[derive(Default)]
struct Work {
    rows: Vec<MentionRow>,
    stories: Vec<Keyed>,
    delete: Vec<(Delete, Origin)>,
    forget: Vec<(ForgetAuthor, Origin)>,
    dead: Vec<DeadLetter>,
    outcomes: Vec<(Origin, Outcome)>,
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
    async fn batch(&self, batch: &Batch, mut work: Work, known: &Known) -> Result<bool, Error> {
        let started = Instant::now();
        let mut retry = self.retry("forget authors");
        while let Err(error) = self.forget(&mut work).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        let mut retry = self.retry("look up what is known of the mentions");
        while let Err(error) = self.complete(&mut work, known).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        let completed = Instant::now();
        crash_point("sink.claimed");
        let Some(refused) = self.insert_all(&work.rows).await else { return Ok(false) };
        let mut retry = self.retry("hide what forgotten authors wrote");
        while let Err(error) = self.hide_forgotten(&work.rows, known).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        crash_point("sink.inserted");
        for (index, error) in refused {
            let of_row = |record: &&Record| work.rows[index].comes_from(origin(record));
            if let Some(record) = batch.records.iter().find(of_row) {
                work.bury(record, Rejection::new(RejectReason::StoreRefused, error));
            }
        }
        for letter in &work.dead {
            self.counts.reject_one(letter.rejection.reason);
        }
        let kept = work.outcomes.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Ended(_))).count();
        let letters: Vec<Outgoing> = std::mem::take(&mut work.dead).into_iter().map(DeadLetter::record).collect();
        self.producer.publish(letters).await?;
        let mut retry = self.retry("write the ledger");
        while let Err(error) = ledger::note(&self.client, &work.outcomes).await {
            if !retry.again(&error).await {
                return Ok(false);
            }
        }
        self.counts.keep(kept as u64);
        tracing::debug!(
            records = batch.records.len(),
            look_up_ms = (completed - started).as_millis(),
            insert_ms = completed.elapsed().as_millis(),
            "stored a batch"
        );
        Ok(true)
    }

    async fn forget(&self, work: &mut Work) -> StoreResult<()> {
        let gone = authors::forget(&self.client, &work.forget).await?;
        work.rows.extend(gone);
        work.forget.clear();
        Ok(())
    }

    /// Gives the rows what depends on other mentions: pinned times, stories, and the rows that hide what was deleted,
    /// before or after it came.
    async fn complete(&self, work: &mut Work, known: &Known) -> StoreResult<()> {
        let pinned = keys::pin(&self.client, &mut work.rows, known);
        let (mut gone, stories) = tokio::try_join!(pinned, stories::find(&self.client, &work.stories, known))?;
        for ((index, _), story) in work.stories.iter().zip(stories) {
            work.rows[*index].story_id = story;
        }
        gone.extend(Forgotten::among(&self.client, &work.rows).await?.hide(&work.rows));
        // After the claims: a mention of this batch may be among what is deleted.
        gone.extend(deletions::apply(&self.client, &work.delete, known).await?);
        work.rows.extend(gone);
        Ok(())
    }

    /// Looks once more for forgotten authors, after the rows are there: another sink may have noted one since the first
    /// look, and have looked for rows to hide before these came. Either it has found them, or they are found here.
    async fn hide_forgotten(&self, rows: &[MentionRow], known: &Known) -> StoreResult<()> {
        if known.alone() {
            return Ok(());
        }
        let hidden = Forgotten::among(&self.client, rows).await?.hide(rows);
        if hidden.is_empty() { Ok(()) } else { insert(&self.client, &hidden, self.timeout).await }
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
        let outcome = match EnrichedEvent::decode(&record.payload) {
            Ok(EnrichedEvent::Upsert(mut enriched)) => {
                let story = std::mem::take(&mut enriched.labels.story);
                if !story.is_empty() {
                    self.stories.push((self.rows.len(), story));
                }
                self.rows.push(MentionRow::upsert(*enriched, origin));
                Outcome::Stored
            }
            Ok(EnrichedEvent::Delete(delete)) => {
                self.delete.push((delete, origin));
                Outcome::Deleted
            }
            Ok(EnrichedEvent::ForgetAuthor(forget)) => {
                self.forget.push((forget, origin));
                Outcome::Forgotten
            }
            Ok(EnrichedEvent::Ended(ending)) => Outcome::Ended(ending),
            Err(error) => return self.bury(record, error.into()),
        };
        self.outcomes.push((origin, outcome));
    }

    /// Sends a record to the dead letters.
    fn bury(&mut self, record: &Record, rejection: Rejection) {
        let origin = origin(record);
        self.outcomes.retain(|(other, _)| *other != origin);
        self.outcomes.push((origin, Outcome::Ended(Ending::Dead(rejection.reason))));
        self.dead.push(letter(record, rejection));
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
