//! One file a subcommand.

mod backfill;
mod check;
pub(crate) mod correct;
pub(crate) mod dead;
mod dictionary;
pub(crate) mod embedded;
mod erase;
mod eval;
mod import;
mod migrate;
pub(crate) mod query;
mod relabel;
mod sources;
mod sql;
mod stages;
mod train;
mod up;
mod user;
pub(crate) mod verify;

use anyhow::Result;

use crate::{
    args::{Arguments, Command},
    config::Config,
    logging::Screen,
    signals::cancel_on_signal,
};

/// Runs the subcommand.
///
/// # Errors
///
/// What went wrong, for a person.
pub(crate) async fn run(arguments: Arguments, screen: Screen) -> Result<()> {
    let cancel = cancel_on_signal()?;
    let load = |extra: &str| Config::load(arguments.common.config.as_deref(), extra);
    match arguments.command {
        Command::Up(up) => {
            let config = load(if up.demo { hark_demo::CONFIG } else { "" })?;
            up::run(config, up, &screen, cancel).await
        }
        Command::Ingest => stages::ingest(load("")?, &screen, cancel).await,
        Command::Enrich => stages::enrich(load("")?, &screen, cancel).await,
        Command::Sink => stages::sink(load("")?, &screen, cancel).await,
        Command::Dashboards(args) => stages::dashboards(load("")?, args.listen, cancel).await,
        Command::Embedded(data) => embedded::run(load("")?, &data.data, cancel).await,
        Command::Import(import) => import::run(load("")?, import, &screen, cancel).await,
        Command::Sql(sql) => sql::run(load("")?, sql, cancel).await,
        Command::User(task) => user::run(load("")?, task).await,
        Command::Check(check) => check::run(load("")?, check, cancel).await,
        Command::Sources(args) => sources::run(load("")?, args).await,
        Command::Backfill(args) => backfill::run(load("")?, args, &screen, cancel).await,
        Command::Verify(data) => verify::run(load("")?, data, &screen, cancel).await,
        Command::Correct(args) => correct::run(load("")?, args).await,
        Command::Corrections(task) => correct::corrections(load("")?, task).await,
        Command::Erase(args) => erase::run(load("")?, args, &screen, cancel).await,
        Command::Relabel(args) => relabel::run(load("")?, args, &screen, cancel).await,
        Command::Migrate(args) => migrate::run(load("")?, args).await,
        Command::Dead(args) => dead::run(load("")?, args).await,
        Command::Replay(args) => dead::replay(load("")?, args).await,
        Command::Dictionary(dictionary) => dictionary::run(&dictionary),
        Command::Train(task) => train::run(&task),
        Command::Eval(args) => {
            let config = if args.transformer { load("")? } else { Config::default() };
            eval::run(&args, &config)
        }
        Command::Query(_) | Command::EmbeddedClickhouseChild(_) => unreachable!("handled before the runtime starts"),
    }
}
