//! What the dashboards keep for themselves: users, sessions, tokens, saved queries, rules, and what everybody did.
//!
//! It is in ClickHouse, so that any number of dashboards share it, but in a database of its own, `<database>_private`,
//! which no analyst may read. A record is JSON under a kind and a key, and the newest version of it counts.

use std::time::Duration;

use clickhouse::{Client, Row, error::Error as StoreError};
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::OnceCell;

/// Longest time that reading or writing a record may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Made when something is first written.
const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS records
    (
        kind       LowCardinality(String) COMMENT 'user, session, token, query, rules …',
        key        String                 COMMENT 'Name or hash that it is found by',
        value      String                 COMMENT 'JSON',
        version    UInt64                 COMMENT 'Microseconds since 1970; the newest counts',
        is_deleted UInt8                  COMMENT '1: it is gone'
    )
    ENGINE = ReplacingMergeTree(version, is_deleted)
    ORDER BY (kind, key)",
    "CREATE TABLE IF NOT EXISTS audit
    (
        at      DateTime64(3, 'UTC')   COMMENT 'When',
        who     String                 COMMENT 'User, or the name that was tried',
        action  LowCardinality(String) COMMENT 'signed_in, refused, user_added …',
        what    String                 COMMENT 'What it was done to',
        address String                 COMMENT 'Network address that it came from'
    )
    ENGINE = MergeTree
    ORDER BY at
    TTL toDateTime(at) + INTERVAL 2 YEAR",
];

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// The database cannot be reached or refuses.
    #[error("cannot reach what the dashboards keep in ClickHouse: {0}")]
    Database(#[from] StoreError),
    /// It took too long.
    #[error("ClickHouse did not answer within {} s", PATIENCE.as_secs())]
    Late,
    /// What is stored is not what this version writes.
    #[error("the record `{0}` cannot be read: {1}")]
    Unreadable(String, serde_json::Error),
}

/// The database of the dashboards' own.
#[derive(Clone)]
pub(crate) struct Store {
    client: Client,
    database: String,
    prepared: std::sync::Arc<OnceCell<()>>,
}

#[derive(Row, Serialize, Deserialize)]
struct Record {
    kind: String,
    key: String,
    value: String,
    version: u64,
    is_deleted: u8,
}

/// Kind of [`SavedQuery`].
pub(crate) const SAVED_QUERY: &str = "query";

/// A question in SQL that somebody keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedQuery {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) query: String,
    pub(crate) shared: bool,
    pub(crate) owner: String,
    /// Team of the owner, whose members alone see it when it is shared.
    pub(crate) team: Option<String>,
    pub(crate) changed_at: Timestamp,
}

/// The shared questions by name, for the command line: name, what it answers, SQL.
///
/// # Errors
///
/// [`PrivateError`] when the database cannot be used.
pub async fn shared_queries(writer: &hark_store::Access) -> Result<Vec<(String, String, String)>, PrivateError> {
    let kept = Store::new(writer).all::<SavedQuery>(SAVED_QUERY).await?;
    let shared = kept.into_iter().map(|(_, query)| query).filter(|query| query.shared);
    Ok(shared.map(|query| (query.name, query.description, query.query)).collect())
}

/// Something that somebody did.
#[derive(Clone, Debug, Row, Serialize, Deserialize)]
pub(crate) struct Deed {
    pub(crate) at_ms: i64,
    pub(crate) who: String,
    pub(crate) action: String,
    pub(crate) what: String,
    pub(crate) address: String,
}

#[derive(Row, Deserialize)]
struct Found {
    key: String,
    value: String,
}

impl Store {
    /// `writer` is the user that writes mentions: the analyst must not reach this.
    pub(crate) fn new(writer: &hark_store::Access) -> Self {
        let database = format!("{}_private", writer.database);
        Self { client: writer.client().with_database(&database), database, prepared: std::sync::Arc::default() }
    }

    /// The records of a kind, with their keys; none before anything was ever written.
    pub(crate) async fn all<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>, PrivateError> {
        let query = self.client.query("SELECT key, value FROM records FINAL WHERE kind = ? ORDER BY key").bind(kind);
        let rows = unless_absent(late(query.fetch_all::<Found>()).await)?;
        rows.into_iter().map(|Found { key, value }| read(key, &value)).collect()
    }

