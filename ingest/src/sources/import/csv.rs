//! Rows of CSV and its kin, in bounded memory.
//!
//! Quotes are what breaks CSV: one that is never closed makes the rest of the file a single cell. So a row that grows
//! beyond the limit, or spans lines and has the wrong number of columns, is taken for such a quote: its first line is
//! rejected and reading goes on at its second.

use std::io;

use csv_core::ReadRecordResult;
use hark_mention::{RejectReason, Rejection};

use super::{
    record::{Next, bad_encoding, too_large},
    window::{Text, is_line_end},
};

/// Finds the rows of CSV.
pub(super) struct CsvReader {
    core: csv_core::Reader,
    delimiter: u8,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes in `cells`, and entries in `ends`, of the row that was found.
    written: usize,
    count: usize,
    /// How many columns a row has to have.
    columns: Option<usize>,
    limit: usize,
    /// Up to here the text was swallowed by a quote that is not closed; rows are short there, so that each byte is read
    /// a bounded number of times.
    recovers_until: u64,
    /// The rest of the line belongs to a row that was rejected.
    in_rejected_line: bool,
}

/// The cells of one row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    text: &'a str,
    ends: &'a [usize],
}

/// Most lines of a row while recovering from a broken quote.
const RECOVERY_LINES: usize = 50;

impl CsvReader {
    /// Reads rows with `columns` columns, or any number, of at most `limit` bytes.
    pub(super) fn new(delimiter: u8, columns: Option<usize>, limit: usize) -> Self {
        Self {
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            cells: vec![0; 4096],
            ends: vec![0; columns.unwrap_or(0).max(16) + 1],
            written: 0,
            count: 0,
            columns,
            limit,
            recovers_until: 0,
            in_rejected_line: false,
        }
    }

    pub(super) fn settle(&mut self, text: &mut Text) -> io::Result<()> {
        if self.in_rejected_line {
            text.skip_line()?;
            self.in_rejected_line = false;
        }
        Ok(())
    }

    pub(super) fn next(&mut self, text: &mut Text) -> io::Result<Next> {
        if !skip_blank_lines(text)? {
            return Ok(Next::End);
        }
        match self.find(text)? {
            Found::Row(length) => Ok(self.check(length, text)),
            Found::OpenQuote(length) => {
                let error = "a quote that opens here is not closed; reading goes on at the next line";
                Ok(self.reject_first_line(length, Rejection::new(RejectReason::WrongShape, error), text))
            }
            Found::TooLong(length) if first_line(text.window()) < length => {
                let error = format!(
                    "a quote that opens here is not closed within {} bytes; reading goes on at the next line",
                    self.limit
                );
                Ok(self.reject_first_line(length, Rejection::new(RejectReason::WrongShape, error), text))
            }
            Found::TooLong(length) => {
                self.in_rejected_line = true;
                Ok(Next::Broken(length, too_large(self.limit)))
            }
        }
    }

