//! From a `[[source]]` of the configuration to a source: the only place that knows all kinds.
//!
//! A kind is its configuration: a type that implements [`SourceKind`], and one line in [`KINDS`].

use std::{collections::HashSet, fmt, sync::Arc};

use hark_mention::config::{Problem, section};
use serde::de::DeserializeOwned;

use crate::{
    source::{Source, SourceContext, SourceError, Terms},
    sources::{
        appstore::AppStoreConfig,
        bluesky::BlueskyConfig,
        discourse::DiscourseConfig,
        gdelt::GdeltConfig,
        github::GitHubConfig,
        googleplay::GooglePlayConfig,
        hackernews::HackerNewsConfig,
        lemmy::LemmyConfig,
        linkedin::LinkedInConfig,
        mastodon::MastodonConfig,
        meta::{FacebookConfig, InstagramConfig},
        producthunt::ProductHuntConfig,
        reddit::RedditConfig,
        rss::RssConfig,
        stackexchange::StackExchangeConfig,
        survey::SurveyConfig,
        telegram::TelegramConfig,
        trustpilot::TrustpilotConfig,
        webhook::WebhookConfig,
        x::XConfig,
        youtube::YouTubeConfig,
    },
};

/// The kinds of source that a `[[source]]` can have, by name.
const KINDS: &[Entry] = &[
    entry::<AppStoreConfig>(),
    entry::<BlueskyConfig>(),
    entry::<DiscourseConfig>(),
    entry::<FacebookConfig>(),
    entry::<GdeltConfig>(),
    entry::<GitHubConfig>(),
    entry::<GooglePlayConfig>(),
    entry::<HackerNewsConfig>(),
    entry::<InstagramConfig>(),
    entry::<LemmyConfig>(),
    entry::<LinkedInConfig>(),
    entry::<MastodonConfig>(),
    entry::<ProductHuntConfig>(),
    entry::<RedditConfig>(),
    entry::<RssConfig>(),
    entry::<StackExchangeConfig>(),
    entry::<SurveyConfig>(),
    entry::<TelegramConfig>(),
    entry::<TrustpilotConfig>(),
    entry::<WebhookConfig>(),
    entry::<XConfig>(),
    entry::<YouTubeConfig>(),
];

/// A kind of source: the keys of its `[[source]]`, and how a source is made of them.
pub trait SourceKind: DeserializeOwned + fmt::Debug + Clone + Send + Sync + 'static {
    /// What `type` says.
    const NAME: &'static str;

    /// What people should know before they choose it.
    const FACTS: Facts;

    /// Adds what is wrong with the values; `path` is where the section stands.
    fn check(&self, path: &str, problems: &mut Vec<Problem>);

    /// What will be collected with these values, in one sentence for people, and why not less: `wanted` says what
    /// mentions are listened for.
    fn collects(&self, wanted: &Terms) -> String;

    /// Makes the source.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when something that it needs is missing.
    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError>;

    /// Gives `bytes` to every parser of this source, as if the other side had sent them. Tests and fuzzers call it with
    /// any bytes; it must come back.
    fn fuzz(bytes: &[u8]);
}

/// What people should know of a kind of source before they choose it. Short texts in plain English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What has to be there: `nothing`, `a free API key`.
    pub needs: &'static str,
    /// What it costs: `free`, `per post read`.
    pub cost: &'static str,
    /// How long after publication a mention comes: `seconds`.
    pub delay: &'static str,
    /// Whether deletions and edits are told: `yes`, `no: looked at again for 30 days`.
    pub deletes: &'static str,
    /// How far back it can read: `none`, `36 hours`, `everything`.
    pub history: &'static str,
}

/// A kind, as the table of kinds holds it.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    facts: Facts,
    read: Read,
    fuzz: fn(&[u8]),
}

/// Reads a section that stands at a path, and adds what is wrong with it.
type Read = fn(toml::Table, &str, &mut Vec<Problem>) -> Option<Arc<dyn Configured>>;