    /// Those of the records of a kind that have one of these keys.
    pub(crate) async fn some<T: DeserializeOwned>(
        &self,
        kind: &str,
        keys: &[String],
    ) -> Result<Vec<(String, T)>, PrivateError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let query = "SELECT key, value FROM records FINAL WHERE kind = {kind:String} AND key IN {keys:Array(String)}";
        let query = self.client.query(query).param("kind", kind).param("keys", keys);
        let rows = unless_absent(late(query.fetch_all::<Found>()).await)?;
        rows.into_iter().map(|Found { key, value }| read(key, &value)).collect()
    }

    /// One record.
    pub(crate) async fn get<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Result<Option<T>, PrivateError> {
        let query = self.client.query("SELECT key, value FROM records FINAL WHERE kind = ? AND key = ?");
        let row = unless_absent(late(query.bind(kind).bind(key).fetch_optional::<Found>()).await)?;
        row.map(|Found { key, value }| read(key, &value).map(|(_, value)| value)).transpose()
    }

    /// Writes a record, over the one with the same key.
    pub(crate) async fn put<T: Serialize>(&self, kind: &str, key: &str, value: &T) -> Result<(), PrivateError> {
        let value = serde_json::to_string(value).map_err(|error| PrivateError::Unreadable(key.to_owned(), error))?;
        self.write(kind, key, value, false).await
    }

    /// Takes a record away.
    pub(crate) async fn remove(&self, kind: &str, key: &str) -> Result<(), PrivateError> {
        self.write(kind, key, String::new(), true).await
    }

    async fn write(&self, kind: &str, key: &str, value: String, gone: bool) -> Result<(), PrivateError> {
        let record =
            Record { kind: kind.to_owned(), key: key.to_owned(), value, version: micros(), is_deleted: gone.into() };
        self.insert("records", &record).await
    }

    /// Notes what somebody did.
    pub(crate) async fn note(&self, deed: &Deed) -> Result<(), PrivateError> {
        #[derive(Row, Serialize)]
        struct Noted<'a> {
            at: i64,
            who: &'a str,
            action: &'a str,
            what: &'a str,
            address: &'a str,
        }
        let Deed { at_ms, who, action, what, address } = deed;
        self.prepare().await?;
        late(async {
            let mut insert = self.client.insert::<Noted<'_>>("audit").await?;
            insert.write(&Noted { at: *at_ms, who, action, what, address }).await?;
            insert.end().await
        })
        .await
    }

    /// What was done, the newest first.
    pub(crate) async fn deeds(&self, limit: u32) -> Result<Vec<Deed>, PrivateError> {
        let query = "SELECT toUnixTimestamp64Milli(at) AS at_ms, who, action, what, address FROM audit
            ORDER BY at DESC LIMIT ?";
        unless_absent(late(self.client.query(query).bind(limit).fetch_all::<Deed>()).await)
    }

    async fn insert(&self, table: &str, record: &Record) -> Result<(), PrivateError> {
        self.prepare().await?;
        late(async {
            let mut insert = self.client.insert::<Record>(table).await?;
            insert.write(record).await?;
            insert.end().await
        })
        .await
    }

    async fn prepare(&self) -> Result<(), PrivateError> {
        self.prepared
            .get_or_try_init(|| {
                late(async {
                    let create = format!("CREATE DATABASE IF NOT EXISTS `{}`", self.database);
                    self.client.clone().with_database("default").query(&create).execute().await?;
                    for table in TABLES {
                        self.client.query(table).execute().await?;
                    }
                    Ok(())
                })
            })
            .await
            .copied()
    }
}

/// Nothing, where nothing was ever written.
fn unless_absent<T: Default>(found: Result<T, PrivateError>) -> Result<T, PrivateError> {
    match found {
        Err(PrivateError::Database(StoreError::BadResponse(text)))
            if text.contains("UNKNOWN_TABLE") || text.contains("UNKNOWN_DATABASE") =>
        {
            Ok(T::default())
        }
        found => found,
    }
}

async fn late<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, PrivateError> {
    Ok(tokio::time::timeout(PATIENCE, work).await.map_err(|_| PrivateError::Late)??)
}

fn read<T: DeserializeOwned>(key: String, value: &str) -> Result<(String, T), PrivateError> {
    match serde_json::from_str(value) {
        Ok(value) => Ok((key, value)),
        Err(error) => Err(PrivateError::Unreadable(key, error)),
    }
}

/// Two writes of one process within a microsecond still have an order.
fn micros() -> u64 {
    static LAST: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let now = u64::try_from(Timestamp::now().as_millis()).unwrap_or_default() * 1000;
    let next = |last: u64| Some(now.max(last + 1));
    let last = LAST.fetch_update(std::sync::atomic::Ordering::Relaxed, std::sync::atomic::Ordering::Relaxed, next);
    last.map_or(now, |last| now.max(last + 1))
}
