//! The head of a record batch, as it stands on disk: just enough to find, check and count batches without opening them.
//!
//! Source: <https://kafka.apache.org/documentation/#recordbatch>, read 2026-11-22.

use crc_fast::{CrcAlgorithm::Crc32Iscsi, checksum};

/// Bytes of a batch before its first record.
pub(crate) const HEAD: usize = 61;
/// Bytes before the part that `batchLength` counts.
const LENGTH_END: usize = 12;
/// Where the part begins that the checksum covers.
const CRC_END: usize = 21;
/// The only format since Kafka 0.11.
const MAGIC: u8 = 2;

/// The head of one batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) base_offset: i64,
    pub(crate) last_offset: i64,
    /// Of the whole batch, in bytes.
    pub(crate) size: usize,
    /// Of the newest record, in milliseconds since 1970.
    pub(crate) max_timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
    pub(crate) last_sequence: i32,
    crc: u32,
}

impl Head {
    /// Reads the head at the beginning of `bytes`; `None` when these are not the beginning of a batch.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let base_offset = i64::from_be_bytes(field(bytes, 0)?);
        let length = usize::try_from(i32::from_be_bytes(field(bytes, 8)?)).ok()?;
        let last_delta = i32::from_be_bytes(field(bytes, 23)?);
        let base_sequence = i32::from_be_bytes(field(bytes, 53)?);
        let head = Self {
            base_offset,
            last_offset: base_offset.checked_add(i64::from(last_delta))?,
            size: LENGTH_END + length,
            max_timestamp: i64::from_be_bytes(field(bytes, 35)?),
            producer_id: i64::from_be_bytes(field(bytes, 43)?),
            producer_epoch: i16::from_be_bytes(field(bytes, 51)?),
            base_sequence,
            last_sequence: add_to_sequence(base_sequence, last_delta),
            crc: u32::from_be_bytes(field(bytes, 17)?),
        };
        let is_one = bytes.len() >= HEAD && bytes[16] == MAGIC && head.size >= HEAD && last_delta >= 0;
        is_one.then_some(head)
    }

    /// Whether `batch`, which begins with this head, is complete and unharmed.
    pub(crate) fn is_intact(&self, batch: &[u8]) -> bool {
        batch.len() == self.size
            && batch.get(CRC_END..).is_some_and(|covered| checksum(Crc32Iscsi, covered) == u64::from(self.crc))
    }

    /// Whether the producer numbers its batches, so that a repeated one can be told.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.producer_id >= 0 && self.base_sequence >= 0
    }
}

/// Sequence numbers begin again at 0 after the largest one.
pub(crate) fn add_to_sequence(sequence: i32, delta: i32) -> i32 {
    (sequence.wrapping_add(delta)) & i32::MAX
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
