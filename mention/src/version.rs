//! Which of two states of one mention counts: a single number that the database compares.
//!
//! ```text
//! 63                                20 19    18            0
//! | revision, milliseconds since 1970 | gone | labels       |
//! ```
//! A deletion at a moment beats every revision up to that moment and loses against later ones,
//! in whichever order they arrive. The low bits count how often a revision was labelled again: 0 as it came from the stream,
//! so that newer labels beat older ones and lose against every edit and deletion.

const LOW_BITS: u32 = 20;
const GONE: u64 = 1 << (LOW_BITS - 1);
/// The bits that count labels; all set, they count no further.
const LABELS: u64 = GONE - 1;
/// The last revision that fits: some time in the year 2527.
const MAX_REVISION: u64 = u64::MAX >> LOW_BITS;

/// The version of a row: grows with the mention's `revision`.
pub fn row_version(revision: u64) -> u64 {
    revision.min(MAX_REVISION) << LOW_BITS
}

/// The version of a deletion: above every revision up to `at_millis`, below every later one.
pub fn deletion_version(at_millis: u64) -> u64 {
    row_version(at_millis) | GONE
}

/// The version of what is never to come back, whatever is said of it later: above all others.
pub fn erased_version() -> u64 {
    deletion_version(u64::MAX)
}

/// The version of a row with newer labels than the row with `version`: above it, and below each edit and deletion.
pub fn relabelled_version(version: u64) -> u64 {
    if version & LABELS == LABELS { version } else { version + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_beats_what_came_before_it_and_nothing_later() {
        let at = 1_795_000_000_000;
        assert!(deletion_version(at) > row_version(0));
        assert!(deletion_version(at) > row_version(at));
        assert!(deletion_version(at) < row_version(at + 1));
        assert!(row_version(u64::MAX) >= row_version(at + 1));
    }

    #[test]
    fn newer_labels_win_and_lose_against_edits_and_deletions() {
        let mut version = row_version(7);
        for _ in 0..600_000 {
            let newer = relabelled_version(version);
            assert!(newer >= version && newer < deletion_version(7) && newer < row_version(8));
            version = newer;
        }
        assert!(relabelled_version(row_version(7)) > row_version(7));
    }
}
