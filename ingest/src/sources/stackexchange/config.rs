//! The keys of `[[source]]` with `type = "stackexchange"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{StackExchangeSource, parse};
use crate::{
    budget::BudgetConfig,
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(300);
const MAX_POLL_INTERVAL: Span = Span::from_secs(86_400);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MIN_RECHECK: Span = Span::from_secs(6 * 3600);
const MAX_RECHECK: Span = Span::from_secs(30 * 86_400);
const MAX_HISTORY: Span = Span::from_secs(10 * 365 * 86_400);
const MAX_QUESTIONS: usize = 50;

/// Requests a day without a key, for one address, and with one.
///
/// Source: <https://api.stackexchange.com/docs/throttle>.
const QUOTAS: (u64, u64) = (300, 10_000);

/// `[[source]]` with `type = "stackexchange"`: questions and answers of Stack Overflow and its sister sites.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StackExchangeConfig {
    /// Sites by their short names, such as `stackoverflow` or `superuser`; up to 20. Default: `["stackoverflow"]`.
    pub sites: Vec<String>,
    /// What to search for, in questions and answers; up to 50 words or phrases. Default: none.
    pub search: Vec<String>,
    /// Tags whose questions and answers to read; up to 50. Default: none.
    pub tags: Vec<String>,
    /// How far back the first look goes. `0s` to `3650d`. Default: `7d`.
    pub history: Span,
    /// Key of a registered application: 10,000 requests a day instead of 300. Default: none.
    pub key: Option<Secret>,
    /// Time between two looks. `5m` to `1d`. Default: `30m`.
    pub poll_interval: Span,
    /// How often each of the newest 4,000 kept posts is looked at again, for edits and deletions. `6h` to `30d`.
    /// Default: `1d`.
    pub recheck: Span,
    /// Most requests a day. Default: what the site allows, 300 without a key and 10,000 with one.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://api.stackexchange.com/2.3`.
    pub base_url: String,
}

impl Default for StackExchangeConfig {
    fn default() -> Self {
        Self {
            sites: vec!["stackoverflow".to_owned()],
            search: Vec::new(),
            tags: Vec::new(),
            history: Span::from_secs(7 * 86_400),
            key: None,
            poll_interval: Span::from_secs(1800),
            recheck: Span::from_secs(86_400),
            budget: None,
            timeout: Span::from_secs(30),
            base_url: "https://api.stackexchange.com/2.3".to_owned(),
        }
    }
}

impl StackExchangeConfig {
    /// What the site allows in a day.
    fn quota(&self) -> u64 {
        if self.key.is_some() { QUOTAS.1 } else { QUOTAS.0 }
    }

    /// Requests that looking for news costs in a day, when there are none; each page of news is one or two more.
    fn cost(&self) -> u64 {
        ((self.search.len() + self.tags.len()) as u64).saturating_mul(self.cost_of_one())
    }

    /// Requests a day for one word or tag on all sites.
    fn cost_of_one(&self) -> u64 {
        let looks = 86_400 / self.poll_interval.duration().as_secs().max(1);
        (self.sites.len() as u64).saturating_mul(looks)
    }

    /// Requests that may be made in a day.
    pub(super) fn allowed(&self) -> u64 {
        self.budget.map_or(self.quota(), |budget| budget.per_day)
    }

    /// Most words of the brands that can be asked for: as many as a day's requests are enough for.
    pub(super) fn most_words(&self) -> usize {
        let affordable = self.allowed() / self.cost_of_one().max(1);
        usize::try_from(affordable).unwrap_or(usize::MAX).min(MAX_QUESTIONS)
    }
}

impl SourceKind for StackExchangeConfig {
    const NAME: &'static str = "stackexchange";

    const FACTS: Facts = Facts {
        needs: "nothing; a free key for more than 300 requests a day",
        cost: "free",
        delay: "half an hour",
        deletes: "each kept post is looked at again once a day",
        history: "as far as you like, by its search",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(StackExchangeSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::wrapper(bytes));
        drop(parse::found(bytes));
        parse::id_of(bytes);
        drop(parse::post(bytes, "stackoverflow", None, Timestamp::END));
        parse::limit(bytes);
    }

