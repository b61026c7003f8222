//! The log of one partition: Kafka record batches in segment files.
//!
//! A batch is kept as the bytes in which the client sent it and handed out as the same bytes, so the cost of a record
//! is that of copying it, and compressed batches stay compressed. One rule: a batch is acknowledged after it was
//! written to the file, so it outlives the process; it reaches the disk within a second, so a power cut can take that.

mod batch;
mod compaction;
mod producers;
mod segment;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tansu_sans_io::ErrorCode;
use tansu_sans_io::record::{deflated, inflated};
use tracing::error;

use batch::Head;
use producers::Producers;
use segment::{Extent, Segment};

/// A segment is closed when the next batch would make it larger; retention removes whole segments.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// A producer that was silent for so long is forgotten. Source: `producer.id.expiration.ms`,
/// <https://kafka.apache.org/documentation/#brokerconfigs_producer.id.expiration.ms>, read 2026-11-22.
const PRODUCER_EXPIRATION: Duration = Duration::from_secs(24 * 60 * 60);

/// What is to be kept of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    /// `retention.ms`: longest age of the newest record in a segment; `None` keeps for ever.
    pub(crate) retention: Option<Duration>,
    /// `retention.bytes`: largest size of a partition, give or take a segment; `None` for any size.
    pub(crate) retention_bytes: Option<u64>,
    /// Whether only the newest record of each key is kept.
    pub(crate) compact: bool,
    /// Records from this offset on are kept, however old: they have not been read yet.
    pub(crate) keep_from: Option<i64>,
}

/// The log of one partition.
pub(crate) struct Log {
    dir: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// By offset; never empty, and only the last one grows.
    segments: Vec<Segment>,
    producers: Producers,
    /// The offset of the next record.
    end: i64,
    /// Up to here keys were compacted in this run.
    compacted: i64,
    /// Files with bytes that may not have reached the disk.
    unsynced: Vec<Arc<File>>,
}

impl Log {
    /// Opens the log in `dir`, or begins one there.
    pub(crate) fn open(dir: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        compaction::finish_interrupted(&dir)?;
        let mut segments = existing_segments(&dir)?;
        match segments.last_mut() {
            Some(last) => last.recover()?,
            None => segments.push(Segment::create(&dir, 0)?),
        }
        let (mut producers, mut end) = (Producers::default(), 0);
        // Whatever a producer may send again after a restart is among the newest batches.
        for segment in &segments[segments.len().saturating_sub(2)..] {
            end = end.max(segment.base);
            for found in segment.heads(0) {
                let (_, head) = found?;
                producers.record(&head, head.max_timestamp);
                end = head.last_offset + 1;
            }
        }
        let state = State { segments, producers, end, compacted: 0, unsynced: Vec::new() };
        Ok(Self { dir, state: Mutex::new(state) })
    }

    /// Stores a batch and says at which offset; a batch that was stored before is not stored again.
    pub(crate) fn append(&self, batch: deflated::Batch, now: i64) -> Result<i64, ErrorCode> {
        let records = batch.record_count;
        let mut bytes = Vec::from(Bytes::from(batch));
        let head = Head::parse(&bytes).filter(|head| head.is_intact(&bytes)).ok_or(ErrorCode::CorruptMessage)?;
        if head.last_offset - head.base_offset + 1 != i64::from(records) {
            return Err(ErrorCode::InvalidRecord);
        }
        let mut state = self.state();
        if let Some(base_offset) = state.producers.check(&head)? {
            return Ok(base_offset);
        }
        let base_offset = state.end;
        bytes[..8].copy_from_slice(&base_offset.to_be_bytes());
        let head = Head::parse(&bytes).ok_or(ErrorCode::CorruptMessage)?;
        state.write(&self.dir, &bytes, &head).map_err(|error| self.failed(&error))?;
        state.producers.record(&head, now);
        state.end = head.last_offset + 1;
        Ok(base_offset)
    }

    /// Batches from the one on that holds `offset`: at most `limit` bytes, but at least one batch when there is one.
    pub(crate) fn read(&self, offset: i64, limit: u64) -> Result<Vec<deflated::Batch>, ErrorCode> {
        let extent = {
            let mut state = self.state();
            if offset < state.start() || offset > state.end {
                return Err(ErrorCode::OffsetOutOfRange);
            }
            state.locate(offset, limit).map_err(|error| self.failed(&error))?
        };
        let Some(extent) = extent else { return Ok(Vec::new()) };
        let bytes = extent.read().map_err(|error| self.failed(&error))?;
        batches(bytes).map_err(|error| self.failed(&io::Error::other(error.to_string())))
    }

    /// The first offset there is, and the offset of the next record.
    pub(crate) fn offsets(&self) -> (i64, i64) {
        let state = self.state();
        (state.start(), state.end)
    }

