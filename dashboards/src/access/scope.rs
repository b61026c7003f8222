//! A team's view of the data: a database of views that hold its brands only, and a user who can read nothing else.
//!
//! The views have the names of those that everyone else reads, so the same questions run on both. The engine, not this
//! program, keeps a team's SQL inside: the embedded one lets the user `reader_of_<database>` read that database alone, and a
//! server is told so with `GRANT`. Both take as its password a keyed hash of its name under the writer's password.

use clickhouse::{Client, Row, error::Error as StoreError};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::{TeamConfig, secrets};
use crate::{database::Database, problem::Problem};

/// What a team's user may use on a server; the embedded engine has limits of its own.
const LIMITS: &str = "readonly = 1, max_execution_time = 60, max_memory_usage = 2000000000, \
    max_result_rows = 1000000, cancel_http_readonly_queries_on_client_close = 1";

/// People who see the mentions of some brands only.
pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) brands: Vec<String>,
    /// The user that makes the views; `None` where the dashboards may not write.
    writer: Option<hark_store::Access>,
    ready: OnceCell<(Database, hark_store::Access)>,
}

#[derive(Row, Deserialize)]
struct View {
    name: String,
    create_table_query: String,
}

impl Team {
    pub(crate) fn new(config: &TeamConfig, writer: Option<&hark_store::Access>) -> Self {
        let (name, brands) = (config.name.clone(), config.brands.clone());
        Self { name, brands, writer: writer.cloned(), ready: OnceCell::new() }
    }

    /// The team's database, as its own user. The first call after each start makes the views.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the database is away, or the writer may not make views and users.
    pub(crate) async fn database(&self) -> Result<(Database, hark_store::Access), Problem> {
        let made = self.ready.get_or_try_init(|| async {
            let Some(writer) = &self.writer else {
                return Err(Problem::unavailable("teams need a `[clickhouse] user` that writes"));
            };
            if writer.password.is_empty() {
                return Err(Problem::unavailable(
                    "teams need a password for `[clickhouse] user`: theirs follow from it",
                ));
            }
            let reader = self.reader(writer);
            self.prepare(writer, &reader).await.map_err(|error| match error {
                StoreError::Network(_) | StoreError::TimedOut => Problem::unavailable(error.to_string()),
                _ => {
                    tracing::error!(team = self.name, %error, "cannot make the views of a team");
                    Problem::query_failed()
                }
            })?;
            Ok((Database::new(&reader), reader))
        });
        made.await.cloned()
    }

    /// The team's database is called after a hash of its name, which may hold any character.
    fn reader(&self, writer: &hark_store::Access) -> hark_store::Access {
        let hash: String = secrets::digest(&self.name).chars().take(12).collect();
        let database = format!("{}_team_{hash}", writer.database);
        let user = format!("reader_of_{database}");
        let password = secrets::keyed(&writer.password, &user);
        hark_store::Access { database, user, password, ..writer.clone() }
    }

    async fn prepare(&self, writer: &hark_store::Access, reader: &hark_store::Access) -> Result<(), StoreError> {
        let (client, main, team) = (writer.client(), &writer.database, &reader.database);
        run(&client, &format!("CREATE DATABASE IF NOT EXISTS `{team}`")).await?;
        let brands = client
            .query(&format!(
                "CREATE OR REPLACE VIEW `{team}`.mentions DEFINER = CURRENT_USER SQL SECURITY DEFINER
                 AS SELECT * FROM `{main}`.mentions WHERE hasAny(brands, ?)"
            ))
            .bind(&self.brands);
        brands.execute().await?;
        // What found nothing in a team's mentions shows nothing; hashes of ids tell nothing by themselves.
        let of_mentions = format!("mention_id IN (SELECT id FROM `{team}`.mentions)");
        let parts = [("corrections", of_mentions.as_str()), ("search_keys", "1")];
        let known = "SELECT name FROM system.tables WHERE database = ?";
        let known = client.query(known).bind(main).fetch_all::<String>().await?;
        for (table, which) in parts.into_iter().filter(|(table, _)| known.iter().any(|name| name == table)) {
            let view = format!(
                "CREATE OR REPLACE VIEW `{team}`.{table} DEFINER = CURRENT_USER SQL SECURITY DEFINER
                 AS SELECT * FROM `{main}`.{table} WHERE {which}"
            );
            run(&client, &view).await?;
        }
        // The other views are made of `mentions` alone: the same text over the team's.
        let views = "SELECT name, create_table_query FROM system.tables
            WHERE database = ? AND engine = 'View' AND name NOT IN ('mentions', 'corrections_in_force')
                AND position(create_table_query, concat('FROM ', database, '.mentions')) > 0";
        for View { name, create_table_query } in client.query(views).bind(main).fetch_all::<View>().await? {
            let text = create_table_query
                .replacen(&format!("CREATE VIEW {main}.{name}"), &format!("CREATE OR REPLACE VIEW {team}.{name}"), 1)
                .replacen(") AS SELECT", ") DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT", 1)
                .replacen(") AS WITH", ") DEFINER = CURRENT_USER SQL SECURITY DEFINER AS WITH", 1)
                .replace(&format!("FROM {main}.mentions"), &format!("FROM {team}.mentions"));
            run(&client, &text).await?;
        }
        match reader.client().query("SELECT 1").fetch_one::<u8>().await {
            Ok(_) => Ok(()),
            Err(StoreError::BadResponse(text)) if text.contains("AUTHENTICATION_FAILED") => {
                let (user, password) = (&reader.user, &reader.password);
                run(
                    &client,
                    &format!(
                        "CREATE USER OR REPLACE `{user}` IDENTIFIED WITH sha256_password BY '{password}' SETTINGS {LIMITS}"
                    ),
                )
                .await?;
                run(&client, &format!("GRANT SELECT, SHOW ON `{team}`.* TO `{user}`")).await
            }
            Err(error) => Err(error),
        }
    }
}

async fn run(client: &Client, statement: &str) -> Result<(), StoreError> {
    // A question mark in a statement would be taken for a place to fill in.
    client.query(&statement.replace('?', "??")).execute().await
}
