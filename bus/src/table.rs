//! A compacted topic read as a table: the last value of each key.

use std::{collections::HashMap, time::Duration};

use rdkafka::{
    ClientContext, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::KafkaError,
};

use crate::kafka::{BusError, Kafka};

/// Keeps the end of the partition out of the log: to the client it is an error, to us it is the goal.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(rdkafka::types::RDKafkaErrorCode::PartitionEOF)) {
            tracing::warn!(%error, reason, "kafka is not well");
        }
    }
}

impl ConsumerContext for Quiet {}

/// Reads partition 0 of `topic` from its beginning to its present end. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn read_table(kafka: &Kafka, topic: &str) -> Result<HashMap<Vec<u8>, Vec<u8>>, BusError> {
    let mut client = kafka.client();
    // The group is never joined; librdkafka wants a name before it lets a partition be assigned.
    client.set("group.id", "hark.table").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
    let consumer: BaseConsumer<Quiet> = client.create_with_context(Quiet).map_err(BusError::Settings)?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(topic, 0, Offset::Beginning).map_err(BusError::call("name a partition"))?;
    consumer.assign(&all).map_err(BusError::call(format!("read `{topic}`")))?;
    let mut table = HashMap::new();
    loop {
        match consumer.poll(Duration::from_secs(10)) {
            Some(Ok(message)) => {
                let key = message.key().unwrap_or_default().to_vec();
                match message.payload() {
                    Some(value) => table.insert(key, value.to_vec()),
                    None => table.remove(&key),
                };
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(table),
            Some(Err(error)) => return Err(BusError::call(format!("read `{topic}`"))(error)),
            None => tracing::warn!(topic, "still waiting for kafka"),
        }
    }
}
