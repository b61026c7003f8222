//! How rows stand in a text: format, delimiter, header, where the first row begins; and a sample of the rows.

use std::{collections::HashMap, str::FromStr};

use serde_json::{Map, Value};

use super::{
    csv::CsvReader,
    fields::{Field, normalise},
    json::{End, Lines, Scan, Values},
    record::{Column, Next, Records, Row},
    time,
    window::Text,
};

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells with a delimiter between: comma, semicolon, tab or bar.
    Csv,
    /// Cells with tabs between.
    Tsv,
    /// A JSON object a line.
    Jsonl,
    /// An array of objects, perhaps inside an object; or objects one after the other.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "json" => Ok(Self::Json),
            _ => Err(format!("must be csv, tsv, jsonl or json, found `{text}`")),
        }
    }
}

/// How rows stand in a text.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) shape: Shape,
    /// Where the first row begins.
    pub(super) offset: u64,
    /// The line on which it begins.
    pub(super) line: u64,
    /// Rows at the beginning that explain the columns to people, as survey tools write them.
    pub(super) label_rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Csv { delimiter: u8, header: bool },
    Lines,
    Values { key: Option<String>, ends_at_bracket: bool },
}

/// The first rows, by column.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) columns: Vec<Column>,
    /// What the rows have in each column.
    pub(super) values: Vec<Vec<String>>,
    pub(super) rows: usize,
}

/// The delimiter of a file whose lines are one cell each: a control character that no text has.
pub(super) const NO_DELIMITER: u8 = 0x1f;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const SAMPLE_ROWS: usize = 1000;

impl Layout {
    /// Finds the layout of a text from its beginning.
    pub(super) fn detect(text: &[u8], format: Option<Format>, header: Option<bool>, limit: usize) -> (Self, Sample) {
        match format.unwrap_or_else(|| guess_format(text)) {
            Format::Csv => csv(text, None, header, limit),
            Format::Tsv => csv(text, Some(b'\t'), header, limit),
            Format::Jsonl => objects(text, Shape::Lines, 0, limit),
            Format::Json => {
                let (key, offset) = match text.trim_ascii_start().first() {
                    Some(b'{') => list_in(text).map_or((None, 0), |(key, offset)| (Some(key), offset)),
                    _ => (None, 0),
                };
                let ends_at_bracket = key.is_some();
                objects(text, Shape::Values { key, ends_at_bracket }, offset, limit)
            }
        }
    }

    /// A reader for the rows.
    pub(super) fn records(&self, columns: usize, limit: usize) -> Records {
        match &self.shape {
            Shape::Csv { delimiter, .. } => Records::Csv(Box::new(CsvReader::new(*delimiter, Some(columns), limit))),
            Shape::Lines => Records::Lines(Lines::new(limit)),
            Shape::Values { ends_at_bracket, .. } => Records::Values(Values::new(limit, *ends_at_bracket)),
        }
    }
}

fn guess_format(text: &[u8]) -> Format {
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'[') if begins_json(text) => Format::Json,
        Some(b'{') => {
            let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
            let (first, second) = (lines.next().unwrap_or_default(), lines.next());
            let end = Scan::default().end_of_value(first);
            match second {
                Some(second) if second.starts_with(b"{") && first.len() > 1 => Format::Jsonl,
                None if end == Some((first.len(), End::OfValue)) && list_in(first).is_none() => Format::Jsonl,
                _ => Format::Json,
            }
        }
        _ => Format::Csv,
    }
}

/// Whether what follows the first bracket can be JSON.
fn begins_json(text: &[u8]) -> bool {
    let inner = text.get(1..).unwrap_or_default().trim_ascii_start();
    inner.first().is_none_or(|byte| b"{[]\"-0123456789tfn".contains(byte))
}

