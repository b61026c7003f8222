//! `POST /sql`, `/sql/export` and `/sql/estimate`: running a question, taking its answer away, and what it would cost.

use std::time::Instant;

use axum::{
    Json,
    body::Body as Answer,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::ask::{Question, Turn, ask, readable};
use crate::{
    api::body::Body,
    problem::Problem,
    server::{App, Shared},
};

/// Most rows that the page shows.
const MOST_ROWS: usize = 200_000;
/// Two lines of names and types, then a line a row; every value is text, so that no number loses a digit.
const ROWS: &str = "JSONCompactStringsEachRowWithNamesAndTypes";

/// Runs a question. The answer is one JSON value a line: the names of the columns, their types, the rows as arrays of texts
/// (`ᴺᵁᴸᴸ` for nothing), and at the end an object that tells how many rows there were, whether more were left out, and what
/// went wrong, if anything did.
#[utoipa::path(
    post, path = "/api/v1/sql", tag = "sql", request_body = Question,
    responses(
        (status = 200, description = "The rows", body = String, content_type = "application/x-ndjson"),
        (status = 422, description = "The question is refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_sql(
    State(shared): State<Shared>,
    app: App,
    Body(question): Body<Question>,
) -> Result<Response, Problem> {
    let turn = shared.turns.take(app.caller.key())?;
    tracing::info!(who = app.caller.name, query = question.query, "sql");
    let started = Instant::now();
    let answer = ask(&shared.http, &app, "", question, ROWS).await?;
    let (lines, sent) = mpsc::channel(4);
    tokio::spawn(pass_on(answer, lines, turn, started));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Answer::from_stream(pieces(sent))).into_response())
}

/// Passes rows on until the most are reached, the reader has gone, or the answer ends.
async fn pass_on(mut answer: reqwest::Response, lines: mpsc::Sender<Bytes>, _turn: Turn, started: Instant) {
    let tag = answer.headers().get("x-clickhouse-exception-tag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let (mut left, mut error, mut cut) = (MOST_ROWS + 2, None, false);
    loop {
        let chunk = match answer.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(broken) => {
                error = Some(format!("the answer broke off: {}", broken.without_url()));
                break;
            }
        };
        let (chunk, failed) = without_exception(chunk, tag.as_deref());
        let (chunk, taken, full) = first_lines(chunk, left);
        left -= taken;
        // Nobody reads any more: dropping the answer ends the query.
        if lines.send(chunk).await.is_err() {
            return;
        }
        error = failed;
        cut = full;
        if full || error.is_some() {
            break;
        }
    }
    let rows = (MOST_ROWS + 2 - left).saturating_sub(2);
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let end = json!({"rows": rows, "cut": cut, "milliseconds": millis, "error": error});
    drop(lines.send(Bytes::from(format!("{end}\n"))).await);
}

/// The first `most` lines of a chunk, how many that were, and whether more followed.
fn first_lines(chunk: Bytes, most: usize) -> (Bytes, usize, bool) {
    let mut lines = 0;
    for (at, byte) in chunk.iter().enumerate() {
        if *byte == b'\n' {
            lines += 1;
            if lines == most {
                let more = at + 1 < chunk.len();
                return (chunk.slice(..=at), lines, more);
            }
        }
    }
    if most == 0 { (Bytes::new(), 0, !chunk.is_empty()) } else { (chunk, lines, false) }
}

/// What is before an exception that ClickHouse puts into an answer that has begun already, and its message.
///
/// Source: `WriteBufferFromHTTPServerResponse` of ClickHouse, read 2026-11-22.
fn without_exception(chunk: Bytes, tag: Option<&str>) -> (Bytes, Option<String>) {
    let Some(tag) = tag else { return (chunk, None) };
    let mark = format!("__exception__\r\n{tag}\r\n");
    let Some(at) = chunk.windows(mark.len()).position(|window| window == mark.as_bytes()) else { return (chunk, None) };
    let text = String::from_utf8_lossy(chunk.get(at + mark.len()..).unwrap_or_default()).into_owned();
    (chunk.slice(..at), Some(readable(text.lines().next().unwrap_or_default())))
}

/// The pieces as they come. Compression asks once more after the end, hence `fuse`.
fn pieces(sent: mpsc::Receiver<Bytes>) -> impl futures::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    stream::unfold(sent, |mut sent| async move { sent.recv().await.map(|piece| (Ok(piece), sent)) }).fuse()
}

/// The form of an answer that is taken away.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    /// Values separated by commas, with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line.
    Jsonl,
}

/// A question whose answer is taken away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Export {
    format: ExportFormat,
    question: Question,
}