    /// The cells of the row that was found last.
    pub(super) fn cells(&self) -> Result<Cells<'_>, Rejection> {
        let text = self.cells.get(..self.written).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| bad_encoding())?;
        let ends = self.ends.get(..self.count).unwrap_or_default();
        if ends.iter().all(|end| text.is_char_boundary(*end)) { Ok(Cells { text, ends }) } else { Err(bad_encoding()) }
    }

    /// Reads up to the end of the row.
    fn find(&mut self, text: &mut Text) -> io::Result<Found> {
        self.core.reset();
        (self.written, self.count) = (0, 0);
        let recovers = text.offset < self.recovers_until;
        let mut read = 0;
        loop {
            let window = text.window();
            let end = if recovers { end_of_lines(window, RECOVERY_LINES) } else { window.len() };
            let (used, found) = self.feed(window.get(read..end).unwrap_or_default());
            read += used;
            if found {
                return self.with_line_end(read, text);
            }
            if recovers && end < text.window().len() {
                return Ok(Found::OpenQuote(read));
            }
            if read > self.limit {
                return Ok(Found::TooLong(read));
            }
            if !text.fill()? {
                // An end of line that is missing at the end of the file is no fault, unless it is inside quotes.
                let (_, found) = self.feed(b"\n");
                return Ok(if found { Found::Row(read) } else { Found::OpenQuote(read) });
            }
        }
    }

    /// Takes the input apart; tells how much of it was used, and whether the row is complete.
    fn feed(&mut self, input: &[u8]) -> (usize, bool) {
        let mut read = 0;
        // An empty input would mean the end of the text to the parser.
        while let Some(rest) = input.get(read..).filter(|rest| !rest.is_empty()) {
            let cells = self.cells.get_mut(self.written..).unwrap_or_default();
            let ends = self.ends.get_mut(self.count..).unwrap_or_default();
            let (result, used, written, ended) = self.core.read_record(rest, cells, ends);
            read += used;
            self.written += written;
            self.count += ended;
            match result {
                ReadRecordResult::Record => return (read, true),
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        (read, false)
    }

    /// A row ends at `\r`; the `\n` after it belongs to it.
    fn with_line_end(&self, length: usize, text: &mut Text) -> io::Result<Found> {
        let ends_at_return = text.window().get(length - 1) == Some(&b'\r');
        if ends_at_return && text.window().len() == length {
            match text.fill() {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        let with_newline = ends_at_return && text.window().get(length) == Some(&b'\n');
        Ok(Found::Row(length + usize::from(with_newline)))
    }

    /// Compares the number of columns. Empty cells too many, which spreadsheets leave, are no fault.
    fn check(&mut self, length: usize, text: &Text) -> Next {
        let row = text.window().get(..length).unwrap_or_default();
        let columns = self.columns.unwrap_or(self.count);
        if self.count > columns {
            let ends = self.ends.get(columns - 1..self.count).unwrap_or_default();
            if ends.first() == ends.last() {
                self.count = columns;
            }
        }
        if self.count != columns {
            let error = format!("the row has {} columns where the header has {columns}", self.count);
            return self.reject_first_line(length, Rejection::new(RejectReason::WrongShape, error), text);
        }
        if first_line(row) < length && !quotes_are_sound(row, self.delimiter) {
            let error =
                "a quote that opens here is closed in the middle of a later line; reading goes on at the next line";
            return self.reject_first_line(length, Rejection::new(RejectReason::WrongShape, error), text);
        }
        if length > self.limit { Next::Broken(length, too_large(self.limit)) } else { Next::Row(length) }
    }

    fn reject_first_line(&mut self, length: usize, rejection: Rejection, text: &Text) -> Next {
        self.recovers_until = self.recovers_until.max(text.offset + length as u64);
        Next::Broken(first_line(text.window()).min(length), rejection)
    }
}

enum Found {
    Row(usize),
    OpenQuote(usize),
    TooLong(usize),
}

impl<'a> Cells<'a> {
    /// The cell at this place.
    pub(super) fn get(&self, index: usize) -> Option<&'a str> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..*self.ends.get(index)?)
    }

    /// All cells.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.ends.len()).filter_map(move |index| self.get(index))
    }
}

/// Consumes line ends; `false` at the end of the text.
pub(super) fn skip_blank_lines(text: &mut Text) -> io::Result<bool> {
    loop {
        let window = text.window();
        let blank = window.iter().take_while(|byte| is_line_end(**byte)).count();
        let found = blank < window.len();
        text.consume(blank);
        if found {
            return Ok(true);
        }
        if !text.fill()? {
            return Ok(false);
        }
    }
}

/// Length of the first line, with its end.
fn first_line(window: &[u8]) -> usize {
    end_of_lines(window, 1)
}

/// Where the first `lines` lines end, or the window.
fn end_of_lines(window: &[u8], lines: usize) -> usize {
    let mut ends = (0..window.len()).filter(|place| {
        let is_pair = window.get(*place) == Some(&b'\r') && window.get(place + 1) == Some(&b'\n');
        is_line_end(window[*place]) && !is_pair
    });
    ends.nth(lines - 1).map_or(window.len(), |place| place + 1)
}

/// Whether each cell that begins with a quote ends with one. The parser is more lenient, and would make one row of two
/// when a quote is missing.
fn quotes_are_sound(row: &[u8], delimiter: u8) -> bool {
    let mut bytes = row.iter().copied().peekable();
    while bytes.peek().is_some() {
        if bytes.next_if_eq(&b'"').is_some() {
            while let Some(byte) = bytes.next() {
                if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                    break;
                }
            }
            if bytes.peek().is_some_and(|byte| *byte != delimiter && !is_line_end(*byte)) {
                return false;
            }
        }
        bytes.by_ref().find(|byte| *byte == delimiter);
    }
    true
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LIMIT: usize = 2000;

    /// Each row as `line:cell|cell`, each reject as `line!reason raw`.
    fn read(csv: &str, columns: usize) -> Vec<String> {
        let mut text = Text::in_memory(csv.as_bytes().to_vec());
        let mut reader = CsvReader::new(b',', Some(columns), LIMIT);
        let mut rows = Vec::new();
        loop {
            reader.settle(&mut text).unwrap();
            let next = reader.next(&mut text).unwrap();
            let line = text.line;
            match next {
                Next::Row(length) => {
                    let cells: Vec<&str> = reader.cells().unwrap().iter().collect();
                    rows.push(format!("{line}:{}", cells.join("|")));
                    text.consume(length);
                }
                Next::Broken(length, rejection) => {
                    let raw = String::from_utf8_lossy(&text.window()[..length.min(9)]).trim_end().to_owned();
                    rows.push(format!("{line}!{} {raw}", rejection.reason.as_str()));
                    text.consume(length);
                }
                Next::End => return rows,
            }
        }
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        let rows = read("1,\"a \"\"b\"\"\nc\"\r\n\r\n2,5\" screen\r3,,,,\n4,\"x\"", 2);
        assert_eq!(rows, ["1:1|a \"b\"\nc", "4:2|5\" screen", "5:3|", "6:4|x"]);
    }

    #[test]
    fn a_wrong_number_of_columns_costs_only_its_row() {
        assert_eq!(read("1,a\n2\n3,b,c\n4,d\n", 2), ["1:1|a", "2!wrong_shape 2", "3!wrong_shape 3,b,c", "4:4|d"]);
    }

    #[test]
    fn an_open_quote_costs_only_its_line() {
        let to_the_end = read("1,a\n2,\"open\n3,b\n4,c", 2);
        assert_eq!(to_the_end, ["1:1|a", "2!wrong_shape 2,\"open", "3:3|b", "4:4|c"]);
        let to_another_quote = read("1,\"open\n2,\"good\"\n3,b\n", 2);
        assert_eq!(to_another_quote, ["1!wrong_shape 1,\"open", "2:2|good", "3:3|b"]);
        let beyond_the_limit = format!("1,\"open\n{}", "2,fine\n".repeat(LIMIT));
        let rows = read(&beyond_the_limit, 2);
        assert_eq!(rows.len(), LIMIT + 1);
        assert_eq!((&*rows[0], &*rows[1]), ("1!wrong_shape 1,\"open", "2:2|fine"));
    }

    #[test]
    fn a_line_beyond_the_limit_is_skipped_to_its_end() {
        let csv = format!("1,{}\n2,b\n", "x".repeat(3 << 20));
        assert_eq!(read(&csv, 2), ["1!too_large 1,xxxxxxx", "2:2|b"]);
    }
}
