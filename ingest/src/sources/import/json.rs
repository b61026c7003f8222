//! Rows of JSON: a line each, or the values of an array, in bounded memory.
//!
//! Values are told apart by counting brackets, not by parsing, so that a broken one costs only itself.

use std::io;

use hark_mention::{RejectReason, Rejection};
use serde_json::{Map, Value};

use super::{
    csv::skip_blank_lines,
    record::{Next, bad_encoding, too_large},
    window::{Text, is_line_end},
};

/// Finds rows that are a line each.
pub(super) struct Lines {
    limit: usize,
    in_rejected_line: bool,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, in_rejected_line: false }
    }

    pub(super) fn settle(&mut self, text: &mut Text) -> io::Result<()> {
        if self.in_rejected_line {
            text.skip_line()?;
            self.in_rejected_line = false;
        }
        Ok(())
    }

    pub(super) fn next(&mut self, text: &mut Text) -> io::Result<Next> {
        loop {
            if !skip_blank_lines(text)? {
                return Ok(Next::End);
            }
            let mut seen = 0;
            let length = loop {
                let window = text.window();
                let end = window.iter().skip(seen).position(|byte| is_line_end(*byte));
                if let Some(end) = end {
                    break seen + end + 1;
                }
                seen = window.len();
                if seen > self.limit {
                    self.in_rejected_line = true;
                    return Ok(Next::Broken(seen, too_large(self.limit)));
                }
                if !text.fill()? {
                    break seen;
                }
            };
            let line = text.window().get(..length).unwrap_or_default();
            if line.trim_ascii().is_empty() {
                text.consume(length);
            } else if length > self.limit {
                return Ok(Next::Broken(length, too_large(self.limit)));
            } else {
                return Ok(Next::Row(length));
            }
        }
    }
}

/// Finds rows that are the values of an array, or values one after the other.
pub(super) struct Values {
    limit: usize,
    /// The array ends at its bracket, because something else follows; otherwise brackets between values mean nothing.
    ends_at_bracket: bool,
    /// Inside a value that is too long.
    too_long: Option<Scan>,
    /// Somewhere behind a string that is not closed: the next row begins at a line that begins with `{`.
    lost: bool,
}

impl Values {
    pub(super) fn new(limit: usize, ends_at_bracket: bool) -> Self {
        Self { limit, ends_at_bracket, too_long: None, lost: false }
    }

    pub(super) fn settle(&mut self, text: &mut Text) -> io::Result<()> {
        while let Some(scan) = &mut self.too_long {
            let (length, end) = match scan.end_of_value(text.window()) {
                Some((length, end)) => (length, Some(end)),
                None => (text.window().len(), None),
            };
            text.consume(length);
            if let Some(end) = end {
                self.too_long = None;
                self.lost = end == End::InString;
            } else if !text.fill()? {
                self.too_long = None;
            }
        }
        while self.lost {
            let blank = text.window().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            match text.window().get(blank) {
                Some(b'{') => self.lost = false,
                Some(_) => text.skip_line()?,
                None => {
                    text.consume(blank);
                    self.lost = text.fill()?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn next(&mut self, text: &mut Text) -> io::Result<Next> {
        if !self.find_value(text)? {
            return Ok(Next::End);
        }
        let mut scan = Scan::default();
        let mut seen = 0;
        loop {
            match scan.end_of_value(text.window().get(seen..).unwrap_or_default()) {
                Some((length, end)) => {
                    self.lost = end == End::InString;
                    return Ok(match end {
                        _ if seen + length > self.limit => Next::Broken(seen + length, too_large(self.limit)),
                        End::OfValue => Next::Row(seen + length),
                        End::InString => Next::Broken(seen + length, not_closed()),
                    });
                }
                None => seen = text.window().len(),
            }
            if seen > self.limit {
                self.too_long = Some(scan);
                return Ok(Next::Broken(seen, too_large(self.limit)));
            }
            if !text.fill()? {
                return Ok(Next::Row(seen));
            }
        }
    }

    /// Moves on to the beginning of a value; `false` when there is none.
    fn find_value(&self, text: &mut Text) -> io::Result<bool> {
        loop {
            let window = text.window();
            let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',' || self.is_bracket(*byte);
            let between = window.iter().take_while(|byte| is_between(byte)).count();
            let first = window.get(between).copied();
            text.consume(between);
            match first {
                Some(b']') if self.ends_at_bracket => return Ok(false),
                Some(_) => return Ok(true),
                None if text.fill()? => {}
                None => return Ok(false),
            }
        }
    }

    fn is_bracket(&self, byte: u8) -> bool {
        !self.ends_at_bracket && matches!(byte, b'[' | b']')
    }
}

fn not_closed() -> Rejection {
    let error = "a text that opens here is not closed; reading goes on at the next line that begins with `{`";
    Rejection::new(RejectReason::NotAnEvent, error)
}

/// How a value ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With its last bracket, quote or letter.
    OfValue,
    /// With the line, inside a text: JSON allows no line ends there, so a quote is missing.
    InString,
}

/// Follows brackets and quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Scan {
    /// Goes through `bytes`; gives the length of what belongs to the value when it ends among them.
    pub(super) fn end_of_value(&mut self, bytes: &[u8]) -> Option<(usize, End)> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    b'\n' | b'\r' => return Some((place + 1, End::InString)),
                    _ => continue,
                }
                if !self.in_string && self.depth == 0 {
                    return Some((place + 1, End::OfValue));
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth <= 1 => {
                    // A bracket that closes the outer array does not belong to a number before it.
                    let own = usize::from(self.depth == 1 || !self.begun);
                    return Some((place + own, End::OfValue));
                }
                b'}' | b']' => self.depth -= 1,
                b',' if self.depth == 0 => return Some((place, End::OfValue)),
                _ if self.depth == 0 && self.begun && byte.is_ascii_whitespace() => return Some((place, End::OfValue)),
                _ => {}
            }
            self.begun = true;
        }
        None
    }
}

