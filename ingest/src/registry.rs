//! From a `[[source]]` of the configuration to a source: the only place that knows all kinds.

use std::collections::HashSet;

use hark_mention::config::{Problem, section};

use crate::{
    runner::NamedSource,
    source::{Source, SourceContext, SourceError},
    sources::{
        bluesky::{BlueskyConfig, BlueskySource},
        hackernews::{HackerNewsConfig, HackerNewsSource},
        rss::{RssConfig, RssSource},
    },
};

/// The kinds of source that a `[[source]]` can have.
const KINDS: [&str; 3] = ["bluesky", "hackernews", "rss"];

/// A `[[source]]`: its `type`, its `name`, and the keys of its kind.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// What its progress is stored by: `name`, or else `type`. Keep it when you change other keys.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Bluesky(BlueskyConfig),
    HackerNews(HackerNewsConfig),
    Rss(RssConfig),
}

impl SourceConfig {
    /// Reads the section `table`, which stands at `path`, and adds what is wrong with it to `problems`.
    pub fn read(mut table: toml::Table, path: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut text = |key: &str| match table.remove(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(other) => Err(Problem::new(format!("{path}.{key}"), format!("must be a text, found `{other}`"))),
        };
        let (name, kind) = match (text("name"), text("type")) {
            (Ok(name), Ok(Some(kind))) => (name, kind),
            (name, kind) => {
                problems.extend(name.err());
                let missing = || Problem::new(path, format!("needs a `type`, one of {}", KINDS.join(", ")));
                problems.push(kind.err().unwrap_or_else(missing));
                return None;
            }
        };
        let name = name.unwrap_or_else(|| kind.clone());
        let kind = match kind.as_str() {
            "bluesky" => Kind::Bluesky(section(table, path, problems)?),
            "hackernews" => Kind::HackerNews(section(table, path, problems)?),
            "rss" => Kind::Rss(section(table, path, problems)?),
            other => {
                let rule = format!("must be one of {}, found `{other}`", KINDS.join(", "));
                problems.push(Problem::new(format!("{path}.type"), rule));
                return None;
            }
        };
        Some(Self { name, kind })
    }

    /// What is wrong with the values, and with the sources together.
    pub fn check_all(sources: &[Self], problems: &mut Vec<Problem>) {
        let mut names = HashSet::new();
        for (index, source) in sources.iter().enumerate() {
            let path = format!("source[{index}]");
            match &source.kind {
                Kind::Bluesky(config) => config.check(&path, problems),
                Kind::HackerNews(config) => config.check(&path, problems),
                Kind::Rss(config) => config.check(&path, problems),
            }
            if !names.insert(&source.name) {
                let rule = format!("another source is named `{}` too; give each a `name` of its own", source.name);
                problems.push(Problem::new(format!("{path}.name"), rule));
            }
        }
    }

    /// Makes the source.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when something that it needs is missing.
    pub fn build(self, context: SourceContext) -> Result<NamedSource, SourceError> {
        let source: Box<dyn Source> = match self.kind {
            Kind::Bluesky(config) => Box::new(BlueskySource::new(config, context)?),
            Kind::HackerNews(config) => Box::new(HackerNewsSource::new(config, context)?),
            Kind::Rss(config) => Box::new(RssSource::new(config, context)?),
        };
        Ok(NamedSource { name: self.name, source })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn problems(text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let file: toml::Table = text.parse().unwrap();
        let mut sources = Vec::new();
        for (index, table) in file["source"].as_array().unwrap().iter().enumerate() {
            let table = table.as_table().unwrap().clone();
            sources.extend(SourceConfig::read(table, &format!("source[{index}]"), &mut problems));
        }
        SourceConfig::check_all(&sources, &mut problems);
        problems
    }

    #[test]
    fn sources_are_read_strictly() {
        assert_eq!(problems("[[source]]\ntype = \"rss\"\nurls = [\"https://example.org/feed\"]"), []);
        let path = |text| problems(text).first().map(|problem| problem.path.clone()).unwrap_or_default();
        assert_eq!(path("[[source]]\ntype = \"rs\""), "source[0].type");
        assert_eq!(path("[[source]]\nurls = []"), "source[0]");
        assert_eq!(path("[[source]]\ntype = \"hackernews\"\nspeed = 1"), "source[0].speed");
        assert_eq!(path("[[source]]\ntype = \"hackernews\"\n[[source]]\ntype = \"hackernews\""), "source[1].name");
    }
}
