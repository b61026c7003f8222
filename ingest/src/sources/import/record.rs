//! One row of a file, whatever the format, and the readers that find rows in a text.

use std::{borrow::Cow, io};

use hark_mention::{RejectReason, Rejection};
use serde_json::{Map, Value};

use super::{
    csv::{Cells, CsvReader},
    json::{Lines, Values},
    window::Text,
};

/// What stands at the beginning of the window.
#[derive(Debug)]
pub(super) enum Next {
    /// A row of this many bytes.
    Row(usize),
    /// This many bytes are no row; [`Records::settle`] then finds the next one.
    Broken(usize, Rejection),
    /// No more rows.
    End,
}

/// Finds rows in a text. Each has to be consumed by the caller before the next is asked for.
pub(super) enum Records {
    Csv(Box<CsvReader>),
    Lines(Lines),
    Values(Values),
}

impl Records {
    /// Looks at what stands at the beginning of the window.
    ///
    /// # Errors
    ///
    /// What the input gives; after [`io::ErrorKind::WouldBlock`] the same row can be asked for again.
    pub(super) fn next(&mut self, text: &mut Text) -> io::Result<Next> {
        self.settle(text)?;
        match self {
            Self::Csv(reader) => reader.next(text),
            Self::Lines(reader) => reader.next(text),
            Self::Values(reader) => reader.next(text),
        }
    }

    /// Moves on to where a row can begin, after something broken was consumed.
    pub(super) fn settle(&mut self, text: &mut Text) -> io::Result<()> {
        match self {
            Self::Csv(reader) => reader.settle(text),
            Self::Lines(reader) => reader.settle(text),
            Self::Values(reader) => reader.settle(text),
        }
    }

    /// The row that `next` found in `raw`.
    pub(super) fn row(&self, raw: &[u8]) -> Result<Row<'_>, Rejection> {
        match self {
            Self::Csv(reader) => reader.cells().map(Row::Cells),
            Self::Lines(_) | Self::Values(_) => super::json::object(raw).map(Row::Object),
        }
    }
}

/// A row, taken apart.
pub(super) enum Row<'a> {
    Cells(Cells<'a>),
    Object(Map<String, Value>),
}

/// A column: a place in CSV, a path of keys in JSON.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// For people and for `--map`; the path's keys with points between.
    pub(super) name: String,
    /// Place in a row of CSV.
    pub(super) index: usize,
    /// Keys from the outer object to the value, in JSON.
    pub(super) path: Vec<String>,
}

impl Row<'_> {
    /// The text of a column, numbers as they are written; `None` when the row has none.
    pub(super) fn get(&self, column: &Column) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Cells(cells) => Cow::Borrowed(cells.get(column.index)?),
            Self::Object(object) => match at_path(object, &column.path)? {
                Value::String(text) => Cow::Borrowed(text.as_str()),
                Value::Number(number) => Cow::Owned(number.to_string()),
                Value::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            },
        };
        (!is_missing(&text)).then_some(text)
    }

    /// What the row tells beyond the columns in `mapped`; `columns` are all of them.
    pub(super) fn into_extra(self, columns: &[Column], mapped: &[bool]) -> Map<String, Value> {
        match self {
            Self::Cells(cells) => columns
                .iter()
                .zip(mapped)
                .filter(|(_, mapped)| !**mapped)
                .filter_map(|(column, _)| Some((&column.name, cells.get(column.index)?)))
                .filter(|(_, text)| !text.is_empty())
                .map(|(name, text)| (name.clone(), Value::String(text.to_owned())))
                .collect(),
            Self::Object(mut object) => {
                for (column, _) in columns.iter().zip(mapped).filter(|(_, mapped)| **mapped) {
                    remove_path(&mut object, &column.path);
                }
                object.retain(|_, value| !value.is_null());
                object
            }
        }
    }
}

/// Words that databases and programs write where there is nothing.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 4 && matches!(text, "" | "NULL" | "null" | "NaN" | "nan" | "\\N" | "N/A" | "n/a" | "#N/A")
}

fn at_path<'a>(object: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(object.get(first)?, |value, key| value.get(key))
}

/// Takes a value away, and the objects that it leaves empty.
fn remove_path(object: &mut Map<String, Value>, path: &[String]) {
    match path {
        [] => {}
        // A list or an object there is not what the field was read from.
        [key] => {
            if !matches!(object.get(key), Some(Value::Array(_) | Value::Object(_))) {
                object.remove(key);
            }
        }
        [key, rest @ ..] => {
            if let Some(Value::Object(inner)) = object.get_mut(key) {
                remove_path(inner, rest);
                if inner.is_empty() {
                    object.remove(key);
                }
            }
        }
    }
}

/// A row that is longer than allowed.
pub(super) fn too_large(limit: usize) -> Rejection {
    Rejection::new(RejectReason::TooLarge, format!("the row is longer than {limit} bytes; only its beginning is kept"))
}

/// A row that is not in the encoding of its file.
pub(super) fn bad_encoding() -> Rejection {
    let error =
        "the row is not valid UTF-8, unlike the beginning of the file; name the encoding, such as `windows-1252`";
    Rejection::new(RejectReason::BadEncoding, error)
}
