//! Reading in batches, and committing them once their work is durable.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rdkafka::{
    ClientContext, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, Headers},
};
use tokio::{sync::OnceCell, time::Instant};

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// When a batch is full: whichever limit is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most records, at least 1.
    pub records: usize,
    /// Most bytes of payload; the record that passes it is still taken.
    pub bytes: usize,
    /// Longest time between the first record and the end of the batch; [`PATIENCE`] times that for a batch that has
    /// its [`BUSY`] share of the most records by then.
    pub age: Duration,
}

/// The share of the most records, one in so many, that makes a batch worth waiting longer for: where so much comes,
/// large batches help more than quick ones.
const BUSY: usize = 20;

/// How many times as long such a batch is waited for.
const PATIENCE: u32 = 4;

/// One record as read.
#[derive(Clone, Debug)]
pub struct Record {
    /// Key; empty when there is none.
    pub key: Vec<u8>,
    /// Value; empty when it is a tombstone.
    pub payload: Vec<u8>,
    /// Partition it was read from.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// The value of the header [`Record::ORIGIN`]: partition and offset in the raw topic.
    pub origin: Option<(i32, i64)>,
}

impl Record {
    /// Header that says where a record came from: partition, colon, offset.
    pub const ORIGIN: &str = "origin";

    fn copy(message: &BorrowedMessage<'_>) -> Self {
        Self {
            key: message.key().unwrap_or_default().to_vec(),
            payload: message.payload().unwrap_or_default().to_vec(),
            partition: message.partition(),
            offset: message.offset(),
            origin: origin(message),
        }
    }
}

fn origin(message: &BorrowedMessage<'_>) -> Option<(i32, i64)> {
    let value = message.headers()?.iter().find(|header| header.key == Record::ORIGIN)?.value?;
    let (partition, offset) = std::str::from_utf8(value).ok()?.split_once(':')?;
    Some((partition.parse().ok()?, offset.parse().ok()?))
}

/// Records read together. Commit it only when its work is durable.
#[derive(Debug, Default)]
pub struct Batch {
    /// The records; those of one partition are in order.
    pub records: Vec<Record>,
}

impl Batch {
    /// For each partition, the offset that follows the last record.
    fn next_offsets(&self) -> HashMap<i32, i64> {
        let mut next = HashMap::new();
        for record in &self.records {
            let end = next.entry(record.partition).or_insert(0);
            *end = (*end).max(record.offset + 1);
        }
        next
    }
}

/// How often partitions have come or gone.
#[derive(Default)]
struct Rebalances(AtomicU64);

impl ClientContext for Rebalances {}

impl ConsumerContext for Rebalances {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, _: &Rebalance<'_>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// A member of a consumer group that reads one topic.
pub struct Consumer {
    inner: Arc<StreamConsumer<Rebalances>>,
    topic: &'static str,
    /// How many partitions the topic has.
    partitions: OnceCell<usize>,
}

impl Consumer {
    /// Joins `group` and reads `topic`, from the group's progress or else from the beginning.
    ///
    /// # Errors
    ///
    /// [`BusError::Settings`] when a client property is wrong, [`BusError::Call`] when it cannot subscribe.
    pub fn new(kafka: &Kafka, group: &str, topic: &'static str) -> Result<Self, BusError> {
        let mut client = kafka.client();
        client
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // Eager assignment: any broker that speaks Kafka does it right.
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "2000")
            // A batch may wait for an absent database for hours; that is not a dead worker.
            .set("max.poll.interval.ms", "43200000")
            .set("fetch.wait.max.ms", "500")
            .set("fetch.message.max.bytes", "4194304")
            .set("queued.min.messages", "20000")
            // Once so much waits to be taken, the client fetches no more for a while: a second, unless told otherwise.
            .set("fetch.queue.backoff.ms", "10")
            .set("queued.max.messages.kbytes", "65536");
        let inner: StreamConsumer<Rebalances> =
            client.create_with_context(Rebalances::default()).map_err(BusError::Settings)?;
        inner.subscribe(&[topic]).map_err(BusError::call(format!("subscribe to `{topic}`")))?;
        Ok(Self { inner: Arc::new(inner), topic, partitions: OnceCell::new() })
    }

