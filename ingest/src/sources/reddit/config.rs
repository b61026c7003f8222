//! The keys of `[[source]]` with `type = "reddit"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{MAX_SEARCHES, RedditSource, parse};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most subreddits and searches of one source; each has a place in the cursor.
const MAX_LISTINGS: usize = 40;

/// `[[source]]` with `type = "reddit"`: posts and comments of subreddits, and posts found by searches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedditConfig {
    /// Id of your app at <https://www.reddit.com/prefs/apps>. Required.
    pub client_id: String,
    /// Its secret. Required.
    pub client_secret: Option<Secret>,
    /// Account that answers for the app; Reddit demands it in the `User-Agent`. Required.
    pub account: String,
    /// Subreddits whose new posts and comments are read, without `r/`.
    pub subreddits: Vec<String>,
    /// What new posts of all of Reddit are searched for. Reddit's search does not look into comments.
    pub searches: Vec<String>,
    /// Whether only mentions that a query of a brand or product wants are kept. Default: true.
    pub only_wanted: bool,
    /// Time between two looks at one listing. `10s` to `1h`. Default: `1m`.
    pub poll_interval: Span,
    /// Time after which a stored mention is looked at again for edits and deletions. `1h` to `48h`. Default: `24h`.
    pub recheck: Span,
    /// Requests per day. Default: as many as Reddit allows.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://oauth.reddit.com`.
    pub base_url: String,
    /// Where access tokens are given. Default: `https://www.reddit.com/api/v1/access_token`.
    pub token_url: String,
}

impl Default for RedditConfig {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_secret: None,
            account: String::new(),
            subreddits: Vec::new(),
            searches: Vec::new(),
            only_wanted: true,
            poll_interval: Span::from_secs(60),
            recheck: Span::from_secs(24 * 3600),
            budget: None,
            timeout: Span::from_secs(20),
            base_url: "https://oauth.reddit.com".to_owned(),
            token_url: "https://www.reddit.com/api/v1/access_token".to_owned(),
        }
    }
}

impl SourceKind for RedditConfig {
    const NAME: &'static str = "reddit";

    const FACTS: Facts = Facts {
        needs: "a registered app (id and secret); commercial use needs a contract with Reddit",
        cost: "free up to 100 requests a minute",
        delay: "a minute or two",
        deletes: "no: each mention is looked at again every day",
        history: "some 1,000 items of a listing",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(RedditSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::listing(bytes, Timestamp::END));
    }

    fn collects(&self, wanted: &Terms) -> String {
        if self.subreddits.is_empty() && self.searches.is_empty() {
            return wanted.searched("Reddit", MAX_SEARCHES);
        }
        let kept =
            if self.only_wanted { wanted.kept() } else { "everything is kept (`only_wanted = false`)".to_owned() };
        let (subreddits, searches) = (self.subreddits.len(), self.searches.len());
        format!(
            "reads all new posts and comments of {subreddits} subreddits, and the posts that {searches} searches find; {kept}"
        )
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut checks = Checks::new(path, problems);
        checks.text("client_id", &self.client_id);
        checks.given("client_secret", self.client_secret.is_some());
        checks
            .rule(is_name(&self.account), "account", || format!("must be an account's name, found `{}`", self.account));
        for (index, name) in self.subreddits.iter().enumerate() {
            let key = format!("subreddits[{index}]");
            checks.rule(is_name(name), &key, || format!("must be a name without `r/`, found `{name}`"));
        }
        checks.distinct("subreddits", &self.subreddits);
        checks.distinct("searches", &self.searches);
        let listings = self.subreddits.len() + self.searches.len();
        checks.rule(listings <= MAX_LISTINGS, "subreddits", || {
            format!("must be, with `searches`, at most {MAX_LISTINGS}, found {listings}")
        });
        checks.span("poll_interval", self.poll_interval, Span::from_secs(10), Span::from_secs(3600));
        checks.span("recheck", self.recheck, Span::from_secs(3600), Span::from_secs(48 * 3600));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.url("token_url", &self.token_url);
        checks.budget(self.budget);
    }
}

/// Whether `name` can be a subreddit or an account.
fn is_name(name: &str) -> bool {
    (2..=21).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = RedditConfig {
            client_id: "app".into(),
            client_secret: Secret::parse("${env:REDDIT_SECRET}").ok(),
            account: "hark_bot".into(),
            subreddits: vec!["thenetherlands".into()],
            ..RedditConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = RedditConfig {
            subreddits: vec!["r/phones".into()],
            searches: vec!["a".into(), "a".into()],
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(72 * 3600),
            base_url: "reddit".into(),
            ..RedditConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = [
            "client_id",
            "client_secret",
            "account",
            "subreddits[0]",
            "searches",
            "poll_interval",
            "recheck",
            "base_url",
        ];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
