//! Questions about mentions.

use clap::{Args, ValueEnum};

use super::DataDir;

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
