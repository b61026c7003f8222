//! `hark check`: is the configuration right, and can everything be reached?

use anyhow::{Result, bail};

use crate::{args::CheckArgs, config::Config, engines::Engines};

/// The configuration was read and checked before this is called.
pub(crate) async fn run(config: Config, args: CheckArgs) -> Result<()> {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let counts = [
        (config.brands.len(), "brand"),
        (config.products.len(), "product"),
        (config.topics.len(), "topic of your own"),
        (config.sources.len(), "source"),
    ];
    let models = hark_enrich::Models::load(&config.enrich)?;
    println!("configuration  ok: {}", counts.map(|(number, what)| count(number, what)).join(", "));
    println!("models         ok: {}", models.version());
    if !args.connect {
        return Ok(());
    }
    let engines = Engines::open(&config, &args.data.data).await?;
    let kafka = hark_bus::ensure_topics(&engines.kafka).await;
    report("kafka", engines.kafka.brokers(), kafka.as_ref().err());
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
    if kafka.is_err() || writer.is_err() || analyst.is_err() {
        bail!("not everything can be reached");
    }
    Ok(())
}

fn report(what: &str, place: &str, error: Option<&impl std::fmt::Display>) {
    match error {
        None => println!("{what:<15}ok: {place}"),
        Some(error) => println!("{what:<15}FAILED: {place}: {error}"),
    }
}
