//! Where the broker is, and client settings that all of Hark's clients share.

use std::time::Duration;

use hark_mention::config::{KafkaConfig, SecretError};
use rdkafka::{ClientConfig, error::KafkaError};

/// The longest that one administrative call may take.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A broker's address with the client properties for it.
#[derive(Clone)]
pub struct Kafka {
    client: ClientConfig,
    pub(crate) topics: TopicSettings,
}

/// How topics are made.
#[derive(Clone, Copy)]
pub(crate) struct TopicSettings {
    pub(crate) partitions: i32,
    pub(crate) replication: i32,
    pub(crate) retention: Duration,
}

/// A failed call to Kafka.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The client cannot be made: a property is wrong.
    #[error("cannot use Kafka with these settings: {0}")]
    Settings(KafkaError),
    /// A call failed.
    #[error("cannot {action}: {error}")]
    Call {
        /// What was tried.
        action: String,
        /// What Kafka or its client said.
        error: KafkaError,
    },
    /// A record was not accepted.
    #[error("record for `{topic}` was not accepted: {error}")]
    NotAccepted {
        /// The topic.
        topic: String,
        /// What Kafka or its client said.
        error: KafkaError,
    },
}

impl BusError {
    pub(crate) fn call(action: impl Into<String>) -> impl FnOnce(KafkaError) -> Self {
        let action = action.into();
        move |error| Self::Call { action, error }
    }
}

impl Kafka {
    /// The broker of the configuration, or the one at `embedded` when none is configured there.
    ///
    /// # Errors
    ///
    /// When a secret's reference cannot be resolved.
    pub fn new(config: &KafkaConfig, embedded: Option<&str>) -> Result<Self, SecretError> {
        let mut client = ClientConfig::new();
        for (key, value) in &config.properties {
            client.set(key, value);
        }
        for (key, secret) in &config.secrets {
            client.set(key, secret.reveal()?);
        }
        let brokers = config.brokers.as_deref().or(embedded).unwrap_or_default();
        client.set("bootstrap.servers", brokers).set("client.id", "hark");
        // An embedded broker is back within a second of a restart; do not wait longer than that to find it.
        client.set("reconnect.backoff.max.ms", "1000");
        let topics = TopicSettings {
            partitions: i32::from(config.partitions),
            replication: i32::from(config.replication),
            retention: config.retention.duration(),
        };
        Ok(Self { client, topics })
    }

    /// The addresses in use.
    pub fn brokers(&self) -> &str {
        self.client.get("bootstrap.servers").unwrap_or_default()
    }

    /// Client settings to build on.
    pub(crate) fn client(&self) -> ClientConfig {
        self.client.clone()
    }
}
