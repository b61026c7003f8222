//! Reading all that a topic holds, outside any group and without committing anything.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use rdkafka::{
    ClientContext, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::KafkaError,
    message::{BorrowedHeaders, Headers as _},
};

use crate::kafka::{BusError, Kafka};

/// A record as it passes by.
#[derive(Clone, Copy)]
pub struct Passing<'a> {
    /// Partition.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// Key; empty when there is none.
    pub key: &'a [u8],
    /// Value; empty when it is a tombstone.
    pub payload: &'a [u8],
    /// When it was published; milliseconds since 1970.
    pub timestamp: i64,
    headers: Option<&'a BorrowedHeaders>,
}

impl Passing<'_> {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        let header = self.headers?.iter().find(|header| header.key == name)?;
        Some(String::from_utf8_lossy(header.value?).into_owned())
    }
}

/// Keeps the end of the partition out of the log: to the client it is an error, to us it is the goal.
pub(crate) struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(rdkafka::types::RDKafkaErrorCode::PartitionEOF)) {
            tracing::warn!(%error, reason, "kafka is not well");
        }
    }
}

impl ConsumerContext for Quiet {}

/// Calls `each` with the records of `topic` in `spans`, those of one partition in their order. Blocks while it reads.
///
/// A topic may lack offsets: those that retention or compaction took away are passed over.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn scan(
    kafka: &Kafka,
    topic: &str,
    spans: &BTreeMap<i32, Range<i64>>,
    mut each: impl FnMut(Passing<'_>),
) -> Result<(), BusError> {
    let mut client = kafka.client();
    // The group is never joined; librdkafka wants a name before it lets a partition be assigned.
    client
        .set("group.id", "hark.scan")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        // The client fetches ahead, and then pauses: for a second, unless told otherwise.
        .set("fetch.queue.backoff.ms", "10")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer<Quiet> = client.create_with_context(Quiet).map_err(BusError::Settings)?;
    let mut open: BTreeMap<i32, i64> =
        spans.iter().filter(|(_, span)| !span.is_empty()).map(|(partition, span)| (*partition, span.end)).collect();
    let mut assigned = TopicPartitionList::new();
    for partition in open.keys() {
        let start = Offset::Offset(spans[partition].start);
        assigned.add_partition_offset(topic, *partition, start).map_err(BusError::call("name a partition"))?;
    }
    consumer.assign(&assigned).map_err(BusError::call(format!("read `{topic}`")))?;
    while !open.is_empty() {
        match consumer.poll(Duration::from_secs(10)) {
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let Some(end) = open.get(&partition).copied() else { continue };
                if offset < end {
                    let (key, payload) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
                    let timestamp = message.timestamp().to_millis().unwrap_or_default();
                    each(Passing { partition, offset, key, payload, timestamp, headers: message.headers() });
                }
                if offset + 1 >= end {
                    open.remove(&partition);
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => return Err(BusError::call(format!("read `{topic}`"))(error)),
            None => tracing::warn!(topic, "still waiting for kafka"),
        }
    }
    Ok(())
}
