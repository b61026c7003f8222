//! The keys of `[[source]]` with `type = "producthunt"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{ProductHuntSource, parse};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most posts and topics of one source; each has a place in the cursor.
const MAX_LISTINGS: usize = 50;

/// `[[source]]` with `type = "producthunt"`: launches of products, and the comments below them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProductHuntConfig {
    /// Developer token of your application. Required.
    pub token: Option<Secret>,
    /// Launches whose comments are read, by the last part of their addresses.
    pub posts: Vec<String>,
    /// Topics whose new launches are read, by the last part of their addresses. They and their comments are kept when
    /// a query of a brand or product wants them.
    pub topics: Vec<String>,
    /// Time between two looks at one listing. `5m` to `1d`. Default: `15m`.
    pub poll_interval: Span,
    /// How long the comments of a found launch are read. `1d` to `90d`. Default: `30d`.
    pub follow: Span,
    /// How far back the first look goes. `0s` to `3650d`. Default: `7d`.
    pub history: Span,
    /// Time after which a stored mention is looked at again. `1h` to `30d`. Default: `7d`.
    pub recheck: Span,
    /// Requests per day. Default: as many as Product Hunt allows.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://api.producthunt.com`.
    pub base_url: String,
}

impl Default for ProductHuntConfig {
    fn default() -> Self {
        Self {
            token: None,
            posts: Vec::new(),
            topics: Vec::new(),
            poll_interval: Span::from_secs(900),
            follow: Span::from_secs(30 * 24 * 3600),
            history: Span::from_secs(7 * 24 * 3600),
            recheck: Span::from_secs(7 * 24 * 3600),
            budget: None,
            timeout: Span::from_secs(30),
            base_url: "https://api.producthunt.com".to_owned(),
        }
    }
}

impl SourceKind for ProductHuntConfig {
    const NAME: &'static str = "producthunt";

    const FACTS: Facts = Facts {
        needs: "a free developer token; business use needs Product Hunt's consent",
        cost: "free: 6,250 points of complexity in 15 minutes",
        delay: "15 minutes (`poll_interval`)",
        deletes: "no: each mention is looked at again every week",
        history: "everything below a launch",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(ProductHuntSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        if let Ok(raw) = serde_json::from_slice::<Box<serde_json::value::RawValue>>(bytes) {
            drop((parse::launch(&raw, Timestamp::END), parse::thread(&raw, Some("post:1"), Timestamp::END)));
        }
    }

    fn collects(&self, wanted: &Terms) -> String {
        let mut told = format!("reads all comments of {} launches; all of them are kept", self.posts.len());
        if !self.topics.is_empty() {
            told.push_str(&format!(". Reads the new launches of {} topics; {}", self.topics.len(), wanted.kept()));
        }
        told
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let days = |days: u64| Span::from_secs(days * 24 * 3600);
        let mut checks = Checks::new(path, problems);
        checks.given("token", self.token.is_some());
        for (key, list) in [("posts", &self.posts), ("topics", &self.topics)] {
            for (index, slug) in list.iter().enumerate() {
                checks.rule(is_slug(slug), &format!("{key}[{index}]"), || {
                    format!("must be the last part of an address, such as `my-product`, found `{slug}`")
                });
            }
            checks.distinct(key, list);
        }
        let count = self.posts.len() + self.topics.len();
        checks.rule((1..=MAX_LISTINGS).contains(&count), "posts", || {
            format!("must be, with `topics`, 1 to {MAX_LISTINGS}, found {count}")
        });
        checks.span("poll_interval", self.poll_interval, Span::from_secs(300), days(1));
        checks.span("follow", self.follow, days(1), days(90));
        checks.span("history", self.history, Span::from_secs(0), days(3650));
        checks.span("recheck", self.recheck, Span::from_secs(3600), days(30));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.budget(self.budget);
    }
}

fn is_slug(slug: &str) -> bool {
    !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = ProductHuntConfig {
            token: Secret::parse("${env:PRODUCTHUNT_TOKEN}").ok(),
            posts: vec!["my-product".into()],
            ..ProductHuntConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = ProductHuntConfig {
            posts: vec!["https://www.producthunt.com/posts/x".into()],
            topics: vec!["ai".into(), "ai".into()],
            poll_interval: Span::from_secs(1),
            ..ProductHuntConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["token", "posts[0]", "topics", "poll_interval"].map(|key| format!("source[0].{key}")));
    }
}
