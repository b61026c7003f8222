//! `/rules/preview`: what another query would find.

use axum::{Json, extract::State};
use clickhouse::Row;
use hark_mention::{Kind, Timestamp};
use hark_query::{Document, Matcher, Query, Scratch, Segmenter, Words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::body::Body,
    problem::Problem,
    server::{App, Shared},
};

/// How many of the newest mentions a query is tried on.
const LOOKED_AT: u32 = 10_000;
/// Most mentions that are shown of those that come and of those that go.
const SHOWN: usize = 20;
/// Longest query, in bytes.
const LONGEST: usize = 50_000;

/// What a label is about.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleKind {
    /// An organisation or label.
    Brand,
    /// Something that it offers.
    Product,
    /// Something that people praise or complain about.
    Topic,
}

/// A query to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trial {
    kind: RuleKind,
    /// Name of the label that it would give: what has it already is compared with what it finds.
    #[schema(max_length = 200)]
    name: String,
    /// The query.
    #[schema(max_length = 50_000)]
    query: String,
}

/// What a query finds among the newest mentions.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// What is wrong with the query, and where; null when nothing is.
    problem: Option<String>,
    /// How many mentions were looked at.
    looked_at: u64,
    /// How many it finds.
    matches: u64,
    /// How many have the label now.
    labelled: u64,
    /// How many it finds that do not have the label.
    come: u64,
    /// How many have the label that it does not find.
    go: u64,
    /// Some of those that come, the newest first.
    coming: Vec<Previewed>,
    /// Some of those that go.
    going: Vec<Previewed>,
}

/// A mention that would get a label, or lose it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Previewed {
    id: String,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// Type of the source.
    source: String,
    /// Its beginning.
    text: String,
}

#[derive(Row, Deserialize)]
struct Candidate {
    id: String,
    published_ms: i64,
    title: String,
    text: String,
    source: String,
    site: String,
    url: String,
    author_handle: String,
    author_name: String,
    author_id: String,
    lang: String,
    country: String,
    kind: String,
    rating: Option<f32>,
    author_followers: Option<u64>,
    labelled: u8,
}

/// Tries a listening query on the 10,000 newest mentions: how many it finds, which are new, which drop out. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/rules/preview", tag = "settings", request_body = Trial,
    responses(
        (status = 200, description = "What it finds, or what is wrong with it", body = Preview),
        (status = 422, description = "The query is too long", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_preview(
    State(shared): State<Shared>,
    app: App,
    Body(Trial { kind, name, query }): Body<Trial>,
) -> Result<Json<Preview>, Problem> {
    if query.len() > LONGEST {
        return Err(Problem::refused(format!("`query` must have at most {LONGEST} bytes")));
    }
    let query = match query.parse::<Query>() {
        Ok(query) => query,
        Err(error) => return Ok(Json(Preview { problem: Some(error.to_string()), ..Preview::default() })),
    };
    let _turn = shared.turns.take(app.caller.key())?;
    let labels = match kind {
        RuleKind::Brand => "brands",
        RuleKind::Product => "products",
        RuleKind::Topic => "topics",
    };
    let sql = include_str!("../../../queries/preview.sql").replace("$labels", labels);
    let rows = app.database.query(&sql).param("name", name).param("most", LOOKED_AT);
    let rows = app.database.rows::<Candidate>(rows).await?;
    let segmenter = shared.segmenter.clone();
    let compared = tokio::task::spawn_blocking(move || compare(&query, &segmenter, &rows)).await;
    compared.map(Json).map_err(|_| Problem::query_failed())
}

/// Compares what the query finds with what has the label.
fn compare(query: &Query, segmenter: &Segmenter, rows: &[Candidate]) -> Preview {
    let matcher = Matcher::new(std::slice::from_ref(query));
    let (mut words, mut scratch) = (Words::default(), Scratch::default());
    let mut preview = Preview { looked_at: rows.len() as u64, ..Preview::default() };
    for row in rows {
        let document = document(row);
        segmenter.cut_document(&document, &mut words);
        let (found, labelled) = (!matcher.find(&document, &words, &mut scratch).is_empty(), row.labelled != 0);
        preview.matches += u64::from(found);
        preview.labelled += u64::from(labelled);
        let (count, list) = match (found, labelled) {
            (true, false) => (&mut preview.come, &mut preview.coming),
            (false, true) => (&mut preview.go, &mut preview.going),
            _ => continue,
        };
        *count += 1;
        if list.len() < SHOWN {
            list.push(previewed(row));
        }
    }
    preview
}

fn previewed(row: &Candidate) -> Previewed {
    let beginning = if row.title.is_empty() { row.text.clone() } else { format!("{}: {}", row.title, row.text) };
    Previewed {
        id: row.id.clone(),
        published_at: Timestamp::from_millis(row.published_ms),
        source: row.source.clone(),
        text: beginning.chars().take(300).collect(),
    }
}

fn document(row: &Candidate) -> Document<'_> {
    Document {
        title: known(&row.title),
        text: &row.text,
        source: Some(&row.source),
        site: known(&row.site),
        url: known(&row.url),
        author_handle: known(&row.author_handle),
        author_name: known(&row.author_name),
        author_id: known(&row.author_id),
        lang: Some(&row.lang),
        country: known(&row.country),
        kind: Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind),
        rating: row.rating,
        followers: row.author_followers,
    }
}

/// The database has an empty text where nothing is known.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