/// Reads a row.
pub(super) fn object(raw: &[u8]) -> Result<Map<String, Value>, Rejection> {
    let text = std::str::from_utf8(raw).map_err(|_| bad_encoding())?;
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Rejection::new(RejectReason::WrongShape, "the row is not a JSON object")),
        Err(error) => Err(Rejection::new(RejectReason::NotAnEvent, format!("the row is not valid JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LIMIT: usize = 1000;

    /// Each row as `line:text`, each reject as `line!reason`.
    fn read(json: &str, array: bool) -> Vec<String> {
        let mut text = Text::in_memory(json.as_bytes().to_vec());
        let mut reader = Values::new(LIMIT, array);
        let mut rows = Vec::new();
        loop {
            reader.settle(&mut text).unwrap();
            let next = reader.next(&mut text).unwrap();
            let line = text.line;
            let length = match next {
                Next::End => return rows,
                Next::Row(length) => {
                    rows.push(match object(&text.window()[..length]) {
                        Ok(object) => format!("{line}:{}", object.get("t").unwrap_or(&Value::Null)),
                        Err(rejection) => format!("{line}!{}", rejection.reason.as_str()),
                    });
                    length
                }
                Next::Broken(length, rejection) => {
                    rows.push(format!("{line}!{}", rejection.reason.as_str()));
                    length
                }
            };
            text.consume(length);
        }
    }

    #[test]
    fn values_are_told_apart_by_their_brackets() {
        let rows = read(r#"[{"t":"a}]\"{["},{"t":{"x":[1,{}]}} , 17,"text",[{"t":1}]] [{"t":2}]"#, false);
        assert_eq!(rows, [r#"1:"a}]\"{[""#, r#"1:{"x":[1,{}]}"#, "1!wrong_shape", "1!wrong_shape", "1:1", "1:2"]);
        assert_eq!(read(r#"{"t":1},{"t":2}], "next": {"t":3}}"#, true), ["1:1", "1:2"]);
    }

    #[test]
    fn a_broken_value_costs_only_itself() {
        let rows = read("[\n{\"t\": tru},\n{\"t\":\"open},\n{\"t\":3},\n{\"t\":4}\n]\n{\"t\"", false);
        assert_eq!(rows, ["2!not_an_event", "3!not_an_event", "4:3", "5:4", "7!not_an_event"]);
    }

    #[test]
    fn a_value_beyond_the_limit_is_skipped_to_its_end() {
        let json = format!(
            "[{{\"t\":\"{}\"}},{{\"t\":2}},{{\"t\":\"{}\"}},{{\"t\":4}}]",
            "x".repeat(2 << 20),
            "y".repeat(LIMIT)
        );
        assert_eq!(read(&json, false), ["1!too_large", "1:2", "1!too_large", "1:4"]);
    }
}
