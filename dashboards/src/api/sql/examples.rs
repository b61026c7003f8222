//! `GET /sql/examples`: the questions of `docs/sql.md`, which is where they are kept and explained.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Questions to begin with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Examples {
    examples: Vec<Example>,
}

/// A question to begin with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Example {
    /// What it answers.
    question: String,
    /// The question in SQL.
    query: String,
}

/// Questions to begin with, as `docs/sql.md` explains them.
#[utoipa::path(
    get, path = "/api/v1/sql/examples", tag = "sql",
    responses((status = 200, description = "The questions", body = Examples)),
)]
pub(crate) async fn get_examples() -> Json<Examples> {
    Json(Examples { examples: examples(include_str!("../../../../docs/sql.md")) })
}

/// Each `### heading` with the SQL block that follows it.
fn examples(document: &str) -> Vec<Example> {
    let sections = document.split("\n### ").skip(1);
    let example = |section: &str| {
        let (question, rest) = section.split_once('\n')?;
        let (_, rest) = rest.split_once("```sql\n")?;
        let (query, _) = rest.split_once("\n```")?;
        Some(Example { question: question.trim().to_owned(), query: query.to_owned() })
    };
    sections.filter_map(example).collect()
}
