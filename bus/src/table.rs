//! A compacted topic read as a table: the last value of each key.

use std::collections::{BTreeMap, HashMap};

use crate::{
    kafka::{BusError, Kafka},
    scan::scan,
};

/// Reads partition 0 of `topic` from its beginning to its present end. Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn read_table(kafka: &Kafka, topic: &str) -> Result<HashMap<Vec<u8>, Vec<u8>>, BusError> {
    let mut table = HashMap::new();
    scan(kafka, topic, &BTreeMap::from([(0, 0..i64::MAX)]), |record| {
        if record.payload.is_empty() {
            table.remove(record.key);
        } else {
            table.insert(record.key.to_vec(), record.payload.to_vec());
        }
    })?;
    Ok(table)
}
