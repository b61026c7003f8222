//! `hark.toml`: read strictly, all problems at once, before anything starts.

use std::{fmt, path::Path, sync::Arc};

use hark_dashboards::DashboardsConfig;
use hark_enrich::{EnrichConfig, Rules};
use hark_ingest::{IngestConfig, SourceConfig};
use hark_mention::config::{Brand, ClickHouseConfig, KafkaConfig, Problem, Product, Topic, section};
use hark_query::Segmenter;
use hark_sink::SinkConfig;
use serde::de::DeserializeOwned;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "hark.toml";

/// Everything that is configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) brands: Vec<Brand>,
    pub(crate) products: Vec<Product>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) sources: Vec<SourceConfig>,
    pub(crate) ingest: IngestConfig,
    pub(crate) enrich: EnrichConfig,
    pub(crate) sink: SinkConfig,
    pub(crate) dashboards: DashboardsConfig,
    pub(crate) kafka: KafkaConfig,
    pub(crate) clickhouse: ClickHouseConfig,
}

/// A configuration that is refused, with everything that has to be mended.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    file: String,
    problems: Vec<Problem>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.problems.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in {}", self.problems.len(), self.file)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Refused {}

impl Config {
    /// Reads and checks the configuration, with the text of `extra` added to it.
    ///
    /// # Errors
    ///
    /// [`Refused`] with all problems.
    pub(crate) fn load(file: Option<&Path>, extra: &str) -> Result<Self, Refused> {
        let named = file.is_some();
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let refused = |problem| Refused { file: path.display().to_string(), problems: vec![problem] };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => String::new(),
            Err(error) => return Err(refused(Problem::new("--config", format!("cannot read the file: {error}")))),
        };
        let mut problems = Vec::new();
        let mut config = Self::read(&text, &mut problems).map_err(&refused)?;
        let more = Self::read(extra, &mut problems).map_err(&refused)?;
        config.brands.extend(more.brands);
        config.products.extend(more.products);
        config.topics.extend(more.topics);
        config.check(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(Refused { file: path.display().to_string(), problems }) }
    }

    fn read(text: &str, problems: &mut Vec<Problem>) -> Result<Self, Problem> {
        let mut file: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
            let place = line.map_or("file".to_owned(), |line| format!("line {line}"));
            Problem::new(place, error.message().replace('\n', ", "))
        })?;
        let config = Self {
            brands: list(&mut file, "brand", problems, section),
            products: list(&mut file, "product", problems, section),
            topics: list(&mut file, "topic", problems, section),
            sources: list(&mut file, "source", problems, SourceConfig::read),
            ingest: one(&mut file, "ingest", problems),
            enrich: one(&mut file, "enrich", problems),
            sink: one(&mut file, "sink", problems),
            dashboards: one(&mut file, "dashboards", problems),
            kafka: one(&mut file, "kafka", problems),
            clickhouse: one(&mut file, "clickhouse", problems),
        };
        for unknown in file.keys() {
            problems.push(Problem::new(
                unknown,
                "is not known; sections are brand, product, topic, source, ingest, enrich, sink, dashboards, kafka, clickhouse",
            ));
        }
        Ok(config)
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        self.ingest.check(problems);
        SourceConfig::check_all(&self.sources, problems);
        self.enrich.check(problems);
        self.sink.check(problems);
        self.dashboards.check(problems);
        self.kafka.check(problems);
        self.clickhouse.check(problems);
        self.rules(Segmenter::default(), problems);
    }

    /// Brands, products and topics, compiled for texts cut by `segmenter`.
    pub(crate) fn rules(&self, segmenter: Segmenter, problems: &mut Vec<Problem>) -> Rules {
        Rules::new(&self.brands, &self.products, &self.topics, segmenter, problems)
    }

    /// What a firehose keeps: mentions that a brand's or product's query matches; everything when there is none.
    pub(crate) fn wanted(&self, segmenter: &Segmenter) -> Option<hark_ingest::Wanted> {
        let queries =
            self.brands.iter().map(|brand| &brand.query).chain(self.products.iter().map(|product| &product.query));
        let queries: Vec<hark_query::Query> = queries.filter_map(|query| query.parse().ok()).collect();
        if queries.is_empty() {
            return None;
        }
        let matcher = hark_query::Matcher::new(&queries, segmenter.clone());
        Some(Arc::new(move |mention: &hark_mention::Mention| {
            !matcher.find(&matcher.segmenter().words(&mention.full_text())).is_empty()
        }))
    }
}

/// Takes the section `[key]` out of the file; its defaults when it is not there.
fn one<T: DeserializeOwned + Default>(file: &mut toml::Table, key: &str, problems: &mut Vec<Problem>) -> T {
    match file.remove(key) {
        None => T::default(),
        Some(toml::Value::Table(table)) => section(table, key, problems).unwrap_or_default(),
        Some(_) => {
            problems.push(Problem::new(key, format!("must be a section `[{key}]`")));
            T::default()
        }
    }
}

/// Takes the sections `[[key]]` out of the file.
fn list<T>(
    file: &mut toml::Table,
    key: &str,
    problems: &mut Vec<Problem>,
    read: impl Fn(toml::Table, &str, &mut Vec<Problem>) -> Option<T>,
) -> Vec<T> {
    let mut read_one = |(index, value)| match value {
        toml::Value::Table(table) => read(table, &format!("{key}[{index}]"), problems),
        _ => {
            problems.push(Problem::new(key, format!("must be sections `[[{key}]]`")));
            None
        }
    };
    match file.remove(key) {
        None => Vec::new(),
        Some(toml::Value::Array(values)) => values.into_iter().enumerate().filter_map(read_one).collect(),
        Some(other) => read_one((0, other)).into_iter().collect(),
    }
}
