//! How far each source has been read, and what it has spent, in the compacted topic `hark.cursors`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use hark_bus::{BusError, CURSORS, Kafka, Outgoing, Producer, read_table};

use crate::{
    budget::{Budget, Spent, SpentStore},
    source::{Cursor, SourceError},
};

/// Before the name of a source whose spending a record holds: by its worker, and by reading its history.
const BUDGETS: [&str; 2] = ["budget:", "backfill-budget:"];

/// Before the name of a source whose history is being read.
pub(crate) const BACKFILL: &str = "backfill:";

/// The stored cursors of all sources.
pub(crate) struct Cursors {
    kafka: Kafka,
    known: Mutex<HashMap<String, Cursor>>,
    producer: Producer,
}

impl Cursors {
    /// Reads what is stored.
    pub(crate) async fn load(kafka: &Kafka, producer: Producer) -> Result<Self, BusError> {
        let cursors = Self { kafka: kafka.clone(), known: Mutex::default(), producer };
        cursors.reload().await?;
        Ok(cursors)
    }

    /// Reads anew what is stored: another worker may have read on.
    pub(crate) async fn reload(&self) -> Result<(), BusError> {
        let stored = self.stored().await?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = stored;
        Ok(())
    }

    async fn stored(&self) -> Result<HashMap<String, Cursor>, BusError> {
        let kafka = self.kafka.clone();
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
        Ok(known.collect())
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

    /// Forgets a cursor.
    pub(crate) async fn forget(&self, source: &str) -> Result<(), BusError> {
        let record = Outgoing { topic: CURSORS, key: source.into(), payload: None, headers: None };
        self.producer.publish([record]).await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(source);
        Ok(())
    }

    /// The budget of a source as it was last known; `history` for whoever reads its history.
    pub(crate) fn budget(self: &Arc<Self>, source: &str, history: bool) -> Budget {
        let keys = BUDGETS.map(|spender| format!("{spender}{source}"));
        let [worker, backfill] = keys;
        let (own, other) = if history { (backfill, worker) } else { (worker, backfill) };
        let spent = self.spent(&own);
        Budget::resumed(spent, Box::new(StoredBudget { cursors: Arc::clone(self), own, other }))
    }

    fn spent(&self, key: &str) -> Spent {
        self.get(key).and_then(|stored| stored.read::<Spent>().ok()).unwrap_or_default()
    }

    /// Stores what the worker of a source spent, for a stop in good order: then nothing that is left is lost.
    pub(crate) async fn store_budget(&self, source: &str, budget: &Budget) -> Result<(), BusError> {
        match budget.spent() {
            Some(spent) => self.store(&format!("{}{source}", BUDGETS[0]), Cursor::new(&spent)).await,
            None => Ok(()),
        }
    }
}

/// The marks of one spender of a source's budget.
struct StoredBudget {
    cursors: Arc<Cursors>,
    own: String,
    other: String,
}

#[async_trait]
impl SpentStore for StoredBudget {
    async fn store(&self, spent: Spent) -> Result<u64, SourceError> {
        self.cursors.store(&self.own, Cursor::new(&spent)).await.map_err(SourceError::later)?;
        let stored = self.cursors.stored().await.map_err(SourceError::later)?;
        let other = stored.get(&self.other).and_then(|stored| stored.read::<Spent>().ok()).unwrap_or_default();
        Ok(if other.until == spent.until { other.units } else { 0 })
    }
}
