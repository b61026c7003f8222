//! `GET /query`: how a listening query is read, and why a mention matches it or not.

use axum::{Json, http::Uri};
use hark_query::{Clause, Document, explain};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{parameters::Parameters, problem::Problem, search::SearchQuery, server::App};

/// How a listening query is read; and of a text, whether and why it matches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryAnswer {
    /// Whether it is a query.
    valid: bool,
    /// The query in its canonical writing; null when it is none.
    canonical: Option<String>,
    /// What is wrong, and where.
    error: Option<QueryProblem>,
    /// Whether the text matches, clause by clause; null without a text.
    explained: Option<ExplainedClause>,
}

/// What is wrong with a query.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryProblem {
    /// Where, in characters from 1.
    column: usize,
    /// What is wrong and what was expected.
    message: String,
}

/// A part of a query, and what it finds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedClause {
    /// Operator, term or condition.
    label: String,
    /// Whether it holds.
    holds: bool,
    /// What it found, as written.
    found: Vec<String>,
    /// Why it does not hold, where that can be told.
    reason: Option<String>,
    /// Its parts.
    #[schema(no_recursion)]
    parts: Vec<ExplainedClause>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct QueryParameters {
    /// The query.
    #[param(example = "battery NEAR/3 dead")]
    q: Option<String>,
    /// A text to explain it on.
    text: Option<String>,
    /// Headline of the text.
    title: Option<String>,
}

/// How a listening query is read, and why a text matches it or not.
#[utoipa::path(
    get, path = "/api/v1/query", tag = "mentions", params(QueryParameters),
    responses(
        (status = 200, description = "How it is read, or what is wrong", body = QueryAnswer),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_query(app: App, uri: Uri) -> Result<Json<QueryAnswer>, Problem> {
    let mut parameters = Parameters::read(uri.query());
    let query = parameters.take("q").unwrap_or_default();
    let (title, text) = (parameters.take("title"), parameters.take("text"));
    parameters.finish()?;
    let read = match SearchQuery::parse(&query) {
        Ok(read) => read,
        Err(error) => {
            let error = QueryProblem { column: error.column, message: error.message };
            return Ok(Json(QueryAnswer { valid: false, canonical: None, error: Some(error), explained: None }));
        }
    };
    let explained = text.as_ref().map(|text| {
        let document = Document { title: title.as_deref().filter(|title| !title.is_empty()), ..Document::new(text) };
        told(explain(&read.query, &document, app.searches.segmenter()))
    });
    Ok(Json(QueryAnswer { valid: true, canonical: Some(read.text), error: None, explained }))
}

fn told(clause: Clause) -> ExplainedClause {
    let mut found: Vec<String> = clause.places.into_iter().map(|(_, written)| written).collect();
    found.dedup();
    ExplainedClause {
        label: clause.label,
        holds: clause.holds,
        found,
        reason: clause.reason,
        parts: clause.parts.into_iter().map(told).collect(),
    }
}