const fn entry<K: SourceKind>() -> Entry {
    Entry { name: K::NAME, facts: K::FACTS, read: read::<K>, fuzz: K::fuzz }
}

fn read<K: SourceKind>(table: toml::Table, path: &str, problems: &mut Vec<Problem>) -> Option<Arc<dyn Configured>> {
    section::<K>(table, path, problems).map(|config| Arc::new(config) as Arc<dyn Configured>)
}

/// The values of a `[[source]]`, of whatever kind.
trait Configured: fmt::Debug + Send + Sync {
    fn kind(&self) -> &'static str;
    fn check(&self, path: &str, problems: &mut Vec<Problem>);
    fn collects(&self, wanted: &Terms) -> String;
    fn build(&self, context: SourceContext) -> Result<Box<dyn Source>, SourceError>;
}

impl<K: SourceKind> Configured for K {
    fn kind(&self) -> &'static str {
        K::NAME
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        SourceKind::check(self, path, problems);
    }

    fn collects(&self, wanted: &Terms) -> String {
        SourceKind::collects(self, wanted)
    }

    fn build(&self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        SourceKind::build(self.clone(), context)
    }
}

/// All kinds of source by their names, with what people should know of them.
pub fn source_kinds() -> impl Iterator<Item = (&'static str, Facts)> {
    KINDS.iter().map(|kind| (kind.name, kind.facts))
}

/// Gives `bytes` to every parser of the source of type `kind`; see [`SourceKind::fuzz`].
pub fn fuzz(kind: &str, bytes: &[u8]) {
    KINDS.iter().filter(|entry| entry.name == kind).for_each(|entry| (entry.fuzz)(bytes));
}

/// A `[[source]]`: its `type`, its `name`, and the keys of its kind.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// What its progress is stored by: `name`, or else `type`. Keep it when you change other keys.
    pub name: String,
    config: Arc<dyn Configured>,
}

impl SourceConfig {
    /// Reads the section `table`, which stands at `path`, and adds what is wrong with it to `problems`.
    pub fn read(mut table: toml::Table, path: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut text = |key: &str| match table.remove(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(other) => Err(Problem::new(format!("{path}.{key}"), format!("must be a text, found `{other}`"))),
        };
        let names = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        let (name, kind) = match (text("name"), text("type")) {
            (Ok(name), Ok(Some(kind))) => (name, kind),
            (name, kind) => {
                problems.extend(name.err());
                let missing = || Problem::new(path, format!("needs a `type`, one of {}", names()));
                problems.push(kind.err().unwrap_or_else(missing));
                return None;
            }
        };
        let Some(entry) = KINDS.iter().find(|entry| entry.name == kind) else {
            let rule = format!("must be one of {}, found `{kind}`", names());
            problems.push(Problem::new(format!("{path}.type"), rule));
            return None;
        };
        let config = (entry.read)(table, path, problems)?;
        Some(Self { name: name.unwrap_or(kind), config })
    }

    /// What is wrong with the values, and with the sources together.
    pub fn check_all(sources: &[Self], problems: &mut Vec<Problem>) {
        let mut names = HashSet::new();
        for (index, source) in sources.iter().enumerate() {
            let path = format!("source[{index}]");
            source.config.check(&path, problems);
            if source.name.contains(':') {
                problems.push(Problem::new(format!("{path}.name"), "must not hold a `:`"));
            }
            if !names.insert(&source.name) {
                let rule = format!("another source is named `{}` too; give each a `name` of its own", source.name);
                problems.push(Problem::new(format!("{path}.name"), rule));
            }
        }
    }

    /// Its `type`.
    pub fn kind(&self) -> &'static str {
        self.config.kind()
    }

    /// What it will collect, in one sentence for people.
    pub fn collects(&self, wanted: &Terms) -> String {
        self.config.collects(wanted)
    }

    /// Makes the source.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when something that it needs is missing.
    pub fn build(&self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        self.config.build(context)
    }
}

#[cfg(test)]
mod tests;
