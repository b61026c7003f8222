//! The posts that were collected, to ask later which of them are gone.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Most posts that are asked for again; the oldest are forgotten.
pub(super) const MAX_IDS: usize = 20_000;

/// Ids of posts, the newest 20,000. Stored as differences in base 64, about eight letters each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ids(BTreeSet<u64>);

impl Ids {
    pub(super) fn insert(&mut self, id: u64) {
        self.0.insert(id);
        if self.0.len() > MAX_IDS {
            self.0.pop_first();
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.0.remove(&id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One id a line.
    pub(super) fn lines(&self) -> String {
        self.0.iter().map(|id| format!("{id}\n")).collect()
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut bytes, mut last) = (Vec::new(), 0);
        for id in &self.0 {
            let mut rest = id - last;
            last = *id;
            // LEB128: seven bits a byte, the lowest first.
            while rest >= 0x80 {
                bytes.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
        }
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD_NO_PAD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        let (mut ids, mut last, mut rest, mut shift) = (BTreeSet::new(), 0_u64, 0_u64, 0_u32);
        for byte in bytes {
            rest |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            shift += 7;
            if byte & 0x80 == 0 {
                last = last.wrapping_add(rest);
                ids.insert(last);
                (rest, shift) = (0, 0);
            }
        }
        Ok(Self(ids))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_newest_are_kept_and_stored_in_little_room() {
        let mut ids = Ids::default();
        let first = 2_070_000_000_000_000_000_u64;
        for number in 0..MAX_IDS as u64 + 10 {
            ids.insert(first + number * 30_000_000_000);
        }
        assert!(!ids.lines().contains(&first.to_string()));
        let stored = serde_json::to_string(&ids).unwrap();
        assert!(stored.len() < MAX_IDS * 8, "{}", stored.len());
        assert_eq!(serde_json::from_str::<Ids>(&stored).unwrap(), ids);
    }

    proptest::proptest! {
        #[test]
        fn what_is_stored_is_read_back(found: std::collections::BTreeSet<u64>) {
            let ids = Ids(found);
            let stored = serde_json::to_string(&ids).unwrap();
            proptest::prop_assert_eq!(serde_json::from_str::<Ids>(&stored).unwrap(), ids);
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = serde_json::from_str::<Ids>(&format!("\"{}\"", STANDARD_NO_PAD.encode(bytes)));
        }
    }
}
