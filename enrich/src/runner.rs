//! The loop: read a batch, label it, publish it, commit it.

use std::sync::Arc;

use hark_bus::{
    Batch, BusError, Consumer, Counts, DeadLetter, ENRICHED, Kafka, Outgoing, Producer, RAW, Record, Stage,
};
use hark_mention::{DropReason, Enriched, EnrichedEvent, Event, Rejection, Verdict};
use rdkafka::message::{Header, OwnedHeaders};
use tokio_util::sync::CancellationToken;

use crate::{EnrichConfig, Labeller};

/// Consumer group of all enrichers.
pub const GROUP: &str = "hark.enrich";

/// Fewest records that are worth a thread of their own.
const MIN_SHARE: usize = 64;

/// Labels what arrives on the raw topic until `cancel` asks it to stop; then it finishes the batch at hand.
///
/// # Errors
///
/// [`BusError`] when Kafka fails in a way that its client does not mend by itself.
pub async fn run(
    kafka: &Kafka,
    labeller: Arc<Labeller>,
    config: EnrichConfig,
    counts: Arc<Counts>,
    cancel: CancellationToken,
) -> Result<(), BusError> {
    let consumer = Consumer::new(kafka, GROUP, RAW)?;
    let producer = Producer::new(kafka)?;
    loop {
        let batch = tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            batch = consumer.next_batch(config.limits()) => batch?,
        };
        let labeller = Arc::clone(&labeller);
        let labelled = tokio::task::spawn_blocking(move || {
            let verdicts = verdicts(&labeller, &batch.records);
            (batch, verdicts)
        });
        let (batch, verdicts): (Batch, Vec<Verdict<EnrichedEvent>>) = labelled.await.expect("labelling does not panic");
        let records: Vec<Outgoing> =
            batch.records.iter().zip(&verdicts).filter_map(|(record, verdict)| outgoing(record, verdict)).collect();
        producer.publish(records).await?;
        consumer.commit(&batch).await?;
        count(&counts, &verdicts);
    }
}

/// What becomes of each record, in their order: labelling is where the time goes, so all cores take part.
fn verdicts(labeller: &Labeller, records: &[Record]) -> Vec<Verdict<EnrichedEvent>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = records.len().div_ceil(cores).max(MIN_SHARE);
    let label = |records: &[Record]| records.iter().map(|record| verdict(labeller, record)).collect::<Vec<_>>();
    std::thread::scope(|threads| {
        let parts: Vec<_> = records.chunks(share).map(|part| threads.spawn(move || label(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("labelling does not panic")).collect()
    })
}

/// What becomes of one record.
fn verdict(labeller: &Labeller, record: &Record) -> Verdict<EnrichedEvent> {
    match Event::decode(&record.payload) {
        Ok(Event::Upsert(mention)) if mention.full_text().trim().is_empty() => Verdict::Drop(DropReason::Empty),
        Ok(Event::Upsert(mention)) => {
            let labels = labeller.label(&mention);
            Verdict::Keep(EnrichedEvent::Upsert(Box::new(Enriched { mention: *mention, labels })))
        }
        Ok(Event::Delete(delete)) => Verdict::Keep(EnrichedEvent::Delete(delete)),
        Ok(Event::ForgetAuthor(forget)) => Verdict::Keep(EnrichedEvent::ForgetAuthor(forget)),
        Err(error) => Verdict::Reject(Rejection::from(error)),
    }
}

fn outgoing(record: &Record, verdict: &Verdict<EnrichedEvent>) -> Option<Outgoing> {
    match verdict {
        Verdict::Keep(event) => {
            let origin = format!("{}:{}", record.partition, record.offset);
            let headers = OwnedHeaders::new().insert(Header { key: Record::ORIGIN, value: Some(&origin) });
            Some(Outgoing {
                topic: ENRICHED,
                key: record.key.clone(),
                payload: Some(event.encode()),
                headers: Some(headers),
            })
        }
        Verdict::Drop(_) => None,
        Verdict::Reject(rejection) => {
            let letter = DeadLetter {
                stage: Stage::Enrich,
                rejection: rejection.clone(),
                place: format!("{RAW}/{}:{}", record.partition, record.offset),
                key: record.key.clone(),
                original: record.payload.clone(),
            };
            Some(letter.record())
        }
    }
}

fn count(counts: &Counts, verdicts: &[Verdict<EnrichedEvent>]) {
    let mut kept = 0;
    for verdict in verdicts {
        match verdict {
            Verdict::Keep(_) => kept += 1,
            Verdict::Drop(reason) => counts.drop_one(*reason),
            Verdict::Reject(rejection) => counts.reject_one(rejection.reason),
        }
    }
    counts.keep(kept);
}
