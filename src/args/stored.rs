//! What is done with what is stored.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hark_bus::Stage;
use hark_mention::{RejectReason, config::Span};
use hark_sink::Field;

use super::DataDir;
use crate::commands::{
    correct::field,
    dead::{reason, stage},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark migrate --dry-run\n  hark migrate\n\nOnly ever forward, and safe to run twice or from two places at once. `hark up` and `hark sink` do it at their start."
)]
pub(crate) struct MigrateArgs {
    /// Show the SQL and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark dead list\n  hark dead list --reason wrong_shape --json\n  hark dead show 0:17 > letter.json"
)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    pub(crate) task: DeadTask,
}

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadTask {
    /// List the newest
    List {
        #[command(flatten)]
        which: LetterArgs,
        /// Most letters
        #[arg(long, value_name = "COUNT", default_value_t = 20)]
        limit: usize,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataDir,
    },
    /// Print the original bytes of one
    Show {
        /// Partition and offset, as in the list
        letter: String,
        #[command(flatten)]
        data: DataDir,
    },
}

/// Which dead letters.
#[derive(Debug, Args)]
pub(crate) struct LetterArgs {
    /// Only those with this reason: not_an_event, unknown_version, wrong_shape, too_large, store_refused …
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub(crate) reason: Option<RejectReason>,
    /// Only those of this stage: ingest, enrich, sink
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    pub(crate) stage: Option<Stage>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark replay --dead --dry-run\n  hark replay --dead --reason unknown_version\n\nEach letter is sent once, however often this runs. Run one replay at a time."
)]
pub(crate) struct ReplayArgs {
    /// Send what is among the dead letters
    #[arg(long, required = true)]
    pub(crate) dead: bool,
    #[command(flatten)]
    pub(crate) which: LetterArgs,
    /// Also those that were sent before and failed again
    #[arg(long)]
    pub(crate) again: bool,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark correct bluesky:at://… sentiment negative\n  hark correct import:12 topics battery price --by Anna\n  hark correct import:12 brands --none\n  hark correct import:12 topics --undo\n\nThe newest correction of a field counts, whatever the models say, now or later."
)]
pub(crate) struct CorrectArgs {
    /// Id of the mention
    pub(crate) id: String,
    /// What is wrong: sentiment, topics, brands, products, intent, lang, spam
    #[arg(value_parser = field)]
    pub(crate) field: Field,
    /// What is right: negative, neutral, positive; complaint, question, request, praise, churn, other; a language; yes, no; names
    #[arg(value_name = "VALUE")]
    pub(crate) values: Vec<String>,
    /// There are none, for lists
    #[arg(long, conflicts_with = "values")]
    pub(crate) none: bool,
    /// Take the corrections of this field back
    #[arg(long, conflicts_with_all = ["values", "none"])]
    pub(crate) undo: bool,
    /// Who corrects [default: the user name]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

/// What to do with corrections.
#[derive(Debug, Subcommand)]
pub(crate) enum CorrectionsTask {
    /// Write them as rows to learn from: text, label and language, separated by tabs
    #[command(
        after_help = "Example:\n  hark corrections export corrections.tsv\n  hark train layer --rows corrections.tsv --out layer.bin"
    )]
    Export {
        /// File of the rows; `-` is standard output
        file: PathBuf,
        /// Which: sentiment, intent, lang, spam
        #[arg(long, value_name = "FIELD", value_parser = field, default_value = "sentiment")]
        field: Field,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark relabel\n  hark relabel --from 2026-01-01 --rate 5000\n\nStart `hark up` or `hark enrich` with the new configuration first: new mentions get its labels from then on. Safe to stop, also\nby force, and to call again: it goes on where it stopped. At every moment each mention counts once, with its old labels or\nits new ones. Corrections stay."
)]
pub(crate) struct RelabelArgs {
    /// First day of publication, such as 2026-01-31
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// Last day of publication
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
    /// Also mentions that have labels of these models and rules already
    #[arg(long)]
    pub(crate) all: bool,
    /// Most mentions a second [default: as fast as it goes]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hark erase --mention bluesky:at://… --dry-run\n  hark erase --author bluesky did:plc:abc\n  hark erase --older-than 730d --source import --yes\n\nA mention that is erased never comes back. An author's mentions go that were published up to now; late ones too.\n`erasures` is the table of what was asked, when it was hidden, and when it was gone from the disk."
)]
#[command(group = clap::ArgGroup::new("target").required(true).args(["mention", "author", "older_than"]))]
pub(crate) struct EraseArgs {
    /// Id of one mention
    #[arg(long, value_name = "ID")]
    pub(crate) mention: Option<String>,
    /// Type name of the source, and id of the account there: the columns `source` and `author_id`
    #[arg(long, num_args = 2, value_names = ["SOURCE", "ID"])]
    pub(crate) author: Option<Vec<String>>,
    /// All that was published longer ago, such as 730d
    #[arg(long, value_name = "SPAN")]
    pub(crate) older_than: Option<Span>,
    /// Of `--older-than`, only this source
    #[arg(long, value_name = "NAME", requires = "older_than")]
    pub(crate) source: Option<String>,
    /// Count, and erase nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}
