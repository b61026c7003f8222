//! How long after its publication to Kafka a mention can be queried.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
    util::Timeout,
};
use serde_json::Value;

/// Time between two questions whether more can be seen; the figures are this exact.
const LOOK: Duration = Duration::from_millis(20);

/// Milliseconds within which half, 95 and 99 of 100 could be queried.
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// What is published, and where it is looked for.
pub(crate) struct Probe {
    pub(crate) topic: &'static str,
    pub(crate) view: String,
    /// Source of these mentions, and of no others.
    pub(crate) source: String,
    /// Key and bytes of each event by its number.
    pub(crate) event: Box<dyn Fn(u64) -> (String, Vec<u8>) + Send>,
}

/// Publishes `rate` mentions a second for `seconds` and watches them arrive.
///
/// # Errors
///
/// When Kafka or the database fails.
pub(crate) async fn measure(engines: &Value, probe: Probe, rate: u64, seconds: u64) -> Result<Latency> {
    let Probe { topic, view, source, event } = probe;
    let brokers = engines["kafka"].as_str().context("an address")?;
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let sending = tokio::spawn(async move {
        let mut sent = Vec::new();
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate)?);
        for number in 0..rate * seconds {
            ticks.tick().await;
            let (id, event) = event(number);
            sent.push(Instant::now());
            let record = FutureRecord::to(topic).key(&id).payload(&event);
            drop(producer.send_result(record).map_err(|(error, _)| error)?);
        }
        rdkafka::producer::Producer::flush(&producer, Timeout::Never)?;
        anyhow::Ok(sent)
    });
    let question =
        format!("SELECT count() FROM hark.{view} WHERE published_at = '2020-01-01 00:00:00' AND source = '{source}'");
    let seen = watch(engines, &question, usize::try_from(rate * seconds)?).await?;
    let sent = sending.await??;
    let mut waits: Vec<f64> =
        sent.iter().zip(&seen).map(|(sent, seen)| seen.duration_since(*sent).as_secs_f64() * 1000.0).collect();
    waits.sort_by(f64::total_cmp);
    let at = |share: usize| waits.get(waits.len() * share / 100).copied().unwrap_or_default();
    Ok(Latency { p50: at(50), p95: at(95), p99: at(99) })
}

/// When each of `mentions` could first be counted by `question`.
async fn watch(engines: &Value, question: &str, mentions: usize) -> Result<Vec<Instant>> {
    let url = engines["clickhouse"].as_str().context("an address")?;
    let client = reqwest::Client::builder().tcp_nodelay(true).build()?;
    let (user, password) = (engines["admin"]["user"].as_str(), engines["admin"]["password"].as_str());
    let mut seen = Vec::with_capacity(mentions);
    while seen.len() < mentions {
        let request = client.post(url).basic_auth(user.unwrap_or_default(), password).body(question.to_owned());
        let count: usize = request.send().await?.error_for_status()?.text().await?.trim().parse()?;
        let now = Instant::now();
        seen.resize(count.min(mentions), now);
        tokio::time::sleep(LOOK).await;
    }
    Ok(seen)
}
