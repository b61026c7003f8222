//! The proof: is every record of the raw topic accounted for, and is every mention that the topic holds in the rows?

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use clickhouse::Client;
use hark_bus::{BusError, Ends, Kafka, RAW, scan};
use hark_mention::{Event, Timestamp};
use twox_hash::XxHash64;

use crate::{
    Error, Retention, keys,
    ledger::{self, Stored, Total},
};

/// Most ids that are held in memory at once, 8 bytes each; the rows are read once for each lot.
const LOT: u64 = 8_000_000;
/// Most missing mentions that are named.
const NAMED: usize = 20;

/// What the proof has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many records ended in which way.
    pub totals: Vec<Total>,
    /// Offsets of the raw topic that are not accounted for, by partition.
    pub gaps: BTreeMap<i32, Vec<Range<i64>>>,
    /// Offsets that the topic lost before the ledger began: another installation's, or gone before they were read.
    pub before: BTreeMap<i32, Range<i64>>,
    /// Mentions that the topic still holds and whose ids were compared.
    pub compared: u64,
    /// Those of them that are past their retention and gone from the rows.
    pub expired: u64,
    /// Those of them that are not in the rows, though they should be.
    pub absent: u64,
    /// Some of their ids.
    pub named: Vec<String>,
}

impl Findings {
    /// Whether nothing is missing.
    pub fn complete(&self) -> bool {
        self.gaps.is_empty() && self.absent == 0
    }
}

/// Looks for what is missing among the records before `ends`; `held` is what the topic holds now.
///
/// All that was labelled must be stored already, or what is on its way counts as missing. A mention that `retention`
/// lets go need not be in the rows; that it was stored is in the ledger.
///
/// # Errors
///
/// [`Error`] when Kafka or the database cannot be asked.
pub async fn verify(
    kafka: &Kafka,
    client: &Client,
    ends: &Ends,
    held: &BTreeMap<i32, Range<i64>>,
    retention: &Retention,
) -> Result<Findings, Error> {
    let totals = ledger::totals(client).await.map_err(refused("read the ledger"))?;
    let mut gaps = ledger::gaps(client, ends).await.map_err(refused("read the ledger"))?;
    let mut before = BTreeMap::new();
    for (partition, ranges) in &mut gaps {
        let start = held.get(partition).map_or(0, |held| held.start);
        if let Some(first) = ranges.first().filter(|first| first.start == 0 && first.end <= start).cloned() {
            before.insert(*partition, first);
            ranges.remove(0);
        }
    }
    gaps.retain(|_, ranges| !ranges.is_empty());
    let mut findings = Findings { totals, gaps, before, ..Findings::default() };
    compare(kafka, client, ends, held, retention, &mut findings).await?;
    Ok(findings)
}

/// Compares the ids of the mentions that the topic holds with those of the rows, lot by lot.
async fn compare(
    kafka: &Kafka,
    client: &Client,
    ends: &Ends,
    held: &BTreeMap<i32, Range<i64>>,
    retention: &Retention,
    findings: &mut Findings,
) -> Result<(), Error> {
    let stored = Arc::new(ledger::stored(client).await.map_err(refused("read the ledger"))?);
    let spans: BTreeMap<i32, Range<i64>> = held
        .iter()
        .filter_map(|(partition, held)| Some((*partition, held.start..held.end.min(*ends.get(partition)?))))
        .collect();
    let records: i64 = spans.values().map(|span| (span.end - span.start).max(0)).sum();
    let lots = u64::try_from(records).unwrap_or_default().div_ceil(LOT).max(1);
    for lot in 0..lots {
        let mut ids = ids(kafka, &spans, &stored, (lots, lot)).await?;
        findings.compared += ids.len() as u64;
        strike_out(client, &mut ids, (lots, lot)).await.map_err(refused("read the ids of the rows"))?;
        if !retention.is_for_ever() {
            findings.expired += strike_out_expired(kafka, client, &spans, &mut ids, retention).await?;
        }
        if ids.is_empty() {
            continue;
        }
        findings.absent += ids.len() as u64;
        let room = NAMED.saturating_sub(findings.named.len());
        findings.named.extend(names(kafka, &spans, ids, room).await?);
    }
    Ok(())
}

