//! The loop: read a batch, label it, publish it, commit it.

use std::{sync::Arc, time::Duration};

use hark_bus::{
    Batch, BusError, Consumer, Counts, DeadLetter, ENRICHED, Kafka, Outgoing, Producer, RAW, Record, Stage, crash_point,
};
use hark_mention::{
    DropReason, Ending, Enriched, EnrichedEvent, Event, Labels, MAX_EVENT_BYTES, Mention, RejectReason, Rejection,
    Verdict,
};
use hark_nlp::language::AuthorLanguages;
use hark_privacy::Masker;
use rdkafka::message::{Header, OwnedHeaders};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    EnrichConfig, Labeller, Memory, Workers,
    workers::{Note, author, labels},
};

/// Consumer group of all enrichers.
pub const GROUP: &str = "hark.enrich";

/// Masks and labels what arrives on the raw topic until `cancel` asks it to stop; then it finishes the batch at hand. Each
/// batch is labelled by the labeller of its moment.
///
/// # Errors
///
/// [`BusError`] when Kafka fails in a way that its client does not mend by itself.
pub async fn run(
    kafka: &Kafka,
    labellers: watch::Receiver<Arc<Labeller>>,
    masker: Masker,
    config: EnrichConfig,
    counts: Arc<Counts>,
    cancel: CancellationToken,
) -> Result<(), BusError> {
    let consumer = Consumer::new(kafka, GROUP, RAW)?;
    let producer = Producer::new(kafka)?;
    let mut workers = Workers::new(config.author_history);
    let within = config.transformer.as_ref().map(|transformer| transformer.deadline.duration());
    loop {
        let batch = tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            batch = consumer.next_batch(config.limits()) => batch?,
        };
        let (labeller, counted) = (Arc::clone(&labellers.borrow()), Arc::clone(&counts));
        let labelled = tokio::task::spawn_blocking(move || {
            let fates = fates(&batch, &labeller, masker, &mut workers, within, &counted);
            (batch, fates, workers)
        });
        let (batch, fates): (Batch, Vec<Fate>);
        (batch, fates, workers) = labelled.await.expect("labelling does not panic");
        let (verdicts, records): (Vec<Verdict<()>>, Vec<_>) = fates.into_iter().unzip();
        producer.publish(records.into_iter().flatten().flatten()).await?;
        crash_point("enrich.published");
        consumer.commit(&batch).await?;
        count(&counts, &verdicts);
    }
}

/// What became of a record, and what is published for it.
type Fate = (Verdict<()>, [Option<Outgoing>; 2]);

/// What becomes of each record of a batch.
fn fates(
    batch: &Batch,
    labeller: &Labeller,
    masker: Masker,
    workers: &mut Workers,
    within: Option<Duration>,
    counts: &Counts,
) -> Vec<Fate> {
    let judge =
        |record: &Record, authors: Option<&AuthorLanguages>, memory: &mut Memory| match event(masker, record, counts) {
            Ok(event) => verdict(labeller, event, authors, memory),
            Err(rejection) => (Verdict::Reject(rejection), None),
        };
    if !labeller.refines() {
        // Written out at once: what is not kept until the end of the batch need not leave the processor's cache.
        return workers.share(&batch.records, |record, authors, memory| {
            let (verdict, note) = judge(record, authors, memory);
            (fate(record, verdict), note)
        });
    }
    let mut verdicts = workers.share(&batch.records, judge);
    let fallbacks = labeller.refine(verdicts.iter_mut().filter_map(mention_and_labels), within);
    fallbacks.into_iter().for_each(|reason| counts.fall_back_one(reason));
    batch.records.iter().zip(verdicts).map(|(record, verdict)| fate(record, verdict)).collect()
}

