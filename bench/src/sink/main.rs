//! Measures what exactness costs the sink: rows a second and time to queryable, beside a plain loop that stores the same
//! records with no care, in the same run.

#[path = "../latency.rs"]
mod latency;
mod plain;
#[path = "../rows.rs"]
mod rows;

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use hark_bus::{ENRICHED, Kafka};
use hark_mention::{Enriched, EnrichedEvent, Labels, Mention, Timestamp, config::KafkaConfig};
use hark_store::Access;
use hark_tests::hark::Hark;
use latency::{Latency, Probe};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};
use serde_json::Value;

/// Measures the sink beside a plain insert loop.
#[derive(Parser)]
struct Arguments {
    /// The hark command to measure
    #[arg(long)]
    hark: String,
    /// Mentions to store
    #[arg(long, default_value_t = 500_000)]
    mentions: u64,
    /// Mentions a second while latency is measured
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// Seconds for which latency is measured
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// Time between two looks at how much is stored or labelled.
const LOOK: Duration = Duration::from_millis(20);

/// What is measured of one of the two.
struct Measured {
    rows_per_second: f64,
    latency: Latency,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let hark = Hark::new(&arguments.hark);
    let _engines = hark.start(&mut hark.command(["embedded"]), "ClickHouse ");
    let engines = hark.engines();
    let access = access(&engines)?;
    let brokers = engines["kafka"].as_str().context("an address")?.to_owned();
    let kafka = Kafka::new(&KafkaConfig { brokers: Some(brokers.clone()), ..KafkaConfig::default() }, None)?;

    hark.must(["migrate"]);
    plain::prepare(&access).await?;
    let import = hark.file("mentions.jsonl", "");
    rows::write(&import, usize::try_from(arguments.mentions)?)?;
    hark.must(["import", "mentions.jsonl"]);
    // Stages on their own are told where the engines are by a configuration.
    hark.file("hark.toml", configuration(&brokers, &access));
    label(&stage(&hark, &engines, "enrich"), &brokers, arguments.mentions).await?;

    eprintln!("storing with a plain loop");
    let (reader, writer) = (kafka.clone(), access.clone());
    let looping = tokio::spawn(async move { plain::run(&reader, &writer).await });
    let plain = measure(&engines, &access, plain::TABLE, plain::TABLE, &arguments).await?;
    looping.abort();

    eprintln!("storing with the sink");
    let mut sink = stage(&hark, &engines, "sink")().spawn()?;
    // The sink finds the records of the plain loop's latency too.
    let exact = measure(&engines, &access, "mention_states", "mentions", &arguments).await?;
    sink.kill()?;
    sink.wait()?;

    println!("{} labelled mentions in Kafka", arguments.mentions);
    println!("{:<12} {:>10} {:>10} {:>10} {:>10}", "", "rows/s", "p50", "p95", "p99");
    for (what, Measured { rows_per_second, latency }) in [("plain loop", &plain), ("sink", &exact)] {
        let Latency { p50, p95, p99 } = latency;
        println!("{what:<12} {rows_per_second:>10.0} {p50:>7.0} ms {p95:>7.0} ms {p99:>7.0} ms");
    }
    println!("the sink is {:.2} of the plain loop", exact.rows_per_second / plain.rows_per_second);
    Ok(())
}

fn access(engines: &Value) -> Result<Access> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("the note has texts");
    Ok(Access {
        url: text(&engines["clickhouse"])?,
        database: "hark".to_owned(),
        user: text(&engines["admin"]["user"])?,
        password: text(&engines["admin"]["password"])?,
        timeout: Duration::from_secs(60),
    })
}

fn configuration(brokers: &str, access: &Access) -> String {
    let Access { url, user, .. } = access;
    format!(
        "[kafka]\nbrokers = \"{brokers}\"\n[clickhouse]\nurl = \"{url}\"\nuser = \"{user}\"\n\
         password = \"${{env:WRITER}}\"\nanalyst_password = \"${{env:READER}}\"\n"
    )
}

/// The command that starts a stage on its own.
fn stage<'h>(hark: &'h Hark, engines: &'h Value, name: &'static str) -> impl Fn() -> Command + 'h {
    move || {
        let mut command = hark.command([name]);
        for (variable, user) in [("WRITER", "admin"), ("READER", "analyst")] {
            command.env(variable, engines[user]["password"].as_str().unwrap_or_default());
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// Fills the enriched topic, with no sink at work.
async fn label(enrich: &impl Fn() -> Command, brokers: &str, mentions: u64) -> Result<()> {
    eprintln!("labelling {mentions} mentions");
    let mut enrich = enrich().spawn()?;
    let topic: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let labelled = || -> Result<i64> {
        let metadata = topic.fetch_metadata(Some(ENRICHED), Duration::from_secs(10))?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut ends =
            partitions.map(|partition| topic.fetch_watermarks(ENRICHED, partition.id(), Duration::from_secs(10)));
        Ok(ends.try_fold(0, |sum, end| end.map(|(_, high)| sum + high))?)
    };
    while labelled()? < i64::try_from(mentions)? {
        ensure!(enrich.try_wait()?.is_none(), "enrichment ended");
        tokio::time::sleep(LOOK).await;
    }
    enrich.kill()?;
    enrich.wait()?;
    Ok(())
}

/// Watches `table` fill, then how soon single mentions can be asked for in `view`.
async fn measure(engines: &Value, access: &Access, table: &str, view: &str, arguments: &Arguments) -> Result<Measured> {
    let client = access.client();
    let count = async || client.query(&format!("SELECT count() FROM {table}")).fetch_one::<u64>().await;
    // Joining the group and the first look are not what is measured.
    let mut first = (0, Instant::now());
    while first.0 == 0 {
        tokio::time::sleep(LOOK).await;
        first = (count().await?, Instant::now());
    }
    while count().await? < arguments.mentions {
        tokio::time::sleep(LOOK).await;
    }
    let rows_per_second = (arguments.mentions - first.0) as f64 / first.1.elapsed().as_secs_f64();
    let latency = latency::measure(engines, probe(view), arguments.rate, arguments.seconds).await?;
    Ok(Measured { rows_per_second, latency })
}

/// Labelled mentions of their own for each of the two, so that neither sees the other's.
fn probe(view: &str) -> Probe {
    let source = format!("probe-{view}");
    let event = {
        let source = source.clone();
        move |number| {
            let id = format!("{source}:{number}");
            let published_at = Timestamp::from_millis(1_577_836_800_000);
            let mention = Mention::new(&id, &source, "Wat een fijne telefoon", published_at);
            let event = EnrichedEvent::Upsert(Box::new(Enriched { mention, labels: Labels::default() }));
            (id, event.encode())
        }
    };
    Probe { topic: ENRICHED, view: view.to_owned(), source, event: Box::new(event) }
}
