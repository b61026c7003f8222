//! The ledger: what became of each offset of the raw topic.
//!
//! An entry is written after the work that it tells of is durable, and before the offset is committed. It is a set of
//! offsets, so that a batch that comes again changes nothing.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use clickhouse::{Client, Row, error::Result};
use hark_mention::Ending;
use serde::{Deserialize, Serialize};

use crate::row::Origin;

/// Offsets in one row of the ledger, as in its schema.
const BLOCK: u64 = 65_536;

/// What became of one record of the raw topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A mention, now a row.
    Stored,
    /// A deletion, carried out or noted.
    Deleted,
    /// An author, forgotten.
    Forgotten,
    /// Left out on purpose, or among the dead letters.
    Ended(Ending),
}

#[derive(Row, Serialize)]
struct Entry {
    raw_partition: u16,
    raw_offset: u64,
    outcome: &'static str,
    reason: &'static str,
}

/// Notes what became of each record.
pub(crate) async fn note(client: &Client, outcomes: &[(Origin, Outcome)]) -> Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let mut insert = client.insert::<Entry>("ledger_entries").await?;
    for ((partition, offset), outcome) in outcomes {
        let (outcome, reason) = match outcome {
            Outcome::Stored => ("stored", ""),
            Outcome::Deleted => ("deleted", ""),
            Outcome::Forgotten => ("forgotten", ""),
            Outcome::Ended(ending) => (ending.as_str(), ending.reason()),
        };
        let raw_partition = u16::try_from(*partition).unwrap_or(u16::MAX);
        let raw_offset = u64::try_from(*offset).unwrap_or_default();
        insert.write(&Entry { raw_partition, raw_offset, outcome, reason }).await?;
    }
    insert.end().await
}

/// How many records ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Total {
    /// `stored`, `deleted`, `forgotten`, `dropped` or `dead`.
    pub outcome: String,
    /// Why it was dropped or is dead.
    pub reason: String,
    /// Records.
    pub records: u64,
}

/// How many records ended in which way, the most frequent first.
pub(crate) async fn totals(client: &Client) -> Result<Vec<Total>> {
    client
        .query(
            "SELECT outcome, reason, sum(records) AS records FROM (
                SELECT outcome, reason, groupBitmapMerge(offsets) AS records
                FROM ledger GROUP BY raw_partition, block, outcome, reason)
             GROUP BY outcome, reason ORDER BY records DESC, outcome, reason",
        )
        .fetch_all()
        .await
}

#[derive(Row, Deserialize)]
struct Block {
    raw_partition: u16,
    block: u64,
    offsets: u32,
}

/// The ranges of offsets before `ends` of which the ledger knows nothing, by partition of the raw topic.
pub(crate) async fn gaps(client: &Client, ends: &BTreeMap<i32, i64>) -> Result<BTreeMap<i32, Vec<Range<i64>>>> {
    let blocks: Vec<Block> = client
        .query(
            "SELECT raw_partition, block, groupBitmapMerge(offsets) AS offsets
             FROM ledger GROUP BY raw_partition, block",
        )
        .fetch_all()
        .await?;
    let known: BTreeMap<(u16, u64), u32> =
        blocks.into_iter().map(|block| ((block.raw_partition, block.block), block.offsets)).collect();
    let mut gaps = BTreeMap::new();
    for (partition, end) in ends {
        let (Ok(raw_partition), Ok(end)) = (u16::try_from(*partition), u64::try_from(*end)) else { continue };
        let mut missing: Vec<Range<i64>> = Vec::new();
        for block in 0..end.div_ceil(BLOCK) {
            let span = block * BLOCK..end.min((block + 1) * BLOCK);
            match known.get(&(raw_partition, block)) {
                None => push(&mut missing, span),
                // A block may hold offsets past the end that was asked for.
                Some(offsets) if u64::from(*offsets) >= span.end - span.start && span.end % BLOCK == 0 => {}
                Some(_) => {
                    let held = offsets(client, raw_partition, block).await?;
                    let mut next = span.start;
                    for offset in held.into_iter().map(|offset| block * BLOCK + u64::from(offset)) {
                        push(&mut missing, next..offset.min(span.end));
                        next = offset + 1;
                    }
                    push(&mut missing, next..span.end);
                }
            }
        }
        if !missing.is_empty() {
            gaps.insert(*partition, missing);
        }
    }
    Ok(gaps)
}

/// The offsets within a block that are accounted for, ascending.
async fn offsets(client: &Client, raw_partition: u16, block: u64) -> Result<Vec<u32>> {
    client
        .query(
            "SELECT arraySort(bitmapToArray(groupBitmapMergeState(offsets)))
             FROM ledger WHERE raw_partition = ? AND block = ?",
        )
        .bind(raw_partition)
        .bind(block)
        .fetch_one()
        .await
}

/// The offsets that hold a mention, now a row.
pub(crate) struct Stored(HashMap<(i32, u64), Box<[u64]>>);

impl Stored {
    /// Whether the record at this place is a mention that was stored.
    pub(crate) fn holds(&self, partition: i32, offset: i64) -> bool {
        let Ok(offset) = u64::try_from(offset) else { return false };
        let Some(bits) = self.0.get(&(partition, offset / BLOCK)) else { return false };
        let at = offset % BLOCK;
        usize::try_from(at / 64).is_ok_and(|word| bits[word] >> (at % 64) & 1 == 1)
    }
}

/// All offsets whose outcome is that a mention was stored: 8 KiB of memory for each 65,536.
pub(crate) async fn stored(client: &Client) -> Result<Stored> {
    #[derive(Row, Deserialize)]
    struct Held {
        raw_partition: u16,
        block: u64,
        offsets: Vec<u32>,
    }
    let mut blocks = client
        .query(
            "SELECT raw_partition, block, bitmapToArray(groupBitmapMergeState(offsets)) AS offsets
             FROM ledger WHERE outcome = 'stored' GROUP BY raw_partition, block",
        )
        .fetch::<Held>()?;
    let mut stored = HashMap::new();
    while let Some(Held { raw_partition, block, offsets }) = blocks.next().await? {
        let mut bits = vec![0_u64; 1024].into_boxed_slice();
        for offset in offsets {
            if let Some(word) = usize::try_from(offset / 64).ok().and_then(|word| bits.get_mut(word)) {
                *word |= 1 << (offset % 64);
            }
        }
        stored.insert((i32::from(raw_partition), block), bits);
    }
    Ok(Stored(stored))
}

/// Adds a range, joined to the last one where they touch.
fn push(ranges: &mut Vec<Range<i64>>, range: Range<u64>) {
    let signed = |offset| i64::try_from(offset).unwrap_or(i64::MAX);
    let range = signed(range.start)..signed(range.end);
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}
