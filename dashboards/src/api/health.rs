//! `GET /health`: can the database be reached, and what is in it?

use axum::Json;
use clickhouse::Row;
use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{database::Database, problem::Problem, server::App};

/// The database answers, and this is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Version of this program.
    version: &'static str,
    /// How many mentions are stored.
    mentions: u64,
    /// When the newest one was published; null when there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    newest_published_at: Option<Timestamp>,
    /// When the last one was collected; null when there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_collected_at: Option<Timestamp>,
}

#[derive(Row, Deserialize)]
pub(crate) struct Extent {
    pub(crate) mentions: u64,
    pub(crate) oldest_ms: i64,
    newest_ms: i64,
    collected_ms: i64,
}

/// Whether the database can be reached, and what is in it.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "about",
    responses(
        (status = 200, description = "The database answers", body = Health),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_health(app: App) -> Result<Json<Health>, Problem> {
    let extent = extent(&app.database).await?;
    let time = |millis| (extent.mentions > 0).then(|| Timestamp::from_millis(millis));
    Ok(Json(Health {
        version: env!("CARGO_PKG_VERSION"),
        mentions: extent.mentions,
        newest_published_at: time(extent.newest_ms),
        last_collected_at: time(extent.collected_ms),
    }))
}

/// How much is stored, and from when to when.
pub(crate) async fn extent(database: &Database) -> Result<Extent, Problem> {
    database.row(database.query(include_str!("../../queries/extent.sql"))).await
}
