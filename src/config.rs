//! `hark.toml`: read strictly, all problems at once, before anything starts.

use std::{fmt, net::SocketAddr, path::Path};

use hark_dashboards::{DashboardsConfig, TeamConfig, UserConfig};
use hark_enrich::{EnrichConfig, Rules};
use hark_ingest::{IngestConfig, SourceConfig};
use hark_mention::config::{ClickHouseConfig, KafkaConfig, Problem, RuleSet, Span, redact, section, unresolved};
use hark_privacy::PrivacyConfig;
use hark_query::{Query, Segmenter};
use hark_sink::{Retention, SinkConfig};
use serde::{Deserialize, de::DeserializeOwned};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "hark.toml";

/// Everything that is configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// What is listened for: as the file says, or as somebody changed it while Hark ran (`editions.rs`).
    pub(crate) rules: RuleSet,
    pub(crate) sources: Vec<SourceConfig>,
    pub(crate) privacy: PrivacyConfig,
    pub(crate) ingest: IngestConfig,
    pub(crate) enrich: EnrichConfig,
    pub(crate) sink: SinkConfig,
    pub(crate) dashboards: DashboardsConfig,
    pub(crate) users: Vec<UserConfig>,
    pub(crate) teams: Vec<TeamConfig>,
    pub(crate) metrics: MetricsConfig,
    pub(crate) kafka: KafkaConfig,
    pub(crate) clickhouse: ClickHouseConfig,
    /// Secrets that cannot be had in this place. Whoever needs one says so; others work without.
    pub(crate) missing_secrets: Vec<Problem>,
}

/// `[metrics]`: counts for Prometheus, of a stage that runs alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsConfig {
    /// Address of `/metrics`: `0.0.0.0:9464`. Default: none; the dashboards have `/metrics` on their own address.
    pub(crate) listen: Option<String>,
}

impl MetricsConfig {
    fn check(&self, problems: &mut Vec<Problem>) {
        if let Some(listen) = self.listen.as_ref().filter(|listen| listen.parse::<SocketAddr>().is_err()) {
            let rule = format!("must be an address and port such as `0.0.0.0:9464`, found `{listen}`");
            problems.push(Problem::new("metrics.listen", rule));
        }
    }
}

/// A configuration that is refused, with everything that has to be mended.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    file: String,
    problems: Vec<Problem>,
}

impl Refused {
    /// Refuses an argument of the command line.
    pub(crate) fn argument(problem: Problem) -> Self {
        Self { file: "the command line".to_owned(), problems: vec![problem] }
    }
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
        config.rules.brands.extend(more.rules.brands);
        config.rules.products.extend(more.rules.products);
        config.rules.topics.extend(more.rules.topics);
        config.check(&mut problems);
        if let Ok(file) = text.parse() {
            redact(&mut problems, &file);
        }
        if problems.is_empty() { Ok(config) } else { Err(Refused { file: path.display().to_string(), problems }) }
    }

    fn read(text: &str, problems: &mut Vec<Problem>) -> Result<Self, Problem> {
        let mut file: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
            let place = line.map_or("file".to_owned(), |line| format!("line {line}"));
            Problem::new(place, error.message().replace('\n', ", "))
        })?;
        let missing_secrets = unresolved(&file);
        let config = Self {
            rules: RuleSet {
                brands: list(&mut file, "brand", problems, section),
                products: list(&mut file, "product", problems, section),
                topics: list(&mut file, "topic", problems, section),
            },
            sources: list(&mut file, "source", problems, SourceConfig::read),
            privacy: one(&mut file, "privacy", problems),
            ingest: one(&mut file, "ingest", problems),
            enrich: one(&mut file, "enrich", problems),
            sink: one(&mut file, "sink", problems),
            dashboards: one(&mut file, "dashboards", problems),
            users: list(&mut file, "user", problems, section),
            teams: list(&mut file, "team", problems, section),
            metrics: one(&mut file, "metrics", problems),
            kafka: one(&mut file, "kafka", problems),
            clickhouse: one(&mut file, "clickhouse", problems),
            missing_secrets,
        };
        for unknown in file.keys() {
            problems.push(Problem::new(
                unknown,
                "is not known; sections are brand, product, topic, source, privacy, ingest, enrich, sink, dashboards, user, team, metrics, kafka, clickhouse",
            ));
        }
        Ok(config)
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        self.privacy.check(self.kafka.brokers.is_some(), problems);
        self.ingest.check(problems);
        SourceConfig::check_all(&self.sources, problems);
        self.enrich.check(problems);
        self.sink.check(problems);
        self.dashboards.check(&self.teams, problems);
        hark_dashboards::check_people(&self.users, &self.teams, problems);
        self.metrics.check(problems);
        self.kafka.check(problems);
        self.clickhouse.check(problems);
        compile(&self.rules, Segmenter::default(), problems);
    }

    /// How long mentions are kept.
    pub(crate) fn retention(&self) -> Retention {
        let sources = &self.privacy.source_retention;
        Retention {
            all: self.privacy.retention.map(Span::duration),
            sources: sources.iter().map(|(source, kept)| (source.clone(), kept.duration())).collect(),
        }
    }

    /// What a firehose keeps: mentions that a brand's or product's query matches; everything when there is none.
    pub(crate) fn wanted(&self, segmenter: &Segmenter) -> Option<hark_ingest::Wanted> {
        let RuleSet { brands, products, .. } = &self.rules;
        let queries = brands.iter().map(|brand| &brand.query).chain(products.iter().map(|product| &product.query));
        let queries: Vec<Query> = queries.filter_map(|query| query.parse().ok()).collect();
        hark_ingest::wanted(&queries, segmenter)
    }
}

