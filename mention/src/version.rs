//! Which of two states of one mention counts: a single number that the database compares.
//!
//! ```text
//! 63                                20 19    18            0
//! | revision, milliseconds since 1970 | gone | left at zero |
//! ```
//! A deletion at a moment beats every revision up to that moment and loses against later ones,
//! in whichever order they arrive. The low bits leave room for newer labels of the same revision.

const LOW_BITS: u32 = 20;
const GONE: u64 = 1 << (LOW_BITS - 1);
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
}
