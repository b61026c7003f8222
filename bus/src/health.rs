//! How the sources are doing, from the compacted topic in which their workers tell it.

use hark_mention::SourceHealth;

use crate::{
    kafka::{BusError, Kafka},
    table::read_table,
    topics::HEALTH,
};

/// How each source was doing when its worker last told, by name; [`SourceHealth::state`] says what that means now.
/// Blocks while it reads.
///
/// # Errors
///
/// [`BusError`] when the broker cannot be reached or the topic cannot be read.
pub fn source_health(kafka: &Kafka) -> Result<Vec<SourceHealth>, BusError> {
    let table = read_table(kafka, HEALTH)?;
    let mut health: Vec<SourceHealth> =
        table.into_values().filter_map(|value| serde_json::from_slice(&value).ok()).collect();
    health.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(health)
}
