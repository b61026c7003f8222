//! `hark verify`: the proof that nothing is lost.

use std::{collections::BTreeMap, ops::Range};

use anyhow::{Context as _, Result, bail};
use hark_bus::{ENRICHED, Ends, Kafka, Progress, RAW};
use hark_sink::Findings;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::{
    args::DataDir,
    commands::import::{LOOK, style},
    config::Config,
    engines::Engines,
    logging::Screen,
    status::grouped,
};

pub(crate) async fn run(config: Config, data: DataDir, screen: &Screen, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::open(&config, &data.data).await?;
    let verified = tokio::select! {
        () = cancel.cancelled() => Err(anyhow::anyhow!("interrupted before the proof was complete")),
        verified = verify(&config, &engines, screen) => verified,
    };
    engines.shutdown().await;
    let complete = verified?;
    if !complete {
        bail!("not everything is accounted for");
    }
    Ok(())
}

/// Where things stand in Kafka at the moment of the proof.
pub(crate) struct Standing {
    /// What the raw topic holds.
    pub(crate) held: BTreeMap<i32, Range<i64>>,
    /// Up to where it was labelled.
    pub(crate) labelled: Ends,
    /// Labelled records that are not stored yet.
    pub(crate) on_the_way: u64,
}

/// Proves, says what it found, and whether that is complete.
async fn verify(config: &Config, engines: &Engines, screen: &Screen) -> Result<bool> {
    let client = engines.writer.client();
    if engines.are_ours() {
        hark_sink::migrate(&client, &engines.writer.database).await?;
        hark_bus::ensure_topics(&engines.kafka).await.context("cannot make the topics")?;
    }
    let bar = screen.lines.add(ProgressBar::new_spinner().with_style(style("{spinner} {msg}")));
    let standing = loop {
        let kafka = engines.kafka.clone();
        let standing = tokio::task::spawn_blocking(move || standing(&kafka)).await.context("asking panicked")??;
        // Without stages at work, what is on its way stays on its way.
        if standing.on_the_way == 0 || engines.are_ours() {
            break standing;
        }
        bar.set_message(format!("{} labelled records are still to be stored", grouped(standing.on_the_way)));
        tokio::time::sleep(LOOK).await;
    };
    bar.set_message("comparing the topic with the rows");
    bar.enable_steady_tick(LOOK);
    let retention = config.retention();
    let findings = hark_sink::verify(&engines.kafka, &client, &standing.labelled, &standing.held, &retention).await?;
    bar.finish_and_clear();
    report(&standing, &findings);
    Ok(findings.complete())
}

/// Where things stand now.
///
/// # Errors
///
/// When Kafka cannot be asked.
pub(crate) fn standing(kafka: &Kafka) -> Result<Standing> {
    let raw = Progress::new(kafka, hark_enrich::GROUP, RAW)?;
    let enriched = Progress::new(kafka, hark_sink::GROUP, ENRICHED)?;
    // In this order: whatever was labelled by now is on the enriched topic.
    let labelled = raw.committed()?;
    let on_the_way = enriched.lag()?;
    Ok(Standing { held: raw.held()?, labelled, on_the_way })
}

impl Standing {
    /// Records that are still to be labelled.
    pub(crate) fn waiting(&self) -> i64 {
        let left = |(partition, held): (&i32, &Range<i64>)| held.end - self.labelled.get(partition).unwrap_or(&0);
        self.held.iter().map(|held| left(held).max(0)).sum()
    }
}

fn report(standing: &Standing, findings: &Findings) {
    let records: i64 = standing.labelled.values().sum();
    let waiting = standing.waiting();
    println!("{RAW}: {} records worked on in {} partitions", number(records), standing.labelled.len());
    for total in &findings.totals {
        println!("  {:>13}  {} {}", grouped(total.records), total.outcome, total.reason);
    }
    if waiting > 0 {
        println!("  {:>13}  waiting to be labelled", number(waiting));
    }
    if standing.on_the_way > 0 {
        println!("  {:>13}  labelled, waiting to be stored", grouped(standing.on_the_way));
    }
    for (partition, span) in &findings.before {
        println!(
            "  partition {partition}: the topic had lost offsets {} to {} before the ledger began",
            span.start,
            span.end - 1
        );
    }
    for (partition, spans) in &findings.gaps {
        for span in spans {
            let many = span.end - span.start;
            println!(
                "  MISSING partition {partition}, offsets {} to {}: {} records have no outcome",
                span.start,
                span.end - 1,
                number(many)
            );
        }
    }
    println!("{} mentions that the topic still holds were looked up in the rows", grouped(findings.compared));
    if findings.expired > 0 {
        println!("  {} of them are past their retention and gone", grouped(findings.expired));
    }
    if findings.absent > 0 {
        println!("  MISSING {} of them, such as {}", grouped(findings.absent), findings.named.join(", "));
    }
    let verdict = match (findings.complete(), waiting > 0 || standing.on_the_way > 0) {
        (false, _) => "INCOMPLETE",
        (true, true) => "complete so far; the rest is on its way",
        (true, false) => "complete",
    };
    println!("{verdict}");
}

fn number(records: i64) -> String {
    grouped(u64::try_from(records).unwrap_or_default())
}
