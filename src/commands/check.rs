//! `hark check`: is the configuration right, and can everything be reached?

use std::time::Duration;

use anyhow::{Result, bail};
use hark_ingest::{Source as _, SourceConfig};
use tokio_util::sync::CancellationToken;

use crate::{args::CheckArgs, config::Config, editions, engines::Engines, pipeline::source_context, terms::terms};

/// Longest that one source may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The configuration was read and checked before this is called.
pub(crate) async fn run(config: Config, args: CheckArgs, cancel: CancellationToken) -> Result<()> {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let counts = [
        (config.rules.brands.len(), "brand"),
        (config.rules.products.len(), "product"),
        (config.rules.topics.len(), "own topic"),
        (config.sources.len(), "source"),
    ];
    let models = hark_enrich::Models::load(&config.enrich)?;
    println!("configuration  ok: {}", counts.map(|(number, what)| count(number, what)).join(", "));
    println!("models         ok: {}", models.version());
    for source in &config.sources {
        println!("{:<15}{}", source.name, source.collects(&terms(&config.rules, source.kind())));
    }
    for problem in &config.missing_secrets {
        println!("secret         MISSING: {problem}");
    }
    if !args.connect {
        anyhow::ensure!(config.missing_secrets.is_empty(), "not all secrets are there");
        return Ok(());
    }
    let answers = tokio::select! {
        () = cancel.cancelled() => bail!("interrupted"),
        answers = probe_all(&config) => answers,
    };
    let engines = Engines::open(&config, &args.data.data).await?;
    let current = editions::follow(&config, &engines.kafka).await.map(|current| current.borrow().edition);
    report("kafka", engines.kafka.brokers(), current.as_ref().err());
    if let Ok(edition @ 1..) = current {
        println!(
            "{:<15}edition {edition}, made in the dashboards: what is listened for may differ from the above",
            "rules"
        );
    }
    let writer = engines.writer.client().query("SELECT 1").fetch_one::<u8>().await;
    report("clickhouse", &engines.writer.url, writer.as_ref().err());
    let analyst = engines.analyst.client().query("SELECT 1").fetch_one::<u8>().await;
    report("analyst", &format!("user {}", engines.analyst.user), analyst.as_ref().err());
    let japanese = crate::pipeline::segmenter().knows_japanese();
    println!(
        "{:<15}{}",
        "japanese",
        if japanese {
            "ok: words from the dictionary"
        } else {
            "letter by letter: `make dictionary` builds the dictionary"
        }
    );
    engines.shutdown().await;
    if !answers || current.is_err() || writer.is_err() || analyst.is_err() || !config.missing_secrets.is_empty() {
        bail!("not everything can be reached");
    }
    Ok(())
}

/// Asks each source for something harmless; says whether all answered.
async fn probe_all(config: &Config) -> bool {
    let mut all = true;
    for source in &config.sources {
        let answer = tokio::time::timeout(PATIENCE, probe(config, source)).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
        all &= answer.is_ok();
        match answer {
            Ok(told) => println!("{:<15}ok: {told}", source.name),
            Err(error) => println!("{:<15}FAILED: {error}", source.name),
        }
    }
    all
}

async fn probe(config: &Config, source: &SourceConfig) -> Result<String, String> {
    let context = source_context(config, source, None);
    let mut reader = source.build(context).map_err(|error| error.to_string())?;
    reader.probe().await.map_err(|error| error.to_string())
}

fn report(what: &str, place: &str, error: Option<&impl std::fmt::Display>) {
    match error {
        None => println!("{what:<15}ok: {place}"),
        Some(error) => println!("{what:<15}FAILED: {place}: {error}"),
    }
}
