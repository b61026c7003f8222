//! `/rules`: what is listened for, and its editions.

mod preview;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use hark_bus::Edition;
use hark_mention::{
    Timestamp,
    config::{Brand, Product, RuleSet, Topic},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use crate::{
    access::Caller,
    problem::{BadParameter, Problem},
    rulebook::{Rulebook, Unpublished},
    server::Shared,
};

pub(crate) use preview::{__path_post_preview, post_preview};

/// Longest note on an edition, in characters.
const LONGEST_NOTE: usize = 500;

/// What is listened for.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
pub(crate) struct Rules {
    /// Brands.
    brands: Vec<BrandRule>,
    /// Products.
    products: Vec<ProductRule>,
    /// Topics of one's own: the built-in ones are not among them, and one of the same name replaces one of them.
    topics: Vec<TopicRule>,
}

/// An organisation or label.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandRule {
    /// Name on the pages.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Listening query that finds it.
    query: String,
    /// Names of the brands that it is compared with.
    #[serde(default)]
    competitors: Vec<String>,
}

/// Something that a brand offers.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductRule {
    /// Name on the pages.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Name of its brand.
    brand: String,
    /// Listening query that finds it.
    query: String,
}

/// Something that people praise or complain about.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopicRule {
    /// Name on the pages.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Listening query that finds it.
    query: String,
}

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesNow {
    /// Number of the edition: 0 while nobody has made one, and `hark.toml` counts.
    edition: u64,
    /// Whether another edition can be made here.
    changeable: bool,
    #[serde(flatten)]
    rules: Rules,
}

/// Another edition of the rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The edition that it was made from: it is refused when there is a newer one.
    edition: u64,
    /// Why; may be empty.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
    /// All that is to be listened for; null for what `hark.toml` says.
    rules: Option<Rules>,
}

/// The editions of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Editions {
    /// The newest first.
    editions: Vec<ShownEdition>,
}

/// One edition of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownEdition {
    /// Its number, from 1.
    edition: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who made it.
    by: String,
    /// Why.
    note: String,
    /// Its rules; null for those of `hark.toml`.
    rules: Option<Rules>,
}

impl From<&RuleSet> for Rules {
    fn from(RuleSet { brands, products, topics }: &RuleSet) -> Self {
        let brand = |Brand { name, query, competitors }: Brand| BrandRule { name, query, competitors };
        let product = |Product { name, brand, query }: Product| ProductRule { name, brand, query };
        let topic = |Topic { name, query }: Topic| TopicRule { name, query };
        Self {
            brands: brands.iter().cloned().map(brand).collect(),
            products: products.iter().cloned().map(product).collect(),
            topics: topics.iter().cloned().map(topic).collect(),
        }
    }
}

impl From<Rules> for RuleSet {
    fn from(Rules { brands, products, topics }: Rules) -> Self {
        let brand = |BrandRule { name, query, competitors }| Brand { name, query, competitors };
        let product = |ProductRule { name, brand, query }| Product { name, brand, query };
        let topic = |TopicRule { name, query }| Topic { name, query };
        Self {
            brands: brands.into_iter().map(brand).collect(),
            products: products.into_iter().map(product).collect(),
            topics: topics.into_iter().map(topic).collect(),
        }
    }
}

/// What is listened for.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "settings",
    responses((status = 200, description = "The rules", body = RulesNow)),
)]
pub(crate) async fn get_rules(State(shared): State<Shared>) -> Json<RulesNow> {
    Json(now(&shared))
}

fn now(shared: &Shared) -> RulesNow {
    let listening = Arc::clone(&shared.listening.borrow());
    RulesNow { edition: listening.edition, changeable: shared.rulebook.is_some(), rules: Rules::from(&listening.rules) }
}

/// Makes another edition of the rules. What arrives from now on gets its labels; stored mentions keep theirs until they are
/// labelled again.
#[utoipa::path(
    put, path = "/api/v1/rules", tag = "settings", request_body = Change,
    responses(
        (status = 200, description = "The rules now", body = RulesNow),
        (status = 409, description = "Somebody else has made an edition meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "These rules cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Kafka is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_rules(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    Body(Change { edition, note, rules }): Body<Change>,
) -> Result<Json<RulesNow>, Problem> {
    if note.chars().count() > LONGEST_NOTE {
        return Err(Problem::refused(format!("`note` must have at most {LONGEST_NOTE} characters")));
    }
    if edition != shared.listening.borrow().edition {
        return Err(Problem::outdated());
    }
    let what = format!("edition {}: {note}", edition + 1);
    let next = Edition {
        number: edition + 1,
        at: Timestamp::now(),
        by: caller.name.clone(),
        note,
        rules: rules.map(RuleSet::from),
    };
    rulebook(&shared)?.publish(next).await.map_err(unpublished)?;
    shared.access.audit(&caller.name, "rules_changed", &what, peer.ip());
    // Theirs is told when it is known here too.
    drop(shared.listening.clone().wait_for(|listening| listening.edition > edition).await);
    Ok(Json(now(&shared)))
}

fn unpublished(why: Unpublished) -> Problem {
    match why {
        Unpublished::Outdated => Problem::outdated(),
        Unpublished::Wrong(problems) => {
            let wrong = |problem: &hark_mention::config::Problem| BadParameter::new(&problem.path, &*problem.rule, "");
            Problem::wrong_rules(problems.iter().map(wrong).collect())
        }
        Unpublished::Away(why) => Problem::kafka_away(why),
    }
}

/// All editions of the rules that people made.
#[utoipa::path(
    get, path = "/api/v1/rules/editions", tag = "settings",
    responses(
        (status = 200, description = "The editions", body = Editions),
        (status = 503, description = "Kafka is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_editions(State(shared): State<Shared>) -> Result<Json<Editions>, Problem> {
    let editions = rulebook(&shared)?.editions().await.map_err(Problem::kafka_away)?;
    let shown = |edition: Edition| ShownEdition {
        edition: edition.number,
        at: edition.at,
        by: edition.by,
        note: edition.note,
        rules: edition.rules.as_ref().map(Rules::from),
    };
    Ok(Json(Editions { editions: editions.into_iter().rev().map(shown).collect() }))
}

pub(super) fn rulebook(shared: &Shared) -> Result<&Arc<dyn Rulebook>, Problem> {
    shared.rulebook.as_ref().ok_or_else(|| Problem::pipeline_away("rules are changed in hark.toml here"))
}
