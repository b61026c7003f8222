//! `[[brand]]`, `[[product]]`, `[[topic]]`: what to listen for. Their queries are compiled elsewhere.

use serde::{Deserialize, Serialize};

/// `[[brand]]`: an organisation or label that mentions speak of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Name on the dashboards.
    pub name: String,
    /// Listening query that finds it.
    pub query: String,
    /// Names of the brands that it is compared with.
    #[serde(default)]
    pub competitors: Vec<String>,
}

/// `[[product]]`: something that a brand offers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Name on the dashboards.
    pub name: String,
    /// Name of its brand.
    pub brand: String,
    /// Listening query that finds it.
    pub query: String,
}

/// `[[topic]]`: something that customers praise or complain about. Replaces the built-in topic of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Name on the dashboards.
    pub name: String,
    /// Listening query that finds it.
    pub query: String,
}

/// All that is listened for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSet {
    /// `[[brand]]`.
    pub brands: Vec<Brand>,
    /// `[[product]]`.
    pub products: Vec<Product>,
    /// `[[topic]]`, beside the built-in ones.
    pub topics: Vec<Topic>,
}