/// The event in a record, with the personal data masked that another program than `ingest` left in it.
fn event(masker: Masker, record: &Record, counts: &Counts) -> Result<Event, Rejection> {
    let fits = |bytes: usize| {
        let error = || format!("{bytes} bytes, but an event may have {MAX_EVENT_BYTES}");
        (bytes <= MAX_EVENT_BYTES).then_some(()).ok_or_else(|| Rejection::new(RejectReason::TooLarge, error()))
    };
    fits(record.payload.len())?;
    let mut event = Event::decode(&record.payload)?;
    let masked = masker.event(&mut event);
    if masked.iter().any(|(_, times)| times > 0) {
        // A placeholder may be longer than what it stands for.
        fits(event.encode().len())?;
        masked.iter().for_each(|(kind, times)| counts.mask(kind, times));
    }
    Ok(event)
}

/// What becomes of one event.
fn verdict(
    labeller: &Labeller,
    event: Event,
    authors: Option<&AuthorLanguages>,
    memory: &mut Memory,
) -> (Verdict<EnrichedEvent>, Option<Note>) {
    let event = match event {
        Event::Upsert(mention) if mention.full_text().trim().is_empty() => {
            return (Verdict::Drop(DropReason::Empty), None);
        }
        Event::Upsert(mention) => {
            let (labels, note) = labels(labeller, &mention, authors, memory);
            return (Verdict::Keep(EnrichedEvent::Upsert(Box::new(Enriched { mention: *mention, labels }))), note);
        }
        Event::Delete(delete) => EnrichedEvent::Delete(delete),
        Event::ForgetAuthor(forget) => {
            let note = Note::Forget(author(&forget.source, &forget.author_id));
            return (Verdict::Keep(EnrichedEvent::ForgetAuthor(forget)), Some(note));
        }
    };
    (Verdict::Keep(event), None)
}

/// What a verdict passes on, if it is a mention.
fn mention_and_labels(verdict: &mut Verdict<EnrichedEvent>) -> Option<(&Mention, &mut Labels)> {
    match verdict {
        Verdict::Keep(EnrichedEvent::Upsert(enriched)) => Some((&enriched.mention, &mut enriched.labels)),
        _ => None,
    }
}

/// What is published for one record. Each leaves a trace on the enriched topic, so that its offset is accounted for.
fn fate(record: &Record, verdict: Verdict<EnrichedEvent>) -> Fate {
    let place = format!("{}:{}", record.partition, record.offset);
    let (ending, verdict, letter) = match verdict {
        Verdict::Keep(event) => {
            return (Verdict::Keep(()), [Some(enriched(&place, record.key.clone(), &event)), None]);
        }
        Verdict::Drop(reason) => (Ending::Dropped(reason), Verdict::Drop(reason), None),
        Verdict::Reject(rejection) => {
            let letter = DeadLetter {
                stage: Stage::Enrich,
                rejection: rejection.clone(),
                place: format!("{RAW}/{place}"),
                key: record.key.clone(),
                original: record.payload.clone(),
            };
            (Ending::Dead(rejection.reason), Verdict::Reject(rejection), Some(letter.record()))
        }
    };
    // A key of its own: under the mention's, a topic that keeps the last value of each key would forget the mention.
    let ended = enriched(&place, format!("ended/{place}").into_bytes(), &EnrichedEvent::Ended(ending));
    (verdict, [Some(ended), letter])
}

fn enriched(origin: &str, key: Vec<u8>, event: &EnrichedEvent) -> Outgoing {
    let headers = OwnedHeaders::new().insert(Header { key: Record::ORIGIN, value: Some(origin) });
    Outgoing { topic: ENRICHED, key, payload: Some(event.encode()), headers: Some(headers) }
}

fn count(counts: &Counts, verdicts: &[Verdict<()>]) {
    let mut kept = 0;
    for verdict in verdicts {
        match verdict {
            Verdict::Keep(()) => kept += 1,
            Verdict::Drop(reason) => counts.drop_one(*reason),
            Verdict::Reject(rejection) => counts.reject_one(rejection.reason),
        }
    }
    counts.keep(kept);
}