/// Runs a question and gives its whole answer as a file, within the limits of the database.
#[utoipa::path(
    post, path = "/api/v1/sql/export", tag = "sql", request_body = Export,
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 422, description = "The question is refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_export(
    State(shared): State<Shared>,
    app: App,
    Body(Export { format, question }): Body<Export>,
) -> Result<Response, Problem> {
    let turn = shared.turns.take(app.caller.key())?;
    tracing::info!(who = app.caller.name, query = question.query, "sql export");
    let (form, kind, name) = match format {
        ExportFormat::Csv => ("CSVWithNames", "text/csv; charset=utf-8", "hark.csv"),
        ExportFormat::Parquet => ("Parquet", "application/vnd.apache.parquet", "hark.parquet"),
        ExportFormat::Jsonl => ("JSONEachRow", "application/x-ndjson", "hark.jsonl"),
    };
    let answer = ask(&shared.http, &app, "", question, form).await?;
    let file = stream::unfold((answer, turn), |(mut answer, turn)| async move {
        // An answer that breaks off breaks the file off too, which the browser tells.
        answer.chunk().await.transpose().map(|chunk| (chunk, (answer, turn)))
    });
    let file = file.fuse();
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Answer::from_stream(file)).into_response())
}

/// What a question would read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Estimate {
    /// Rows, before anything is filtered out; null when it cannot be told, as for `SHOW`.
    rows: Option<u64>,
    /// By table.
    tables: Vec<TableEstimate>,
}

/// What would be read of a table.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct TableEstimate {
    table: String,
    rows: u64,
    parts: u64,
}

/// Tells what a question would read, without running it (`EXPLAIN ESTIMATE`).
#[utoipa::path(
    post, path = "/api/v1/sql/estimate", tag = "sql", request_body = Question,
    responses(
        (status = 200, description = "The estimate", body = Estimate),
        (status = 422, description = "The question is refused", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_estimate(
    State(shared): State<Shared>,
    app: App,
    Body(question): Body<Question>,
) -> Result<Json<Estimate>, Problem> {
    let _turn = shared.turns.take(app.caller.key())?;
    if !selects(&question.query) {
        return Ok(Json(Estimate { rows: None, tables: Vec::new() }));
    }
    let answer = ask(&shared.http, &app, "EXPLAIN ESTIMATE ", question, "JSONEachRow").await?;
    let text = answer.text().await.map_err(|error| Problem::unavailable(error.to_string()))?;
    // ClickHouse writes 64-bit numbers as numbers or, in older versions, as texts.
    let number = |value: Option<&serde_json::Value>| {
        value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok())).unwrap_or_default()
    };
    let rows = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let tables: Vec<_> = rows
        .map(|row| TableEstimate {
            table: row.get("table").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            rows: number(row.get("rows")),
            parts: number(row.get("parts")),
        })
        .collect();
    Ok(Json(Estimate { rows: Some(tables.iter().map(|table| table.rows).sum()), tables }))
}

/// Whether it is a `SELECT`, behind comments and brackets.
fn selects(query: &str) -> bool {
    let mut rest = query.trim_start();
    loop {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start()
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest).trim_start()
        } else {
            break;
        };
    }
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    ["SELECT", "WITH"].contains(&word.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_across_chunks_and_cut_where_they_end() {
        let cut = |text: &'static str, most| {
            let (chunk, taken, full) = first_lines(Bytes::from_static(text.as_bytes()), most);
            (String::from_utf8_lossy(&chunk).into_owned(), taken, full)
        };
        assert_eq!(cut("a\nb\nc", 3), ("a\nb\nc".to_owned(), 2, false));
        assert_eq!(cut("a\nb\nc\n", 2), ("a\nb\n".to_owned(), 2, true));
        assert_eq!(
            cut("a\nb\n", 2),
            ("a\nb\n".to_owned(), 2, false),
            "all of them: whether more follow is not known yet"
        );
        assert_eq!(cut("c\n", 0), (String::new(), 0, true));
    }

    #[test]
    fn an_exception_in_the_midst_is_told_apart_from_rows() {
        let chunk = Bytes::from_static(
            b"[1]\n__exception__\r\nabc\r\nCode: 159. Too slow (version 26)\n12 abc\r\n__exception__\r\n",
        );
        let (rows, error) = without_exception(chunk, Some("abc"));
        assert_eq!((rows.as_ref(), error.as_deref()), (b"[1]\n".as_slice(), Some("Code: 159. Too slow")));
        assert_eq!(without_exception(Bytes::from_static(b"[1]\n"), Some("abc")).1, None);
    }

    #[test]
    fn only_what_selects_is_estimated() {
        assert!(selects("-- why\n /* so */ select 1") && selects("WITH 1 AS x SELECT x"));
        assert!(!selects("SHOW TABLES") && !selects("") && !selects("DESCRIBE mentions"));
    }
}
