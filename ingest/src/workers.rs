//! Which worker reads which source.
//!
//! The partitions of the empty topic `hark.sources` are divided among the workers by a consumer group, and a source
//! belongs to the partition that its name gives. So each source is read by exactly one worker, and those of a worker
//! that dies go to the others once its session ends, without another coordinator. Whoever takes a source over reads its
//! cursor anew; a worker that was cut off and does not know it may repeat a page, which changes nothing further on.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use hark_bus::{HEALTH, Membership, Outgoing, SOURCES, source_health};
use hark_mention::Timestamp;
use sha2::{Digest, Sha256};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    health::Watch,
    registry::SourceConfig,
    runner::{Ingest, Reading},
    source::SourceContext,
};

/// The group of all ingest workers.
const GROUP: &str = "hark.ingest";

/// Longest that a source may take to finish its page when it has to stop; after that it is dropped, and the page comes
/// again.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two looks at how the sources are doing, and the longest between two reports of it.
const LOOK: Duration = Duration::from_secs(2);
const REPORT: Duration = Duration::from_secs(30);

/// All sources, each with its context.
pub(crate) type Sources = Vec<(SourceConfig, SourceContext)>;

/// The sources that this worker reads now.
struct Running {
    ingest: Arc<Ingest>,
    tasks: JoinSet<Result<(), Error>>,
    cancel: CancellationToken,
}

/// Reads the sources that fall to this worker, until `cancel`. They begin anew, where they were, when their contexts change.
pub(crate) async fn run(
    ingest: Arc<Ingest>,
    mut sources: watch::Receiver<Arc<Sources>>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let kafka = ingest.kafka.clone();
    let joining = tokio::task::spawn_blocking(move || Membership::join(&kafka, GROUP, SOURCES));
    let mut membership = joining.await.expect("joining does not panic")?;
    let mut running = Running { ingest, tasks: JoinSet::new(), cancel: CancellationToken::new() };
    let mut partitions = BTreeSet::new();
    let ended = loop {
        tokio::select! {
            () = cancel.cancelled() => break Ok(()),
            share = membership.next() => {
                running.stop().await;
                share.accept();
                partitions = share.partitions;
            }
            Ok(()) = sources.changed() => {
                tracing::info!("other words are listened for: the sources begin anew, each where it was");
                running.stop().await;
            }
            Some(ended) = running.tasks.join_next() => {
                match ended.expect("a source does not panic") {
                    Ok(()) => continue,
                    Err(error) => break Err(error),
                }
            }
        }
        let all = Arc::clone(&sources.borrow_and_update());
        let count = membership.partitions();
        let ours = all.iter().filter(|(source, _)| partitions.contains(&partition(&source.name, count)));
        if let Err(error) = running.start(ours.collect()).await {
            break Err(error);
        }
    };
    running.stop().await;
    membership.leave().await;
    ended
}

/// The partition of a source: the same in every worker, for ever.
fn partition(name: &str, partitions: usize) -> i32 {
    let digest = Sha256::digest(name);
    let number = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    i32::try_from(number % (partitions.max(1) as u64)).unwrap_or_default()
}

impl Running {
    async fn start(&mut self, sources: Vec<&(SourceConfig, SourceContext)>) -> Result<(), Error> {
        if sources.is_empty() {
            return Ok(());
        }
        self.ingest.cursors.reload().await?;
        let kafka = self.ingest.kafka.clone();
        let known = tokio::task::spawn_blocking(move || source_health(&kafka));
        let known = known.await.expect("reading the table does not panic")?;
        let mut watches = Vec::new();
        for (config, context) in sources {
            let budget = self.ingest.cursors.budget(&config.name, false);
            let context = SourceContext { budget: budget.clone(), ..context.clone() };
            let known = known.iter().find(|health| health.name == config.name).cloned();
            let watch = Arc::new(Watch::new(known, &config.name, config.kind(), budget.clone()));
            watches.push((config.name.clone(), Arc::clone(&watch)));
            let source = match config.build(context) {
                Ok(source) => source,
                Err(error) => {
                    tracing::error!(source = config.name, %error, "cannot be read until this is mended");
                    watch.failed(&error, Duration::ZERO, Timestamp::now());
                    continue;
                }
            };
            let mut reading = Reading { name: config.name.clone(), source, budget, watch };
            let (ingest, cancel) = (Arc::clone(&self.ingest), self.cancel.clone());
            self.tasks.spawn(async move {
                tracing::info!(source = reading.name, "listening");
                ingest.keep_reading(&mut reading, &cancel).await
            });
        }
        self.tasks.spawn(report(Arc::clone(&self.ingest), watches, self.cancel.clone()));
        Ok(())
    }

    /// Stops all sources, each after its page.
    async fn stop(&mut self) {
        self.cancel.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!("a source does not stop; it is dropped");
            self.tasks.shutdown().await;
        }
        self.cancel = CancellationToken::new();
    }
}

/// Tells how sources are doing: at once when that changed, and every so often that the worker is still there.
async fn report(
    ingest: Arc<Ingest>,
    watches: Vec<(String, Arc<Watch>)>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    loop {
        let records = watches.iter().filter_map(|(name, watch)| {
            let health = watch.news(REPORT, Timestamp::now())?;
            let payload = serde_json::to_vec(&health).expect("health is JSON");
            Some(Outgoing { topic: HEALTH, key: name.clone().into_bytes(), payload: Some(payload), headers: None })
        });
        ingest.producer.publish(records.collect::<Vec<_>>()).await?;
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_belongs_to_one_partition_and_they_are_about_even() {
        let mut filled = [0; 64];
        for number in 0..6_400 {
            let partition = partition(&format!("source {number}"), 64);
            filled[usize::try_from(partition).unwrap_or_default()] += 1;
        }
        assert!(filled.iter().all(|sources| (50..160).contains(sources)), "{filled:?}");
        // Another number would send every source to another worker in the middle of an upgrade.
        assert_eq!(["bluesky", "rss", "hackernews"].map(|name| partition(name, 64)), [50, 4, 13]);
    }
}
