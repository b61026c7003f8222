//! The keys of `[[source]]` with `type = "googleplay"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{GooglePlaySource, parse};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most apps of one source; each has a place in the cursor.
const MAX_PACKAGES: usize = 50;

/// `[[source]]` with `type = "googleplay"`: the reviews of your own Android apps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GooglePlayConfig {
    /// Your apps, by package name.
    pub packages: Vec<String>,
    /// The JSON key file of a service account that may see the apps' reviews. Required.
    pub service_account: Option<Secret>,
    /// Time between two looks at one app. `5m` to `1d`: Google shows reviews for a week. Default: `1h`.
    pub poll_interval: Span,
    /// Time after which a review of the last week is looked at again. `1h` to `7d`. Default: `1d`.
    pub recheck: Span,
    /// Requests per day. Default: as many as Google allows.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://androidpublisher.googleapis.com`.
    pub base_url: String,
}

impl Default for GooglePlayConfig {
    fn default() -> Self {
        Self {
            packages: Vec::new(),
            service_account: None,
            poll_interval: Span::from_secs(3600),
            recheck: Span::from_secs(24 * 3600),
            budget: None,
            timeout: Span::from_secs(30),
            base_url: "https://androidpublisher.googleapis.com".to_owned(),
        }
    }
}

impl SourceKind for GooglePlayConfig {
    const NAME: &'static str = "googleplay";

    const FACTS: Facts = Facts {
        needs: "a service account with access to your own apps",
        cost: "free",
        delay: "an hour (`poll_interval`)",
        deletes: "edits: yes; deletions: looked at again for a week",
        history: "a week; older reviews by importing the files of the Play Console",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(GooglePlaySource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::page(bytes, "com.example.app", Timestamp::END));
        drop(parse::review(bytes, "com.example.app", Timestamp::END));
    }

    fn collects(&self, _: &Terms) -> String {
        format!("reads all reviews with a text of {} apps; all of them are kept", self.packages.len())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let (hour, day) = (Span::from_secs(3600), Span::from_secs(24 * 3600));
        let mut checks = Checks::new(path, problems);
        let count = self.packages.len();
        checks.rule((1..=MAX_PACKAGES).contains(&count), "packages", || {
            format!("must be 1 to {MAX_PACKAGES} package names, found {count}")
        });
        for (index, name) in self.packages.iter().enumerate() {
            checks.rule(is_package(name), &format!("packages[{index}]"), || {
                format!("must be a package name such as `com.example.app`, found `{name}`")
            });
        }
        checks.distinct("packages", &self.packages);
        checks.given("service_account", self.service_account.is_some());
        checks.span("poll_interval", self.poll_interval, Span::from_secs(300), day);
        checks.span("recheck", self.recheck, hour, Span::from_secs(7 * 24 * 3600));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.budget(self.budget);
    }
}

fn is_package(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name.contains('.') && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = GooglePlayConfig {
            packages: vec!["com.example.app".into()],
            service_account: Secret::parse("${file:/run/secrets/play.json}").ok(),
            ..GooglePlayConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = GooglePlayConfig {
            packages: vec!["app".into()],
            poll_interval: Span::from_secs(8 * 24 * 3600),
            recheck: Span::from_secs(8 * 24 * 3600),
            ..GooglePlayConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["packages[0]", "service_account", "poll_interval", "recheck"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
