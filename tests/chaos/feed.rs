//! Publishing: every record is sent until Kafka has taken it, in the order of the world.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
    util::Timeout,
};
use tokio::task::JoinHandle;

use crate::world::{Record, World};

/// Records in one lot, sent side by side.
const LOT: usize = 100;
/// Between two lots; the faults are to meet work, not an idle pipeline.
const PAUSE: Duration = Duration::from_millis(100);

/// A world that is being published.
pub(crate) struct Feed {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Feed {
    /// Publishes lot after lot until told to stop.
    pub(crate) fn start(brokers: &str, world: Arc<Mutex<World>>) -> Self {
        let producer: FutureProducer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("message.timeout.ms", "3000")
            .set("reconnect.backoff.max.ms", "500")
            .set("log_level", "0")
            .create()
            .expect("a producer");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PAUSE);
            while !stopped.load(Ordering::Relaxed) {
                ticks.tick().await;
                let lot = world.lock().expect("nobody panicked").next(LOT);
                send(&producer, lot).await;
            }
            let rest = world.lock().expect("nobody panicked").rest();
            send(&producer, rest).await;
        });
        Self { stop, task }
    }

    /// Stops after the lot at hand, which Kafka has then taken.
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("publishing does not panic");
    }
}

/// Sends `lot` again and again until all of it is taken: a record whose answer was lost is then there twice.
async fn send(producer: &FutureProducer, mut lot: Vec<Record>) {
    while !lot.is_empty() {
        let sent = join_all(lot.iter().map(|(key, bytes)| {
            producer.send(FutureRecord::to("hark.mentions.raw").key(key).payload(bytes), Timeout::Never)
        }));
        let taken: Vec<bool> = sent.await.iter().map(Result::is_ok).collect();
        let mut taken = taken.into_iter();
        lot.retain(|_| taken.next() == Some(false));
    }
}
