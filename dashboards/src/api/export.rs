//! `GET /export`: the whole of a list as a file.

use axum::{
    body::Body,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
};
use clickhouse::query::BytesCursor;
use futures::stream;
use serde_json::Value;
use utoipa::IntoParams;

use super::{
    extract,
    mentions::{ListParameters, Order},
};
use crate::{
    filter::FilterParameters,
    problem::Problem,
    server::App,
    workbook::{Cell, Sheet},
};

/// Most rows of a workbook, which is made in memory. Other formats have as many as the database gives at once.
const MOST_WORKBOOK_ROWS: u32 = 50_000;
/// Most rows of the other formats: as many as the read-only user may have of one query.
const MOST_ROWS: u32 = 1_000_000;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Jsonl,
    Xlsx,
    Parquet,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct ExportParameters {
    /// csv, jsonl, xlsx (at most 50,000 rows) or parquet (the others: at most 1,000,000 rows). Default: csv.
    format: Option<String>,
}

/// The whole of a list as a file: the mentions that `/mentions` gives with the same parameters, in the same order.
#[utoipa::path(
    get, path = "/api/v1/export", tag = "mentions", params(FilterParameters, ListParameters, ExportParameters),
    responses(
        (status = 200, description = "The file", content(
            (String = "text/csv"), (String = "application/jsonl"), (Vec<u8> = "application/vnd.apache.parquet"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Too many rows", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_export(app: App, uri: Uri) -> Result<Response, Problem> {
    let (filter, (order, format)) = extract::read(&app, &uri, |parameters| {
        let format = parameters.take_as("format", "must be `csv`, `jsonl`, `xlsx` or `parquet`", Format::named);
        (Order::take(parameters), format.unwrap_or(Format::Csv))
    })
    .await?;
    let most = if format == Format::Xlsx { MOST_WORKBOOK_ROWS } else { MOST_ROWS };
    let count = filter.query(&app, &order.sql(&filter, "SELECT count() FROM mentions WHERE $listed"));
    let rows: u64 = app.database.row(order.bind(count)).await?;
    if rows > u64::from(most) {
        return Err(Problem::bad_body(format!("{rows} mentions are more than the {most} that such a file may have")));
    }
    let list = filter.query(&app, &order.sql(&filter, include_str!("../../queries/export.sql")));
    let rows = app.database.bytes(order.bind(list), format.of_database())?;
    let body = if format == Format::Xlsx { workbook(rows).await?.into() } else { stream(rows) };
    let mut response = body.into_response();
    let name = format!("attachment; filename=\"mentions.{}\"", format.extension());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|_| Problem::query_failed())?);
    Ok(response)
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Jsonl, Self::Xlsx, Self::Parquet].into_iter().find(|format| format.extension() == name)
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The format that the database is asked for; it makes no workbooks.
    fn of_database(self) -> &'static str {
        match self {
            Self::Csv => "CSVWithNames",
            Self::Jsonl => "JSONEachRow",
            Self::Xlsx => "JSONCompactEachRowWithNames",
            Self::Parquet => "Parquet",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// The answer of the database as it comes. If the database fails half-way, the connection is cut, so that nobody takes a part
/// for the whole.
fn stream(rows: BytesCursor) -> Body {
    Body::from_stream(stream::try_unfold(rows, |mut rows| async move {
        let piece = rows.next().await.inspect_err(|error| tracing::error!(%error, "an export broke off"))?;
        Ok::<_, clickhouse::error::Error>(piece.map(|piece| (piece, rows)))
    }))
}

/// One sheet with the names in the first row.
async fn workbook(mut rows: BytesCursor) -> Result<Vec<u8>, Problem> {
    let mut lines = Vec::new();
    while let Some(piece) = rows.next().await.map_err(|error| crate::database::failed(&error))? {
        lines.extend_from_slice(&piece);
    }
    tokio::task::spawn_blocking(move || make_workbook(&lines)).await.map_err(|_| Problem::query_failed())
}

fn make_workbook(lines: &[u8]) -> Vec<u8> {
    let mut sheet = Sheet::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let values: Vec<Value> = serde_json::from_slice(line).unwrap_or_default();
        // Lists as JSON.
        let lists: Vec<String> = values.iter().filter(|value| value.is_array()).map(Value::to_string).collect();
        let mut lists = lists.iter();
        sheet.add(values.iter().map(|value| match value {
            Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::Number),
            Value::String(text) => Cell::Text(text),
            Value::Array(_) => lists.next().map_or(Cell::Empty, |list| Cell::Text(list)),
            _ => Cell::Empty,
        }));
    }
    sheet.finish()
}
