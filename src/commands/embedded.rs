//! `hark embedded`: only Kafka and ClickHouse, for other tools; and the engine's own process.

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use tokio_util::sync::CancellationToken;

use crate::{args::ChildArgs, config::Config, engines::Engines};

pub(crate) async fn run(config: Config, data: &Path, cancel: CancellationToken) -> Result<()> {
    let engines = Engines::open(&config, data).await?;
    anyhow::ensure!(engines.are_ours(), "another hark runs the engines of {} already", data.display());
    eprintln!("\nKafka and ClickHouse are up. Press Ctrl-C to stop.\n");
    eprintln!("  Kafka        {}", engines.kafka.brokers());
    eprintln!("  ClickHouse   {}  (database {})", engines.writer.url, engines.writer.database);
    eprintln!(
        "  Users        {} and {} (read-only); passwords in {}",
        engines.writer.user,
        engines.analyst.user,
        data.join("running.json").display()
    );
    eprintln!();
    let ended = tokio::select! {
        () = cancel.cancelled() => Ok(()),
        error = engines.failed() => Err(error),
    };
    engines.shutdown().await;
    ended
}

#[cfg(feature = "embedded")]
pub(crate) fn run_child(args: &ChildArgs) -> ExitCode {
    let args = hark_embedded_clickhouse::ChildArgs { settings: args.settings.clone() };
    match hark_embedded_clickhouse::run_child(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hark: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(feature = "embedded"))]
pub(crate) fn run_child(_: &ChildArgs) -> ExitCode {
    eprintln!("hark: this build has no embedded engines");
    ExitCode::FAILURE
}
