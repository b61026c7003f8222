//! Measures the pipeline on this machine, beside the limits of its two engines in the same run.
//!
//! Figures of one run can be compared with each other; those of two runs only as ratios, for machines are busy.

mod history;
mod latency;
mod limits;
mod memory;
mod rows;

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use hark_bus::RAW;
use hark_tests::hark::Hark;

/// Measures `hark up` with its embedded engines: throughput, latency and memory.
#[derive(Parser)]
struct Arguments {
    /// The hark command to measure
    #[arg(long)]
    hark: String,
    /// Mentions to send through the pipeline
    #[arg(long, default_value_t = 1_000_000)]
    mentions: usize,
    /// Mentions a second while latency is measured
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// Seconds for which latency is measured
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// A rate as printed: rows a second.
fn per_second(rows: usize, started: Instant) -> f64 {
    rows as f64 / started.elapsed().as_secs_f64()
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let hark = Hark::new(&arguments.hark);
    eprintln!("writing {} mentions", arguments.mentions);
    let started = Instant::now();
    let bytes = rows::write(&hark.folder().join("mentions.jsonl"), arguments.mentions)?;
    eprintln!("written in {:.1} s", started.elapsed().as_secs_f64());
    let up = hark.up([""; 0]);

    eprintln!("importing until all can be queried");
    let started = Instant::now();
    let imported = hark.run(["import", "mentions.jsonl", "--wait"]);
    let pipeline = per_second(arguments.mentions, started);
    ensure!(imported.status.success(), "the import failed: {imported:#?}");
    let stored: usize = hark.sql("SELECT count() FROM mentions").parse().context("a count")?;
    ensure!(stored == arguments.mentions, "{stored} of {} mentions are stored", arguments.mentions);
    let memory = memory::of(up.pid())?;

    let history = history::measure(&hark, arguments.mentions)?;

    eprintln!("measuring what the engines do alone");
    let engines = hark.engines();
    let consumer = limits::consume(&engines, arguments.mentions).await?;
    let insert = limits::insert(&engines).await?;

    eprintln!("measuring latency for {} s at {} mentions/s", arguments.seconds, arguments.rate);
    let latency = latency::measure(&engines, probe(), arguments.rate, arguments.seconds).await?;

    println!(
        "{} mentions, {} bytes each in the file, {} cores",
        arguments.mentions,
        bytes / arguments.mentions,
        cores()
    );
    println!("pipeline, file to queryable      {pipeline:>10.0} mentions/s");
    println!(
        "plain consumer of the raw topic  {consumer:>10.0} records/s    pipeline is {:.2} of it",
        pipeline / consumer
    );
    println!("plain RowBinary insert           {insert:>10.0} rows/s       pipeline is {:.2} of it", pipeline / insert);
    println!(
        "publish to queryable             p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms at {} mentions/s",
        latency.p50, latency.p95, latency.p99, arguments.rate
    );
    println!("proof that nothing is lost       {:>10.1} s for all of them", history.verify);
    println!("labelled again by other rules    {:>10.0} mentions/s", history.by_rules);
    println!("labelled again from the start    {:>10.0} mentions/s", history.anew);
    println!(
        "memory of hark up afterwards     {} MiB (hark {} MiB, engine {} MiB)",
        memory.total(),
        memory.own,
        memory.children
    );
    Ok(())
}

/// Mentions as a source would publish them.
fn probe() -> latency::Probe {
    let event = |number| {
        let id = format!("latency:{number}");
        let mut event = hark_tests::events::upsert(&id, "Wat een fijne telefoon", "2020-01-01T00:00:00Z", 0);
        event["source"] = "latency".into();
        (id, event.to_string().into_bytes())
    };
    latency::Probe { topic: RAW, view: "mentions".to_owned(), source: "latency".to_owned(), event: Box::new(event) }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
