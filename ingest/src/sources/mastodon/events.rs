//! Server-sent events of one timeline, as Mastodon writes them: `event:` and one `data:` line, then an empty line.
//!
//! Lines that begin with `:` are signs of life. There are no event ids: what was sent while nobody listened is not
//! sent again.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use crate::client::{Heard, Lines};

/// Most bytes of one event; a post with everything is some ten thousand.
pub(super) const MAX_EVENT: usize = 1 << 20;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A post, new or edited, as it came.
    Post(Bytes),
    /// The post with this id of this server is gone.
    Deleted(String),
    /// Something else, such as an announcement.
    Other,
    /// More bytes than an event may have: its beginning.
    TooLong(Bytes),
    /// Nothing until the deadline.
    Nothing,
    /// The stream is over, and why.
    Closed(String),
}

/// The events of one timeline.
#[derive(Debug)]
pub(super) struct Events {
    lines: Lines,
    name: String,
    data: BytesMut,
    idle: Duration,
    last_heard: Instant,
    pub(super) opened: Instant,
}

impl Events {
    /// Reads events from `lines`; a stream that is silent for longer than `idle` counts as cut.
    pub(super) fn new(lines: Lines, idle: Duration) -> Self {
        let now = Instant::now();
        Self { lines, name: String::new(), data: BytesMut::new(), idle, last_heard: now, opened: now }
    }

    /// The next event, if it comes until `deadline`.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing.
    pub(super) async fn next(&mut self, deadline: Instant) -> Event {
        loop {
            let line = match self.lines.next(deadline).await {
                Heard::Line(line) => line,
                Heard::TooLong(start) => {
                    self.begin();
                    return Event::TooLong(start);
                }
                Heard::Nothing => return Event::Nothing,
                Heard::Closed(reason) => return Event::Closed(reason),
            };
            self.last_heard = Instant::now();
            if let Some(event) = self.read(&line) {
                return event;
            }
        }
    }

    /// Whether it has been silent for so long that it must be cut.
    pub(super) fn is_silent(&self) -> bool {
        self.last_heard.elapsed() > self.idle
    }

    /// Takes a line; an empty one ends the event.
    fn read(&mut self, line: &[u8]) -> Option<Event> {
        if line.is_empty() {
            let (name, data) = self.begin();
            return (!name.is_empty()).then(|| event(&name, data));
        }
        if let Some(name) = field(line, b"event:") {
            self.name = String::from_utf8_lossy(name).into_owned();
        } else if let Some(data) = field(line, b"data:") {
            if !self.data.is_empty() {
                self.data.extend_from_slice(b"\n");
            }
            self.data.extend_from_slice(data);
            if self.data.len() > MAX_EVENT {
                return Some(Event::TooLong(self.begin().1));
            }
        }
        None
    }

    fn begin(&mut self) -> (String, Bytes) {
        (std::mem::take(&mut self.name), self.data.split().freeze())
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

fn event(name: &str, data: Bytes) -> Event {
    match name {
        "update" | "status.update" => Event::Post(data),
        "delete" => Event::Deleted(String::from_utf8_lossy(&data).trim().to_owned()),
        _ => Event::Other,
    }
}
