//! One file of a partition: record batches, one after another, byte for byte as clients sent and will get them.
//!
//! One rule: what lies before `size` is never written again, so a reader needs no lock.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::{HEAD, Head};

/// One index entry for about so many bytes: little memory, and little to scan from an entry on.
const INDEX_STEP: u64 = 64 * 1024;
/// How much is read at once when scanning heads.
const SCAN_CHUNK: usize = 16 * 1024;

/// A segment and what is known about its contents.
pub(crate) struct Segment {
    /// No record in it has a smaller offset.
    pub(crate) base: i64,
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<File>,
    pub(crate) size: u64,
    /// Made when first needed for a segment of an earlier run, kept up to date for one of this run.
    index: Option<Index>,
}

/// Where to begin looking for an offset or a time.
#[derive(Default)]
struct Index {
    /// Ascending in every field.
    entries: Vec<Entry>,
    max_timestamp: Option<i64>,
}

struct Entry {
    offset: i64,
    position: u64,
    /// Of everything before this entry.
    max_timestamp: Option<i64>,
}

impl Index {
    fn add(&mut self, position: u64, head: &Head) {
        if self.entries.last().is_none_or(|last| position >= last.position + INDEX_STEP) {
            let max_timestamp = self.max_timestamp;
            self.entries.push(Entry { offset: head.base_offset, position, max_timestamp });
        }
        self.max_timestamp = self.max_timestamp.max(Some(head.max_timestamp));
    }
}

impl Segment {
    /// Makes an empty segment for records from offset `base` on.
    pub(crate) fn create(dir: &Path, base: i64) -> io::Result<Self> {
        let path = dir.join(file_name(base));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { base, path, file: Arc::new(file), size: 0, index: Some(Index::default()) })
    }

    /// Opens a segment of an earlier run, as it is.
    pub(crate) fn open(path: PathBuf, base: i64) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { base, path, file: Arc::new(file), size, index: None })
    }

    /// Cuts off what a crash left unfinished at the end: everything from the first batch on that is not intact.
    pub(crate) fn recover(&mut self) -> io::Result<()> {
        let (mut end, mut next, mut batch) = (0, self.base, Vec::new());
        for found in self.heads(0) {
            let (position, head) = found?;
            batch.resize(head.size, 0);
            self.file.read_exact_at(&mut batch, position)?;
            if head.base_offset < next || !head.is_intact(&batch) {
                break;
            }
            (end, next) = (position + head.size as u64, head.last_offset + 1);
        }
        if end < self.size {
            self.file.set_len(end)?;
            self.size = end;
        }
        Ok(())
    }

    /// Adds one batch at the end. When this fails, the segment is as it was.
    pub(crate) fn append(&mut self, batch: &[u8], head: &Head) -> io::Result<()> {
        self.file.write_all_at(batch, self.size)?;
        if let Some(index) = &mut self.index {
            index.add(self.size, head);
        }
        self.size += batch.len() as u64;
        Ok(())
    }

    /// Whole batches from the one on that holds `offset` or the next offset there is; at most `limit` bytes, but at
    /// least one batch when there is one.
    pub(crate) fn locate(&mut self, offset: i64, limit: u64) -> io::Result<Option<Extent>> {
        let entries = &self.index()?.entries;
        let from = entries.partition_point(|entry| entry.offset <= offset).saturating_sub(1);
        let from = entries.get(from).map_or(0, |entry| entry.position);
        for found in self.heads(from) {
            let (position, head) = found?;
            if head.last_offset >= offset {
                let length = (self.size - position).min(limit).max(head.size as u64);
                return Ok(Some(Extent { file: self.file.clone(), position, length }));
            }
        }
        Ok(None)
    }

    /// The first batch with a record of `timestamp` or later.
    pub(crate) fn locate_time(&mut self, timestamp: i64) -> io::Result<Option<Extent>> {
        let entries = &self.index()?.entries;
        let from = entries.partition_point(|entry| entry.max_timestamp < Some(timestamp)).saturating_sub(1);
        let from = entries.get(from).map_or(0, |entry| entry.position);
        for found in self.heads(from) {
            let (position, head) = found?;
            if head.max_timestamp >= timestamp {
                return Ok(Some(Extent { file: self.file.clone(), position, length: head.size as u64 }));
            }
        }
        Ok(None)
    }

    /// The newest timestamp of any record; `None` when there is no record.
    pub(crate) fn max_timestamp(&mut self) -> io::Result<Option<i64>> {
        Ok(self.index()?.max_timestamp)
    }

    /// Position and head of every batch from `position` on, up to the end or the first bytes that are no batch.
    pub(crate) fn heads(&self, position: u64) -> Heads<'_> {
        Heads { segment: self, position, chunk: Vec::new(), chunk_position: 0 }
    }

    /// Removes the file. Whoever reads it right now can finish.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }

    fn index(&mut self) -> io::Result<&Index> {
        let index = match self.index.take() {
            Some(index) => index,
            None => {
                let mut index = Index::default();
                for found in self.heads(0) {
                    let (position, head) = found?;
                    index.add(position, &head);
                }
                index
            }
        };
        Ok(self.index.insert(index))
    }
}

/// The name of the segment that begins at `base`, as Kafka names it.
pub(crate) fn file_name(base: i64) -> String {
    format!("{base:020}.log")
}

/// A piece of a segment that can be read without holding the partition.
pub(crate) struct Extent {
    file: Arc<File>,
    position: u64,
    length: u64,
}

impl Extent {
    /// Reads it; the last batch may be cut off.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, self.position)?;
        Ok(bytes)
    }
}

/// See [`Segment::heads`].
pub(crate) struct Heads<'a> {
    segment: &'a Segment,
    position: u64,
    chunk: Vec<u8>,
    chunk_position: u64,
}

impl Heads<'_> {
    fn next_head(&mut self) -> io::Result<Option<Head>> {
        if self.position + HEAD as u64 > self.segment.size {
            return Ok(None);
        }
        if self.position + HEAD as u64 > self.chunk_position + self.chunk.len() as u64 {
            let length = (self.segment.size - self.position).min(SCAN_CHUNK as u64);
            self.chunk.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
            self.segment.file.read_exact_at(&mut self.chunk, self.position)?;
            self.chunk_position = self.position;
        }
        let at = usize::try_from(self.position - self.chunk_position).map_err(io::Error::other)?;
        let head = self.chunk.get(at..).and_then(Head::parse);
        Ok(head.filter(|head| self.position + head.size as u64 <= self.segment.size))
    }
}

impl Iterator for Heads<'_> {
    type Item = io::Result<(u64, Head)>;

    fn next(&mut self) -> Option<Self::Item> {
        let head = match self.next_head().transpose()? {
            Ok(head) => head,
            Err(error) => return Some(Err(error)),
        };
        let position = self.position;
        self.position += head.size as u64;
        Some(Ok((position, head)))
    }
}
