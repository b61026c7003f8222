#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, OpenOptions};
use std::io::Write;

use bytes::Bytes;
use tansu_sans_io::record::Record;
use tempfile::{TempDir, tempdir};

use super::*;

const KEEP: Policy = Policy { retention: None, retention_bytes: None, compact: false, keep_from: None };

/// A batch with one record for each of `keys`, all of the same time and size.
fn batch(keys: &[&str], time: i64, size: usize) -> inflated::Batch {
    let builder = inflated::Batch::builder().base_timestamp(time).max_timestamp(time);
    let records = keys.iter().enumerate().fold(builder, |builder, (delta, key)| {
        let record = Record::builder().offset_delta(i32::try_from(delta).unwrap());
        builder.record(record.key(Some(Bytes::from((*key).to_owned()))).value(Some(vec![0; size].into())))
    });
    records.last_offset_delta(i32::try_from(keys.len()).unwrap() - 1).build().unwrap()
}

fn append(log: &Log, batch: inflated::Batch) -> Result<i64, ErrorCode> {
    log.append(batch.try_into().unwrap(), now())
}

fn sent_by(producer_id: i64, base_sequence: i32) -> inflated::Batch {
    inflated::Batch { producer_id, producer_epoch: 0, base_sequence, ..batch(&["a", "b"], 1, 10) }
}

fn now() -> i64 {
    crate::topics::now()
}

fn log() -> (TempDir, Log) {
    let dir = tempdir().unwrap();
    let log = Log::open(dir.path().join("0")).unwrap();
    (dir, log)
}

/// Key and offset of everything from `offset` on, read in small pieces.
fn records(log: &Log, mut offset: i64) -> Vec<(i64, String)> {
    let mut records = Vec::new();
    loop {
        let batches = log.read(offset, 1).unwrap();
        let Some(batch) = batches.into_iter().next() else { return records };
        offset = batch.max_offset() + 1;
        let batch = inflated::Batch::try_from(batch).unwrap();
        for record in batch.records {
            let key = String::from_utf8(record.key.unwrap().to_vec()).unwrap();
            records.push((batch.base_offset + i64::from(record.offset_delta), key));
        }
    }
}

#[test]
fn a_batch_sent_again_is_stored_once_also_after_a_restart() {
    let (dir, log) = log();
    assert_eq!(Ok(0), append(&log, sent_by(7, 0)));
    assert_eq!(Ok(2), append(&log, sent_by(7, 2)));
    assert_eq!(Ok(0), append(&log, sent_by(7, 0)));
    drop(log);
    let log = Log::open(dir.path().join("0")).unwrap();
    assert_eq!(Ok(2), append(&log, sent_by(7, 2)));
    assert_eq!(Err(ErrorCode::OutOfOrderSequenceNumber), append(&log, sent_by(7, 6)));
    assert_eq!(Ok(4), append(&log, sent_by(7, 4)));
    assert_eq!(Ok(6), append(&log, sent_by(8, 100)), "an unknown producer may begin anywhere");
    assert_eq!((0, 8), log.offsets());
}

#[test]
fn a_producer_of_an_older_epoch_is_shut_out() {
    let (_dir, log) = log();
    append(&log, sent_by(7, 0)).unwrap();
    assert_eq!(Ok(2), append(&log, inflated::Batch { producer_epoch: 1, ..sent_by(7, 0) }));
    assert_eq!(Err(ErrorCode::InvalidProducerEpoch), append(&log, sent_by(7, 2)));
}

#[test]
fn sequence_numbers_begin_again_after_the_largest() {
    let (_dir, log) = log();
    append(&log, sent_by(7, i32::MAX - 1)).unwrap();
    assert_eq!(Ok(2), append(&log, sent_by(7, 0)));
}

#[test]
fn a_damaged_batch_is_refused() {
    let (_dir, log) = log();
    let mut damaged: deflated::Batch = batch(&["a"], 1, 10).try_into().unwrap();
    damaged.crc ^= 1;
    assert_eq!(Err(ErrorCode::CorruptMessage), log.append(damaged, now()));
    assert_eq!((0, 0), log.offsets());
}

#[test]
fn whatever_a_crash_left_at_the_end_is_cut_off() {
    let (dir, log) = log();
    for key in ["a", "b"] {
        append(&log, batch(&[key], 1, 1000)).unwrap();
    }
    drop(log);
    let file = dir.path().join("0").join(segment::file_name(0));
    let whole = fs::read(&file).unwrap();
    let mut altered = whole[whole.len() / 2..].to_vec();
    altered[500] ^= 1;
    let half = &whole[..whole.len() / 2 - 1];
    for rest in [&[0; 3][..], &[0; 5000], half, &altered] {
        OpenOptions::new().append(true).open(&file).unwrap().write_all(rest).unwrap();
        let log = Log::open(dir.path().join("0")).unwrap();
        assert_eq!((0, 2), log.offsets());
        assert_eq!(whole, fs::read(&file).unwrap());
    }
    let log = Log::open(dir.path().join("0")).unwrap();
    assert_eq!(Ok(2), append(&log, batch(&["c"], 1, 10)));
    assert_eq!(["a", "b", "c"].map(str::to_owned).to_vec(), keys(&log));
}

