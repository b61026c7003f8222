//! `GET /filters`: what can be filtered for, and how much each choice would give.

use axum::{Json, extract::State, http::Uri};
use serde::Serialize;
use utoipa::ToSchema;

use super::{breakdown, extract};
use crate::{
    filter::{Dimension, FilterParameters},
    problem::Problem,
    server::App,
};

/// Most choices that one list has.
const MOST_CHOICES: u32 = 200;

/// What can be filtered for. Each list counts under the filter without its own parameter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Filters {
    /// Brands: those configured, also without mentions, and those found.
    brands: Vec<Choice>,
    /// Products, likewise.
    products: Vec<Choice>,
    /// Topics found.
    topics: Vec<Choice>,
    /// Tones found.
    sentiments: Vec<Choice>,
    /// Types of source found.
    sources: Vec<Choice>,
    /// Languages found.
    languages: Vec<Choice>,
}

/// A value to filter for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Choice {
    /// The value.
    name: String,
    /// How many mentions it would give.
    mentions: u64,
    /// The brand that a configured product belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
}

/// What can be filtered for, and how many mentions each choice would give.
#[utoipa::path(
    get, path = "/api/v1/filters", tag = "mentions", params(FilterParameters),
    responses(
        (status = 200, description = "The choices", body = Filters),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_filters(State(app): State<App>, uri: Uri) -> Result<Json<Filters>, Problem> {
    let (filter, ()) = extract::read(&uri, |_| ())?;
    let found = async |dimension| -> Result<Vec<Choice>, Problem> {
        let rows = breakdown::by(&app.database, &filter, dimension, MOST_CHOICES).await?;
        Ok(rows.into_iter().map(|row| Choice { name: row.name, mentions: row.mentions, brand: None }).collect())
    };
    let (mut brands, mut products, topics, sentiments, sources, languages) = tokio::try_join!(
        found(Dimension::Brand),
        found(Dimension::Product),
        found(Dimension::Topic),
        found(Dimension::Sentiment),
        found(Dimension::Source),
        found(Dimension::Language),
    )?;
    for brand in app.brands.iter() {
        configured(&mut brands, &brand.name, None);
    }
    for product in app.products.iter() {
        configured(&mut products, &product.name, Some(&product.brand));
    }
    Ok(Json(Filters { brands, products, topics, sentiments, sources, languages }))
}

fn configured(choices: &mut Vec<Choice>, name: &str, brand: Option<&str>) {
    let brand = brand.map(ToOwned::to_owned);
    match choices.iter_mut().find(|choice| choice.name == name) {
        Some(choice) => choice.brand = brand,
        None => choices.push(Choice { name: name.to_owned(), mentions: 0, brand }),
    }
}
