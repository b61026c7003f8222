//! What was acknowledged is there after a crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clickhouse::Row;
use hark_embedded_clickhouse::Health;
use serde::{Deserialize, Serialize};

use crate::support::{Running, child_of, client, kill_9, until};

const BATCH: u64 = 500;
const KILLS: usize = 3;

#[derive(Row, Serialize, Deserialize, Debug)]
struct Line {
    batch: u64,
    n: u64,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_batches_survive_kill_9() {
    let running = Running::start().await;
    running
        .run("CREATE TABLE hark.t (batch UInt64, n UInt64, text String) ENGINE = MergeTree ORDER BY (batch, n)")
        .await;
    let client = client(&running.engine.admin());
    let acknowledged = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (client, acknowledged, stop) = (client.clone(), Arc::clone(&acknowledged), Arc::clone(&stop));
        async move {
            let mut sent = Vec::new();
            for batch in 0.. {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                // What fails may or may not be stored; only what was acknowledged must be.
                if insert(&client, batch).await.is_ok() {
                    sent.push(batch);
                    acknowledged.fetch_add(1, Ordering::Release);
                }
            }
            sent
        }
    });
    let mut health = running.engine.health();
    for _ in 0..KILLS {
        let before = acknowledged.load(Ordering::Acquire);
        let more = async || (acknowledged.load(Ordering::Acquire) > before + 10).then_some(());
        until("batches to be acknowledged", more).await;
        kill_9(child_of(running.directory.path()).unwrap());
        health.wait_for(|health| matches!(health, Health::Restarting { .. })).await.unwrap();
        health.wait_for(|health| *health == Health::Running).await.unwrap();
    }
    stop.store(true, Ordering::Release);
    let sent = writer.await.unwrap();

    let whole = format!(
        "SELECT batch FROM t GROUP BY batch HAVING count() = {BATCH} AND uniqExact(n) = {BATCH} \
         AND countIf(text = format('batch {{}} line {{}}', toString(batch), toString(n))) = {BATCH} ORDER BY batch"
    );
    let whole: Vec<u64> = client.query(&whole).fetch_all().await.unwrap();
    let lost: Vec<_> = sent.iter().filter(|batch| whole.binary_search(batch).is_err()).collect();
    assert!(lost.is_empty(), "{} acknowledged batches are lost: {lost:?}", lost.len());
    assert_eq!(running.run("SELECT uniqExact(batch) FROM hark.t").await, whole.len().to_string(), "a part of a batch");
    running.engine.shutdown().await;
}

async fn insert(client: &clickhouse::Client, batch: u64) -> Result<(), clickhouse::error::Error> {
    let mut insert = client.insert::<Line>("t").await?;
    for n in 0..BATCH {
        insert.write(&Line { batch, n, text: format!("batch {batch} line {n}") }).await?;
    }
    insert.end().await
}
