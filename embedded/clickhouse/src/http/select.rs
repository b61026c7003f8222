//! Runs everything that is not an `INSERT` with data, and streams the rows where the format allows it.

use super::errors::{Code, Exception};
use super::output::{Failure, Output};
use super::request::Request;
use crate::ffi::{Class, Connection, Counters};
use crate::gate::{is_into_outfile, syntax_error};
use crate::sql::{self, Statement};

/// The default of the real HTTP interface.
const DEFAULT_FORMAT: &str = "TabSeparated";

/// Runs one statement and writes its result.
pub(super) fn run(
    connection: &mut Connection,
    request: &Request,
    statement: &Statement,
    output: &mut Output,
) -> Result<(), Failure> {
    let format = match (&statement.format, &request.default_format) {
        (Some(format), _) | (None, Some(format)) => format.as_str(),
        (None, None) => DEFAULT_FORMAT,
    };
    let reads = ["SELECT", "WITH", "FROM"].contains(&statement.keyword().as_str())
        && connection.classify(&statement.sql).class == Class::Read;
    match repeated_header(format).filter(|_| reads && !is_one_document(request)) {
        Some(header) => stream(connection, request, statement, format, header, output),
        None => {
            let result = connection.query(&statement.sql, format, &request.params)?;
            output.begin(format, result.counters());
            output.write(result.data())?;
            output.finish(result.counters())
        }
    }
}

fn stream(
    connection: &mut Connection,
    request: &Request,
    statement: &Statement,
    format: &str,
    header: Header,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut rows = connection.stream(&statement.sql, format, &request.params)?;
    let mut next = rows.next()?;
    output.begin(format, next.as_ref().map_or(Counters::default(), |chunk| chunk.counters()));
    let mut total = Counters::default();
    let mut first = true;
    while let Some(chunk) = next {
        let data = chunk.data();
        let start = if first { 0 } else { header.length(data) };
        output.write(data.get(start..).unwrap_or_default())?;
        total.result_rows += chunk.counters().result_rows;
        total.result_bytes += chunk.counters().result_bytes;
        total.read_rows = total.read_rows.max(chunk.counters().read_rows);
        total.read_bytes = total.read_bytes.max(chunk.counters().read_bytes);
        first = false;
        next = rows.next()?;
    }
    output.finish(total)
}

/// What the admin may not send: several statements, or files written by the engine's own client side.
pub(super) fn check_admin(
    connection: &mut Connection,
    request: &Request,
    statement: &Statement,
) -> Result<(), Exception> {
    let tokens = sql::tokens(&statement.sql);
    if tokens.is_empty() {
        return Err(Exception::new(Code::SYNTAX_ERROR, "Syntax error: Empty query"));
    }
    let analysis = connection.classify(&statement.sql);
    if analysis.statements > 1 {
        return Err(Exception::new(Code::SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed"));
    }
    if analysis.statements == 0 && analysis.class == Class::Unknown {
        return Err(syntax_error(connection, &statement.sql));
    }
    let outfile = analysis.class != Class::Read && is_into_outfile(&statement.sql, &tokens);
    let infile =
        tokens.windows(2).any(|pair| pair[0].is(&statement.sql, "FROM") && pair[1].is(&statement.sql, "INFILE"));
    if outfile || (infile && analysis.class == Class::Mutating) {
        return Err(Exception::new(Code::NOT_IMPLEMENTED, "INTO OUTFILE and FROM INFILE are not allowed over HTTP"));
    }
    if request.read_only && analysis.class != Class::Read {
        return Err(read_only());
    }
    Ok(())
}

/// What the real server says to a write by `GET`.
pub(super) fn read_only() -> Exception {
    Exception::new(
        Code::READONLY,
        "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. \
         You should use method POST for modifying queries",
    )
}

/// Settings under which the rows of a streamable format form one document.
fn is_one_document(request: &Request) -> bool {
    request.settings.iter().any(|(name, _)| name == "output_format_json_array_of_rows")
}

/// What each chunk of a streamed result repeats; the client gets it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    Nothing,
    /// So many lines, where a quoted name may hold line ends.
    Lines(usize),
    /// A count and so many strings for each column.
    Binary(usize),
}

/// The header of a format whose chunks can be put one after another; `None` when they cannot.
fn repeated_header(format: &str) -> Option<Header> {
    const ROWS: &[&str] = &[
        "RowBinary",
        "Native",
        "JSONEachRow",
        "JSONLines",
        "NDJSON",
        "JSONCompactEachRow",
        "JSONStringsEachRow",
        "JSONCompactStringsEachRow",
        "CSV",
        "TabSeparated",
        "TSV",
        "TabSeparatedRaw",
        "TSVRaw",
        "TSKV",
        "LineAsString",
        "RawBLOB",
        "Null",
    ];
    const WITH_HEADER: &[&str] =
        &["CSV", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "JSONCompactEachRow", "JSONCompactStringsEachRow"];
    if ROWS.contains(&format) {
        return Some(Header::Nothing);
    }
    match format {
        "RowBinaryWithNames" => return Some(Header::Binary(1)),
        "RowBinaryWithNamesAndTypes" => return Some(Header::Binary(2)),
        _ => {}
    }
    let with = |suffix| format.strip_suffix(suffix).is_some_and(|base| WITH_HEADER.contains(&base));
    if with("WithNamesAndTypes") {
        Some(Header::Lines(2))
    } else if with("WithNames") {
        Some(Header::Lines(1))
    } else {
        None
    }
}

impl Header {
    fn length(self, chunk: &[u8]) -> usize {
        match self {
            Header::Nothing => 0,
            Header::Lines(lines) => {
                let mut quoted = false;
                let ends = chunk.iter().enumerate().filter(|(_, byte)| {
                    quoted ^= **byte == b'"';
                    **byte == b'\n' && !quoted
                });
                ends.map(|(at, _)| at + 1).nth(lines - 1).unwrap_or(chunk.len())
            }
            Header::Binary(strings) => binary_header(chunk, strings).unwrap_or(chunk.len()),
        }
    }
}

fn binary_header(chunk: &[u8], strings: usize) -> Option<usize> {
    let mut at = 0;
    for _ in 0..varint(chunk, &mut at)? * strings {
        at += varint(chunk, &mut at)?;
    }
    Some(at)
}

/// LEB128.
fn varint(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_measured() {
        assert_eq!(Header::Lines(1).length(b"\"a\nb\",c\n1,2\n"), 8);
        assert_eq!(Header::Lines(2).length(b"a\tb\nUInt8\tUInt8\n1\t2\n"), 16);
        assert_eq!(Header::Binary(2).length(b"\x01\x01a\x06UInt64rest"), 10);
        assert_eq!(Header::Binary(1).length(b"\x02\x01a\x01brest"), 5);
    }

    #[test]
    fn formats_that_cannot_be_cut_are_not_streamed() {
        for format in ["JSON", "JSONCompact", "Parquet", "Arrow", "Pretty", "XML", "Values", "Vertical"] {
            assert_eq!(repeated_header(format), None, "{format}");
        }
        assert_eq!(repeated_header("CSVWithNamesAndTypes"), Some(Header::Lines(2)));
        assert_eq!(repeated_header("TSVWithNames"), Some(Header::Lines(1)));
        assert_eq!(repeated_header("RowBinaryWithNamesAndTypes"), Some(Header::Binary(2)));
        assert_eq!(repeated_header("Native"), Some(Header::Nothing));
    }
}
