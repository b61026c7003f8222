//! The keys of `[[source]]` with `type = "github"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{
    GitHubSource, MAX_SEARCHES, delivered,
    parse::{self, PullRequests},
};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most repositories and searches of one source; each has a place in the cursor.
const MAX_LISTINGS: usize = 100;

/// `[[source]]` with `type = "github"`: issues, their comments and discussions of repositories, and issues that
/// searches find.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GitHubConfig {
    /// Access token. Left out: public issues and comments only, 60 requests an hour, and no deletions.
    pub token: Option<Secret>,
    /// Repositories, as `owner/name`.
    pub repositories: Vec<String>,
    /// What issues of all public repositories are searched for, in GitHub's own syntax. They are kept when a query of
    /// a brand or product wants them.
    pub searches: Vec<String>,
    /// Whether the discussions of the repositories are read too. Needs `token`. Default: false.
    pub discussions: bool,
    /// Whether pull requests and the comments on them are read too. Default: false.
    pub pull_requests: bool,
    /// Whether of repositories too only mentions that a query wants are kept. Default: false.
    pub only_wanted: bool,
    /// Time between two looks at one listing. `1m` to `1d`. Default: `5m`.
    pub poll_interval: Span,
    /// How far back the first look goes. `0s` to `7300d`. Default: `7d`.
    pub history: Span,
    /// Time after which a stored mention is looked at again for its deletion. `1h` to `30d`. Default: `1d`.
    pub recheck: Span,
    /// Requests per day. Default: as many as GitHub allows.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Address of the interface; that of a GitHub Enterprise Server ends with `/api/v3`.
    /// Default: `https://api.github.com`.
    pub base_url: String,
}

impl Default for GitHubConfig {
    fn default() -> Self {
        Self {
            token: None,
            repositories: Vec::new(),
            searches: Vec::new(),
            discussions: false,
            pull_requests: false,
            only_wanted: false,
            poll_interval: Span::from_secs(300),
            history: Span::from_secs(7 * 24 * 3600),
            recheck: Span::from_secs(24 * 3600),
            budget: None,
            timeout: Span::from_secs(30),
            base_url: "https://api.github.com".to_owned(),
        }
    }
}

impl SourceKind for GitHubConfig {
    const NAME: &'static str = "github";

    const FACTS: Facts = Facts {
        needs: "nothing for public issues; a free token for discussions, deletions and more requests",
        cost: "free: 5,000 requests an hour with a token, 60 without",
        delay: "5 minutes (`poll_interval`)",
        deletes: "edits: yes; deletions: looked at again every day, with a token",
        history: "everything",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(GitHubSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::issues(bytes, PullRequests::Read, Timestamp::END));
        drop(parse::comments(bytes, PullRequests::Read, Timestamp::END));
        drop(parse::found(bytes, PullRequests::Read, Timestamp::END));
        drop((parse::issue_key(bytes), parse::next_link(&String::from_utf8_lossy(bytes))));
        if let Ok(page) = serde_json::from_slice(bytes) {
            drop(parse::discussions(&page, Timestamp::END));
        }
        for event in ["issues", "issue_comment", "discussion", "discussion_comment"] {
            drop(delivered(event, bytes, Timestamp::END));
        }
    }

    fn collects(&self, wanted: &Terms) -> String {
        if self.repositories.is_empty() && self.searches.is_empty() {
            return wanted.searched("GitHub", MAX_SEARCHES);
        }
        let discussions = if self.discussions { ", comments and discussions" } else { " and comments" };
        let own = if self.only_wanted { wanted.kept() } else { "all of those are kept".to_owned() };
        let mut told = format!("reads the issues{discussions} of {} repositories; {own}", self.repositories.len());
        if !self.searches.is_empty() {
            told.push_str(&format!(". Reads the issues that {} searches find; {}", self.searches.len(), wanted.kept()));
        }
        told
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let days = |days: u64| Span::from_secs(days * 24 * 3600);
        let mut checks = Checks::new(path, problems);
        for (index, name) in self.repositories.iter().enumerate() {
            checks.rule(is_repository(name), &format!("repositories[{index}]"), || {
                format!("must be `owner/name`, found `{name}`")
            });
        }
        checks.distinct("repositories", &self.repositories);
        checks.distinct("searches", &self.searches);
        let count = self.repositories.len() + self.searches.len();
        checks.rule(count <= MAX_LISTINGS, "repositories", || {
            format!("must be, with `searches`, at most {MAX_LISTINGS}, found {count}")
        });
        checks.rule(!self.discussions || self.token.is_some(), "discussions", || "needs a `token`".to_owned());
        checks.span("poll_interval", self.poll_interval, Span::from_secs(60), days(1));
        checks.span("history", self.history, Span::from_secs(0), days(7300));
        checks.span("recheck", self.recheck, Span::from_secs(3600), days(30));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.budget(self.budget);
    }
}

fn is_repository(name: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name) && ![".", ".."].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = GitHubConfig { repositories: vec!["fairphone/hal.x".into()], ..GitHubConfig::default() };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = GitHubConfig {
            repositories: vec!["https://github.com/a/b".into(), "a/..".into()],
            searches: vec![" ".into()],
            discussions: true,
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(60),
            ..GitHubConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = ["repositories[0]", "repositories[1]", "searches", "discussions", "poll_interval", "recheck"];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
