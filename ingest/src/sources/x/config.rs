//! The keys of `[[source]]` with `type = "x"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{
    XSource,
    api::SearchPage,
    parse::{self, Included},
    query::{self, MAX_SEARCH},
};
use crate::{
    client::base_address,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// How far back the recent search goes.
pub(super) const MAX_HISTORY: Span = Span::from_secs(7 * 24 * 3600);
const MIN_POLL_INTERVAL: Span = Span::from_secs(10);
const MAX_POLL_INTERVAL: Span = Span::from_secs(24 * 3600);
const MIN_RECHECK: Span = Span::from_secs(3600);
const MAX_QUERIES: usize = 25;

/// What a day may cost. X bills each post and each author that it sends.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spending {
    /// Most posts a day; an author counts as two. At least 10. Default: `1000`.
    pub per_day: u64,
    /// Most euros a day, at `euros_per_post`; the lower of the two limits holds. Default: none.
    pub euros_per_day: Option<f64>,
    /// What one post costs you, in euros. Default: `0.005`, X's price in dollars in 2026.
    pub euros_per_post: f64,
}

impl Default for Spending {
    fn default() -> Self {
        Self { per_day: 1000, euros_per_day: None, euros_per_post: 0.005 }
    }
}

impl Spending {
    /// Most posts a day by both limits.
    pub(super) fn posts_per_day(self) -> u64 {
        let by_money = self.euros_per_day.map(|euros| (euros / self.euros_per_post).floor());
        // As casts of floats do: not a number is 0, and what is too large is the largest.
        by_money.map_or(self.per_day, |posts| self.per_day.min(posts as u64))
    }
}

/// `[[source]]` with `type = "x"`: posts on X that say what is listened for, by its search or its stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct XConfig {
    /// The app's bearer token: `${env:NAME}` or `${file:PATH}`.
    pub token: Option<Secret>,
    /// What to ask for in X's own query language, up to 25 queries; all that they find is kept. Default: the words of
    /// the brands' and products' queries, and what those queries match is kept.
    pub queries: Vec<String>,
    /// Languages to ask for, such as `nl`, up to 10. Default: all.
    pub languages: Vec<String>,
    /// Whether posts come by the filtered stream, within seconds. Default: `false`, by the recent search.
    pub stream: bool,
    /// Whether the authors' names and followers are asked for; X bills an author as two posts. Default: `true`.
    pub authors: bool,
    /// Time between two searches for the same. `10s` to `1d`. Default: `5m`.
    pub poll_interval: Span,
    /// How far the first search looks back. `0s` to `7d`. Default: `1h`.
    pub history: Span,
    /// Time between two questions which of the collected posts are gone, at most the day that X's terms allow. `1h` to
    /// `1d`. Default: `1d`.
    pub recheck: Span,
    /// What a day may cost. Default: 1,000 posts.
    pub budget: Spending,
    /// By what Hark knows its own rules among those of the project's stream. Default: `hark`.
    pub rule_tag: String,
    /// Address of the interface. Default: `https://api.x.com/2`.
    pub base_url: String,
}

impl Default for XConfig {
    fn default() -> Self {
        Self {
            token: None,
            queries: Vec::new(),
            languages: Vec::new(),
            stream: false,
            authors: true,
            poll_interval: Span::from_secs(300),
            history: Span::from_secs(3600),
            recheck: Span::from_secs(24 * 3600),
            budget: Spending::default(),
            rule_tag: "hark".to_owned(),
            base_url: "https://api.x.com/2".to_owned(),
        }
    }
}

impl XConfig {
    /// What X is asked for, in queries of at most `limit` characters.
    pub(super) fn asked(&self, wanted: &Terms, limit: usize) -> Vec<String> {
        if self.queries.is_empty() {
            return query::of_words(&wanted.words, &self.languages, limit);
        }
        self.queries.iter().map(|query| query::of_operator(query, &self.languages)).collect()
    }
}

