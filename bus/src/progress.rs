//! How far a consumer group has read a topic, asked from outside the group.

use std::{collections::BTreeMap, ops::Range};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// Asks about the progress of one group in one topic, without joining the group. Its calls block for a round trip.
pub struct Progress {
    consumer: BaseConsumer,
    topic: &'static str,
}

/// For each partition, the offset that comes next.
pub type Ends = BTreeMap<i32, i64>;

impl Progress {
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

    /// Where the topic ends now.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn ends(&self) -> Result<Ends, BusError> {
        Ok(self.held()?.into_iter().map(|(partition, held)| (partition, held.end)).collect())
    }

    /// The offsets that the topic holds now, by partition.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn held(&self) -> Result<BTreeMap<i32, Range<i64>>, BusError> {
        let topic = self.topic;
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), CALL_TIMEOUT)
            .map_err(BusError::call(format!("list the partitions of `{topic}`")))?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id());
        partitions
            .map(|partition| {
                let (start, end) = self
                    .consumer
                    .fetch_watermarks(topic, partition, CALL_TIMEOUT)
                    .map_err(BusError::call(format!("ask for the end of `{topic}`")))?;
                Ok((partition, start..end))
            })
            .collect()
    }

    /// Where the group goes on reading: everything before has been worked on. Partitions never read are at 0.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn committed(&self) -> Result<Ends, BusError> {
        let partitions: Vec<i32> = self.ends()?.into_keys().collect();
        self.committed_in(&partitions)
    }

    fn committed_in(&self, partitions: &[i32]) -> Result<Ends, BusError> {
        let mut asked = TopicPartitionList::new();
        for partition in partitions {
            asked.add_partition(self.topic, *partition);
        }
        let committed = self
            .consumer
            .committed_offsets(asked, CALL_TIMEOUT)
            .map_err(BusError::call(format!("ask for the progress in `{}`", self.topic)))?;
        let read_up_to = |partition: i32| match committed.find_partition(self.topic, partition)?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        Ok(partitions.iter().map(|partition| (*partition, read_up_to(*partition).unwrap_or(0))).collect())
    }

    /// The first record since a time in milliseconds since 1970, by partition; none where there is none.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn first_since(&self, time: i64) -> Result<Ends, BusError> {
        let action = || format!("look for a time in `{}`", self.topic);
        let mut asked = TopicPartitionList::new();
        for partition in self.ends()?.into_keys() {
            let added = asked.add_partition_offset(self.topic, partition, Offset::Offset(time));
            added.map_err(BusError::call(action()))?;
        }
        let found = self.consumer.offsets_for_times(asked, CALL_TIMEOUT).map_err(BusError::call(action()))?;
        let mut first = Ends::new();
        for partition in found.elements() {
            partition.error().map_err(BusError::call(action()))?;
            if let Offset::Offset(offset) = partition.offset() {
                first.insert(partition.partition(), offset);
            }
        }
        Ok(first)
    }

    /// Records before `ends` that the group has not committed yet.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn missing(&self, ends: &Ends) -> Result<u64, BusError> {
        let partitions: Vec<i32> = ends.keys().copied().collect();
        let committed = self.committed_in(&partitions)?;
        // Some brokers report 0 as the end of a partition that retention has emptied.
        let missing = ends.iter().map(|(partition, end)| u64::try_from(end - committed[partition]).unwrap_or(0));
        Ok(missing.sum())
    }

    /// Records that the group has not committed yet.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker cannot be asked.
    pub fn lag(&self) -> Result<u64, BusError> {
        self.missing(&self.ends()?)
    }
}
