//! Headers of the responses.

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::Server;
use super::compression::ResponseCoding;
use super::errors::Exception;
use super::output::Head;

/// What the real server answers to a ping.
pub(super) fn ok() -> Response {
    plain(StatusCode::OK, "Ok.\n".into())
}

/// What the real server answers to an unknown path.
pub(super) fn no_handle(path: &str) -> Response {
    plain(StatusCode::NOT_FOUND, format!("There is no handle {path}\n\nUse / or /ping for health checks.\n"))
}

/// An exception before a query has begun.
pub(super) fn early(server: &Server, exception: &Exception) -> Response {
    let mut response = plain(exception.status(), exception.body(&server.version));
    put(&mut response, "x-clickhouse-exception-code", &exception.code.to_string());
    put(&mut response, "x-clickhouse-server-display-name", DISPLAY_NAME);
    response
}

const DISPLAY_NAME: &str = "hark";

/// The response to a query.
pub(super) fn of(server: &Server, query_id: &str, head: Head, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    let format = head.format.as_deref().unwrap_or("TabSeparated");
    let response_type = if head.exception.is_some() { "text/plain; charset=UTF-8" } else { content_type(format) };
    put(&mut response, CONTENT_TYPE.as_str(), response_type);
    put(&mut response, "x-clickhouse-server-display-name", DISPLAY_NAME);
    put(&mut response, "x-clickhouse-query-id", query_id);
    put(&mut response, "x-clickhouse-timezone", &server.timezone);
    put(&mut response, "x-clickhouse-format", format);
    if let Some(code) = head.exception {
        put(&mut response, "x-clickhouse-exception-code", &code.to_string());
    } else {
        put(&mut response, "x-clickhouse-exception-tag", &head.tag);
    }
    if let ResponseCoding::Http(coding) = head.coding {
        put(&mut response, CONTENT_ENCODING.as_str(), coding.name());
    }
    let counters = head.counters;
    // The real server writes every number as a string.
    let summary = json!({
        "read_rows": counters.read_rows.to_string(),
        "read_bytes": counters.read_bytes.to_string(),
        "written_rows": counters.written_rows.to_string(),
        "written_bytes": counters.written_bytes.to_string(),
        "total_rows_to_read": "0",
        "result_rows": counters.result_rows.to_string(),
        "result_bytes": counters.result_bytes.to_string(),
        "elapsed_ns": head.elapsed.as_nanos().to_string(),
    });
    put(&mut response, "x-clickhouse-summary", &summary.to_string());
    response
}

fn plain(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    put(&mut response, CONTENT_TYPE.as_str(), "text/plain; charset=UTF-8");
    response
}

/// Leaves a header out when its value cannot stand in one, such as a query id with a line end.
fn put(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

fn content_type(format: &str) -> &'static str {
    match format {
        "JSONEachRow" | "JSONLines" | "NDJSON" | "JSONCompactEachRow" | "JSONStringsEachRow" => {
            "application/x-ndjson; charset=UTF-8"
        }
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        "CSVWithNames" | "CSVWithNamesAndTypes" => "text/csv; charset=UTF-8; header=present",
        "XML" => "application/xml; charset=UTF-8",
        "Markdown" => "text/markdown; charset=UTF-8",
        "Parquet" | "Native" | "Arrow" | "ArrowStream" | "ORC" | "Avro" => "application/octet-stream",
        _ if format.starts_with("RowBinary") => "application/octet-stream",
        _ if format.starts_with("JSON") => "application/json; charset=UTF-8",
        _ if format.starts_with("TSV") || format.starts_with("TabSeparated") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        _ => "text/plain; charset=UTF-8",
    }
}
