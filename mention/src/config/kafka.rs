//! `[kafka]`: where the broker is and how the topics are made.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Problem, Secret, Span};

/// `[kafka]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaConfig {
    /// Addresses, comma separated: `host:9092,host2:9092`. Default: none, then `hark up` runs the embedded broker.
    pub brokers: Option<String>,
    /// Address of the embedded broker; port 0 picks a free one and keeps it. Default: `127.0.0.1:0`.
    pub listen: String,
    /// Partitions of the topics of mentions, when Hark creates them, 1 to 1024. Default: 4.
    pub partitions: u16,
    /// Replicas of each topic, when Hark creates them, 1 to 7. Default: 1.
    pub replication: u16,
    /// How long the topics of mentions keep a record. Default: 7 d.
    pub retention: Span,
    /// Further client properties by librdkafka's names, such as `security.protocol`.
    pub properties: BTreeMap<String, String>,
    /// Client properties that are secrets, such as `sasl.password`.
    pub secrets: BTreeMap<String, Secret>,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: None,
            listen: "127.0.0.1:0".to_owned(),
            partitions: 4,
            replication: 1,
            retention: Span::from_secs(7 * 86_400),
            properties: BTreeMap::new(),
            secrets: BTreeMap::new(),
        }
    }
}

/// Properties that Hark's promises rest on, or that the embedded broker cannot do.
const RESERVED: [&str; 9] = [
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "group.id",
    "group.instance.id",
    "transactional.id",
];

impl KafkaConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("kafka.{key}"), rule));
            }
        };
        rule(
            self.brokers.as_deref() != Some(""),
            "brokers",
            "must not be empty; leave it out for the embedded broker".into(),
        );
        rule(
            self.listen.parse::<std::net::SocketAddr>().is_ok(),
            "listen",
            format!("must be an address and port such as `127.0.0.1:9092`, found `{}`", self.listen),
        );
        rule(
            (1..=1024).contains(&self.partitions),
            "partitions",
            format!("must be 1 to 1024, found `{}`", self.partitions),
        );
        rule(
            (1..=7).contains(&self.replication),
            "replication",
            format!("must be 1 to 7, found `{}`", self.replication),
        );
        rule(
            self.retention >= Span::from_secs(60),
            "retention",
            format!("must be at least `1m`, found `{}`", self.retention),
        );
        for key in self.properties.keys().chain(self.secrets.keys()) {
            rule(
                !RESERVED.contains(&key.as_str()),
                &format!("properties.{key}"),
                "is set by Hark and cannot be changed".into(),
            );
        }
    }
}
