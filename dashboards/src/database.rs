//! Asking ClickHouse, as the read-only user, within a time limit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clickhouse::{
    RowOwned, RowRead,
    error::Error,
    query::{BytesCursor, Query},
};

use crate::problem::Problem;

/// The stored mentions.
#[derive(Clone)]
pub(crate) struct Database {
    client: clickhouse::Client,
    address: String,
    timeout: Duration,
    /// Whether the last query found it away; so that the log tells of each change once.
    was_away: Arc<AtomicBool>,
}

impl Database {
    pub(crate) fn new(access: &hark_store::Access) -> Self {
        Self { client: access.client(), address: access.url.clone(), timeout: access.timeout, was_away: Arc::default() }
    }

    /// A query whose parameters are still to be bound.
    pub(crate) fn query(&self, sql: &str) -> Query {
        self.client.query(sql)
    }

    /// The answer of a query in a format of the database, piece by piece.
    pub(crate) fn bytes(&self, query: Query, format: &str) -> Result<BytesCursor, Problem> {
        query.fetch_bytes(format).map_err(|error| self.problem(&error))
    }

    /// All rows that a query gives.
    pub(crate) async fn rows<R: RowOwned + RowRead>(&self, query: Query) -> Result<Vec<R>, Problem> {
        match tokio::time::timeout(self.timeout, query.fetch_all()).await {
            Ok(Ok(rows)) => {
                if self.was_away.swap(false, Ordering::Relaxed) {
                    tracing::info!(address = %self.address, "the database is back");
                }
                Ok(rows)
            }
            Ok(Err(error)) => Err(self.problem(&error)),
            Err(_) => Err(self.away(&format!("did not answer within {} s", self.timeout.as_secs()))),
        }
    }

    /// The one row that a query gives.
    pub(crate) async fn row<R: RowOwned + RowRead>(&self, query: Query) -> Result<R, Problem> {
        self.rows(query).await?.pop().ok_or_else(|| self.problem(&Error::RowNotFound))
    }

    fn problem(&self, error: &Error) -> Problem {
        match error {
            Error::Network(_) | Error::TimedOut => self.away(&error.to_string()),
            // Before `hark migrate` has run, there is no table or even no database.
            Error::BadResponse(text) if text.contains("UNKNOWN_TABLE") || text.contains("UNKNOWN_DATABASE") => {
                Problem::unavailable(
                    "the database has no tables yet; `hark up`, `hark sink` or `hark migrate` makes them",
                )
            }
            Error::BadResponse(text) if text.contains("AUTHENTICATION_FAILED") => {
                self.away("refuses the read-only user; see `[clickhouse] analyst_user` and `analyst_password`")
            }
            _ => failed(error),
        }
    }

    fn away(&self, reason: &str) -> Problem {
        if !self.was_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(address = %self.address, reason, "the database is away");
        }
        Problem::unavailable(format!("ClickHouse at {} {reason}", self.address))
    }
}

/// A query that the database did not answer, though it is there.
pub(crate) fn failed(error: &Error) -> Problem {
    tracing::error!(%error, "a dashboard query failed");
    Problem::query_failed()
}
