//! `GET /filters`: what can be filtered for, and how much each choice would give.

use axum::{Json, http::Uri};
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
    brand: Vec<Choice>,
    /// Products, likewise.
    product: Vec<Choice>,
    /// Topics found.
    topic: Vec<Choice>,
    /// Tones found.
    sentiment: Vec<Choice>,
    /// Intents found.
    intent: Vec<Choice>,
    /// Types of source found.
    source: Vec<Choice>,
    /// Languages found.
    lang: Vec<Choice>,
    /// Countries found.
    country: Vec<Choice>,
    /// Kinds found.
    kind: Vec<Choice>,
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
pub(crate) async fn get_filters(app: App, uri: Uri) -> Result<Json<Filters>, Problem> {
    let (filter, ()) = extract::read(&app, &uri, |_| ()).await?;
    let found = async |dimension| -> Result<Vec<Choice>, Problem> {
        let counts = breakdown::counts(&app, &filter.without(dimension), dimension, MOST_CHOICES).await?;
        Ok(counts.into_iter().map(|row| Choice { name: row.name, mentions: row.mentions, brand: None }).collect())
    };
    let (mut brand, mut product, topic, sentiment, intent, source, lang, country, kind) = tokio::try_join!(
        found(Dimension::Brand),
        found(Dimension::Product),
        found(Dimension::Topic),
        found(Dimension::Sentiment),
        found(Dimension::Intent),
        found(Dimension::Source),
        found(Dimension::Language),
        found(Dimension::Country),
        found(Dimension::Kind),
    )?;
    for one in app.brands.iter() {
        configured(&mut brand, &one.name, None);
    }
    for one in app.products.iter() {
        configured(&mut product, &one.name, Some(&one.brand));
    }
    Ok(Json(Filters { brand, product, topic, sentiment, intent, source, lang, country, kind }))
}

fn configured(choices: &mut Vec<Choice>, name: &str, brand: Option<&str>) {
    let brand = brand.map(ToOwned::to_owned);
    match choices.iter_mut().find(|choice| choice.name == name) {
        Some(choice) => choice.brand = brand,
        None => choices.push(Choice { name: name.to_owned(), mentions: 0, brand }),
    }
}
