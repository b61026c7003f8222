//! The weights file.
//!
//! `HARKSENT`, format, step, bias, turn, the calibrations, the table's pairs of bytes, checksum. Numbers are little endian.

use std::{collections::BTreeMap, path::Path};

use super::{
    Layer, Model,
    calibration::{Calibration, Calibrations},
};
use crate::model::weights::{Reader, Table, WeightsError, checksum};

const MAGIC: &[u8; 8] = b"HARKSENT";
/// Changes whenever features or their hashes do: old weights would fit nothing.
const FORMAT: u32 = 2;
/// How a file with a layer starts: this, format, number of features, hash and two additions each, checksum.
const LAYER_MAGIC: &[u8; 8] = b"HARKLAYR";
/// The weights that Hark comes with.
const BUILT_IN: &[u8] = include_bytes!("../../models/sentiment.bin");

impl Model {
    /// The model that Hark comes with.
    pub fn built_in() -> Self {
        Self::from_bytes(BUILT_IN).expect("the built-in weights are of this version")
    }

    /// Reads a model from a file that [`Model::to_bytes`] filled.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] when it cannot be read, is damaged or is of another version.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        Self::from_bytes(&std::fs::read(path)?)
    }

    /// Reads a model from the content of its file.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] when it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let mut reader = Reader(bytes);
        if reader.take(8)? != MAGIC || reader.u32()? != FORMAT {
            return Err(WeightsError::Foreign);
        }
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(WeightsError::Damaged)?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(WeightsError::Damaged);
        }
        let (step, bias, turn) = (reader.f32()?, [reader.f32()?, reader.f32()?], reader.f32()?);
        let calibration = |reader: &mut Reader| {
            Ok::<_, WeightsError>(Calibration { sharpness: reader.f32()?, shift: [reader.f32()?, reader.f32()?] })
        };
        let common = calibration(&mut reader)?;
        let mut languages = BTreeMap::new();
        for _ in 0..reader.u32()? {
            let lang = reader.text()?.to_owned();
            languages.insert(lang, [calibration(&mut reader)?, calibration(&mut reader)?]);
        }
        let size = reader.u32()? as usize;
        let table = Table::from_bytes(reader.take(size)?, step)?;
        let version = format!("sentiment-{:08x}", checksum(&table.bytes()) >> 32);
        Ok(Self { table, bias, turn, calibrations: Calibrations { common, languages }, layer: None, version })
    }

    /// Fingerprint of the content of its file.
    pub fn digest(&self) -> u64 {
        checksum(&self.to_bytes())
    }

    /// The content of its file. A layer is not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let number = |bytes: &mut Vec<u8>, value: f32| bytes.extend(value.to_bits().to_le_bytes());
        let count = |bytes: &mut Vec<u8>, value: usize| {
            bytes.extend(u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
        };
        let calibration = |bytes: &mut Vec<u8>, calibration: &Calibration| {
            for value in [calibration.sharpness, calibration.shift[0], calibration.shift[1]] {
                number(bytes, value);
            }
        };
        bytes.extend(FORMAT.to_le_bytes());
        for value in [self.table.step, self.bias[0], self.bias[1], self.turn] {
            number(&mut bytes, value);
        }
        calibration(&mut bytes, &self.calibrations.common);
        count(&mut bytes, self.calibrations.languages.len());
        for (lang, own) in &self.calibrations.languages {
            count(&mut bytes, lang.len());
            bytes.extend(lang.as_bytes());
            own.iter().for_each(|kind| calibration(&mut bytes, kind));
        }
        let table = self.table.bytes();
        count(&mut bytes, table.len());
        bytes.extend(table);
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }
}

impl Layer {
    /// Reads a layer from what [`Layer::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] when it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let mut reader = Reader(bytes);
        if reader.take(8)? != LAYER_MAGIC || reader.u32()? != FORMAT {
            return Err(WeightsError::Foreign);
        }
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(WeightsError::Damaged)?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(WeightsError::Damaged);
        }
        let mut layer = Self::default();
        for _ in 0..reader.u32()? {
            layer.added.insert(reader.u32()?, [reader.f32()?, reader.f32()?]);
        }
        Ok(layer)
    }

    /// Reads a layer from a file that [`Layer::to_bytes`] filled.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] when it cannot be read, is damaged or is of another version.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        Self::from_bytes(&std::fs::read(path)?)
    }

    /// Fingerprint of the content of its file.
    pub fn digest(&self) -> u64 {
        checksum(&self.to_bytes())
    }

    /// The layer as a file keeps it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = LAYER_MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(u32::try_from(self.added.len()).unwrap_or(u32::MAX).to_le_bytes());
        let mut added: Vec<_> = self.added.iter().collect();
        added.sort_unstable_by_key(|(hash, _)| **hash);
        for (hash, [negative, positive]) in added {
            for value in [*hash, negative.to_bits(), positive.to_bits()] {
                bytes.extend(value.to_le_bytes());
            }
        }
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }
}
