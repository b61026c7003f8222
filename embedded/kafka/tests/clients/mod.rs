//! Kafka clients as the tests use them; every wait has a deadline.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, OwnedMessage, ToBytes};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};

/// Longest wait for anything; only a failing test waits so long.
const DEADLINE: Duration = Duration::from_secs(60);

fn config(address: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address).set("reconnect.backoff.max.ms", "500").set("log_level", "2");
    config
}

pub(crate) async fn create_topic(address: &str, name: &str, partitions: i32, settings: &[(&str, &str)]) {
    let admin: AdminClient<_> = config(address).create().unwrap();
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
    let created = admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap();
    assert_eq!(vec![Ok(name.to_owned())], created);
}

pub(crate) async fn delete_topic(address: &str, name: &str) {
    let admin: AdminClient<_> = config(address).create().unwrap();
    let deleted = admin.delete_topics(&[name], &AdminOptions::new()).await.unwrap();
    assert_eq!(vec![Ok(name.to_owned())], deleted);
}

pub(crate) async fn delete_records(address: &str, topic: &str, before: i64) -> Result<(), KafkaError> {
    let admin: AdminClient<_> = config(address).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, 0, Offset::Offset(before)).unwrap();
    let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(2)));
    let deleted = admin.delete_records(&offsets, &options).await?;
    deleted.elements_for_topic(topic)[0].error()
}

/// An idempotent producer, which also waits for all replicas.
pub(crate) fn producer(address: &str, settings: &[(&str, &str)]) -> FutureProducer {
    let mut config = config(address);
    config.set("enable.idempotence", "true").set("message.timeout.ms", "60000");
    settings.iter().fold(&mut config, |config, (key, value)| config.set(*key, *value)).create().unwrap()
}

/// Sends one record and waits for its acknowledgement.
pub(crate) async fn send<K: ToBytes + ?Sized, P: ToBytes + ?Sized>(
    producer: &FutureProducer,
    record: FutureRecord<'_, K, P>,
) {
    producer.send(record, Timeout::After(DEADLINE)).await.map_err(|(error, _)| error).unwrap();
}

pub(crate) fn group_consumer(address: &str, group: &str, topic: &str) -> BaseConsumer {
    let mut config = config(address);
    config.set("group.id", group).set("session.timeout.ms", "6000").set("fetch.wait.max.ms", "20");
    let consumer: BaseConsumer = config
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("partition.assignment.strategy", "roundrobin")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

pub(crate) fn next(consumer: &BaseConsumer) -> BorrowedMessage<'_> {
    let begin = Instant::now();
    // `poll` also returns when the group has been rebalanced.
    loop {
        assert!(begin.elapsed() < DEADLINE, "no record");
        if let Some(record) = consumer.poll(Duration::from_millis(100)) {
            return record.unwrap();
        }
    }
}

/// Reads a topic from its beginning to its end, which must hold at least `at_least` records.
pub(crate) async fn read_all(address: &str, topic: &str, at_least: usize) -> Vec<OwnedMessage> {
    let (config, topic) = (config(address), topic.to_owned());
    on_blocking_thread(move || {
        let consumer = assigned(config, &topic);
        let (mut records, mut at_end, begin) = (Vec::new(), 0, Instant::now());
        let partitions = consumer.assignment().unwrap().count();
        while at_end < partitions || records.len() < at_least {
            assert!(begin.elapsed() < DEADLINE, "only {} of {at_least} records in {topic}", records.len());
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(record)) => records.push(record.detach()),
                Some(Err(KafkaError::PartitionEOF(_))) => at_end += 1,
                Some(Err(error)) => panic!("{error}"),
                None => {}
            }
        }
        records
    })
    .await
}

fn assigned(mut config: ClientConfig, topic: &str) -> BaseConsumer {
    config.set("group.id", "reader").set("enable.partition.eof", "true").set("fetch.wait.max.ms", "20");
    let consumer: BaseConsumer = config.set("auto.offset.reset", "earliest").create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE).unwrap();
    let mut assignment = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&assignment).unwrap();
    consumer
}

/// First and next offset of partition 0.
pub(crate) async fn watermarks(address: &str, topic: &str) -> (i64, i64) {
    let (config, topic) = (config(address), topic.to_owned());
    on_blocking_thread(move || {
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.fetch_watermarks(&topic, 0, DEADLINE).unwrap()
    })
    .await
}

/// The first offset of partition 0 with this time or a later one.
pub(crate) async fn offset_of_time(address: &str, topic: &str, time: i64) -> Offset {
    let (config, topic) = (config(address), topic.to_owned());
    on_blocking_thread(move || {
        let consumer: BaseConsumer = config.create().unwrap();
        let mut times = TopicPartitionList::new();
        times.add_partition_offset(&topic, 0, Offset::Offset(time)).unwrap();
        let found = consumer.offsets_for_times(times, DEADLINE).unwrap();
        found.elements_for_topic(&topic)[0].offset()
    })
    .await
}

pub(crate) async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Waits until the condition holds.
pub(crate) async fn wait_until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < DEADLINE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
