//! Putting records into Kafka as another program would.

use rdkafka::{
    ClientConfig, Message,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
    producer::{FutureProducer, FutureRecord},
    util::Timeout,
};
use serde_json::{Value, json};

/// A dead letter: its reason, its place and the original bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Stage that gave it up.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// Where the original stood.
    pub place: String,
    /// The original.
    pub original: Vec<u8>,
}

/// An event that publishes or edits a mention.
pub fn upsert(id: &str, text: &str, published_at: &str, revision: u64) -> Value {
    json!({
        "v": 1, "op": "upsert", "id": id, "source": "test", "kind": "post", "text": text,
        "author": {"id": "author-1", "handle": "jan"},
        "published_at": published_at, "collected_at": "2026-11-01T00:00:00Z", "revision": revision,
    })
}

/// An event that deletes a mention.
pub fn delete(id: &str, at: &str) -> Value {
    json!({"v": 1, "op": "delete", "id": id, "source": "test", "reason": "author", "at": at})
}

/// An event that forgets an author.
pub fn forget(author_id: &str, at: &str) -> Value {
    json!({"v": 1, "op": "forget_author", "author_id": author_id, "source": "test", "at": at})
}

/// A record for any topic.
#[derive(Clone, Debug)]
pub struct Produced {
    /// Its key.
    pub key: String,
    /// Its value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

/// A record as a topic holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its key.
    pub key: String,
    /// Its value; empty when it is a tombstone.
    pub payload: Vec<u8>,
}

/// Puts records on the raw topic, one after the other.
///
/// # Panics
///
/// When Kafka does not take them.
pub async fn produce(brokers: &str, records: &[(&str, Vec<u8>)]) {
    let record = |(key, payload): &(&str, Vec<u8>)| Produced { key: (*key).to_owned(), payload: Some(payload.clone()) };
    produce_to(brokers, "hark.mentions.raw", records.iter().map(record).collect()).await;
}

/// Puts records on a topic, one after the other.
///
/// # Panics
///
/// When Kafka does not take them.
pub async fn produce_to(brokers: &str, topic: &str, records: Vec<Produced>) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("message.max.bytes", "50000000")
        .create()
        .expect("a producer");
    for Produced { key, payload } in &records {
        let mut record: FutureRecord<'_, str, [u8]> = FutureRecord::to(topic).key(key);
        if let Some(payload) = payload {
            record = record.payload(payload);
        }
        producer.send(record, Timeout::Never).await.expect("Kafka takes the record");
    }
}

/// All records that a topic holds now.
///
/// # Panics
///
/// When the topic cannot be read.
pub fn records(brokers: &str, topic: &str) -> Vec<Held> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "test.records")
        .set("enable.partition.eof", "true")
        .create()
        .expect("a consumer");
    let patience = std::time::Duration::from_secs(10);
    let metadata = consumer.fetch_metadata(Some(topic), patience).expect("the topic is known");
    let partitions: Vec<i32> =
        metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect();
    let mut all = rdkafka::TopicPartitionList::new();
    for partition in &partitions {
        all.add_partition_offset(topic, *partition, rdkafka::Offset::Beginning).expect("a partition");
    }
    consumer.assign(&all).expect("the partitions can be read");
    let (mut records, mut ended) = (Vec::new(), 0);
    while ended < partitions.len() {
        match consumer.poll(patience).expect("the topic can be read") {
            Ok(message) => records.push(Held {
                key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                payload: message.payload().unwrap_or_default().to_vec(),
            }),
            Err(rdkafka::error::KafkaError::PartitionEOF(_)) => ended += 1,
            Err(error) => panic!("{topic}: {error}"),
        }
    }
    records
}

/// Puts events on the raw topic under their ids.
///
/// # Panics
///
/// When Kafka does not take them.
pub async fn publish(brokers: &str, events: &[Value]) {
    let key = |event: &Value| event["id"].as_str().or(event["author_id"].as_str()).unwrap_or_default().to_owned();
    let keyed: Vec<(String, Vec<u8>)> =
        events.iter().map(|event| (key(event), event.to_string().into_bytes())).collect();
    let records: Vec<(&str, Vec<u8>)> = keyed.iter().map(|(key, bytes)| (key.as_str(), bytes.clone())).collect();
    produce(brokers, &records).await;
}

/// All dead letters that there are now.
///
/// # Panics
///
/// When the topic cannot be read.
pub fn dead_letters(brokers: &str) -> Vec<Dead> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "test.dead")
        .set("enable.partition.eof", "true")
        .create()
        .expect("a consumer");
    let mut all = rdkafka::TopicPartitionList::new();
    all.add_partition_offset("hark.dead", 0, rdkafka::Offset::Beginning).expect("a partition");
    consumer.assign(&all).expect("the partition can be read");
    let mut letters = Vec::new();
    while let Some(Ok(message)) = consumer.poll(std::time::Duration::from_secs(10)) {
        let headers = message.headers().expect("a dead letter has headers");
        let header = |name: &str| {
            let value = headers.iter().find(|header| header.key == name).and_then(|header| header.value);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        let original = message.payload().unwrap_or_default().to_vec();
        letters.push(Dead { stage: header("stage"), reason: header("reason"), place: header("place"), original });
    }
    letters
}
