//! What is read, and from where.

use std::path::PathBuf;

use clap::Args;
use hark_ingest::sources::import::{Format, Scale};

use super::DataDir;

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
    after_help = "Examples:\n  hark sources\n  hark sources --json\n\nStates: ok; quiet (far less comes than usual, and nothing is wrong); limited (waits for a limit to end); broken (look at it)."
)]
pub(crate) struct SourcesArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark backfill hackernews --from 2026-01-01 --dry-run\n  hark backfill hackernews --from 2026-01-01 --to 2026-02-01\n\nSays first what it will take. Safe to stop, and to call again: it goes on where it stopped; what was read before changes\nnothing. It spends of the source's budget for the day and waits for the next when that is used up."
)]
pub(crate) struct BackfillArgs {
    /// Name of the source, as configured
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// First day, such as 2026-01-31 (UTC), or a time
    #[arg(long, value_name = "DATE")]
    pub(crate) from: String,
    /// First day that is no longer read [default: now]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Say what it would take, and read nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}
