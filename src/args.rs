//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hark_ingest::sources::import::{Format, Scale};

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
    /// Check the configuration; all problems at once
    Check(CheckArgs),
    /// Bring the ClickHouse schema up to date
    Migrate(DataDir),
    /// Build the dictionary for Japanese words from MeCab's IPA sources
    Dictionary(DictionaryArgs),
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
#[command(
    after_help = "Examples:\n  hark import reviews.csv --wait\n  hark import --map text=opmerking,published_at=datum enquete.csv.gz\n  zcat feed.jsonl.gz | hark import --source forum -"
)]
pub(crate) struct ImportArgs {
    /// Files to read; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Name of the source that the mentions get
    #[arg(long, value_name = "NAME", default_value = "import")]
    pub(crate) source: String,
    /// Which column holds what, where the guess is wrong: text=review,published_at=date,…
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    pub(crate) map: Vec<String>,
    /// Time zone of times that name none: `Europe/Amsterdam`, `+01:00`
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Whether 03-04-2025 is the third of April, where the file does not tell
    #[arg(long, value_name = "BOOL")]
    pub(crate) day_first: Option<bool>,
    /// Scale of the ratings, where the guess is wrong: 1-5, 0-10
    #[arg(long, value_name = "SCALE")]
    pub(crate) rating_scale: Option<Scale>,
    /// Encoding, where the guess is wrong: windows-1252, utf-16le
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Form of the file, where the guess is wrong: csv, tsv, jsonl, json
    #[arg(long = "input-format", value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The first row holds values, not names
    #[arg(long)]
    pub(crate) no_header: bool,
    /// Return only when the rows can be queried
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark sql \"SELECT count() FROM mentions\"\n  hark sql --format csv < question.sql > answer.csv\n  hark sql \"DESCRIBE mentions\""
)]
pub(crate) struct SqlArgs {
    /// The question; `-` or nothing reads it from standard input
    pub(crate) query: Option<String>,
    /// Form of the answer [default: pretty on a terminal, else tsv]
    #[arg(long, value_enum)]
    pub(crate) format: Option<SqlFormat>,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlFormat {
    /// A table with lines
    Pretty,
    /// Values separated by tabs, without a header
    Tsv,
    /// Values separated by commas, with a header
    Csv,
    /// One JSON object with the rows and their types
    Json,
    /// One JSON object a line
    Jsonl,
    /// One value a line, for long texts
    Vertical,
    /// A table in Markdown
    Markdown,
    /// A Parquet file
    Parquet,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hark check --connect")]
pub(crate) struct CheckArgs {
    /// Also ask each component whether it can be reached
    #[arg(long)]
    pub(crate) connect: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example (Debian):\n  apt-get install mecab-ipadic\n  hark dictionary --from /usr/share/mecab/dic/ipadic"
)]
pub(crate) struct DictionaryArgs {
    /// Folder with the `*.csv` and `*.def` files
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Folder of the finished dictionary [default: where `hark` looks for it]
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ChildArgs {
    /// Settings written by the parent
    pub(crate) settings: PathBuf,
}
