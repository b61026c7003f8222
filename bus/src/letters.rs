//! Reading the dead letters that are kept.

use std::collections::{BTreeMap, VecDeque};

use hark_mention::{EnrichedEvent, Event, RejectReason, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    dead::Stage,
    kafka::{BusError, Kafka},
    progress::Progress,
    scan::{Passing, scan},
    topics::DEAD,
};

/// Letters looked through at first when the newest are asked for; each further look goes twice as far.
const FIRST_LOOK: i64 = 500;

/// Which dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// Only those of this stage.
    pub stage: Option<Stage>,
    /// Only those with this reason.
    pub reason: Option<RejectReason>,
}

/// A dead letter as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Partition and offset in the topic of dead letters.
    pub at: (i32, i64),
    /// When it was given up.
    pub given_up_at: Timestamp,
    /// Name of the stage that gave it up.
    pub stage: String,
    /// Why, as [`RejectReason::as_str`] has it.
    pub reason: String,
    /// Where the original stood.
    pub place: String,
    /// What exactly was wrong.
    pub error: String,
    /// Key of the original record.
    pub key: Vec<u8>,
    /// Size of the original in bytes.
    pub size: u64,
    /// The original, or its beginning if that is all that fitted or all that was asked for.
    pub original: Vec<u8>,
    /// What can be done with it.
    pub(crate) event: Sendable,
}

/// What of a dead letter can be sent to the raw topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sendable {
    /// These bytes; with a fingerprint of key and bytes, by which a second letter of the same item is known.
    Event { payload: Vec<u8>, fingerprint: String },
    /// It was too large to be kept whole.
    Cut,
    /// Bytes that only their source understands.
    OfSource,
}

impl Letter {
    fn read(record: &Passing<'_>) -> Self {
        let header = |name: &str| record.header(name).unwrap_or_default();
        let mut letter = Self {
            at: (record.partition, record.offset),
            given_up_at: Timestamp::from_millis(record.timestamp),
            stage: header("stage"),
            reason: header("reason"),
            place: header("place"),
            error: header("error"),
            key: record.key.to_vec(),
            size: header("size").parse().unwrap_or(record.payload.len() as u64),
            original: record.payload.to_vec(),
            event: Sendable::OfSource,
        };
        let is_cut = letter.size > letter.original.len() as u64 || record.header("key_size").is_some();
        letter.event = if is_cut { Sendable::Cut } else { letter.sendable() };
        letter
    }

    fn sendable(&self) -> Sendable {
        let payload = match Stage::named(&self.stage) {
            Some(Stage::Enrich) => Some(self.original.clone()),
            // Labels are made anew: those that are in force now may be others.
            Some(Stage::Sink) => match EnrichedEvent::decode(&self.original) {
                Ok(EnrichedEvent::Upsert(enriched)) => Some(Event::Upsert(Box::new(enriched.mention)).encode()),
                Ok(EnrichedEvent::Delete(delete)) => Some(Event::Delete(delete).encode()),
                Ok(EnrichedEvent::ForgetAuthor(forget)) => Some(Event::ForgetAuthor(forget).encode()),
                Ok(EnrichedEvent::Ended(_)) | Err(_) => None,
            },
            Some(Stage::Ingest) | None => None,
        };
        let Some(payload) = payload else { return Sendable::OfSource };
        let mut hash = Sha256::new();
        hash.update((self.key.len() as u64).to_be_bytes());
        hash.update(&self.key);
        hash.update(&payload);
        let fingerprint = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Sendable::Event { payload, fingerprint }
    }

    /// Whether all of the original is at hand.
    pub fn is_whole(&self) -> bool {
        self.size == self.original.len() as u64
    }
}

impl LetterFilter {
    fn wants(&self, record: &Passing<'_>) -> bool {
        let is = |name: &str, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| record.header(name).as_deref() == Some(wanted))
        };
        is("stage", self.stage.map(Stage::as_str)) && is("reason", self.reason.map(RejectReason::as_str))
    }
}

/// The newest dead letters, the newest first, at most `limit`, each with at most `keep` bytes of its original; and how
/// many of all sorts the topic holds. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn newest_letters(
    kafka: &Kafka,
    filter: LetterFilter,
    limit: usize,
    keep: usize,
) -> Result<(Vec<Letter>, u64), BusError> {
    let held = Progress::new(kafka, "hark.scan", DEAD)?.held()?;
    let total: i64 = held.values().map(|held| (held.end - held.start).max(0)).sum();
    let mut letters = Vec::new();
    for (partition, held) in held {
        let (mut end, mut look, mut found) = (held.end, FIRST_LOOK, Vec::new());
        while end > held.start && found.len() < limit {
            let begin = held.start.max(end - look);
            let mut last = VecDeque::new();
            scan(kafka, DEAD, &BTreeMap::from([(partition, begin..end)]), |record| {
                if filter.wants(&record) {
                    let mut letter = Letter::read(&record);
                    letter.original.truncate(keep);
                    if let Sendable::Event { payload, .. } = &mut letter.event {
                        payload.clear();
                    }
                    last.push_back(letter);
                    if last.len() > limit {
                        last.pop_front();
                    }
                }
            })?;
            found.extend(last.into_iter().rev());
            (end, look) = (begin, look * 2);
        }
        letters.extend(found);
    }
    letters.sort_by_key(|letter| std::cmp::Reverse((letter.given_up_at, letter.at)));
    letters.truncate(limit);
    Ok((letters, u64::try_from(total).unwrap_or_default()))
}

/// The dead letter at this partition and offset, with all that is kept of it. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn letter_at(kafka: &Kafka, (partition, offset): (i32, i64)) -> Result<Option<Letter>, BusError> {
    let held = Progress::new(kafka, "hark.scan", DEAD)?.held()?;
    let is_held = held.get(&partition).is_some_and(|held| held.contains(&offset));
    let mut found = None;
    if is_held {
        scan(kafka, DEAD, &BTreeMap::from([(partition, offset..offset + 1)]), |record| {
            found = Some(Letter::read(&record));
        })?;
    }
    Ok(found)
}

/// Calls `each` with every dead letter that `filter` lets through, those of one partition in their order. Blocks while
/// it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub(crate) fn each_letter(kafka: &Kafka, filter: LetterFilter, mut each: impl FnMut(Letter)) -> Result<(), BusError> {
    let held = Progress::new(kafka, "hark.scan", DEAD)?.held()?;
    scan(kafka, DEAD, &held, |record| {
        if filter.wants(&record) {
            each(Letter::read(&record));
        }
    })
}
