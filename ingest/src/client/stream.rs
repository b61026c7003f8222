//! An answer that goes on for ever, line by line: server-sent events, JSON lines.

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

/// What a stream gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A line without its end; an empty one is a heartbeat or the end of an event.
    Line(Bytes),
    /// A line that is longer than allowed: its beginning. The rest of it is skipped.
    TooLong(Bytes),
    /// Nothing until the deadline.
    Nothing,
    /// The stream is over, and why. A line that was not finished is lost with it.
    Closed(String),
}

/// The lines of one answer. Nothing is read ahead: what is not asked for stays in the socket and holds the server back.
#[derive(Debug)]
pub(crate) struct Lines {
    response: Response,
    buffer: BytesMut,
    max_line: usize,
    /// In the middle of a line that was too long.
    skipping: bool,
}

impl Lines {
    pub(super) fn new(response: Response, max_line: usize) -> Self {
        Self { response, buffer: BytesMut::new(), max_line, skipping: false }
    }

    /// The next line, if it comes until `deadline`.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing.
    pub(crate) async fn next(&mut self, deadline: Instant) -> Heard {
        loop {
            if let Some(line) = self.buffered() {
                return line;
            }
            match timeout_at(deadline, self.response.chunk()).await {
                Err(_) => return Heard::Nothing,
                Ok(Ok(Some(chunk))) => self.buffer.extend_from_slice(&chunk),
                Ok(Ok(None)) => return Heard::Closed("the server ended it".to_owned()),
                Ok(Err(error)) => return Heard::Closed(error.without_url().to_string()),
            }
        }
    }

    fn buffered(&mut self) -> Option<Heard> {
        loop {
            let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                if self.buffer.len() <= self.max_line {
                    return None;
                }
                let start = self.buffer.split().freeze();
                let was_skipping = std::mem::replace(&mut self.skipping, true);
                return (!was_skipping).then_some(Heard::TooLong(start.slice(..self.max_line)));
            };
            let mut line = self.buffer.split_to(end + 1).freeze();
            line.truncate(end);
            if line.ends_with(b"\r") {
                line.truncate(end - 1);
            }
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            return Some(if line.len() > self.max_line {
                Heard::TooLong(line.slice(..self.max_line))
            } else {
                Heard::Line(line)
            });
        }
    }
}
