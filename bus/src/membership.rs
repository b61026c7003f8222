//! Sharing work that is not in Kafka: a group of workers divides the partitions of an empty topic among them, and each
//! does the work that belongs to its partitions.
//!
//! **One at a time.** Before a partition goes to another worker, this one is asked to stop what belongs to it and has
//! to say that it did. A worker that died, or that was cut off for longer than its session, is not waited for.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc as std_mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use rdkafka::{
    ClientContext, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance},
};
use tokio::sync::mpsc;

use crate::kafka::{BusError, CALL_TIMEOUT, Kafka};

/// A worker that says nothing for so long is dead: its partitions go to others.
const SESSION_MS: &str = "6000";

/// Longest that the others wait for a worker to stop its work. What is not stopped by then may be done twice.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Time between two looks at whether the membership has ended.
const LOOK: Duration = Duration::from_millis(100);

/// The share of the work that a worker has now.
#[derive(Debug)]
pub struct Share {
    /// The partitions that are its own; none while the work is divided anew.
    pub partitions: BTreeSet<i32>,
    done: std_mpsc::Sender<()>,
}

impl Share {
    /// Says that no work is done any more but what belongs to [`Share::partitions`].
    pub fn accept(&self) {
        // Nobody waits for it any more when the membership has ended.
        let _ = self.done.send(());
    }
}

/// A membership in a group of workers. Dropping it leaves the group soon, [`Membership::leave`] at once.
pub struct Membership {
    shares: mpsc::UnboundedReceiver<Share>,
    partitions: usize,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Membership {
    /// Joins `group`, which shares the partitions of `topic`. Blocks while it asks how many there are.
    ///
    /// # Errors
    ///
    /// [`BusError`] when a client property is wrong, or the topic cannot be looked at.
    pub fn join(kafka: &Kafka, group: &str, topic: &str) -> Result<Self, BusError> {
        let mut client = kafka.client();
        client
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            // Eager assignment: any broker that speaks Kafka does it right.
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", SESSION_MS)
            .set("heartbeat.interval.ms", "2000");
        let (sender, shares) = mpsc::unbounded_channel();
        let consumer: BaseConsumer<Holder> =
            client.create_with_context(Holder { shares: sender }).map_err(BusError::Settings)?;
        let look = BusError::call(format!("list the partitions of `{topic}`"));
        let metadata = consumer.fetch_metadata(Some(topic), CALL_TIMEOUT).map_err(look)?;
        let partitions = metadata.topics().iter().map(|topic| topic.partitions().len()).sum();
        consumer.subscribe(&[topic]).map_err(BusError::call(format!("subscribe to `{topic}`")))?;
        let ended = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let ended = Arc::clone(&ended);
            move || keep_up(&consumer, &ended)
        });
        Ok(Self { shares, partitions, ended, thread: Some(thread) })
    }

    /// How many partitions the work is divided into.
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// The next share. Stop what is not in it, then [`accept`](Share::accept) it: until then the others wait.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Share {
        match self.shares.recv().await {
            Some(share) => share,
            // The thread ends with the membership only.
            None => std::future::pending().await,
        }
    }

    /// Leaves the group and returns when others may take over. Stop all work before.
    pub async fn leave(mut self) {
        self.ended.store(true, Ordering::Release);
        self.shares.close();
        let thread = self.thread.take();
        let left = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join));
        drop(left.await);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

/// Stays in the group until the membership ends. The topic is empty; what is polled are the changes of the group.
fn keep_up(consumer: &BaseConsumer<Holder>, ended: &AtomicBool) {
    while !ended.load(Ordering::Acquire) {
        if let Some(Err(error)) = consumer.poll(LOOK) {
            tracing::warn!(%error, "kafka is away, the work stays divided as it is");
        }
    }
    consumer.unsubscribe();
}

/// Passes changes of the group on, from within the poll that hears of them.
struct Holder {
    shares: mpsc::UnboundedSender<Share>,
}

impl Holder {
    fn hand_over(&self, partitions: BTreeSet<i32>) -> std_mpsc::Receiver<()> {
        let (done, accepted) = std_mpsc::channel();
        // Without a receiver the membership has ended, and all work with it.
        let _ = self.shares.send(Share { partitions, done });
        accepted
    }
}

impl ClientContext for Holder {}

impl ConsumerContext for Holder {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if !matches!(rebalance, Rebalance::Assign(_)) {
            let accepted = self.hand_over(BTreeSet::new());
            if accepted.recv_timeout(STOP_TIMEOUT) == Err(std_mpsc::RecvTimeoutError::Timeout) {
                tracing::error!("work goes to another worker before it was stopped here; some may be done twice");
            }
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(assigned) = rebalance {
            // There is nothing to fetch.
            if let Err(error) = consumer.pause(assigned) {
                tracing::debug!(%error, "cannot pause");
            }
            drop(self.hand_over(partitions(assigned)));
        }
    }
}

fn partitions(list: &TopicPartitionList) -> BTreeSet<i32> {
    list.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect()
}