    fn collects(&self, wanted: &Terms) -> String {
        if self.search.is_empty() && self.tags.is_empty() {
            return wanted.searched(&self.sites.join(", "), self.most_words());
        }
        let asked: Vec<String> = self
            .search
            .iter()
            .map(|words| format!("`{words}`"))
            .chain(self.tags.iter().map(|tag| format!("[{tag}]")))
            .collect();
        let (what, where_, cost) = (asked.join(", "), self.sites.join(", "), self.cost());
        format!("asks {where_} for {what}, and keeps everything found; {cost} requests a day and one or two for news")
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let sites = self.sites.len();
        rule((1..=20).contains(&sites), "sites", format!("must be 1 to 20, found `{sites}`"));
        let is_name =
            |text: &String| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        for (index, site) in self.sites.iter().enumerate() {
            let expected = format!("must be a short name such as `stackoverflow`, found `{site}`");
            rule(is_name(site), &format!("sites[{index}]"), expected);
        }
        let asked = self.search.len() + self.tags.len();
        let expected =
            format!("must name at most {MAX_QUESTIONS} words or phrases, together with `tags`, found `{asked}`");
        rule(asked <= MAX_QUESTIONS, "search", expected);
        for (index, words) in self.search.iter().enumerate() {
            rule(!words.trim().is_empty(), &format!("search[{index}]"), "must not be empty".to_owned());
        }
        for (index, tag) in self.tags.iter().enumerate() {
            let holds = !tag.is_empty() && !tag.contains([';', ' ']);
            rule(holds, &format!("tags[{index}]"), format!("must be one tag, found `{tag}`"));
        }
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("history", self.history, Span::from_secs(0), MAX_HISTORY);
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("recheck", self.recheck, MIN_RECHECK, MAX_RECHECK);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        let url = &self.base_url;
        rule(base_address(url).is_some(), "base_url", format!("must be an http or https address, found `{url}`"));
        let (cost, quota) = (self.cost(), self.allowed());
        let expected =
            format!("would cost {cost} requests a day, but {quota} are allowed: look less often, or set `key`");
        rule(cost <= quota, "poll_interval", expected);
        if let Some(budget) = self.budget {
            budget.check(path, problems);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(config: &StackExchangeConfig) -> Vec<String> {
        let mut problems = Vec::new();
        config.check("s", &mut problems);
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = StackExchangeConfig { search: vec!["fairphone".into()], ..StackExchangeConfig::default() };
        assert_eq!(paths(&good), [] as [&str; 0]);
        let bad = StackExchangeConfig {
            sites: vec!["https://x".into()],
            search: vec![" ".into()],
            tags: vec!["a;b".into()],
            history: Span::from_secs(u64::from(u32::MAX)),
            poll_interval: Span::from_secs(1),
            recheck: Span::from_secs(1),
            timeout: Span::from_millis(1),
            budget: Some(BudgetConfig { per_day: 0 }),
            base_url: "x".into(),
            ..good
        };
        let expected = [
            "s.sites[0]",
            "s.search[0]",
            "s.tags[0]",
            "s.history",
            "s.poll_interval",
            "s.recheck",
            "s.timeout",
            "s.base_url",
            "s.poll_interval",
            "s.budget.per_day",
        ];
        assert_eq!(paths(&bad), expected);
        assert_eq!(paths(&StackExchangeConfig::default()), [] as [&str; 0], "the brands' words are searched for");
    }

    #[test]
    fn what_the_quota_does_not_allow_is_told_before() {
        let many = StackExchangeConfig {
            search: (0..10).map(|number| format!("word {number}")).collect(),
            ..StackExchangeConfig::default()
        };
        assert_eq!(paths(&many), ["s.poll_interval"], "480 requests a day");
        assert_eq!(paths(&StackExchangeConfig { key: Some(Secret::given("k")), ..many }), [] as [&str; 0]);
        let two_sites = StackExchangeConfig { sites: vec!["a".into(), "b".into()], ..StackExchangeConfig::default() };
        assert_eq!(two_sites.most_words(), 3, "3 words on 2 sites 48 times a day are 288 of 300 requests");
    }
}
