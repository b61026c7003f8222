//! What each idempotent producer sent last to a partition, so that a batch sent again is stored once.

use std::collections::{HashMap, VecDeque};

use tansu_sans_io::ErrorCode;

use super::batch::{Head, add_to_sequence};

/// How many batches a producer may have in flight, and so how far back a repeated one can lie.
/// Source: <https://kafka.apache.org/documentation/#producerconfigs_max.in.flight.requests.per.connection>, read 2026-11-22.
const REMEMBERED_BATCHES: usize = 5;

/// The producers of one partition.
#[derive(Default)]
pub(crate) struct Producers(HashMap<i64, Producer>);

struct Producer {
    epoch: i16,
    /// Newest last.
    batches: VecDeque<Sent>,
    /// Milliseconds since 1970; when the last batch came, or was dated after a restart.
    last_heard: i64,
}

struct Sent {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
}

impl Producers {
    /// What to do with a batch: store it (`None`), or answer with where it was stored before.
    ///
    /// A producer that is not known may begin anywhere: its earlier records may have been removed.
    pub(crate) fn check(&self, head: &Head) -> Result<Option<i64>, ErrorCode> {
        let Some(producer) = self.0.get(&head.producer_id).filter(|_| head.is_idempotent()) else { return Ok(None) };
        if head.producer_epoch < producer.epoch {
            return Err(ErrorCode::InvalidProducerEpoch);
        }
        if head.producer_epoch > producer.epoch {
            return if head.base_sequence == 0 { Ok(None) } else { Err(ErrorCode::OutOfOrderSequenceNumber) };
        }
        let same = |sent: &&Sent| (sent.first_sequence, sent.last_sequence) == (head.base_sequence, head.last_sequence);
        if let Some(sent) = producer.batches.iter().find(same) {
            return Ok(Some(sent.base_offset));
        }
        match producer.batches.back() {
            Some(last) if head.base_sequence != add_to_sequence(last.last_sequence, 1) => {
                Err(ErrorCode::OutOfOrderSequenceNumber)
            }
            _ => Ok(None),
        }
    }

    /// Remembers a stored batch.
    pub(crate) fn record(&mut self, head: &Head, now: i64) {
        if !head.is_idempotent() {
            return;
        }
        let new = || Producer { epoch: head.producer_epoch, batches: VecDeque::new(), last_heard: now };
        let producer = self.0.entry(head.producer_id).or_insert_with(new);
        if producer.epoch != head.producer_epoch {
            *producer = new();
        }
        producer.last_heard = now;
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.batches.push_back(Sent {
            first_sequence: head.base_sequence,
            last_sequence: head.last_sequence,
            base_offset: head.base_offset,
        });
    }

    /// Forgets who was last heard of before `limit`, in milliseconds since 1970.
    pub(crate) fn forget_before(&mut self, limit: i64) {
        self.0.retain(|_, producer| producer.last_heard >= limit);
    }
}
