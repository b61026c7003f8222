//! `hark sources`: which kinds there are and what each needs, and how the configured ones are doing.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use hark_ingest::{Facts, source_kinds};
use hark_mention::{SourceHealth, SourceState, Timestamp};
use serde_json::json;

use crate::{
    args::SourcesArgs,
    config::Config,
    engines,
    report::{Cell, Table},
};

pub(crate) async fn run(config: Config, args: SourcesArgs) -> Result<()> {
    let health = match engines::reachable_kafka(&config, &args.data.data)? {
        Some(kafka) => {
            let reading = tokio::task::spawn_blocking(move || hark_bus::source_health(&kafka));
            reading.await.context("reading from Kafka panicked")?.map_err(|error| error.to_string())
        }
        None => Err("`hark up` is not running".to_owned()),
    };
    let shown = if args.json { format!("{:#}\n", json(&config, &health)) } else { text(&config, &health) };
    match std::io::stdout().write_all(shown.as_bytes()) {
        // Whoever reads has seen enough, such as `head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

type Health = Result<Vec<SourceHealth>, String>;

fn text(config: &Config, health: &Health) -> String {
    let mut shown = format!("Kinds of source (docs/sources/ tells more of each)\n\n{}", kinds());
    if config.sources.is_empty() {
        return shown + "\nNone is configured: add a [[source]] to hark.toml.\n";
    }
    match health {
        Ok(health) => shown += &format!("\nConfigured\n\n{}", configured(config, health, Timestamp::now())),
        Err(error) => shown += &format!("\nConfigured (how they are doing is not known: {error})\n\n{}", names(config)),
    }
    if let Ok(health) = health {
        shown.extend(notes(config, health, Timestamp::now()).map(|note| format!("\n{note}")));
        shown.push('\n');
    }
    shown
}

/// One paragraph a kind: a table would be wider than any terminal.
fn kinds() -> String {
    let paragraph = |(name, facts): (&str, Facts)| {
        let told = [
            ("needs", facts.needs),
            ("costs", facts.cost),
            ("delay", facts.delay),
            ("deletions", facts.deletes),
            ("history", facts.history),
        ];
        let lines = told.map(|(what, fact)| format!("  {what:<10} {fact}\n"));
        format!("{name}\n{}", lines.concat())
    };
    source_kinds().map(paragraph).collect()
}

fn names(config: &Config) -> Table {
    let mut table = Table::new("configured", ["name", "type"]);
    for source in &config.sources {
        table.row([source.name.as_str(), source.kind()].map(Cell::from));
    }
    table
}

fn configured(config: &Config, health: &[SourceHealth], now: Timestamp) -> Table {
    let columns = ["name", "type", "state", "last event", "an hour", "usual", "errors today", "quota left", "gaps"];
    let mut table = Table::new("configured", columns);
    for source in &config.sources {
        let Some(health) = of(health, &source.name) else {
            let cells = [source.name.as_str(), source.kind(), "never read", "", "", "", "", "", ""];
            table.row(cells.map(Cell::from));
            continue;
        };
        let number = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.0}"));
        let errors = health.errors.limit + health.errors.outage + health.errors.setup;
        let cells = [
            source.name.clone(),
            source.kind().to_owned(),
            health.state(now).0.to_string(),
            health.last_event.map_or_else(String::new, |last| last.to_string()),
            health.events_per_hour.to_string(),
            number(health.usual_now(now)),
            errors.to_string(),
            health.quota_left.map_or_else(String::new, |left| left.to_string()),
            health.gaps.len().to_string(),
        ];
        table.row(cells.map(Cell::Text));
    }
    table
}

/// What people should look at: why a source is not well, and what was missed.
fn notes<'a>(config: &'a Config, health: &'a [SourceHealth], now: Timestamp) -> impl Iterator<Item = String> + 'a {
    let configured = config.sources.iter().filter_map(|source| of(health, &source.name));
    configured.flat_map(move |health| {
        let (state, why) = health.state(now);
        let state = (state != SourceState::Ok).then(|| format!("{} is {state}: {why}", health.name));
        let gaps = health.gaps.iter().map(|gap| {
            format!("{} misses what was published from {} to {}: {}", health.name, gap.from, gap.to, gap.why)
        });
        state.into_iter().chain(gaps).collect::<Vec<_>>()
    })
}

fn of<'a>(health: &'a [SourceHealth], name: &str) -> Option<&'a SourceHealth> {
    health.iter().find(|health| health.name == name)
}

fn json(config: &Config, health: &Health) -> serde_json::Value {
    let now = Timestamp::now();
    let kinds = source_kinds().map(|(name, facts)| {
        json!({
            "type": name, "needs": facts.needs, "cost": facts.cost, "delay": facts.delay, "deletes": facts.deletes,
            "history": facts.history,
        })
    });
    let configured = config.sources.iter().map(|source| {
        let health = health.as_ref().ok().and_then(|health| of(health, &source.name));
        let state = health.map(|health| health.state(now));
        json!({
            "name": source.name, "type": source.kind(), "state": state.as_ref().map(|state| state.0.as_str()),
            "why": state.map(|state| state.1), "health": health,
        })
    });
    json!({"kinds": kinds.collect::<Vec<_>>(), "configured": configured.collect::<Vec<_>>()})
}
