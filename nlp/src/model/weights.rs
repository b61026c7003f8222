//! The table of weights, and the file that it is kept in.

use thiserror::Error;

/// Weights of one feature: for negative and for positive, against neutral.
pub(crate) type Pair = [i8; 2];

/// The weights of all features, by the upper bits of their hash.
pub(crate) struct Table {
    pairs: Vec<Pair>,
    shift: u32,
    /// What a step of a stored weight is worth.
    pub(crate) step: f32,
}

/// A weights file that cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// It could not be read.
    #[error("cannot read the weights: {0}")]
    Read(#[from] std::io::Error),
    /// It is no weights file of this version.
    #[error("not a weights file that this version of hark reads; train it again with `hark train sentiment`")]
    Foreign,
    /// It is cut off or was changed.
    #[error("the weights file is damaged: its checksum does not fit")]
    Damaged,
}

impl Table {
    /// Stores `weights` (one pair a bucket, a power of two of them) in steps of one byte.
    pub(crate) fn quantise(weights: &[[f32; 2]]) -> Self {
        let mut sizes: Vec<f32> = weights.iter().flatten().map(|w| w.abs()).filter(|w| *w > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        // A few very large weights would make the steps of all others coarse.
        let most = sizes.get(sizes.len().saturating_sub(1 + sizes.len() / 5000)).copied().unwrap_or(1.0);
        let step = most / 127.0;
        let store = |w: f32| (w / step).round().clamp(-127.0, 127.0) as i8;
        let pairs: Vec<Pair> = weights.iter().map(|w| w.map(store)).collect();
        Self { shift: 32 - pairs.len().ilog2(), pairs, step }
    }

    /// Touches the weights of all `hashes`, so that they come from memory side by side and not one after the other.
    pub(crate) fn fetch(&self, hashes: &[u32]) {
        let touch = |touched, hash: &u32| touched ^ self.pairs[(hash >> self.shift) as usize][0];
        std::hint::black_box(hashes.iter().fold(0, touch));
    }

    /// The sum of the weights of `hashes`.
    #[inline]
    pub(crate) fn sum(&self, hashes: &[u32]) -> [i32; 2] {
        let mut sum = [0_i32; 2];
        for hash in hashes {
            let pair = self.pairs[(hash >> self.shift) as usize];
            sum[0] += i32::from(pair[0]);
            sum[1] += i32::from(pair[1]);
        }
        sum
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pairs.iter().flat_map(|pair| pair.map(|w| w.to_le_bytes()[0])).collect()
    }

    pub(crate) fn from_bytes(bytes: &[u8], step: f32) -> Result<Self, WeightsError> {
        let pairs: Vec<Pair> =
            bytes.as_chunks::<2>().0.iter().map(|pair| pair.map(|b| i8::from_le_bytes([b]))).collect();
        if !pairs.len().is_power_of_two() || !(2..=1 << 28).contains(&pairs.len()) {
            return Err(WeightsError::Damaged);
        }
        Ok(Self { shift: 32 - pairs.len().ilog2(), pairs, step })
    }
}

/// Reads values from a weights file, one after the other.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(WeightsError::Damaged)?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WeightsError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(crate) fn f32(&mut self) -> Result<f32, WeightsError> {
        self.u32().map(f32::from_bits)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, WeightsError> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| WeightsError::Damaged)
    }
}

/// FNV-1a of 64 bits: tells a damaged file, keeps nobody from making one.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
