//! The keys of `[[source]]` with `type = "trustpilot"`.

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{TrustpilotSource, parse};
use crate::{
    budget::BudgetConfig,
    checks::Checks,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

/// Most companies of one source; each has a place in the cursor.
const MAX_COMPANIES: usize = 50;

/// `[[source]]` with `type = "trustpilot"`: the reviews of companies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrustpilotConfig {
    /// Key of your application at Trustpilot. Required.
    pub api_key: Option<Secret>,
    /// Companies, by the domain that they are reviewed under: `example.nl`.
    pub companies: Vec<String>,
    /// Time between two looks at one company. `1m` to `1d`. Default: `15m`.
    pub poll_interval: Span,
    /// How far back the first look goes. `0s` to `7300d`. Default: `30d`.
    pub history: Span,
    /// Time after which a stored review is looked at again. `1h` to `30d`. Default: `7d`.
    pub recheck: Span,
    /// Requests per day. Default: as many as Trustpilot allows.
    pub budget: Option<BudgetConfig>,
    /// Most time that one request may take. `1s` to `5m`. Default: `20s`.
    pub timeout: Span,
    /// Address of the interface. Default: `https://api.trustpilot.com/v1`.
    pub base_url: String,
}

impl Default for TrustpilotConfig {
    fn default() -> Self {
        Self {
            api_key: None,
            companies: Vec::new(),
            poll_interval: Span::from_secs(900),
            history: Span::from_secs(30 * 24 * 3600),
            recheck: Span::from_secs(7 * 24 * 3600),
            budget: None,
            timeout: Span::from_secs(20),
            base_url: "https://api.trustpilot.com/v1".to_owned(),
        }
    }
}

impl SourceKind for TrustpilotConfig {
    const NAME: &'static str = "trustpilot";

    const FACTS: Facts = Facts {
        needs: "an API key, which comes with some of Trustpilot's plans for businesses",
        cost: "part of the plan",
        delay: "15 minutes (`poll_interval`)",
        deletes: "no: each review is looked at again every week",
        history: "everything",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(TrustpilotSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        drop(parse::page(bytes, Timestamp::END));
        drop((parse::review(bytes, Timestamp::END), parse::unit(bytes)));
    }

    fn collects(&self, _: &Terms) -> String {
        format!("reads all reviews of {} companies; all of them are kept", self.companies.len())
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let days = |days: u64| Span::from_secs(days * 24 * 3600);
        let mut checks = Checks::new(path, problems);
        checks.given("api_key", self.api_key.is_some());
        let count = self.companies.len();
        checks.rule((1..=MAX_COMPANIES).contains(&count), "companies", || {
            format!("must be 1 to {MAX_COMPANIES} domains, found {count}")
        });
        for (index, name) in self.companies.iter().enumerate() {
            let is_domain = name.contains('.') && !name.contains(['/', ':', ' ', '?']);
            checks.rule(is_domain, &format!("companies[{index}]"), || {
                format!("must be a domain such as `example.nl`, found `{name}`")
            });
        }
        checks.distinct("companies", &self.companies);
        checks.span("poll_interval", self.poll_interval, Span::from_secs(60), days(1));
        checks.span("history", self.history, Span::from_secs(0), days(7300));
        checks.span("recheck", self.recheck, Span::from_secs(3600), days(30));
        checks.span("timeout", self.timeout, Span::from_secs(1), Span::from_secs(300));
        checks.url("base_url", &self.base_url);
        checks.budget(self.budget);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = TrustpilotConfig {
            api_key: Secret::parse("${env:TRUSTPILOT_KEY}").ok(),
            companies: vec!["example.nl".into()],
            ..TrustpilotConfig::default()
        };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let bad = TrustpilotConfig {
            companies: vec!["https://example.nl/".into()],
            recheck: Span::from_secs(90 * 24 * 3600),
            ..TrustpilotConfig::default()
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["api_key", "companies[0]", "recheck"].map(|key| format!("source[0].{key}")));
    }
}