/// Hashes of the ids of those mentions in `spans` that the ledger says are stored and that fall into the lot.
async fn ids(
    kafka: &Kafka,
    spans: &BTreeMap<i32, Range<i64>>,
    stored: &Arc<Stored>,
    (lots, lot): (u64, u64),
) -> Result<HashSet<u64>, Error> {
    let (kafka, spans, stored) = (kafka.clone(), spans.clone(), Arc::clone(stored));
    blocking(move || {
        let mut ids = HashSet::new();
        scan(&kafka, RAW, &spans, |record| {
            let id = XxHash64::oneshot(0, record.key);
            if id % lots == lot && stored.holds(record.partition, record.offset) {
                ids.insert(id);
            }
        })?;
        Ok(ids)
    })
    .await
}

/// Takes out of `ids` those that are in the rows.
async fn strike_out(client: &Client, ids: &mut HashSet<u64>, (lots, lot): (u64, u64)) -> clickhouse::error::Result<()> {
    let mut rows = client
        .query("SELECT xxHash64(id) AS hash FROM mention_states WHERE hash % ? = ?")
        .bind(lots)
        .bind(lot)
        .fetch::<u64>()?;
    while let Some(id) = rows.next().await? {
        ids.remove(&id);
    }
    Ok(())
}

/// Takes out of `ids` those of mentions that are past their retention by the time that is pinned; tells how many.
async fn strike_out_expired(
    kafka: &Kafka,
    client: &Client,
    spans: &BTreeMap<i32, Range<i64>>,
    ids: &mut HashSet<u64>,
    retention: &Retention,
) -> Result<u64, Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let (kafka, spans, sought) = (kafka.clone(), spans.clone(), ids.clone());
    let (mentions, sources) = blocking(move || {
        let (mut mentions, mut sources) = (HashMap::new(), Vec::new());
        scan(&kafka, RAW, &spans, |record| {
            let id = XxHash64::oneshot(0, record.key);
            if sought.contains(&id)
                && let Ok(Event::Upsert(mention)) = Event::decode(record.payload)
            {
                // There are few sources: a mention keeps the place of its own.
                let known = sources.iter().position(|source| *source == mention.source);
                let source = known.unwrap_or_else(|| {
                    sources.push(mention.source.clone());
                    sources.len() - 1
                });
                mentions.insert(keys::id_hash(&mention.id), (id, source));
            }
        })?;
        Ok((mentions, sources))
    })
    .await?;
    let pinned =
        keys::pinned(client, mentions.keys()).await.map_err(refused("look up when mentions were published"))?;
    let now = Timestamp::now().as_millis();
    let expired = pinned.iter().filter_map(|(hash, published_at)| {
        let (id, source) = mentions.get(hash)?;
        retention.has_expired(&sources[*source], *published_at, now).then_some(id)
    });
    Ok(expired.map(|id| u64::from(ids.remove(id))).sum())
}

/// The ids behind some of the hashes.
async fn names(
    kafka: &Kafka,
    spans: &BTreeMap<i32, Range<i64>>,
    mut hashes: HashSet<u64>,
    most: usize,
) -> Result<Vec<String>, Error> {
    let (kafka, spans) = (kafka.clone(), spans.clone());
    blocking(move || {
        let mut names = Vec::new();
        scan(&kafka, RAW, &spans, |record| {
            if names.len() < most && hashes.remove(&XxHash64::oneshot(0, record.key)) {
                names.push(String::from_utf8_lossy(record.key).into_owned());
            }
        })?;
        Ok(names)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BusError> + Send + 'static) -> Result<T, Error> {
    Ok(tokio::task::spawn_blocking(work).await.expect("reading a topic does not panic")?)
}

fn refused(action: &str) -> impl Fn(clickhouse::error::Error) -> Error {
    move |error| Error::Store { action: action.to_owned(), error }
}
