//! Numbered migrations: forward only, each statement safe to run again.

use std::time::Duration;

use clickhouse::{Client, Row, error::Error as StoreError};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The migrations, in order. A number is never used again and a released file never changed.
const MIGRATIONS: [(u32, &str, &str); 14] = [
    (1, "mentions", include_str!("../schema/0001_mentions.sql")),
    (2, "ledger", include_str!("../schema/0002_ledger.sql")),
    (3, "stories", include_str!("../schema/0003_stories.sql")),
    (4, "retention", include_str!("../schema/0004_retention.sql")),
    (5, "corrections", include_str!("../schema/0005_corrections.sql")),
    (6, "erasures", include_str!("../schema/0006_erasures.sql")),
    (7, "relabels", include_str!("../schema/0007_relabels.sql")),
    (8, "merges", include_str!("../schema/0008_merges.sql")),
    (9, "searches", include_str!("../schema/0009_searches.sql")),
    (10, "views", include_str!("../schema/0010_views.sql")),
    (11, "alerts", include_str!("../schema/0011_alerts.sql")),
    (12, "time_order", include_str!("../schema/0012_time_order.sql")),
    // A migration of its own: the one before can then be run again until it is noted.
    (13, "old_rows", include_str!("../schema/0013_old_rows.sql")),
    (14, "small_buffers", include_str!("../schema/0014_small_buffers.sql")),
];

/// How often a migration is tried, and the wait before the next time: another process may be in the midst of it.
const TRIES: (u32, Duration) = (5, Duration::from_millis(300));

/// A numbered change of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order.
    pub number: u32,
    /// What it is about.
    pub name: &'static str,
    /// The SQL, statement by statement.
    pub statements: Vec<String>,
}

#[derive(Row, Serialize, Deserialize)]
struct Applied {
    number: u32,
    name: String,
}

/// The migrations that the database still needs, in order. Changes nothing, and the database need not exist.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn pending(client: &Client) -> Result<Vec<Migration>, Error> {
    let done = match client.query("SELECT DISTINCT number FROM schema_migrations").fetch_all::<u32>().await {
        Ok(done) => done,
        Err(StoreError::BadResponse(text)) if text.contains("UNKNOWN_TABLE") || text.contains("UNKNOWN_DATABASE") => {
            Vec::new()
        }
        Err(error) => return Err(Error::Store { action: "list the migrations done".to_owned(), error }),
    };
    if let Some(newer) = done.iter().find(|number| MIGRATIONS.iter().all(|(known, ..)| known != *number)) {
        tracing::warn!(number = newer, "a newer version of hark has migrated this database; upgrade this one");
    }
    let needed = MIGRATIONS.into_iter().filter(|(number, ..)| !done.contains(number));
    Ok(needed.map(|(number, name, sql)| Migration { number, name, statements: statements(sql) }).collect())
}

/// Makes the database and brings its tables up to date; gives what was done. Two processes may do so at once.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn migrate(client: &Client, database: &str) -> Result<Vec<Migration>, Error> {
    run(client.clone().with_database("default"), &format!("CREATE DATABASE IF NOT EXISTS `{database}`")).await?;
    run(
        client.clone(),
        "CREATE TABLE IF NOT EXISTS schema_migrations
            (number UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
            ENGINE = ReplacingMergeTree ORDER BY number",
    )
    .await?;
    let migrations = pending(client).await?;
    for migration in &migrations {
        // Another process may have come this far meanwhile; its tables must not be set back.
        if pending(client).await?.contains(migration) {
            apply(client, migration).await?;
        }
    }
    Ok(migrations)
}

/// Runs one migration, again if something comes between: each statement may be run twice.
async fn apply(client: &Client, migration: &Migration) -> Result<(), Error> {
    let Migration { number, name, .. } = migration;
    let (mut left, wait) = TRIES;
    while let Err(error) = run_all(client, migration).await {
        left -= 1;
        if left == 0 || !matches!(error, Error::Store { error: StoreError::BadResponse(_), .. }) {
            return Err(error);
        }
        tracing::debug!(number, %error, "a migration did not run through, trying again");
        tokio::time::sleep(wait).await;
        if !pending(client).await?.contains(migration) {
            return Ok(());
        }
    }
    note(client, Applied { number: *number, name: (*name).to_owned() })
        .await
        .map_err(|error| Error::Store { action: format!("note that migration {number} is done"), error })?;
    tracing::info!(number, name, "migrated the schema");
    Ok(())
}

async fn run_all(client: &Client, migration: &Migration) -> Result<(), Error> {
    for statement in &migration.statements {
        run(client.clone(), statement).await?;
    }
    Ok(())
}

async fn note(client: &Client, applied: Applied) -> clickhouse::error::Result<()> {
    let mut insert = client.insert::<Applied>("schema_migrations").await?;
    insert.write(&applied).await?;
    insert.end().await
}

pub(crate) async fn run(client: Client, statement: &str) -> Result<(), Error> {
    // A question mark in a statement would be taken for a place to fill in.
    client.query(&statement.replace('?', "??")).execute().await.map_err(|error| Error::Store {
        action: format!("run `{}`", statement.lines().next().unwrap_or_default()),
        error,
    })
}

/// The statements of a file: each ends with a semicolon at the end of a line. Comment lines are left out.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let statements = code.join("\n");
    statements
        .split(";\n")
        .map(|text| text.trim().trim_end_matches(';').to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_up_and_every_file_has_statements() {
        assert!(MIGRATIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (number, _, sql) in MIGRATIONS {
            let statements = statements(sql);
            assert!(!statements.is_empty(), "{number}");
            let known = |text: &String| ["CREATE", "ALTER", "INSERT", "DROP"].iter().any(|verb| text.starts_with(verb));
            assert!(statements.iter().all(known), "{statements:?}");
        }
    }
}