/// The outermost array of objects inside an object: its key, and where its first value begins.
fn list_in(text: &[u8]) -> Option<(String, u64)> {
    const DEEPEST: usize = 4;
    let (mut depth, mut key, mut string_start) = (0_usize, String::new(), None);
    let mut escaped = false;
    let mut found: Option<(usize, String, usize)> = None;
    for (place, byte) in text.iter().enumerate() {
        if let Some(start) = string_start {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    string_start = None;
                    let rest = text.get(place + 1..).unwrap_or_default().trim_ascii_start();
                    if rest.starts_with(b":") {
                        key = String::from_utf8_lossy(text.get(start..place).unwrap_or_default()).into_owned();
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => string_start = Some(place + 1),
            b'[' => {
                let is_list = text.get(place + 1..).unwrap_or_default().trim_ascii_start().starts_with(b"{");
                let is_outer = depth <= DEEPEST && found.as_ref().is_none_or(|(known, ..)| depth < *known);
                if is_list && is_outer {
                    found = Some((depth, key.clone(), place + 1));
                }
                depth += 1;
            }
            b'{' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found.map(|(_, key, place)| (key, place as u64))
}

fn csv(text: &[u8], delimiter: Option<u8>, header: Option<bool>, limit: usize) -> (Layout, Sample) {
    let mut start = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let mut delimiter = delimiter;
    // Excel's own line about the delimiter.
    if let Some([b's', b'e', b'p', b'=', named, b'\r' | b'\n', ..]) = text.get(start..) {
        delimiter = delimiter.or(Some(*named));
        start += 6 + text.iter().skip(start + 6).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    }
    let body = text.get(start..).unwrap_or_default();
    let delimiter = delimiter.unwrap_or_else(|| guess_delimiter(body, limit));
    let rows = csv_rows(body, delimiter, limit, SAMPLE_ROWS);
    let header = rows.first().is_some_and(|row| !row.cells.is_empty()) && header.unwrap_or_else(|| is_header(&rows));
    let widest = rows.iter().find(|row| !row.cells.is_empty()).map(|row| row.cells.as_slice()).unwrap_or_default();
    let mut sample = Sample { columns: csv_columns(widest, header), ..Sample::default() };
    let (offset, line) = if header { (rows[0].ends_at, rows[0].ends_on) } else { (0, 1) };
    let (offset, line) = (start as u64 + offset, line_ends(text.get(..start).unwrap_or_default()) + line);
    let rows = rows.get(usize::from(header)..).unwrap_or_default();
    let is_label = |row: &SampleRow| row.cells.iter().any(|cell| cell.starts_with("{\"ImportId\""));
    let label_rows = rows.iter().take(2).position(is_label).map_or(0, |place| place + 1);
    sample.values = vec![Vec::new(); sample.columns.len()];
    for row in rows.iter().skip(label_rows).filter(|row| row.cells.len() == sample.columns.len()) {
        sample.rows += 1;
        for (values, cell) in sample.values.iter_mut().zip(&row.cells) {
            values.push(cell.clone());
        }
    }
    for values in &mut sample.values {
        values.retain(|value| !value.trim().is_empty());
    }
    (Layout { shape: Shape::Csv { delimiter, header }, offset, line, label_rows: label_rows as u64 }, sample)
}

fn line_ends(text: &[u8]) -> u64 {
    let mut counted = Text::in_memory(text.to_vec());
    while counted.fill().is_ok_and(|more| more) {}
    counted.consume(text.len());
    counted.line - 1
}

/// One of the first rows.
struct SampleRow {
    /// None when it is broken.
    cells: Vec<String>,
    /// Where the next one begins, and on which line.
    ends_at: u64,
    ends_on: u64,
}

fn csv_rows(text: &[u8], delimiter: u8, limit: usize, most: usize) -> Vec<SampleRow> {
    let mut text = Text::in_memory(text.to_vec());
    let mut records = Records::Csv(Box::new(CsvReader::new(delimiter, None, limit)));
    let mut rows = Vec::new();
    while rows.len() < most {
        let (length, cells) = match records.next(&mut text) {
            Ok(Next::Row(length)) => match records.row(text.window().get(..length).unwrap_or_default()) {
                Ok(Row::Cells(cells)) => (length, cells.iter().map(ToOwned::to_owned).collect()),
                _ => (length, Vec::new()),
            },
            Ok(Next::Broken(length, _)) => (length, Vec::new()),
            Ok(Next::End) | Err(_) => break,
        };
        text.consume(length);
        rows.push(SampleRow { cells, ends_at: text.offset, ends_on: text.line });
    }
    rows
}

/// The delimiter by which most rows have as many cells as the first.
fn guess_delimiter(text: &[u8], limit: usize) -> u8 {
    const ROWS: usize = 200;
    /// A text of sentences has commas too, but not as many on each line.
    const ENOUGH: usize = 60;
    let agreement = |delimiter: &u8| {
        let rows = csv_rows(text, *delimiter, limit, ROWS);
        let first = &rows.first()?.cells;
        let alike = rows.iter().filter(|row| row.cells.len() == first.len()).count() * 100 / rows.len();
        let is_known = first.iter().any(|cell| is_known_name(cell));
        let is_table = rows.len() > 1 && alike >= ENOUGH && !is_punctuation(text, *delimiter);
        (first.len() > 1 && (is_known || is_table)).then_some((alike, first.len(), *delimiter))
    };
    DELIMITERS
        .iter()
        .filter_map(agreement)
        .max_by_key(|(alike, columns, _)| (*alike, *columns))
        .map_or(NO_DELIMITER, |best| best.2)
}

/// In sentences, a space follows most commas.
fn is_punctuation(text: &[u8], delimiter: u8) -> bool {
    let pairs = || text.windows(2).filter(|pair| pair[0] == delimiter);
    pairs().filter(|pair| pair[1] == b' ').count() * 2 > pairs().count()
}

fn is_known_name(cell: &str) -> bool {
    const SURE: u32 = 700;
    let name = normalise(cell);
    cell.len() <= 40 && Field::ALL.iter().any(|field| field.suits(&name) >= SURE)
}

/// Whether the first row holds names: known ones; else short texts that differ from each other and from all below them.
fn is_header(rows: &[SampleRow]) -> bool {
    let Some((SampleRow { cells, .. }, others)) = rows.split_first() else { return false };
    if cells.iter().any(|cell| is_known_name(cell)) {
        return true;
    }
    let is_data = |(column, cell): (usize, &String)| {
        let comes_again = || others.iter().any(|row| row.cells.get(column) == Some(cell));
        let cell = cell.trim();
        let is_value = cell.parse::<f64>().is_ok() || cell.contains("://") || time::scan(cell).is_some();
        cell.chars().count() > 80 || is_value || (!cell.is_empty() && comes_again())
    };
    let mut names: Vec<&String> = cells.iter().collect();
    names.sort();
    names.dedup();
    cells.len() > 1 && names.len() == cells.len() && !cells.iter().enumerate().any(is_data)
}

/// Columns under their own names; `column_1` … without a header, and a number behind names that come twice.
fn csv_columns(first: &[String], header: bool) -> Vec<Column> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let name = |(index, cell): (usize, &String)| {
        let name = cell.trim();
        let name = if header && !name.is_empty() { name.to_owned() } else { format!("column_{}", index + 1) };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count > 1 { format!("{name}_{count}") } else { name };
        Column { name, index, path: Vec::new() }
    };
    first.iter().enumerate().map(name).collect()
}

fn objects(text: &[u8], shape: Shape, offset: u64, limit: usize) -> (Layout, Sample) {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
    let (before, body) = text.split_at(start);
    let layout = Layout { shape, offset, line: line_ends(before) + 1, label_rows: 0 };
    let mut records = layout.records(0, limit);
    let mut text = Text::in_memory(body.to_vec());
    let mut sample = Sample::default();
    let mut known = HashMap::new();
    while sample.rows < SAMPLE_ROWS {
        let length = match records.next(&mut text) {
            Ok(Next::Row(length)) => {
                if let Ok(Row::Object(object)) = records.row(text.window().get(..length).unwrap_or_default()) {
                    sample.rows += 1;
                    sample.add(&object, &mut Vec::new(), &mut known);
                }
                length
            }
            Ok(Next::Broken(length, _)) => length,
            Ok(Next::End) | Err(_) => break,
        };
        text.consume(length);
    }
    (layout, sample)
}

impl Sample {
    /// Adds the values of an object, and of objects in it, each under its path.
    fn add(&mut self, object: &Map<String, Value>, path: &mut Vec<String>, known: &mut HashMap<Vec<String>, usize>) {
        const DEEPEST: usize = 4;
        const MOST_COLUMNS: usize = 2000;
        for (key, value) in object {
            path.push(key.clone());
            match value {
                Value::Object(inner) if path.len() < DEEPEST => self.add(inner, path, known),
                _ if known.contains_key(path) || self.columns.len() < MOST_COLUMNS => {
                    let index = *known.entry(path.clone()).or_insert_with(|| {
                        let index = self.columns.len();
                        self.columns.push(Column { name: path.join("."), index, path: path.clone() });
                        self.values.push(Vec::new());
                        index
                    });
                    match value {
                        Value::String(text) if !text.trim().is_empty() => self.values[index].push(text.clone()),
                        Value::Number(_) | Value::Bool(_) => self.values[index].push(value.to_string()),
                        _ => {}
                    }
                }
                _ => {}
            }
            path.pop();
        }
    }
}
