//! Whether stated confidence can be trusted: of the answers with 0.8, four in five should be right.

/// Bins of the curve: confidence from 0 to 1 in equal steps.
const BINS: usize = 10;

/// The answers whose stated confidence lies in one tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// How many.
    pub rows: usize,
    /// How many of them are right.
    pub right: usize,
    /// Sum of the stated confidences.
    pub stated: f64,
}

/// The reliability curve of some answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    bins: [Bin; BINS],
}

impl Reliability {
    /// Counts an answer with its confidence, 0 to 1.
    pub fn add(&mut self, stated: f32, right: bool) {
        let bin = &mut self.bins[((stated * BINS as f32) as usize).min(BINS - 1)];
        bin.rows += 1;
        bin.right += usize::from(right);
        bin.stated += f64::from(stated);
    }

    /// Adds the answers of another curve.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            mine.rows += theirs.rows;
            mine.right += theirs.right;
            mine.stated += theirs.stated;
        }
    }

    /// The bins that hold answers, by confidence.
    pub fn bins(&self) -> impl Iterator<Item = &Bin> {
        self.bins.iter().filter(|bin| bin.rows > 0)
    }

    /// Expected calibration error, 0 to 1: how far stated confidence is from the share that is right, over all answers.
    pub fn error(&self) -> f64 {
        let rows: usize = self.bins.iter().map(|bin| bin.rows).sum();
        let off = |bin: &Bin| (bin.stated - bin.right as f64).abs();
        self.bins.iter().map(off).sum::<f64>() / rows.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_how_far_confidence_is_off() {
        let mut curve = Reliability::default();
        (0..10).for_each(|row| curve.add(0.8, row < 8));
        assert!(curve.error() < 1e-6);
        let mut sure = Reliability::default();
        (0..10).for_each(|row| sure.add(1.0, row < 5));
        assert!((sure.error() - 0.5).abs() < 1e-6);
        curve.join(&sure);
        assert!((curve.error() - 0.25).abs() < 1e-6);
        assert_eq!(curve.bins().count(), 2);
    }
}
