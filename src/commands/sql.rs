//! `hark sql`: a question as the read-only analyst.

use std::io::{IsTerminal as _, Read as _, Write as _};

use anyhow::{Context as _, Result, bail};
use tokio_util::sync::CancellationToken;

use crate::{
    args::{SqlArgs, SqlFormat},
    config::Config,
    engines::Engines,
};

pub(crate) async fn run(config: Config, args: SqlArgs, cancel: CancellationToken) -> Result<()> {
    let terminal = std::io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { SqlFormat::Pretty } else { SqlFormat::Tsv });
    // What is read from standard input is read before anything starts.
    let given = if args.list || args.saved.is_some() { None } else { Some(question(args.query.as_deref())?) };
    let engines = Engines::open(&config, &args.data.data).await?;
    let answered = tokio::select! {
        () = cancel.cancelled() => Err(anyhow::anyhow!("interrupted; the query is cancelled")),
        answered = answer(&engines, &args, given, format) => answered,
    };
    engines.shutdown().await;
    answered
}

/// The question of the command line or of standard input.
fn question(argument: Option<&str>) -> Result<String> {
    let query = match argument {
        Some(query) if query != "-" => query.to_owned(),
        _ => {
            let mut query = String::new();
            std::io::stdin().read_to_string(&mut query).context("cannot read the question from standard input")?;
            query
        }
    };
    if query.trim().is_empty() {
        bail!("no question: give it as an argument or on standard input");
    }
    Ok(query)
}

async fn answer(engines: &Engines, args: &SqlArgs, given: Option<String>, format: SqlFormat) -> Result<()> {
    if let Some(query) = given {
        return ask(engines, query, &args.parameters, format).await;
    }
    let shared = hark_dashboards::shared_queries(&engines.writer).await?;
    let Some(wanted) = &args.saved else {
        for (name, description, _) in shared {
            println!("{name}{}{description}", if description.is_empty() { "" } else { ": " });
        }
        return Ok(());
    };
    let found = shared.into_iter().find(|(name, ..)| name == wanted);
    let (_, _, query) = found.with_context(|| format!("no question is shared as `{wanted}`; see hark sql --list"))?;
    ask(engines, query, &args.parameters, format).await
}

/// Sends the question and writes the answer as it comes.
async fn ask(engines: &Engines, query: String, parameters: &[String], format: SqlFormat) -> Result<()> {
    if engines.are_ours() {
        hark_sink::migrate(&engines.writer.client(), &engines.writer.database).await?;
    }
    let access = &engines.analyst;
    let parameters = parameters.iter().map(|given| {
        let (name, value) = given.split_once('=').with_context(|| format!("`--set {given}` must be NAME=VALUE"))?;
        Ok((format!("param_{name}"), value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")))
    });
    let parameters: Vec<(String, String)> = parameters.collect::<Result<_>>()?;
    let mut answer = reqwest::Client::new()
        .post(&access.url)
        .query(&[("database", access.database.as_str()), ("default_format", format.clickhouse())])
        .query(&parameters)
        .header("X-ClickHouse-User", &access.user)
        .header("X-ClickHouse-Key", &access.password)
        .body(query)
        .send()
        .await
        .with_context(|| format!("cannot reach ClickHouse at {}", access.url))?;
    if !answer.status().is_success() {
        bail!("{}", answer.text().await.unwrap_or_default().trim());
    }
    let tag = answer.headers().get("X-ClickHouse-Exception-Tag").cloned();
    let mut out = std::io::stdout().lock();
    while let Some(chunk) = answer.chunk().await.context("the answer broke off")? {
        if let Some(error) = tag.as_ref().and_then(|tag| exception(&chunk, tag.as_bytes())) {
            bail!("the answer broke off: {error}");
        }
        match out.write_all(&chunk) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.context("cannot write the answer")?,
        }
    }
    out.flush().context("cannot write the answer")
}

/// The message of an exception that ClickHouse puts into a stream that has begun already.
///
/// Source: `WriteBufferFromHTTPServerResponse` of ClickHouse, read 2026-11-22.
fn exception(chunk: &[u8], tag: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(chunk);
    let tag = String::from_utf8_lossy(tag);
    let (_, after) = text.split_once(&format!("__exception__\r\n{tag}\r\n"))?;
    Some(after.lines().next().unwrap_or_default().trim().to_owned())
}

impl SqlFormat {
    fn clickhouse(self) -> &'static str {
        match self {
            Self::Pretty => "PrettyCompactMonoBlock",
            Self::Tsv => "TSV",
            Self::Csv => "CSVWithNames",
            Self::Json => "JSON",
            Self::Jsonl => "JSONEachRow",
            Self::Vertical => "Vertical",
            Self::Markdown => "Markdown",
            Self::Parquet => "Parquet",
        }
    }
}
