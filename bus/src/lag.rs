//! How far a consumer group is behind.

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// Asks how far one group is behind in one topic, without joining the group.
pub struct Lag {
    consumer: BaseConsumer,
    topic: &'static str,
}

impl Lag {
    /// Prepares to ask.
    ///
    /// # Errors
    ///
    /// [`BusError::Settings`] when a client property is wrong.
    pub fn new(kafka: &Kafka, group: &str, topic: &'static str) -> Result<Self, BusError> {
        let mut client = kafka.client();
        client.set("group.id", group).set("enable.auto.commit", "false");
        Ok(Self { consumer: client.create().map_err(BusError::Settings)?, topic })
    }

    /// Records that the group has not committed yet. Blocks for a round trip or two.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn records(&self) -> Result<u64, BusError> {
        let topic = self.topic;
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), CALL_TIMEOUT)
            .map_err(BusError::call(format!("list the partitions of `{topic}`")))?;
        let mut asked = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            asked.add_partition(topic, partition.id());
        }
        let committed = self
            .consumer
            .committed_offsets(asked, CALL_TIMEOUT)
            .map_err(BusError::call(format!("ask for the progress in `{topic}`")))?;
        let mut lag = 0;
        for element in committed.elements() {
            let (low, high) = self
                .consumer
                .fetch_watermarks(topic, element.partition(), CALL_TIMEOUT)
                .map_err(BusError::call(format!("ask for the end of `{topic}`")))?;
            let read_up_to = match element.offset() {
                Offset::Offset(offset) => offset,
                _ => low,
            };
            // Some brokers report 0 as the end of a partition that retention has emptied.
            lag += u64::try_from(high - read_up_to).unwrap_or(0);
        }
        Ok(lag)
    }
}
