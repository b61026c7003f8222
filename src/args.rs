//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hark_bus::Stage;
use hark_dashboards::Role;
use hark_ingest::sources::import::{Format, Scale};
use hark_mention::{RejectReason, config::Span};
use hark_sink::Field;

use crate::commands::{
    correct::field,
    dead::{reason, stage},
};

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
    after_help = "Examples:\n  hark sql \"SELECT count() FROM mentions\"\n  hark sql --list\n  hark sql --saved 'Complaints by topic' --set brand=Acme\n  hark sql --format csv < question.sql > answer.csv\n  hark sql \"DESCRIBE mentions\""
)]
pub(crate) struct SqlArgs {
    /// The question; `-` or nothing reads it from standard input
    pub(crate) query: Option<String>,
    /// Form of the answer [default: pretty on a terminal, else tsv]
    #[arg(long, value_enum)]
    pub(crate) format: Option<SqlFormat>,
    /// Ask the question that is shared under this name on the SQL page
    #[arg(long, value_name = "NAME", conflicts_with_all = ["query", "list"])]
    pub(crate) saved: Option<String>,
    /// Value of a parameter `{name:Type}` of the question
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// List the questions that are shared on the SQL page
    #[arg(long, conflicts_with = "query")]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

/// What to do with the users of the dashboards.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  hark user add anna --role admin\n  hark user add jan --role analyst --team Support < password.txt\n  hark user list\n\nAs long as there are no users, nobody needs to log in, and the dashboards listen on this machine only."
)]
pub(crate) enum UserTask {
    /// Add a user; the password is asked for, or read from standard input
    Add(UserAddArgs),
    /// List all users
    List {
        #[command(flatten)]
        data: DataDir,
    },
    /// Change a password; all sessions of the user end
    Password {
        /// Name of the user
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Remove a user, with sessions and tokens
    Remove {
        /// Name of the user
        name: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// Print the hash of a password, for `[[user]] password` in hark.toml
    Hash,
}

#[derive(Debug, Args)]
pub(crate) struct UserAddArgs {
    /// Name to log in with
    pub(crate) name: String,
    /// What they may do: viewer, analyst, editor or admin
    #[arg(long, default_value = "viewer")]
    pub(crate) role: Role,
    /// A [[team]] of hark.toml: they see the mentions of its brands only
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// No password: only single sign-on lets them in
    #[arg(long)]
    pub(crate) no_password: bool,
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
#[command(
    after_help = "Examples:\n  hark query 'fairphone AND batter* NOT #ad'\n  hark query 'accu* NEAR/3 (leeg OR kapot)' 'De accu is weer leeg'\n  hark query 'rating:<=0.4 lang:nl' 'Nooit meer' --field rating=0.2 --field lang=nl\n\nExits with 0 when the query is valid and the text matches, 1 when the text does not match, 2 when the query is wrong."
)]
pub(crate) struct QueryArgs {
    /// The query; docs/query-language.md is its manual
    pub(crate) query: String,
    /// The text to look in; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// What else is known: title, source, site, url, author, lang, country, kind, rating, followers
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
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

/// What to make a model of.
#[derive(Debug, Subcommand)]
pub(crate) enum TrainTask {
    /// Which language a text is in
    Language(TrainLanguageArgs),
    /// The tone of a text: negative, neutral, positive
    Sentiment(TrainSentimentArgs),
    /// How much a text looks like spam
    Spam(TrainSpamArgs),
    /// What your own corrections add to the sentiment model, if they make it better
    Layer(TrainLayerArgs),
}

/// Where the rows to learn from are.
#[derive(Debug, Args)]
pub(crate) struct RowsArgs {
    /// Files and folders of rows
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) rows: Vec<PathBuf>,
    /// Use only the sets of these names: folders with a `train.tsv`, or files without `.tsv`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Rows are `text<TAB>label<TAB>language`; of a folder, its `*.tsv` files and each `train.tsv` one level down are read.\nThe same rows give the same model, byte for byte.\n\nExample:\n  hark train language --rows rows --only xed,nusax --out language.bin"
)]
pub(crate) struct TrainLanguageArgs {
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
    /// File of the model
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How often to go through the rows
    #[arg(long, value_name = "COUNT", default_value_t = hark_nlp::language::Options::default().epochs)]
    pub(crate) epochs: usize,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Rows are `text<TAB>label<TAB>language` with the labels neg, neu and pos; of a folder, each `train.tsv` one level down is\nlearned from, and each `dev.tsv` is scored on. Rows that also occur in a `dev.tsv` are not learned from.\nThe same rows give the same model, byte for byte.\n\nExamples:\n  hark train sentiment --rows rows --out sentiment.bin\n  hark train sentiment --sets nlp/models/sentiment.sets.tsv --open --rows rows --out nlp/models/sentiment.bin"
)]
pub(crate) struct TrainSentimentArgs {
    /// Folders with a folder for each set
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) rows: Vec<PathBuf>,
    /// Which sets to use and how much each counts; nlp/models/sentiment.sets.tsv is one [default: all, alike]
    #[arg(long, value_name = "FILE")]
    pub(crate) sets: Option<PathBuf>,
    /// Learn only from sets whose weights may be passed on, as `--sets` says
    #[arg(long, requires = "sets")]
    pub(crate) open: bool,
    /// File of the model
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Size of the model: 2 to the power of this many features, two bytes each
    #[arg(long, value_name = "BITS", default_value_t = hark_nlp::sentiment::Settings::default().bits, value_parser = clap::value_parser!(u32).range(10..=26))]
    pub(crate) bits: u32,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Rows are `text<TAB>label<TAB>language`; the label `spam` is spam, any other is not. Learned weights stay near the hand-set\nones of nlp/models/spam.prior.tsv.\n\nExample:\n  hark train spam --rows rows/sms/train.tsv --out nlp/models/spam.tsv"
)]
pub(crate) struct TrainSpamArgs {
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
    /// File of the weights
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Rows are corrections, `text<TAB>neg|neu|pos<TAB>language`. The layer is measured on corrections that were left out of learning,\nin five parts; when it does not make the model better there, nothing is written and the exit code is 1.\n\nExample:\n  hark train layer --rows corrections.tsv --out layer.bin"
)]
pub(crate) struct TrainLayerArgs {
    /// Files and folders of corrections
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) rows: Vec<PathBuf>,
    /// The sentiment model that it goes with [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// File of the layer
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Rows are `text<TAB>label<TAB>language`; of a folder, its `*.tsv` files and each `dev.tsv` one level down are read. Labels are\nneg, neu and pos for sentiment; spam and others for spam; intents (complaint, question, request, praise, churn, other) for\nintent; `SERVICE#GENERAL:neg;…` or `screen|Display|positive;;…` for topics. For language, the third column counts.\nTopics and intents state no confidence, so they have no calibration.\n\nExamples:\n  hark eval --task sentiment --data rows/umsab/dev.tsv\n  hark eval --task language --data rows --only xed,umsab --model language.bin\n  hark eval --task intent --data complaints.tsv reviews.tsv --json"
)]
pub(crate) struct EvalArgs {
    /// What the model tells
    #[arg(long, value_enum)]
    pub(crate) task: EvalTask,
    /// Files and folders of rows
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) data: Vec<PathBuf>,
    /// Use only the sets of these names: folders with a `dev.tsv`, or files without `.tsv`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// File of the language or sentiment model [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Layer on top of the sentiment model
    #[arg(long, value_name = "FILE")]
    pub(crate) layer: Option<PathBuf>,
    /// The transformer that the configuration names, for its tone
    #[arg(long, conflicts_with_all = ["model", "layer"])]
    pub(crate) transformer: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a model tells of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalTask {
    /// Which language it is in
    Language,
    /// Its tone
    Sentiment,
    /// What it speaks of, and the tone of each topic
    Topics,
    /// What its author wants
    Intent,
    /// How much it looks like spam
    Spam,
}

#[derive(Debug, Args)]
pub(crate) struct ChildArgs {
    /// Settings written by the parent
    pub(crate) settings: PathBuf,
}
