//! `[privacy]`: what is masked, whether authors get other names, and how long mentions are kept.

use std::collections::BTreeMap;

use hark_mention::{
    PersonalData,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use crate::Masker;

/// Shortest and longest retention: a day, and some fifty years, for the database counts time in 32 bits.
const RETENTION: (Span, Span) = (Span::from_secs(86_400), Span::from_secs(18_250 * 86_400));

/// Shortest and longest time in which deleted texts leave the disk. Kafka needs some hours: it removes whole files.
const ERASE_WITHIN: (Span, Span) = (Span::from_secs(6 * 3600), Span::from_secs(30 * 86_400));

/// `[privacy]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyConfig {
    /// What is masked in texts before they are stored anywhere. Default: all kinds; `[]` masks nothing.
    pub mask: Vec<PersonalData>,
    /// Whether authors' ids, their handles and the ids of mentions are replaced by keyed hashes. Default: false.
    pub pseudonymise_authors: bool,
    /// Key of those hashes. Default: one that is made in the data folder; needed where `[kafka] brokers` is set.
    pub key: Option<Secret>,
    /// How long after its publication a mention is kept, a day to 50 years. Default: for ever.
    pub retention: Option<Span>,
    /// The same for single sources, by the value of the column `source`.
    pub source_retention: BTreeMap<String, Span>,
    /// Time in which the texts of deleted mentions leave ClickHouse's disk and Kafka, 6 hours to 30 days. Default: 24 h.
    pub erase_within: Span,
}

impl Default for PrivacyConfig {
    fn default() -> Self {
        Self {
            mask: PersonalData::ALL.to_vec(),
            pseudonymise_authors: false,
            key: None,
            retention: None,
            source_retention: BTreeMap::new(),
            erase_within: Span::from_secs(86_400),
        }
    }
}

impl PrivacyConfig {
    /// What masks as the configuration says.
    pub fn masker(&self) -> Masker {
        Masker::new(&self.mask)
    }

    /// What is wrong with the values; `cluster` tells that processes without a common data folder share the work.
    pub fn check(&self, cluster: bool, problems: &mut Vec<Problem>) {
        let mut held = |path: &str, span: Span| {
            if !(RETENTION.0..=RETENTION.1).contains(&span) {
                let rule = format!("must be {} to {}, found `{span}`", RETENTION.0, RETENTION.1);
                problems.push(Problem::new(path, rule));
            }
        };
        if let Some(retention) = self.retention {
            held("privacy.retention", retention);
        }
        for (source, retention) in &self.source_retention {
            held(&format!("privacy.source_retention.{source}"), *retention);
        }
        if !(ERASE_WITHIN.0..=ERASE_WITHIN.1).contains(&self.erase_within) {
            let rule = format!("must be {} to {}, found `{}`", ERASE_WITHIN.0, ERASE_WITHIN.1, self.erase_within);
            problems.push(Problem::new("privacy.erase_within", rule));
        }
        if self.pseudonymise_authors && cluster && self.key.is_none() {
            let rule = "is needed with `pseudonymise_authors` and `[kafka] brokers`, so that all processes give an author \
                        the same name: `${file:PATH}` or `${env:NAME}` of 32 random characters or more";
            problems.push(Problem::new("privacy.key", rule));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_work_is_refused() {
        let problems = |config: PrivacyConfig, cluster| {
            let mut problems = Vec::new();
            config.check(cluster, &mut problems);
            problems.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
        };
        assert!(problems(PrivacyConfig::default(), true).is_empty());
        let pseudonyms = PrivacyConfig { pseudonymise_authors: true, ..PrivacyConfig::default() };
        assert!(problems(pseudonyms.clone(), false).is_empty());
        assert_eq!(problems(pseudonyms, true), ["privacy.key"]);
        let source_retention = BTreeMap::from([("rss".to_owned(), Span::from_secs(60))]);
        let short = PrivacyConfig {
            retention: Some(Span::from_secs(1)),
            source_retention,
            erase_within: Span::from_secs(1),
            ..PrivacyConfig::default()
        };
        assert_eq!(
            problems(short, false),
            ["privacy.retention", "privacy.source_retention.rss", "privacy.erase_within"]
        );
    }
}
