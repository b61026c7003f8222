//! Making and measuring models.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