    /// Offset and timestamp of the first record with this timestamp or a later one, in milliseconds since 1970.
    pub(crate) fn offset_of_time(&self, timestamp: i64) -> Result<Option<(i64, i64)>, ErrorCode> {
        let extent = self.state().locate_time(timestamp).map_err(|error| self.failed(&error))?;
        let Some(extent) = extent else { return Ok(None) };
        let bytes = extent.read().map_err(|error| self.failed(&error))?;
        let first = batches(bytes).and_then(|batches| {
            let batch = batches.into_iter().next().map(inflated::Batch::try_from).transpose()?;
            Ok(batch.and_then(|batch| {
                let times = batch.records.iter().map(|record| {
                    (batch.base_offset + i64::from(record.offset_delta), batch.base_timestamp + record.timestamp_delta)
                });
                times.into_iter().find(|(_, time)| *time >= timestamp)
            }))
        });
        first.map_err(|error| self.failed(&io::Error::other(error.to_string())))
    }

    /// Removes what `policy` does not keep. `now` is in milliseconds since 1970.
    pub(crate) fn maintain(&self, policy: Policy, now: i64) -> io::Result<()> {
        if policy.compact {
            compaction::compact(self)?;
        }
        let mut state = self.state();
        state.producers.forget_before(now - millis(PRODUCER_EXPIRATION));
        while let Some(expired) = state.take_expired(policy, now, &self.dir)? {
            expired.remove()?;
        }
        Ok(())
    }

    /// Returns when everything stored so far has reached the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let files = std::mem::take(&mut self.state().unsynced);
        files.iter().try_for_each(|file| file.sync_data())
    }

    /// A panic while the state was held cannot have left it half changed: the writes come last.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &io::Error) -> ErrorCode {
        error!(log = %self.dir.display(), %error, "cannot read or write kafka records");
        ErrorCode::KafkaStorageError
    }
}

impl State {
    fn start(&self) -> i64 {
        self.segments.first().map_or(self.end, |segment| segment.base)
    }

    fn write(&mut self, dir: &Path, batch: &[u8], head: &Head) -> io::Result<()> {
        if self.segments.last().is_none_or(|last| last.size > 0 && last.size + batch.len() as u64 > SEGMENT_BYTES) {
            self.roll(dir)?;
        }
        let Some(active) = self.segments.last_mut() else { return Err(io::Error::other("no segment")) };
        active.append(batch, head)?;
        if self.unsynced.last().is_none_or(|file| !Arc::ptr_eq(file, &active.file)) {
            self.unsynced.push(active.file.clone());
        }
        Ok(())
    }

    /// Closes the last segment and begins the next one.
    fn roll(&mut self, dir: &Path) -> io::Result<()> {
        self.segments.push(Segment::create(dir, self.end)?);
        Ok(())
    }

    fn locate(&mut self, offset: i64, limit: u64) -> io::Result<Option<Extent>> {
        let from = self.segments.partition_point(|segment| segment.base <= offset).saturating_sub(1);
        let mut found = self.segments[from..].iter_mut().map(|segment| segment.locate(offset, limit));
        found.find_map(Result::transpose).transpose()
    }

    fn locate_time(&mut self, timestamp: i64) -> io::Result<Option<Extent>> {
        for segment in &mut self.segments {
            if segment.max_timestamp()? >= Some(timestamp) {
                return segment.locate_time(timestamp);
            }
        }
        Ok(None)
    }

    /// Takes the oldest segment out if the policy does not keep it. The last one is first replaced by an empty one,
    /// so that offsets go on where they were.
    fn take_expired(&mut self, policy: Policy, now: i64, dir: &Path) -> io::Result<Option<Segment>> {
        let bytes: u64 = self.segments.iter().map(|segment| segment.size).sum();
        let end_of_oldest = self.segments.get(1).map_or(self.end, |next| next.base);
        if policy.keep_from.is_some_and(|offset| end_of_oldest > offset) {
            return Ok(None);
        }
        let Some(oldest) = self.segments.first_mut().filter(|oldest| oldest.size > 0) else { return Ok(None) };
        let age = oldest.max_timestamp()?.map(|newest| now.saturating_sub(newest));
        let too_old = policy.retention.is_some_and(|limit| age > Some(millis(limit)));
        let too_large = policy.retention_bytes.is_some_and(|limit| bytes - oldest.size >= limit && bytes > limit);
        if !too_old && !too_large {
            return Ok(None);
        }
        if self.segments.len() == 1 {
            self.roll(dir)?;
        }
        Ok(Some(self.segments.remove(0)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn existing_segments(dir: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(base) = name.and_then(|name| name.strip_suffix(".log")).and_then(|base| base.parse().ok()) {
            segments.push(Segment::open(path, base)?);
        }
    }
    segments.sort_by_key(|segment| segment.base);
    Ok(segments)
}

/// The whole batches at the beginning of `bytes`.
fn batches(bytes: Vec<u8>) -> tansu_sans_io::Result<Vec<deflated::Batch>> {
    let (mut rest, mut batches) = (Bytes::from(bytes), Vec::new());
    while let Some(head) = Head::parse(&rest).filter(|head| head.size <= rest.len()) {
        batches.push(deflated::Batch::try_from(rest.split_to(head.size))?);
    }
    Ok(batches)
}
