//! Keeps only the newest record of each key.
//!
//! All closed segments are read and what is left of them is written to one file, which then takes their place. One
//! rule: the file's name says what it replaces and it gets that name when it is complete, so that a replacement which
//! a crash cut short is finished at the next start.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bytes::Bytes;
use tansu_sans_io::record::{deflated, inflated};

use super::segment::{Extent, Segment, file_name};
use super::{Log, batches, existing_segments};

/// How much of a segment is read at once.
const READ_BYTES: u64 = 4 * 1024 * 1024;

/// Compacts a log once at least half of it is new since the last time.
///
/// Source: `min.cleanable.dirty.ratio`, <https://kafka.apache.org/documentation/#topicconfigs_min.cleanable.dirty.ratio>,
/// read 2026-11-22.
pub(super) fn compact(log: &Log) -> io::Result<()> {
    let Some(mut closed) = take_closed(log)? else { return Ok(()) };
    let (Some(first), Some(last)) = (closed.first().map(|it| it.base), closed.last().map(|it| it.base)) else {
        return Ok(());
    };
    let mut newest = HashMap::new();
    each_batch(&mut closed, |batch| {
        for record in &batch.records {
            if let Some(key) = &record.key {
                newest.insert(key.clone(), batch.base_offset + i64::from(record.offset_delta));
            }
        }
        Ok(())
    })?;
    let unfinished = log.dir.join("compacting");
    let mut kept = BufWriter::new(File::create(&unfinished)?);
    each_batch(&mut closed, |mut batch| {
        let offset = |delta: i32| batch.base_offset + i64::from(delta);
        let is_newest = |key: &Bytes, delta| newest.get(key) == Some(&offset(delta));
        let keep = |record: &_| -> bool {
            let record: &tansu_sans_io::record::Record = record;
            record.key.as_ref().is_none_or(|key| is_newest(key, record.offset_delta))
        };
        let records: Vec<_> = std::mem::take(&mut batch.records).into_iter().filter(keep).collect();
        if !records.is_empty() {
            let batch = deflated::Batch::try_from(inflated::Batch { records, ..batch }).map_err(io::Error::other)?;
            kept.write_all(&Bytes::from(batch))?;
        }
        Ok(())
    })?;
    kept.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;

    let mut state = log.state();
    fs::rename(&unfinished, log.dir.join(format!("{first}-{last}.compacted")))?;
    finish_interrupted(&log.dir)?;
    let still_open = state.segments.split_off(closed.len());
    state.segments = vec![Segment::open(log.dir.join(file_name(first)), first)?];
    state.segments.extend(still_open);
    state.compacted = state.segments.get(1).map_or(first, |next| next.base);
    Ok(())
}

/// Puts a complete compacted file in the place of the segments it was made of.
pub(super) fn finish_interrupted(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Some((first, last)) = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".compacted")?.split_once('-'))
            .and_then(|(first, last)| Some((first.parse::<i64>().ok()?, last.parse::<i64>().ok()?)))
        else {
            continue;
        };
        for replaced in existing_segments(dir)?.into_iter().filter(|it| it.base > first && it.base <= last) {
            replaced.remove()?;
        }
        fs::rename(&path, dir.join(file_name(first)))?;
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Closes the growing segment and gives all closed ones, if enough in them is new.
fn take_closed(log: &Log) -> io::Result<Option<Vec<Segment>>> {
    let mut state = log.state();
    let size = |new: bool| -> u64 {
        let segments = state.segments.iter().filter(|segment| (segment.base >= state.compacted) == new);
        segments.map(|segment| segment.size).sum()
    };
    if size(true) == 0 || size(true) < size(false) {
        return Ok(None);
    }
    if state.segments.last().is_some_and(|last| last.size > 0) {
        state.roll(&log.dir)?;
    }
    let closed = &state.segments[..state.segments.len() - 1];
    closed.iter().map(|segment| Segment::open(segment.path.clone(), segment.base)).collect::<io::Result<_>>().map(Some)
}

fn each_batch(segments: &mut [Segment], mut visit: impl FnMut(inflated::Batch) -> io::Result<()>) -> io::Result<()> {
    for segment in segments {
        let mut next = segment.base;
        while let Some(extent) = segment.locate(next, READ_BYTES)? {
            for batch in read(&extent)? {
                next = batch.max_offset() + 1;
                visit(inflated::Batch::try_from(batch).map_err(io::Error::other)?)?;
            }
        }
    }
    Ok(())
}

fn read(extent: &Extent) -> io::Result<Vec<deflated::Batch>> {
    batches(extent.read()?).map_err(io::Error::other)
}
