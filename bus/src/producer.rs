//! Publishing a batch: returns when the broker has every record of it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use rdkafka::{
    ClientContext, Message,
    error::{KafkaError, RDKafkaErrorCode},
    message::OwnedHeaders,
    producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer},
};
use tokio::sync::Notify;

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// Publishes records to Kafka. Cheap to clone; all clones share one connection and one queue.
#[derive(Clone)]
pub struct Producer {
    inner: Arc<ThreadedProducer<Deliveries>>,
}

/// A record to publish.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// Topic.
    pub topic: &'static str,
    /// Key: records of one key stay in order.
    pub key: Vec<u8>,
    /// Value; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Headers.
    pub headers: Option<OwnedHeaders>,
}

/// How many records of a batch are still on their way, and what went wrong first.
#[derive(Default)]
struct InFlight {
    left: AtomicUsize,
    done: Notify,
    error: Mutex<Option<BusError>>,
}

impl InFlight {
    fn fail(&self, topic: &str, error: KafkaError) {
        let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| BusError::NotAccepted { topic: topic.to_owned(), error });
    }

    fn settle_one(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }
}

struct Deliveries;

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<InFlight>;

    fn delivery(&self, result: &DeliveryResult<'_>, batch: Arc<InFlight>) {
        if let Err((error, message)) = result {
            batch.fail(message.topic(), error.clone());
        }
        batch.settle_one();
    }
}

impl Producer {
    /// A producer whose records are acknowledged by all replicas and never doubled by its own retries.
    ///
    /// # Errors
    ///
    /// [`BusError::Settings`] when a client property is wrong.
    pub fn new(kafka: &Kafka) -> Result<Self, BusError> {
        let mut client = kafka.client();
        client
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // A batch waits for its broker for as long as it takes; that wait is what slows the source down.
            .set("message.timeout.ms", "0")
            .set("linger.ms", "20")
            .set("compression.type", "lz4")
            .set("batch.num.messages", "10000")
            .set("batch.size", "1000000")
            .set("queue.buffering.max.messages", "200000")
            .set("queue.buffering.max.kbytes", "65536");
        let inner = client.create_with_context(Deliveries).map_err(BusError::Settings)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Publishes `records` and returns when the broker has acknowledged each of them.
    ///
    /// # Errors
    ///
    /// The first record that was not accepted; others of the batch may have been. Publish the whole batch again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves records on their way that may or may not arrive.
    pub async fn publish(&self, records: impl IntoIterator<Item = Outgoing>) -> Result<(), BusError> {
        // One is held back until all are handed over, so that the count cannot reach zero before.
        let batch = Arc::new(InFlight { left: AtomicUsize::new(1), ..InFlight::default() });
        for record in records {
            batch.left.fetch_add(1, Ordering::AcqRel);
            if let Err(error) = self.hand_over(&record, &batch).await {
                batch.fail(record.topic, error);
                batch.settle_one();
                break;
            }
        }
        batch.settle_one();
        while batch.left.load(Ordering::Acquire) != 0 {
            batch.done.notified().await;
        }
        let error = batch.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.map_or(Ok(()), Err)
    }

    /// Puts a record into the client's queue, waiting while that is full.
    async fn hand_over(&self, record: &Outgoing, batch: &Arc<InFlight>) -> Result<(), KafkaError> {
        loop {
            let mut base: BaseRecord<'_, [u8], [u8], Arc<InFlight>> =
                BaseRecord::with_opaque_to(record.topic, Arc::clone(batch)).key(&record.key[..]);
            if let Some(payload) = &record.payload {
                base = base.payload(&payload[..]);
            }
            if let Some(headers) = &record.headers {
                base = base.headers(headers.clone());
            }
            match self.inner.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Waits until everything handed over has left, at most ten seconds.
    ///
    /// # Errors
    ///
    /// [`BusError::Call`] when records are still on their way after that.
    pub fn flush(&self) -> Result<(), BusError> {
        self.inner.flush(CALL_TIMEOUT).map_err(BusError::call("flush the producer"))
    }
}
