//! Pages of rows, from any place that a cursor names.

use std::io;

use bytes::Bytes;
use hark_mention::{DropReason, Event, Timestamp, Verdict};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

use super::{
    ReadPage,
    input::Input,
    layout::Layout,
    mapping::Mapper,
    record::{Next, Records},
    sniff::TextEncoding,
    window::Text,
};
use crate::source::{Again, Cursor, Item, Page, SourceError};

/// Most rows of a page.
const PAGE_ROWS: usize = 2000;
/// A page ends when its rows are this long together.
const PAGE_BYTES: usize = 4 << 20;
/// How much of a row that is too long goes to the dead letters.
const RAW_BYTES: usize = 64 << 10;

/// How far a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Bytes of decoded text before the next row.
    offset: u64,
    /// Line of the next row.
    line: u64,
    /// Rows before it.
    row: u64,
    /// Of the file's beginning: a cursor is worth nothing for another file.
    fingerprint: u32,
}

/// Tells files apart by their first 4 KiB.
pub(super) fn fingerprint(text: &[u8]) -> u32 {
    let digest = Sha256::digest(text.get(..text.len().min(4096)).unwrap_or_default());
    digest.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// A file, and how its rows are read.
pub(super) struct Rows {
    pub(super) input: Input,
    pub(super) encoding: TextEncoding,
    pub(super) layout: Layout,
    pub(super) mapper: Mapper,
    /// Longest row, in bytes.
    pub(super) limit: usize,
    pub(super) fingerprint: u32,
}

/// Reads pages.
pub(super) struct Reader {
    rows: Rows,
    records: Records,
    text: Text,
    /// Rows before the window.
    row: u64,
    /// What broke the input: told when the rows before it are out.
    failed: Option<String>,
}

impl Reader {
    /// Stands at the first row of `text`, which is at its beginning.
    pub(super) fn new(rows: Rows, mut text: Text) -> io::Result<Self> {
        text.go_to(rows.layout.offset, rows.layout.line)?;
        let records = rows.layout.records(rows.mapper.column_count(), rows.limit);
        Ok(Self { rows, records, text, row: 0, failed: None })
    }

    /// The place that a cursor names: the first row when there is none, or when it belongs to another file.
    pub(super) fn place(&self, after: Option<Position>) -> Position {
        let Layout { offset, line, .. } = self.rows.layout;
        let fingerprint = self.rows.fingerprint;
        match after {
            Some(after) if after.fingerprint == fingerprint => after,
            Some(_) => {
                tracing::warn!(
                    file = self.rows.input.name,
                    "file changed since it was read last, reading it from the beginning"
                );
                Position { offset, line, row: 0, fingerprint }
            }
            None => Position { offset, line, row: 0, fingerprint },
        }
    }

    fn position(&self) -> Position {
        let Text { offset, line, .. } = self.text;
        Position { offset, line, row: self.row, fingerprint: self.rows.fingerprint }
    }

    /// Reads the page that begins at `place`.
    pub(super) fn page(&mut self, place: Position) -> Result<ReadPage, SourceError> {
        if self.position() != place {
            self.go_to(place)?;
        }
        if let Some(error) = &self.failed {
            return Err(SourceError::Setup(error.clone()));
        }
        let now = Timestamp::now();
        let mut items = Vec::with_capacity(PAGE_ROWS);
        let again = loop {
            let is_full = items.len() >= PAGE_ROWS || self.text.offset - place.offset >= PAGE_BYTES as u64;
            if is_full {
                break Again::Now;
            }
            match self.item(now) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break Again::Never,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Again::Now,
                Err(error) => {
                    let error = format!("`{}` is damaged after line {}: {error}", self.rows.input.name, self.text.line);
                    if items.is_empty() {
                        return Err(SourceError::Setup(error));
                    }
                    self.failed = Some(error);
                    break Again::Now;
                }
            }
        };
        self.rows.input.progress.rows.store(self.row, Ordering::Relaxed);
        let next = Some(Cursor::new(&self.position()));
        Ok(ReadPage { begins: place, page: Page::new(items, next, again) })
    }

    /// Moves to another place of the file.
    fn go_to(&mut self, place: Position) -> Result<(), SourceError> {
        let Rows { input, encoding, layout, mapper, limit, .. } = &self.rows;
        let is_ahead = place.offset > self.text.offset;
        if input.can_reopen() {
            let text = input.reopen(*encoding, place.offset, place.line);
            self.text =
                text.map_err(|error| SourceError::Setup(format!("cannot read `{}` again: {error}", input.name)))?;
        } else if is_ahead {
            let skipped = self.text.go_to(place.offset, place.line);
            skipped.map_err(|error| SourceError::Setup(format!("cannot read `{}`: {error}", input.name)))?;
        } else {
            return Err(SourceError::Setup(format!("`{}` can be read only once; start the import again", input.name)));
        }
        self.records = layout.records(mapper.column_count(), *limit);
        self.row = place.row;
        self.failed = None;
        Ok(())
    }

    /// The next row; `None` at the end.
    fn item(&mut self, now: Timestamp) -> io::Result<Option<Item>> {
        let next = self.records.next(&mut self.text)?;
        let (length, raw_bytes, verdict) = match next {
            Next::End => return Ok(None),
            Next::Broken(length, rejection) => (length, RAW_BYTES, Verdict::Reject(rejection)),
            Next::Row(length) if self.row < self.rows.layout.label_rows => {
                (length, length, Verdict::Drop(DropReason::NotAMention))
            }
            Next::Row(length) => {
                let raw = self.text.window().get(..length).unwrap_or_default();
                let verdict = match self.records.row(raw) {
                    Ok(row) => self.rows.mapper.mention(row, now),
                    Err(rejection) => Verdict::Reject(rejection),
                };
                (length, length, verdict)
            }
        };
        let item = match verdict {
            Verdict::Keep(mention) => Item::Keep(Event::Upsert(Box::new(mention))),
            Verdict::Drop(reason) => Item::Drop(reason),
            Verdict::Reject(rejection) => {
                let raw = self.text.window().get(..length.min(raw_bytes)).unwrap_or_default();
                let place = format!("{}:{}", self.rows.input.name, self.text.line);
                Item::Reject { raw: Bytes::copy_from_slice(raw.trim_ascii_end()), place, rejection }
            }
        };
        self.text.consume(length);
        self.row += 1;
        Ok(Some(item))
    }
}