    /// Waits for the next record and takes what follows until a limit is reached.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] for a fault that the client does not mend by itself.
    ///
    /// # Cancel safety
    ///
    /// Records taken by a call that is dropped are not read again by this consumer: drop it only to stop the consumer.
    pub async fn next_batch(&self, limits: BatchLimits) -> Result<Batch, BusError> {
        let mut records = vec![Record::copy(&self.receive().await?)];
        let mut bytes = records.iter().map(|record| record.payload.len()).sum::<usize>();
        let (mut full_at, mut patient) = (Instant::now() + limits.age, false);
        while records.len() < limits.records && bytes < limits.bytes {
            let Ok(message) = tokio::time::timeout_at(full_at, self.receive()).await else {
                if patient || records.len() < limits.records / BUSY {
                    break;
                }
                (full_at, patient) = (full_at + limits.age * (PATIENCE - 1), true);
                continue;
            };
            let record = Record::copy(&message?);
            bytes += record.payload.len();
            records.push(record);
        }
        Ok(Batch { records })
    }

    /// The next message; faults that pass by themselves are logged and waited out.
    async fn receive(&self) -> Result<BorrowedMessage<'_>, BusError> {
        loop {
            match self.inner.recv().await {
                Ok(message) => return Ok(message),
                Err(KafkaError::MessageConsumption(code)) if passes(code) => {
                    tracing::warn!(topic = self.topic, %code, "kafka is away, waiting for it");
                }
                Err(error) => return Err(BusError::call(format!("read from `{}`", self.topic))(error)),
            }
        }
    }

    /// When this member reads all partitions of the topic, so that no other member works on it: a number that stays the
    /// same for as long as nobody else may have. When the broker cannot be asked, it is not sure of that.
    pub async fn alone_since(&self) -> Option<u64> {
        // First the number: partitions that come or go after it make it another.
        let since = self.inner.context().0.load(Ordering::Acquire);
        let assigned = self.inner.assignment().ok()?.count();
        let (consumer, topic) = (Arc::clone(&self.inner), self.topic);
        let ask = || async move {
            let metadata =
                tokio::task::spawn_blocking(move || consumer.fetch_metadata(Some(topic), CALL_TIMEOUT)).await;
            let metadata = metadata.expect("asking does not panic");
            let metadata = metadata.map_err(BusError::call(format!("list the partitions of `{topic}`")))?;
            Ok::<usize, BusError>(metadata.topics().iter().map(|topic| topic.partitions().len()).sum())
        };
        match self.partitions.get_or_try_init(ask).await {
            Ok(all) => (*all == assigned).then_some(since),
            Err(error) => {
                tracing::debug!(%error, "cannot tell whether other workers are there");
                None
            }
        }
    }

    /// Commits a batch whose work is durable, as soon as Kafka is there to note it.
    ///
    /// Partitions that went to another worker in the meantime are left alone: that worker reads the batch again.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when the broker refuses for another reason.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped may or may not have committed; an uncommitted batch comes again.
    pub async fn commit(&self, batch: &Batch) -> Result<(), BusError> {
        let mut offsets = TopicPartitionList::new();
        for (partition, next) in batch.next_offsets() {
            offsets
                .add_partition_offset(self.topic, partition, Offset::Offset(next))
                .map_err(BusError::call("note an offset"))?;
        }
        let (offsets, topic) = (Arc::new(offsets), self.topic);
        loop {
            let (consumer, offsets) = (Arc::clone(&self.inner), Arc::clone(&offsets));
            let commit = move || consumer.commit(&offsets, CommitMode::Sync);
            match tokio::task::spawn_blocking(commit).await.expect("committing does not panic") {
                Ok(()) => return Ok(()),
                Err(KafkaError::ConsumerCommit(
                    code @ (RDKafkaErrorCode::RebalanceInProgress
                    | RDKafkaErrorCode::UnknownMemberId
                    | RDKafkaErrorCode::IllegalGeneration
                    | RDKafkaErrorCode::NoOffset
                    | RDKafkaErrorCode::AssignmentLost),
                )) => {
                    tracing::warn!(topic, %code, "partitions moved to another worker before the commit; it reads them again");
                    return Ok(());
                }
                Err(KafkaError::ConsumerCommit(code)) if passes(code) => {
                    tracing::warn!(topic, %code, "kafka is away, progress is committed when it is back");
                    tokio::time::sleep(AWAY).await;
                }
                Err(error) => return Err(BusError::call(format!("commit progress in `{topic}`"))(error)),
            }
        }
    }
}

/// Between two tries while Kafka is away.
const AWAY: Duration = Duration::from_millis(500);

/// Whether a fault passes by itself: a broker is away, or not ready yet, or moves.
fn passes(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::NetworkException
            | RDKafkaErrorCode::BrokerNotAvailable
            | RDKafkaErrorCode::LeaderNotAvailable
            | RDKafkaErrorCode::NotLeaderForPartition
            | RDKafkaErrorCode::WaitingForCoordinator
            | RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::UnknownTopic
    )
}