/// The rules compiled for texts cut by `segmenter`, adding what is wrong with them to `problems`.
pub(crate) fn compile(rules: &RuleSet, segmenter: Segmenter, problems: &mut Vec<Problem>) -> Rules {
    Rules::new(&rules.brands, &rules.products, &rules.topics, segmenter, problems)
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const EXAMPLE: &str = include_str!("../hark.toml");

    /// The example with the marks of defaults removed, and those of keys without one too if `all`.
    fn example(all: bool) -> String {
        let key = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase() || c == '[');
        let open = |line: &'static str| {
            let marks = if all { line.strip_prefix("##") } else { None };
            marks.or(line.strip_prefix('#')).filter(|line| key(line)).unwrap_or(line)
        };
        EXAMPLE.lines().map(open).collect::<Vec<_>>().join("\n")
    }

    fn read(text: &str) -> (Config, Vec<Problem>) {
        let mut problems = Vec::new();
        let config = Config::read(text, &mut problems).unwrap();
        config.check(&mut problems);
        (config, problems)
    }

    #[test]
    fn the_example_as_it_is_changes_nothing() {
        let (config, problems) = read(EXAMPLE);
        assert_eq!(problems, []);
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn the_example_tells_the_defaults() {
        let (config, problems) = read(&example(false));
        assert_eq!(problems, []);
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn the_example_is_valid_and_names_every_key() {
        let text = example(true);
        let (config, problems) = read(&text);
        // A build without the transformer refuses its section, and nothing else.
        let refused: &[&str] = if cfg!(feature = "transformer") { &[] } else { &["enrich.transformer"] };
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), refused);
        assert_eq!(config.sources.len(), hark_ingest::source_kinds().count());
        // A key that there is not makes the parser tell those that there are.
        let wrong: String = text
            .lines()
            .map(|line| format!("{line}\n{}", if line.starts_with('[') { "zzz = 1" } else { "" }))
            .collect::<Vec<_>>()
            .join("\n");
        let (_, problems) = read(&wrong);
        assert_eq!(problems.len(), text.lines().filter(|line| line.starts_with('[')).count(), "{problems:?}");
        for problem in problems {
            let expected = problem.rule.split("expected").nth(1).unwrap();
            for key in expected.split('`').skip(1).step_by(2) {
                // A part of a section may be a section of its own.
                let (line, part) = (format!("{key} ="), format!(".{key}]"));
                assert!(
                    text.lines().any(|found| found.starts_with(&line) || found.ends_with(&part)),
                    "hark.toml lacks `{key}` of {}",
                    problem.path
                );
            }
        }
    }

    #[test]
    fn all_problems_are_told_with_their_places() {
        let text = "speed = 1\n[sink]\nbatch_rows = 0\nbatch_rowz = 1\n[kafka]\nretention = \"soon\"\n[[brand]]\nname = \"A\"\nquery = \"a OR\"";
        let (_, problems) = read(text);
        let mut paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["brand[0].query", "kafka.retention", "sink.batch_rows", "sink.batch_rowz", "speed"]);
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_with_its_line() {
        let error = Config::read("[sink]\nbatch_rows = = 3", &mut Vec::new()).unwrap_err();
        assert_eq!(error.path, "line 2");
    }
}
