//! The topics, and how they are made.

use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    error::KafkaError,
    types::RDKafkaErrorCode,
};

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// Events as the sources gave them; key: mention id.
pub const RAW: &str = "hark.mentions.raw";
/// The same events, mentions with labels; key: mention id.
pub const ENRICHED: &str = "hark.mentions.enriched";
/// How far each source has been read; key: source name; compacted.
pub const CURSORS: &str = "hark.cursors";
/// What could not be used, with reason and original bytes.
pub const DEAD: &str = "hark.dead";

/// Which dead letters were sent through again; key: a fingerprint of the letter; compacted.
pub const REPLAYED: &str = "hark.replayed";

/// Editions of the rules that people made while Hark runs; each has a key of its own; compacted, so kept for ever.
pub const RULES: &str = "hark.rules";

/// Empty: its partitions divide the sources among the ingest workers.
pub const SOURCES: &str = "hark.sources";
/// How each source is doing; key: source name; compacted.
pub const HEALTH: &str = "hark.sources.health";

/// More than the workers that anybody runs, so that each gets about as many sources as the others.
const SOURCES_PARTITIONS: i32 = 64;

/// How long Kafka writes on to one file of a topic of mentions; it removes whole files only. Unit: milliseconds.
pub(crate) const SEGMENT: u64 = 3_600_000;

/// Dead letters wait for a person: 90 days.
const DEAD_RETENTION_MS: u64 = 90 * 86_400_000;

/// Makes the topics that are missing; those that exist are left as they are.
///
/// # Errors
///
/// [`BusError::Call`] when the broker cannot be reached or refuses.
pub async fn ensure(kafka: &Kafka) -> Result<(), BusError> {
    let admin: AdminClient<DefaultClientContext> = kafka.client().create().map_err(BusError::Settings)?;
    let settings = kafka.topics;
    let replication = || TopicReplication::Fixed(settings.replication);
    let retention = settings.retention.as_millis().to_string();
    let segment = SEGMENT.to_string();
    let dead_retention = DEAD_RETENTION_MS.to_string();
    let mentions = |name| {
        NewTopic::new(name, settings.partitions, replication())
            .set("cleanup.policy", "delete")
            .set("retention.ms", &retention)
            .set("segment.ms", &segment)
    };
    let topics = [
        mentions(RAW),
        mentions(ENRICHED),
        NewTopic::new(CURSORS, 1, replication()).set("cleanup.policy", "compact"),
        NewTopic::new(REPLAYED, 1, replication()).set("cleanup.policy", "compact"),
        NewTopic::new(RULES, 1, replication()).set("cleanup.policy", "compact"),
        NewTopic::new(HEALTH, 1, replication()).set("cleanup.policy", "compact"),
        NewTopic::new(SOURCES, SOURCES_PARTITIONS, replication()),
        NewTopic::new(DEAD, 1, replication()).set("cleanup.policy", "delete").set("retention.ms", &dead_retention),
    ]
    // The broker's clock counts: it refuses records of a machine whose clock is an hour ahead of its own.
    // Source: <https://kafka.apache.org/documentation/#topicconfigs_message.timestamp.after.max.ms>, read 2026-11-23.
    .map(|topic| topic.set("message.timestamp.type", "LogAppendTime"));
    let missing = missing(&admin, topics)?;
    if missing.is_empty() {
        return Ok(());
    }
    let options = AdminOptions::new().operation_timeout(Some(CALL_TIMEOUT)).request_timeout(Some(CALL_TIMEOUT));
    let results = admin.create_topics(&missing, &options).await.map_err(BusError::call("create topics"))?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => {
                return Err(BusError::Call {
                    action: format!("create topic `{topic}`"),
                    error: KafkaError::AdminOp(code),
                });
            }
        }
    }
    Ok(())
}

fn missing<'a>(
    admin: &AdminClient<DefaultClientContext>,
    topics: impl IntoIterator<Item = NewTopic<'a>>,
) -> Result<Vec<NewTopic<'a>>, BusError> {
    let metadata =
        admin.inner().fetch_metadata(None, CALL_TIMEOUT).map_err(BusError::call("list the topics of the broker"))?;
    let exists = |name: &str| metadata.topics().iter().any(|topic| topic.name() == name);
    Ok(topics.into_iter().filter(|topic| !exists(topic.name)).collect())
}