impl SourceKind for XConfig {
    const NAME: &'static str = "x";
    const FACTS: Facts = Facts {
        needs: "an app with credit",
        cost: "per post read",
        delay: "minutes (`poll_interval`), or seconds with `stream`",
        deletes: "yes, within a day (`recheck`); edits as new searches find them",
        history: "7 days",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(XSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let _ = parse::redaction(bytes, Timestamp::END);
        let Ok(page) = serde_json::from_slice::<SearchPage>(bytes) else { return };
        for post in &page.data {
            let _ = parse::post(post, &Included::new(&page.includes), Timestamp::END);
        }
    }

    fn collects(&self, wanted: &Terms) -> String {
        let most = self.budget.posts_per_day();
        let asked = self.asked(wanted, MAX_SEARCH).len();
        match (self.queries.len(), wanted.words.len()) {
            (0, 0) => self.nothing_to_ask(wanted),
            (0, words) => format!(
                "asks for posts with one of {words} words in {asked} queries and keeps what the brands' queries match; at most {most} posts a day"
            ),
            (own, _) => format!("keeps all posts that {own} queries of your own find; at most {most} posts a day"),
        }
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        rule(self.token.is_some(), "token", "is needed: `${env:NAME}` or `${file:PATH}`".to_owned());
        let queries = self.queries.len();
        rule(queries <= MAX_QUERIES, "queries", format!("must be up to {MAX_QUERIES}, found `{queries}`"));
        for (index, own) in self.queries.iter().enumerate() {
            let length = query::of_operator(own, &self.languages).chars().count();
            let fits = !own.trim().is_empty() && length <= MAX_SEARCH;
            let expected =
                format!("must have 1 to {MAX_SEARCH} characters with languages and `-is:retweet`, found {length}");
            rule(fits, &format!("queries[{index}]"), expected);
        }
        rule(self.languages.len() <= 10, "languages", "must be up to 10".to_owned());
        for (index, language) in self.languages.iter().enumerate() {
            let is_code =
                (2..=5).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
            rule(
                is_code,
                &format!("languages[{index}]"),
                format!("must be a language such as `nl`, found `{language}`"),
            );
        }
        let spans = [
            ("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL),
            ("history", self.history, Span::from_secs(0), MAX_HISTORY),
            ("recheck", self.recheck, MIN_RECHECK, MAX_POLL_INTERVAL),
        ];
        for (key, value, min, max) in spans {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        }
        let Spending { euros_per_day, euros_per_post, .. } = self.budget;
        let money = euros_per_post > 0.0 && euros_per_day.is_none_or(|euros| euros > 0.0);
        rule(money, "budget", "`euros_per_day` and `euros_per_post` must be above 0".to_owned());
        // X sends ten posts at least.
        let least = super::MIN_RESULTS * self.units_per_post();
        let posts = self.budget.posts_per_day();
        rule(posts >= least, "budget", format!("must be worth at least {least} posts a day, found `{posts}`"));
        let is_tag = (1..=32).contains(&self.rule_tag.len()) && self.rule_tag.is_ascii();
        rule(is_tag, "rule_tag", format!("must be 1 to 32 plain letters, found `{}`", self.rule_tag));
        rule(
            base_address(&self.base_url).is_some(),
            "base_url",
            format!("must be an http or https address, found `{}`", self.base_url),
        );
    }
}

impl XConfig {
    /// Why there is nothing to ask for.
    pub(super) fn nothing_to_ask(&self, wanted: &Terms) -> String {
        let why = wanted.because.as_deref().unwrap_or("nothing is listened for");
        format!("collects nothing, for X has to be asked for words: {why}; give `queries`")
    }

    /// What one post costs at most, in posts: an author is billed as two.
    pub(super) fn units_per_post(&self) -> u64 {
        if self.authors { 3 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let mut problems = Vec::new();
        let good = XConfig { token: Some(Secret::Env("X_TOKEN".into())), ..XConfig::default() };
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = XConfig {
            token: None,
            queries: vec!["a".repeat(600)],
            languages: vec!["Dutch!".into()],
            poll_interval: Span::from_secs(1),
            history: Span::from_secs(30 * 24 * 3600),
            recheck: Span::from_secs(7 * 24 * 3600),
            budget: Spending { per_day: 5, ..Spending::default() },
            rule_tag: String::new(),
            base_url: "x".into(),
            ..XConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let keys = [
            "token",
            "queries[0]",
            "languages[0]",
            "poll_interval",
            "history",
            "recheck",
            "budget",
            "rule_tag",
            "base_url",
        ];
        assert_eq!(paths, keys.map(|key| format!("source[0].{key}")));
    }

    #[test]
    fn the_lower_of_posts_and_euros_holds() {
        let spending = |per_day, euros_per_day| Spending { per_day, euros_per_day, euros_per_post: 0.005 };
        assert_eq!(spending(1000, None).posts_per_day(), 1000);
        assert_eq!(spending(1000, Some(2.0)).posts_per_day(), 400);
        assert_eq!(spending(100, Some(2.0)).posts_per_day(), 100);
        assert_eq!(spending(100, Some(f64::NAN)).posts_per_day(), 0);
    }

    #[test]
    fn people_are_told_what_will_be_asked() {
        let config = XConfig::default();
        let wanted = Terms { words: vec!["fairphone".into(), "fair phone".into()], because: None };
        assert!(config.collects(&wanted).contains("2 words in 1 queries"), "{}", config.collects(&wanted));
        assert!(config.collects(&Terms::default()).contains("nothing"));
    }
}
