//! What the configurations of sources have in common, told with the same words.

use hark_mention::config::{Problem, Span};
use url::Url;

use crate::BudgetConfig;

/// Looks at the values of one section and collects what is wrong.
pub(crate) struct Checks<'a> {
    path: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Checks<'a> {
    /// For the section at `path`.
    pub(crate) fn new(path: &'a str, problems: &'a mut Vec<Problem>) -> Self {
        Self { path, problems }
    }

    /// Tells `rule` unless it `holds`.
    pub(crate) fn rule(&mut self, holds: bool, key: &str, rule: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(Problem::new(format!("{}.{key}", self.path), rule()));
        }
    }

    /// A text that is needed.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.given(key, !value.trim().is_empty());
    }

    /// A key that is needed.
    pub(crate) fn given(&mut self, key: &str, is_given: bool) {
        self.rule(is_given, key, || "is needed".to_owned());
    }

    /// A time within bounds.
    pub(crate) fn span(&mut self, key: &str, value: Span, min: Span, max: Span) {
        self.rule((min..=max).contains(&value), key, || format!("must be {min} to {max}, found `{value}`"));
    }

    /// A list without empty and repeated texts.
    pub(crate) fn distinct(&mut self, key: &str, values: &[String]) {
        let is_repeated = |(index, value): (usize, &String)| values.iter().take(index).any(|earlier| earlier == value);
        let bad =
            values.iter().enumerate().find(|(index, value)| value.trim().is_empty() || is_repeated((*index, value)));
        self.rule(bad.is_none(), key, || "must have no empty and no repeated texts".to_owned());
    }

    /// An address.
    pub(crate) fn url(&mut self, key: &str, value: &str) {
        let is_url = Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        self.rule(is_url, key, || format!("must be an http or https address, found `{value}`"));
    }

    /// A budget, if there is one.
    pub(crate) fn budget(&mut self, budget: Option<BudgetConfig>) {
        if let Some(budget) = budget {
            budget.check(self.path, self.problems);
        }
    }
}
