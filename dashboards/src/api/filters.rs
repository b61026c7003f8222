//! `GET /filters`: what can be filtered for, and how much each choice would give.

use axum::{Json, http::Uri};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{breakdown, extract};
use crate::{
    filter::{Dimension, Filter, FilterParameters},
    problem::Problem,
    server::App,
};

/// Most choices that one list has.
const MOST_CHOICES: u32 = 200;

/// Properties of which a mention has one value.
const SINGLE: [Dimension; 6] = [
    Dimension::Sentiment,
    Dimension::Intent,
    Dimension::Source,
    Dimension::Language,
    Dimension::Country,
    Dimension::Kind,
];

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

#[derive(Row, Deserialize)]
struct Counted {
    name: String,
    others: u64,
    mentions: u64,
}

impl Choice {
    fn new(name: String, mentions: u64) -> Self {
        Self { name, mentions, brand: None }
    }
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
    // A property that is filtered for is counted without its own filter, in a question of its own, as are lists of values.
    let together: Vec<Dimension> =
        SINGLE.into_iter().filter(|dimension| filter.values(*dimension).is_empty()).collect();
    let found = async |dimension| -> Result<Vec<Choice>, Problem> {
        if together.contains(&dimension) {
            return Ok(Vec::new());
        }
        let counts = breakdown::counts(&app, &filter.without(dimension), dimension, MOST_CHOICES).await?;
        Ok(counts.into_iter().map(|row| Choice::new(row.name, row.mentions)).collect())
    };
    let (counted, mut brand, mut product, topic, sentiment, intent, source, lang, country, kind) = tokio::try_join!(
        count_together(&app, &filter, &together),
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
    let [sentiment, intent, source, lang, country, kind] = {
        let mut alone = [sentiment, intent, source, lang, country, kind];
        for (dimension, choice) in counted {
            alone[SINGLE.iter().position(|one| *one == dimension).unwrap_or_default()].push(choice);
        }
        alone
    };
    for one in app.brands.iter() {
        configured(&mut brand, &one.name, None);
    }
    for one in app.products.iter() {
        configured(&mut product, &one.name, Some(&one.brand));
    }
    Ok(Json(Filters { brand, product, topic, sentiment, intent, source, lang, country, kind }))
}

/// The choices of properties with one value a mention, each with its property; the most frequent first.
async fn count_together(
    app: &App,
    filter: &Filter,
    dimensions: &[Dimension],
) -> Result<Vec<(Dimension, Choice)>, Problem> {
    if dimensions.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.each_value()).collect();
    let sets: Vec<String> = names.iter().map(|name| format!("({name})")).collect();
    let sql = include_str!("../../queries/choices.sql");
    let sql = sql.replace("$names", &names.join(", ")).replace("$sets", &sets.join(", "));
    let rows: Vec<Counted> = app.database.rows(filter.query(app, &sql).param("limit", MOST_CHOICES)).await?;
    let choice = |row: Counted| {
        // The one bit that is not set is that of the property.
        let from_last = usize::try_from(row.others.trailing_ones()).unwrap_or(usize::MAX);
        let place = dimensions.len().checked_sub(from_last + 1)?;
        Some((dimensions[place], Choice::new(row.name, row.mentions)))
    };
    Ok(rows.into_iter().filter_map(choice).collect())
}

fn configured(choices: &mut Vec<Choice>, name: &str, brand: Option<&str>) {
    let brand = brand.map(ToOwned::to_owned);
    match choices.iter_mut().find(|choice| choice.name == name) {
        Some(choice) => choice.brand = brand,
        None => choices.push(Choice { name: name.to_owned(), mentions: 0, brand }),
    }
}
