//! The command line.

mod models;
mod questions;
mod sources;
mod stored;
mod users;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::{models::*, questions::*, sources::*, stored::*, users::*};

/// Social listening and customer insight: mentions in, answers out.
#[derive(Debug, Parser)]
#[command(name = "hark", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file [default: ./hark.toml if there is one, else built-in defaults]
    #[arg(long, global = true, value_name = "FILE", env = "HARK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Form of the log
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Where the embedded Kafka and ClickHouse keep their data.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataDir {
    /// Folder of the embedded Kafka and ClickHouse
    #[arg(long, value_name = "DIR", env = "HARK_DATA", default_value = "hark-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole pipeline and the dashboards in one process
    Up(UpArgs),
    /// Run the ingest stage: sources to Kafka
    Ingest,
    /// Run the enrich stage: labels mentions
    Enrich,
    /// Run the sink stage: Kafka to ClickHouse
    Sink,
    /// Run the dashboards: web page and API
    Dashboards(DashboardsArgs),
    /// Run only the embedded Kafka and ClickHouse, for other tools
    Embedded(DataDir),
    /// Read files of feedback: CSV, TSV, JSONL, JSON, also .gz and .zst
    Import(ImportArgs),
    /// Ask a question in SQL, as the read-only analyst
    Sql(SqlArgs),
    /// Say who may log in to the dashboards
    #[command(subcommand)]
    User(UserTask),
    /// Explain a listening query: how it is read, and why a text matches or not
    Query(QueryArgs),
    /// Check the configuration; all problems at once
    Check(CheckArgs),
    /// List the kinds of source with what each needs, and how the configured ones are doing
    Sources(SourcesArgs),
    /// Read what a source's site has of the past
    Backfill(BackfillArgs),
    /// Prove that nothing is lost: every record of the raw topic is stored, dropped for a reason, or a dead letter
    #[command(after_help = "Example:\n  hark verify\n\nExits with 1 and names the offsets when something is missing.")]
    Verify(DataDir),
    /// Bring the ClickHouse schema and the retention up to date
    Migrate(MigrateArgs),
    /// List what could not be used, with the reason and the original bytes
    Dead(DeadArgs),
    /// Send dead letters through again, each once
    Replay(ReplayArgs),
    /// Correct what the models say of a mention
    Correct(CorrectArgs),
    /// What people corrected
    #[command(subcommand)]
    Corrections(CorrectionsTask),
    /// Give stored mentions the labels of today's brands, topics and models
    Relabel(RelabelArgs),
    /// Erase mentions for good
    Erase(EraseArgs),
    /// Build the dictionary for Japanese words from MeCab's IPA sources
    Dictionary(DictionaryArgs),
    /// Make a model from labelled rows
    #[command(subcommand)]
    Train(TrainTask),
    /// Measure a model on labelled rows
    Eval(EvalArgs),
    /// The engine's own process, started by `up` and `embedded`
    #[command(hide = true)]
    EmbeddedClickhouseChild(ChildArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hark up --demo --open")]
pub(crate) struct UpArgs {
    #[command(flatten)]
    pub(crate) data: DataDir,
    /// Also load the bundled sample: three invented brands, 90 days
    #[arg(long)]
    pub(crate) demo: bool,
    /// Open the dashboards in the browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Address of the dashboards, instead of `[dashboards] listen`
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hark dashboards --listen 127.0.0.1:8081")]
pub(crate) struct DashboardsArgs {
    /// Address to listen on, instead of `[dashboards] listen`
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChildArgs {
    /// Settings written by the parent
    pub(crate) settings: PathBuf,
}
