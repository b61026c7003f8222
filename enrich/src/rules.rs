//! What to look for: the configured brands, products and topics, and the built-in topics.

use std::collections::HashSet;

use hark_mention::config::{Brand, Problem, Product, Topic, section};
use hark_query::{Matcher, Query, Segmenter};
use sha2::{Digest, Sha256};

/// Brands, products and topics with their queries compiled together.
pub struct Rules {
    labels: Vec<Label>,
    matcher: Matcher,
    segmenter: Segmenter,
    version: String,
}

/// What a query that matches adds to a mention.
pub(crate) enum Label {
    Brand(String),
    Product { name: String, brand: String },
    Topic(String),
}

/// Longest name of a brand, product or topic, in characters.
const LONGEST_NAME: usize = 200;

/// Topics that most customers speak of.
const STARTER_TOPICS: &str = include_str!("../topics.toml");

impl Rules {
    /// Compiles the queries, adding what is wrong with them to `problems`.
    ///
    /// A configured topic replaces the built-in one of the same name.
    pub fn new(
        brands: &[Brand],
        products: &[Product],
        topics: &[Topic],
        segmenter: Segmenter,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut compiling = Compiling { labels: Vec::new(), queries: Vec::new(), hash: Sha256::new(), problems };
        for (index, brand) in brands.iter().enumerate() {
            compiling.add(&format!("brand[{index}]"), &brand.query, Label::Brand(brand.name.clone()));
            compiling.known_brands(&format!("brand[{index}].competitors"), brand.competitors.iter(), brands);
        }
        for (index, product) in products.iter().enumerate() {
            let label = Label::Product { name: product.name.clone(), brand: product.brand.clone() };
            compiling.add(&format!("product[{index}]"), &product.query, label);
            compiling.known_brands(&format!("product[{index}].brand"), [&product.brand], brands);
        }
        for (index, topic) in topics.iter().enumerate() {
            compiling.add(&format!("topic[{index}]"), &topic.query, Label::Topic(topic.name.clone()));
        }
        let own: HashSet<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        for topic in starter_topics().iter().filter(|topic| !own.contains(topic.name.as_str())) {
            compiling.add(&format!("built-in topic `{}`", topic.name), &topic.query, Label::Topic(topic.name.clone()));
        }
        let version = compiling.hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { labels: compiling.labels, matcher: Matcher::new(&compiling.queries), segmenter, version }
    }

    /// Fingerprint of all rules: two processes with the same fingerprint give the same labels.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What texts are to be cut with.
    pub(crate) fn segmenter(&self) -> &Segmenter {
        &self.segmenter
    }

    pub(crate) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    pub(crate) fn label(&self, query: usize) -> &Label {
        &self.labels[query]
    }
}

struct Compiling<'a> {
    labels: Vec<Label>,
    queries: Vec<Query>,
    hash: Sha256,
    problems: &'a mut Vec<Problem>,
}

impl Compiling<'_> {
    fn add(&mut self, path: &str, query: &str, label: Label) {
        let (Label::Brand(name) | Label::Topic(name) | Label::Product { name, .. }) = &label;
        let length = name.chars().count();
        if name.trim().is_empty() || length > LONGEST_NAME {
            let rule = format!("must have 1 to {LONGEST_NAME} characters that can be seen, found {length}");
            self.problems.push(Problem::new(format!("{path}.name"), rule));
        }
        match query.parse::<Query>() {
            Ok(parsed) => {
                self.hash.update(format!("{path}\0{name}\0{parsed}\0"));
                self.labels.push(label);
                self.queries.push(parsed);
            }
            Err(error) => self.problems.push(Problem::new(format!("{path}.query"), error.to_string())),
        }
    }

    fn known_brands<'b>(&mut self, path: &str, named: impl IntoIterator<Item = &'b String>, brands: &[Brand]) {
        for name in named {
            if !brands.iter().any(|brand| brand.name == *name) {
                self.problems.push(Problem::new(path, format!("no `[[brand]]` is named `{name}`")));
            }
        }
    }
}

/// The built-in topics: what most customers speak of.
pub fn starter_topics() -> Vec<Topic> {
    let mut problems = Vec::new();
    let file: toml::Table = STARTER_TOPICS.parse().expect("the built-in topics are TOML");
    let topics = file.get("topic").and_then(toml::Value::as_array).into_iter().flatten();
    let read = topics.filter_map(|topic| section(topic.as_table()?.clone(), "topic", &mut problems)).collect();
    assert!(problems.is_empty(), "the built-in topics are well-formed: {problems:?}");
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_topics_compile() {
        let mut problems = Vec::new();
        let rules = Rules::new(&[], &[], &[], Segmenter::default(), &mut problems);
        assert_eq!(problems, []);
        assert!(rules.labels.len() >= 20, "{}", rules.labels.len());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let brand = |query: &str| Brand { name: "A".into(), query: query.into(), competitors: vec!["B".into()] };
        let product = Product { name: "P".into(), brand: "C".into(), query: "\"open".into() };
        let mut problems = Vec::new();
        Rules::new(&[brand("a OR")], &[product], &[], Segmenter::default(), &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["brand[0].query", "brand[0].competitors", "product[0].query", "product[0].brand"]);
    }
}
