//! How many items a stage has read, and what became of each: kept, dropped with a reason, or rejected with a reason.

use std::sync::atomic::{AtomicU64, Ordering};

use hark_mention::{DropReason, Fallback, PersonalData, RejectReason};

/// Counters of one stage of this process. What was read is always the sum of the other three.
#[derive(Debug, Default)]
pub struct Counts {
    kept: AtomicU64,
    dropped: [AtomicU64; DropReason::ALL.len()],
    rejected: [AtomicU64; RejectReason::ALL.len()],
    masked: [AtomicU64; PersonalData::ALL.len()],
    fallbacks: [AtomicU64; Fallback::ALL.len()],
}

/// [`Counts`] at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Items passed on.
    pub kept: u64,
    /// Items left out on purpose, by reason; every reason is listed.
    pub dropped: Vec<(DropReason, u64)>,
    /// Items that went to the dead letters, by reason; every reason is listed.
    pub rejected: Vec<(RejectReason, u64)>,
    /// Personal data that was masked in the items, by kind; every kind is listed.
    pub masked: Vec<(PersonalData, u64)>,
    /// Items passed on with the built-in model's tone instead of the heavier model's, by reason; every reason is listed.
    pub fallbacks: Vec<(Fallback, u64)>,
}

impl Counts {
    /// Adds items that were passed on.
    pub fn keep(&self, items: u64) {
        self.kept.fetch_add(items, Ordering::Relaxed);
    }

    /// Adds an item that was left out on purpose.
    pub fn drop_one(&self, reason: DropReason) {
        self.dropped[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Adds an item that went to the dead letters.
    pub fn reject_one(&self, reason: RejectReason) {
        self.rejected[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Adds personal data that was masked.
    pub fn mask(&self, kind: PersonalData, times: u64) {
        self.masked[kind as usize].fetch_add(times, Ordering::Relaxed);
    }

    /// Adds an item that kept the built-in model's tone.
    pub fn fall_back_one(&self, reason: Fallback) {
        self.fallbacks[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot {
            kept: load(&self.kept),
            dropped: DropReason::ALL.into_iter().zip(self.dropped.iter().map(load)).collect(),
            rejected: RejectReason::ALL.into_iter().zip(self.rejected.iter().map(load)).collect(),
            masked: PersonalData::ALL.into_iter().zip(self.masked.iter().map(load)).collect(),
            fallbacks: Fallback::ALL.into_iter().zip(self.fallbacks.iter().map(load)).collect(),
        }
    }
}

impl Snapshot {
    /// Items read: kept, dropped and rejected together.
    pub fn read(&self) -> u64 {
        self.kept + self.num_dropped() + self.num_rejected()
    }

    /// Items left out on purpose.
    pub fn num_dropped(&self) -> u64 {
        self.dropped.iter().map(|(_, items)| items).sum()
    }

    /// Personal data that was masked, of all kinds together.
    pub fn num_masked(&self) -> u64 {
        self.masked.iter().map(|(_, times)| times).sum()
    }

    /// Items that kept the built-in model's tone.
    pub fn num_fallbacks(&self) -> u64 {
        self.fallbacks.iter().map(|(_, items)| items).sum()
    }

    /// Items that went to the dead letters.
    pub fn num_rejected(&self) -> u64 {
        self.rejected.iter().map(|(_, items)| items).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_the_sum_of_its_fates() {
        let counts = Counts::default();
        counts.keep(5);
        counts.drop_one(DropReason::Empty);
        counts.reject_one(RejectReason::StoreRefused);
        let snapshot = counts.snapshot();
        assert_eq!(snapshot.read(), 7);
        assert!(snapshot.dropped.contains(&(DropReason::Empty, 1)));
        assert!(snapshot.rejected.contains(&(RejectReason::StoreRefused, 1)));
        assert_eq!(snapshot.rejected.len(), RejectReason::ALL.len());
    }
}
