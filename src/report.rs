//! Tables of figures, for people (Markdown, which a terminal shows neatly as well) and for machines (JSON).

use std::fmt;

use serde_json::{Map, Value, json};

/// What an evaluation found.
#[derive(Debug, Default)]
pub(crate) struct Report(pub(crate) Vec<Table>);

/// Rows under named columns.
#[derive(Debug)]
pub(crate) struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    Count(usize),
    /// In percent, shown with one decimal; none where there is nothing to measure.
    Percent(Option<f64>),
    /// From 0 to 1, shown with three decimals.
    Share(f64),
}

impl Cell {
    /// A share of 0 to 1, shown in percent.
    pub(crate) fn percent(share: f64) -> Self {
        Self::Percent(Some(share * 100.0))
    }

    /// Items a second.
    pub(crate) fn rate(items: usize, seconds: f64) -> Self {
        Self::Count((items as f64 / seconds.max(1e-9)) as usize)
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            Self::Percent(percent) => json!(percent),
            Self::Share(share) => json!(share),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Count(count) => f.pad(&count.to_string()),
            Self::Percent(percent) => f.pad(&percent.map_or_else(String::new, |percent| format!("{percent:.1}"))),
            Self::Share(share) => f.pad(&format!("{share:.3}")),
        }
    }
}

impl Table {
    /// An empty table.
    pub(crate) fn new<const COLUMNS: usize>(name: &'static str, columns: [&str; COLUMNS]) -> Self {
        Self { name, columns: columns.map(str::to_owned).into(), rows: Vec::new() }
    }

    /// Adds a row, which has a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl Report {
    /// Each table by its name, its rows as objects.
    pub(crate) fn json(&self) -> Value {
        let object = |table: &Table, row: &Vec<Cell>| -> Map<String, Value> {
            table.columns.iter().cloned().zip(row.iter().map(Cell::json)).collect()
        };
        let rows = |table: &Table| table.rows.iter().map(|row| Value::Object(object(table, row))).collect();
        Value::Object(self.0.iter().map(|table| (table.name.to_owned(), Value::Array(rows(table)))).collect())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in self.0.iter().filter(|table| !table.rows.is_empty()) {
            writeln!(f, "**{}**\n\n{table}", table.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(Cell::to_string).collect()).collect();
        let width = |column: usize| {
            let cells = cells.iter().filter_map(|row| row.get(column));
            cells.chain(self.columns.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let is_text = |column: usize| {
            self.rows.iter().any(|row| matches!(row.get(column), Some(Cell::Text(text)) if !text.is_empty()))
        };
        let left: Vec<bool> = (0..self.columns.len()).map(is_text).collect();
        let mut line = |cells: &[String]| {
            let padded = cells.iter().zip(&widths).zip(&left).map(|((cell, width), left)| match left {
                true => format!("{cell:<width$}"),
                false => format!("{cell:>width$}"),
            });
            writeln!(f, "| {} |", padded.collect::<Vec<_>>().join(" | "))
        };
        line(&self.columns)?;
        let rules = widths.iter().zip(&left).map(|(width, left)| {
            let dashes = "-".repeat((*width).max(3) - usize::from(!left));
            if *left { dashes } else { format!("{dashes}:") }
        });
        line(&rules.collect::<Vec<_>>())?;
        cells.iter().try_for_each(|row| line(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown_and_json() {
        let mut table = Table::new("languages", ["language", "rows", "right"]);
        table.row(["nl".into(), 1200.into(), Cell::percent(0.987)]);
        table.row(["fy".into(), 3.into(), Cell::Percent(None)]);
        let report = Report(vec![table]);
        assert_eq!(
            report.to_string(),
            "**languages**\n\n\
             | language | rows | right |\n\
             | -------- | ---: | ----: |\n\
             | nl       | 1200 |  98.7 |\n\
             | fy       |    3 |       |\n\n"
        );
        assert_eq!(
            report.json(),
            json!({"languages": [
                {"language": "nl", "rows": 1200, "right": 98.7},
                {"language": "fy", "rows": 3, "right": null},
            ]})
        );
    }
}
