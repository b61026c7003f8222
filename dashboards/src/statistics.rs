//! How sure a share is: intervals for proportions of a sample.

use serde::Serialize;
use utoipa::ToSchema;

/// Quantile of the normal distribution for a two-sided interval of 95%.
const Z: f64 = 1.959_963_984_540_054;

/// A share of mentions with its 95% interval (Wilson score).
///
/// The mentions are taken as a sample of all that is said in public; few mentions give a wide interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Share {
    /// How many mentions have the property.
    count: u64,
    /// Of how many.
    of: u64,
    /// `count / of`, 0 to 1.
    share: f64,
    /// Lower end of the interval, 0 to 1.
    low: f64,
    /// Upper end of the interval, 0 to 1.
    high: f64,
}

/// How a share differs from an earlier one, with its 95% interval (Newcombe's hybrid score, 1998, method 10).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ShareChange {
    /// The earlier share, 0 to 1.
    before: f64,
    /// New share less earlier share, -1 to 1.
    difference: f64,
    /// Lower end of the interval.
    low: f64,
    /// Upper end of the interval.
    high: f64,
    /// Whether the interval leaves out 0: the change is larger than chance would explain.
    clear: bool,
}

/// How a count differs from an earlier one of an equally long period, with its 95% interval.
///
/// The interval is that of the share of the later count in both (Wilson score), as if mentions came independently. They
/// often do not (one article is shared, one outage is reported by many), so it is a lower bound of the uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct CountChange {
    /// `now / before - 1`.
    relative: f64,
    /// Lower end of the interval.
    low: f64,
    /// Upper end of the interval.
    high: f64,
    /// Whether the interval leaves out 0: the change is larger than chance would explain.
    clear: bool,
}

#[expect(clippy::cast_precision_loss, reason = "counts of mentions are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

impl CountChange {
    /// How `now` differs from `before`; `None` when there was nothing before.
    pub(crate) fn new(now: u64, before: u64) -> Option<Self> {
        if before == 0 {
            return None;
        }
        let share = Share::new(now, now + before)?;
        // The share of the later count and the ratio of both say the same: r = s / (1 - s).
        let ratio = |share: f64| share / (1.0 - share) - 1.0;
        let (relative, low, high) = (float(now) / float(before) - 1.0, ratio(share.low), ratio(share.high));
        Some(Self { relative, low, high, clear: low > 0.0 || high < 0.0 })
    }
}

impl Share {
    /// `count` out of `of`; `None` when there is nothing to take a share of.
    pub(crate) fn new(count: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let (n, share) = (float(of), float(count) / float(of));
        let denominator = 1.0 + Z * Z / n;
        let centre = (share + Z * Z / (2.0 * n)) / denominator;
        let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / denominator;
        let low = if count == 0 { 0.0 } else { (centre - reach).max(0.0) };
        let high = if count == of { 1.0 } else { (centre + reach).min(1.0) };
        Some(Self { count, of, share, low, high })
    }

    /// How this share differs from `before`.
    pub(crate) fn change_since(&self, before: &Self) -> ShareChange {
        let difference = self.share - before.share;
        let low = difference - (self.share - self.low).hypot(before.high - before.share);
        let high = difference + (self.high - self.share).hypot(before.share - before.low);
        ShareChange { before: before.share, difference, low, high, clear: low > 0.0 || high < 0.0 }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn shares_have_the_published_intervals() {
        // Newcombe 1998 ("Interval estimation for the single proportion"), table I: 81 of 263 and 15 of 148.
        for (count, of, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            let share = Share::new(count, of).unwrap();
            assert!(close(share.low, low) && close(share.high, high), "{share:?}");
        }
        assert_eq!(Share::new(0, 0), None);
        assert_eq!(Share::new(5, 5).unwrap().high, 1.0);
    }

    #[test]
    fn counts_change_within_an_interval_that_narrows_with_their_size() {
        let few = CountChange::new(12, 8).unwrap();
        assert!(close(few.relative, 0.5) && !few.clear && few.low < 0.0 && few.high > 2.0, "{few:?}");
        let many = CountChange::new(1200, 800).unwrap();
        assert!(many.clear && many.low > 0.36 && many.high < 0.65, "{many:?}");
        assert_eq!(CountChange::new(5, 0), None);
        let gone = CountChange::new(0, 20).unwrap();
        assert!(close(gone.relative, -1.0) && close(gone.low, -1.0) && gone.clear, "{gone:?}");
    }

    #[test]
    fn changes_have_the_published_intervals() {
        // Newcombe 1998 ("Interval estimation for the difference"), table II, method 10: 56/70 less 48/80.
        let change = Share::new(56, 70).unwrap().change_since(&Share::new(48, 80).unwrap());
        assert!(close(change.low, 0.0524) && close(change.high, 0.3339), "{change:?}");
        assert!(change.clear);
        let same = Share::new(3, 9).unwrap().change_since(&Share::new(2, 8).unwrap());
        assert!(!same.clear, "{same:?}");
    }
}
