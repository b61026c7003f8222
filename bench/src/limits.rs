//! What the engines do alone with the same rows: the pipeline cannot be faster.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};
use serde_json::Value;

use crate::per_second;

/// Rows in one insert, as the sink's default.
const BLOCK: usize = 20_000;
/// Blocks that are inserted: enough for merges to begin.
const BLOCKS: usize = 10;

/// Records a second that a plain consumer reads from the raw topic, and does nothing with.
///
/// # Errors
///
/// When the topic cannot be read.
pub(crate) async fn consume(engines: &Value, records: usize) -> Result<f64> {
    let brokers = engines["kafka"].as_str().context("an address")?.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "bench")
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .create()?;
        consumer.subscribe(&["hark.mentions.raw"])?;
        // Joining the group is not what is measured; and `poll` also returns when the group has been rebalanced.
        while consumer.poll(Duration::from_secs(1)).transpose()?.is_none() {}
        let started = Instant::now();
        let mut read = 1;
        while read < records {
            read += usize::from(consumer.poll(Duration::from_secs(1)).transpose()?.is_some());
        }
        Ok(per_second(records, started))
    });
    reading.await?
}

/// Rows a second that the engine takes as plain RowBinary, in blocks, into a table like that of the mentions.
///
/// # Errors
///
/// When the engine refuses.
pub(crate) async fn insert(engines: &Value) -> Result<f64> {
    let client = reqwest::Client::builder().tcp_nodelay(true).build()?;
    let url = engines["clickhouse"].as_str().context("an address")?;
    let (user, password) = (engines["admin"]["user"].as_str(), engines["admin"]["password"].as_str());
    let ask = async |query: &str, body: Vec<u8>| -> Result<Vec<u8>> {
        let request =
            client.post(url).query(&[("query", query), ("database", "hark"), ("max_partitions_per_insert_block", "0")]);
        let answer = request.basic_auth(user.unwrap_or_default(), password).body(body).send().await?;
        let (ok, body) = (answer.status().is_success(), answer.bytes().await?);
        ensure!(ok, "{}", String::from_utf8_lossy(&body));
        Ok(body.to_vec())
    };
    ask("CREATE TABLE bench AS mention_states", Vec::new()).await?;
    let (mut seconds, mut inserted) = (0.0, 0);
    for block in 0..BLOCKS {
        // The raw topic has four partitions of much the same length.
        let offsets = format!("raw_offset >= {} AND raw_offset < {}", block * BLOCK / 4, (block + 1) * BLOCK / 4);
        let count = ask(&format!("SELECT count() FROM mention_states WHERE {offsets}"), Vec::new()).await?;
        let rows = ask(&format!("SELECT * FROM mention_states WHERE {offsets} FORMAT RowBinary"), Vec::new()).await?;
        let started = Instant::now();
        ask("INSERT INTO bench FORMAT RowBinary", rows).await?;
        seconds += started.elapsed().as_secs_f64();
        inserted += std::str::from_utf8(&count)?.trim().parse::<usize>()?;
    }
    ask("DROP TABLE bench", Vec::new()).await?;
    Ok(inserted as f64 / seconds)
}
