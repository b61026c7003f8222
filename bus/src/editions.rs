//! Editions of the rules: what people listen for when they change it while Hark runs.
//!
//! The topic holds proposals, each made on top of a certain edition. The first one on top of an edition is the next edition;
//! those that come later were made by people who did not know it, and do not count. All who read the topic agree, without a
//! lock. Each proposal has a key of its own, so that compaction keeps them all.

use std::{collections::BTreeMap, sync::Arc};

use hark_mention::{Timestamp, config::RuleSet};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{Consumer as _, StreamConsumer},
    error::KafkaError,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::{
    kafka::{BusError, Kafka},
    producer::{Outgoing, Producer},
    scan::{Quiet, scan},
    topics::RULES,
};

/// Most bytes of one edition, as JSON.
pub const MAX_EDITION_BYTES: usize = 768 * 1024;

/// One edition of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Edition {
    /// Its number: 1 for the first that somebody made; that of `hark.toml` has 0.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: String,
    /// Why; may be empty.
    pub note: String,
    /// What is listened for; `None` is what `hark.toml` says.
    pub rules: Option<RuleSet>,
}

/// The edition in force; `None` while nobody has made one.
pub type InForce = Option<Arc<Edition>>;

/// All editions, the oldest first. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn editions(kafka: &Kafka) -> Result<Vec<Edition>, BusError> {
    let mut editions: Vec<Edition> = Vec::new();
    scan(kafka, RULES, &BTreeMap::from([(0, 0..i64::MAX)]), |record| {
        editions.extend(next(editions.last(), record.payload));
    })?;
    Ok(editions)
}

/// Publishes `edition`. The answer is whether it counts: it does not when somebody else made one of its number before.
///
/// # Errors
///
/// [`BusError`] when Kafka does not take it, or cannot be read back.
pub async fn publish_edition(kafka: &Kafka, edition: Edition) -> Result<bool, BusError> {
    let payload = serde_json::to_vec(&edition).expect("rules are JSON");
    let key = format!("{}-{}", edition.number, uuid::Uuid::new_v4()).into_bytes();
    let record = Outgoing { topic: RULES, key, payload: Some(payload), headers: None };
    Producer::new(kafka)?.publish([record]).await?;
    let kafka = kafka.clone();
    let reading = tokio::task::spawn_blocking(move || editions(&kafka));
    Ok(reading.await.expect("reading editions does not panic")?.contains(&edition))
}

/// The edition in force, now and for as long as somebody holds the receiver.
///
/// # Errors
///
/// [`BusError`] when a client property is wrong, or the topic cannot be assigned.
pub async fn follow_editions(kafka: &Kafka) -> Result<watch::Receiver<InForce>, BusError> {
    let mut client = kafka.client();
    // The group is never joined; librdkafka wants a name before it lets a partition be assigned.
    client
        .set("group.id", "hark.rules.followers")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer<Quiet> = client.create_with_context(Quiet).map_err(BusError::Settings)?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(RULES, 0, Offset::Beginning).map_err(BusError::call("name a partition"))?;
    consumer.assign(&all).map_err(BusError::call(format!("read `{RULES}`")))?;
    let (sender, receiver) = watch::channel(None);
    let (caught_up, ready) = oneshot::channel();
    tokio::spawn(follow(consumer, sender, caught_up));
    // The task ends only when the receiver is dropped, and here it is held.
    drop(ready.await);
    Ok(receiver)
}

async fn follow(consumer: StreamConsumer<Quiet>, sender: watch::Sender<InForce>, caught_up: oneshot::Sender<()>) {
    let mut caught_up = Some(caught_up);
    loop {
        let received = tokio::select! {
            () = sender.closed() => return,
            received = consumer.recv() => received,
        };
        match received {
            Ok(record) => {
                let last = sender.borrow().clone();
                if let Some(edition) = next(last.as_deref(), record.payload().unwrap_or_default()) {
                    sender.send_replace(Some(Arc::new(edition)));
                }
            }
            Err(KafkaError::PartitionEOF(_)) => {
                if let Some(caught_up) = caught_up.take() {
                    // Nobody waits any more who has given up.
                    let _ = caught_up.send(());
                }
            }
            Err(error) => tracing::warn!(%error, "cannot hear of new rules; those in force stay"),
        }
    }
}

/// The edition that a proposal makes, if it is the next one.
fn next(last: Option<&Edition>, proposal: &[u8]) -> Option<Edition> {
    let proposed = match serde_json::from_slice::<Edition>(proposal) {
        Ok(proposed) => proposed,
        Err(error) => {
            tracing::error!(%error, "an edition of the rules cannot be read; was it made by a newer version?");
            return None;
        }
    };
    (proposed.number == last.map_or(0, |last| last.number) + 1).then_some(proposed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(number: u64, by: &str) -> Vec<u8> {
        let at = Timestamp::from_millis(0);
        let edition = Edition { number, at, by: by.into(), note: String::new(), rules: Some(RuleSet::default()) };
        serde_json::to_vec(&edition).expect("JSON")
    }

    #[test]
    fn the_first_on_top_of_an_edition_counts() {
        let proposals = [proposal(1, "a"), proposal(1, "b"), proposal(3, "c"), b"{".to_vec(), proposal(2, "d")];
        let mut editions: Vec<Edition> = Vec::new();
        for proposal in &proposals {
            editions.extend(next(editions.last(), proposal));
        }
        let made: Vec<_> = editions.iter().map(|edition| (edition.number, edition.by.as_str())).collect();
        assert_eq!(made, [(1, "a"), (2, "d")]);
    }
}
