//! Reading `hark.toml` strictly: unknown keys and bad values are refused, all of them at once.
//!
//! A section is a struct with `#[serde(deny_unknown_fields)]`; [`section`] reads it and goes on after each problem,
//! so that a person mends a file in one go. Values are checked further by the section's own `check`.

mod clickhouse;
mod kafka;
mod listen;
mod reference;
mod secret;
mod units;

use std::fmt;

use serde::de::DeserializeOwned;

pub use clickhouse::ClickHouseConfig;
pub use kafka::KafkaConfig;
pub use listen::{Brand, Product, RuleSet, Topic};
pub use reference::{redact, unresolved};
pub use secret::{Hidden, Secret, SecretError};
pub use units::{Size, Span};

/// One thing in the configuration that has to be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `source[2].poll_interval`.
    pub path: String,
    /// What is expected, and what was found.
    pub rule: String,
}

impl Problem {
    /// Puts place and rule together.
    pub fn new(path: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { path: path.into(), rule: rule.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.rule)
    }
}

/// Reads the section `table`, which stands at `path`, and adds what is wrong with it to `problems`.
///
/// References to the environment and to files are resolved. A key with a problem is left out and the rest read on;
/// `None` means that a required key is missing.
pub fn section<T: DeserializeOwned>(table: toml::Table, path: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let written = toml::Value::Table(table);
    let mut values = reference::expand(&written);
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(values.clone()) {
            Ok(section) => {
                reference::unset(&mut values, path, problems);
                return Some(section);
            }
            Err(error) => error,
        };
        // A key for a secret wants the reference; another one is refused again, and then without its value.
        if reference::restore(&written, &mut values, error.path()) {
            continue;
        }
        let inner = error.path().to_string();
        let told = || error.inner().message().trim().replace('\n', ", ");
        let rule = reference::problem_at(&values, error.path()).unwrap_or_else(told);
        let table = values.as_table_mut()?;
        let key = error.path().iter().next().map(ToString::to_string);
        let known_key = key.filter(|key| table.contains_key(key));
        problems.push(Problem::new(if known_key.is_some() { join(path, &inner) } else { path.to_owned() }, rule));
        match known_key {
            Some(key) => table.remove(&key),
            None => return None,
        };
    }
}

/// `path.key`, or `key` alone at the top.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Example {
        wait: Span,
        rows: u32,
    }

    impl Default for Example {
        fn default() -> Self {
            Self { wait: Span::from_millis(500), rows: 7 }
        }
    }

    #[test]
    fn all_problems_are_told_at_once_and_the_rest_is_read() {
        let table = r#"wait = "5 parsecs"
            rowz = 3
            rows = 9"#;
        let mut problems = Vec::new();
        let read: Example = section(table.parse().unwrap(), "sink", &mut problems).unwrap();
        assert_eq!(read, Example { rows: 9, ..Example::default() });
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(paths.contains(&"sink.wait") && paths.contains(&"sink.rowz"), "{problems:?}");
        assert!(problems.iter().any(|problem| problem.rule.contains("30s")), "{problems:?}");
    }
}
