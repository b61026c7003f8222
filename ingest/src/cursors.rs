//! How far each source has been read, in the compacted topic `hark.cursors`.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hark_bus::{BusError, CURSORS, Kafka, Outgoing, Producer, read_table};

use crate::source::Cursor;

/// The stored cursors of all sources.
pub(crate) struct Cursors {
    known: Mutex<HashMap<String, Cursor>>,
    producer: Producer,
}

impl Cursors {
    /// Reads what is stored.
    pub(crate) async fn load(kafka: &Kafka, producer: Producer) -> Result<Self, BusError> {
        let kafka = kafka.clone();
        let stored = tokio::task::spawn_blocking(move || read_table(&kafka, CURSORS));
        let stored = stored.await.expect("reading the cursors does not panic")?;
        let known = stored.into_iter().filter_map(|(key, value)| {
            let name = String::from_utf8(key).ok()?;
            match serde_json::from_slice(&value) {
                Ok(json) => Some((name, Cursor::from_json(json))),
                Err(error) => {
                    tracing::error!(source = name, %error, "stored cursor is not JSON; the source begins anew");
                    None
                }
            }
        });
        Ok(Self { known: Mutex::new(known.collect()), producer })
    }

    pub(crate) fn get(&self, source: &str) -> Option<Cursor> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    /// Stores a cursor and returns when Kafka has it.
    pub(crate) async fn store(&self, source: &str, cursor: Cursor) -> Result<(), BusError> {
        let payload = serde_json::to_vec(cursor.as_json()).expect("a cursor is JSON");
        let record = Outgoing { topic: CURSORS, key: source.into(), payload: Some(payload), headers: None };
        self.producer.publish([record]).await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned(), cursor);
        Ok(())
    }
}
