//! Numbered migrations: forward only, each statement safe to run again.

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The migrations, in order. A number is never used again and a released file never changed.
const MIGRATIONS: [(u32, &str, &str); 1] = [(1, "mentions", include_str!("../schema/0001_mentions.sql"))];

#[derive(Row, Serialize, Deserialize)]
struct Applied {
    number: u32,
    name: String,
}

/// Makes the database and brings its tables up to date. Two processes may do so at once.
///
/// # Errors
///
/// [`Error::Store`] when the database cannot be reached or refuses.
pub async fn migrate(client: &Client, database: &str) -> Result<(), Error> {
    run(client.clone().with_database("default"), &format!("CREATE DATABASE IF NOT EXISTS `{database}`")).await?;
    run(
        client.clone(),
        "CREATE TABLE IF NOT EXISTS schema_migrations
            (number UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
            ENGINE = ReplacingMergeTree ORDER BY number",
    )
    .await?;
    let failed = |error| Error::Store { action: "list the migrations done".to_owned(), error };
    let done: Vec<u32> =
        client.query("SELECT DISTINCT number FROM schema_migrations").fetch_all().await.map_err(failed)?;
    for (number, name, sql) in MIGRATIONS {
        if done.contains(&number) {
            continue;
        }
        for statement in statements(sql) {
            run(client.clone(), &statement).await?;
        }
        note(client, Applied { number, name: name.to_owned() })
            .await
            .map_err(|error| Error::Store { action: format!("note that migration {number} is done"), error })?;
        tracing::info!(number, name, "migrated the schema");
    }
    Ok(())
}

async fn note(client: &Client, applied: Applied) -> clickhouse::error::Result<()> {
    let mut insert = client.insert::<Applied>("schema_migrations").await?;
    insert.write(&applied).await?;
    insert.end().await
}

async fn run(client: Client, statement: &str) -> Result<(), Error> {
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
            assert!(
                statements.iter().all(|text| text.starts_with("CREATE") || text.starts_with("ALTER")),
                "{statements:?}"
            );
        }
    }
}
