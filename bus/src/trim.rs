//! Taking from the topics what is stored already, so that a text that is deleted does not live on in them.
//!
//! Kafka cannot take single records out, and compaction by key would not do: it also takes what nobody has read yet, so that
//! after a long outage an edit or a deletion could be missing. So records go by age, and only those that their reader has
//! committed. A deleted text leaves Kafka with all others of its age.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ops::Range,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rdkafka::{
    Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    kafka::{BusError, CALL_TIMEOUT, Kafka},
    progress::Progress,
};

/// How often to look in the time for which records stay.
const LOOKS: u32 = 6;

/// A topic and the consumer group that has to be done with a record before it may go.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The topic.
    pub topic: &'static str,
    /// The consumer group.
    pub group: &'static str,
}

/// Goes on taking away what `readers` have committed and what is older than `keep`. Ends only when it is dropped.
pub async fn keep_trimmed(kafka: &Kafka, readers: &[Reader], keep: Duration) -> Infallible {
    let mut looks = interval(keep / LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        for reader in readers {
            match trim(kafka, *reader, keep).await {
                Ok(0) => {}
                Ok(records) => tracing::info!(topic = reader.topic, records, "took stored records from Kafka"),
                Err(error) => {
                    tracing::warn!(%error, topic = reader.topic, "cannot take stored records from Kafka yet; trying again");
                }
            }
        }
    }
}

/// Takes away what `reader` has committed and what is older than `keep`; gives the number of offsets. Their files go once
/// Kafka has closed them, [`crate::topics::SEGMENT`] after their first record at the latest, if another one follows.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be asked, or does not let this client delete records.
pub async fn trim(kafka: &Kafka, reader: Reader, keep: Duration) -> Result<u64, BusError> {
    let asked = kafka.clone();
    let done = tokio::task::spawn_blocking(move || done_with(&asked, reader, keep)).await;
    let done = done.expect("asking Kafka does not panic")?;
    if done.is_empty() {
        return Ok(0);
    }
    let action = || format!("take stored records from `{}`", reader.topic);
    let mut ends = TopicPartitionList::new();
    for (partition, span) in &done {
        ends.add_partition_offset(reader.topic, *partition, Offset::Offset(span.end))
            .map_err(BusError::call(action()))?;
    }
    let admin: AdminClient<DefaultClientContext> = kafka.client().create().map_err(BusError::Settings)?;
    let options = AdminOptions::new().operation_timeout(Some(CALL_TIMEOUT)).request_timeout(Some(CALL_TIMEOUT));
    let deleted = admin.delete_records(&ends, &options).await.map_err(BusError::call(action()))?;
    for partition in deleted.elements() {
        partition.error().map_err(BusError::call(action()))?;
    }
    Ok(done.values().map(|span| span.end.abs_diff(span.start)).sum())
}

/// The offsets that may go, by partition; none of them is empty.
fn done_with(kafka: &Kafka, reader: Reader, keep: Duration) -> Result<BTreeMap<i32, Range<i64>>, BusError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let before = i64::try_from(now.saturating_sub(keep).as_millis()).unwrap_or(i64::MAX);
    let progress = Progress::new(kafka, reader.group, reader.topic)?;
    let (held, committed, newer) = (progress.held()?, progress.committed()?, progress.first_since(before)?);
    let done = |(partition, held): (i32, Range<i64>)| {
        let committed = committed.get(&partition).copied().unwrap_or_default();
        let end = newer.get(&partition).map_or(held.end, |newer| *newer).min(committed);
        (end > held.start).then_some((partition, held.start..end))
    };
    Ok(held.into_iter().filter_map(done).collect())
}