fn keys(log: &Log) -> Vec<String> {
    records(log, log.offsets().0).into_iter().map(|(_, key)| key).collect()
}

#[test]
fn every_offset_is_found_in_every_segment_also_after_a_restart() {
    let (dir, log) = log();
    let mut count = 0;
    while fs::read_dir(dir.path().join("0")).unwrap().count() < 3 {
        append(&log, batch(&["a", "b", "c"], i64::from(count), 300_000)).unwrap();
        count += 3;
    }
    for log in [log, Log::open(dir.path().join("0")).unwrap()] {
        assert_eq!((0, i64::from(count)), log.offsets());
        for offset in (0..i64::from(count)).step_by(7) {
            let batches = log.read(offset, 2_000_000).unwrap();
            assert!((batches[0].base_offset..=batches[0].max_offset()).contains(&offset), "offset {offset}");
            assert!(batches.len() <= 2, "the limit holds");
            assert_eq!(Some((offset / 3 * 3, offset / 3 * 3)), log.offset_of_time(offset / 3 * 3).unwrap());
        }
        assert!(log.read(i64::from(count), 100).unwrap().is_empty());
        assert_eq!(Err(ErrorCode::OffsetOutOfRange), log.read(i64::from(count) + 1, 100).map(drop));
    }
}

#[test]
fn retention_by_size_keeps_the_newest_segments() {
    let (dir, log) = log();
    for time in 0..150 {
        append(&log, batch(&["a"], time, 1_000_000)).unwrap();
    }
    log.maintain(Policy { retention_bytes: Some(40_000_000), ..KEEP }, now()).unwrap();
    let size: u64 = fs::read_dir(dir.path().join("0")).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum();
    assert!((40_000_000..110_000_000).contains(&size), "{size} bytes left");
    assert_eq!(150, log.offsets().1);
    assert!(log.offsets().0 > 0);
}

#[test]
fn retention_by_age_may_empty_a_log_but_offsets_go_on() {
    let (dir, log) = log();
    append(&log, batch(&["a"], now() - 10_000, 10)).unwrap();
    append(&log, batch(&["b"], now(), 10)).unwrap();
    let old = Policy { retention: Some(Duration::from_secs(5)), ..KEEP };
    log.maintain(old, now()).unwrap();
    assert_eq!((0, 2), log.offsets(), "the newest record keeps its segment");
    log.maintain(old, now() + 60_000).unwrap();
    assert_eq!((2, 2), log.offsets());
    drop(log);
    let log = Log::open(dir.path().join("0")).unwrap();
    assert_eq!(Ok(2), append(&log, batch(&["c"], now(), 10)));
    assert_eq!(vec![(2, "c".to_owned())], records(&log, 2));
}

#[test]
fn compaction_leaves_the_newest_of_each_key_at_its_offset() {
    let (dir, log) = log();
    for time in 0..100 {
        append(&log, batch(&["a", "b", "c"], time, 1000)).unwrap();
    }
    append(&log, batch(&["d", "a"], 100, 1000)).unwrap();
    let compact = Policy { compact: true, ..KEEP };
    log.maintain(compact, now()).unwrap();
    let newest = |keys: &[(i64, &str)]| -> Vec<_> { keys.iter().map(|(at, key)| (*at, (*key).to_owned())).collect() };
    let expected = newest(&[(298, "b"), (299, "c"), (300, "d"), (301, "a")]);
    assert_eq!(expected, records(&log, 0));
    append(&log, batch(&["b"], 101, 10)).unwrap();
    drop(log);
    let log = Log::open(dir.path().join("0")).unwrap();
    assert_eq!([expected, newest(&[(302, "b")])].concat(), records(&log, 0));
    log.maintain(compact, now()).unwrap();
    assert_eq!(newest(&[(299, "c"), (300, "d"), (301, "a"), (302, "b")]), records(&log, 0));
    assert_eq!(Ok(303), append(&log, batch(&["e"], 102, 10)));
}

#[test]
fn a_compaction_that_a_crash_cut_short_is_finished_at_the_next_start() {
    let (dir, log) = log();
    let dir = dir.path().join("0");
    append(&log, batch(&["a"], 1, 10)).unwrap();
    log.state().roll(&dir).unwrap();
    append(&log, batch(&["a"], 2, 10)).unwrap();
    log.state().roll(&dir).unwrap();
    append(&log, batch(&["b"], 3, 10)).unwrap();
    drop(log);
    // Complete and named, but nothing was replaced yet: what compacting the first two segments leaves is the second.
    fs::copy(dir.join(segment::file_name(1)), dir.join("0-1.compacted")).unwrap();
    let log = Log::open(dir.clone()).unwrap();
    assert_eq!(vec![(1, "a".to_owned()), (2, "b".to_owned())], records(&log, 0));
    assert_eq!(2, fs::read_dir(&dir).unwrap().count());
}
