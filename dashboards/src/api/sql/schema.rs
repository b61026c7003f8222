//! `GET /sql/schema`: the tables and columns that the caller may read, with what each means, and the limits.

use axum::Json;
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{problem::Problem, server::App};

/// Most columns that are told.
const MOST: u32 = 5000;
/// What people look for first.
const FIRST: [&str; 7] = ["mentions", "daily", "topics", "authors", "alerts", "corrections", "ledger"];

/// What the caller may read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schema {
    /// The database.
    database: String,
    /// Tables and views, those for people first.
    tables: Vec<Table>,
    limits: Limits,
}

/// A table or view.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Table {
    name: String,
    /// What a row is.
    comment: String,
    /// Whether it is made for people's questions; the others are the workings.
    documented: bool,
    columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Column {
    name: String,
    /// ClickHouse type.
    r#type: String,
    /// What it means.
    comment: String,
}

/// What one question may use; 0 for no limit.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// Seconds that it may run.
    seconds: f64,
    /// Bytes of memory.
    memory: u64,
    /// Rows that it may read.
    rows_to_read: u64,
    /// Rows that its answer may have.
    result_rows: u64,
    /// Rows that the page shows of it.
    rows_shown: u64,
}

#[derive(Row, Deserialize)]
struct Found {
    table: String,
    table_comment: String,
    name: String,
    r#type: String,
    comment: String,
}

#[derive(Row, Deserialize)]
struct Setting {
    name: String,
    value: String,
}

/// The tables and columns that the caller may read, with what each means, and the limits.
#[utoipa::path(
    get, path = "/api/v1/sql/schema", tag = "sql",
    responses(
        (status = 200, description = "The schema", body = Schema),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_schema(app: App) -> Result<Json<Schema>, Problem> {
    let columns = include_str!("../../../queries/schema.sql");
    let columns = app.database.query(columns).param("database", &app.analyst.database).param("most", MOST);
    let settings = "SELECT name, value FROM system.settings
        WHERE name IN ('max_execution_time', 'max_memory_usage', 'max_rows_to_read', 'max_result_rows')";
    let (columns, settings) = tokio::try_join!(
        app.database.rows::<Found>(columns),
        app.database.rows::<Setting>(app.database.query(settings))
    )?;
    let mut tables: Vec<Table> = Vec::new();
    for Found { table, table_comment, name, r#type, comment } in columns {
        if tables.last().is_none_or(|last| last.name != table) {
            let documented = FIRST.contains(&table.as_str());
            tables.push(Table { name: table, comment: table_comment, documented, columns: Vec::new() });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(Column { name, r#type, comment });
        }
    }
    let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    tables.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
    let value = |name: &str| settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str());
    let number = |name: &str| value(name).and_then(|value| value.parse().ok()).unwrap_or_default();
    let limits = Limits {
        seconds: value("max_execution_time").and_then(|value| value.parse().ok()).unwrap_or_default(),
        memory: number("max_memory_usage"),
        rows_to_read: number("max_rows_to_read"),
        result_rows: number("max_result_rows"),
        rows_shown: 200_000,
    };
    Ok(Json(Schema { database: app.analyst.database, tables, limits }))
}
