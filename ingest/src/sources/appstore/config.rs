//! The keys of `[[source]]` with `type = "appstore"`.

use std::collections::HashMap;

use hark_mention::{
    Timestamp,
    config::{Problem, Secret, Span},
};
use serde::Deserialize;

use super::{AppStoreSource, parse};
use crate::{
    client::base_address,
    countries,
    registry::{Facts, SourceKind},
    source::{Source, SourceContext, SourceError, Terms},
};

const MIN_POLL_INTERVAL: Span = Span::from_secs(600);
const MAX_POLL_INTERVAL: Span = Span::from_secs(86_400);
const MIN_TIMEOUT: Span = Span::from_secs(1);
const MAX_TIMEOUT: Span = Span::from_secs(300);
const MIN_PAUSE: Span = Span::from_secs(1);
const MAX_PAUSE: Span = Span::from_secs(600);
const MIN_RECHECK: Span = Span::from_secs(6 * 3600);
const MAX_RECHECK: Span = Span::from_secs(90 * 86_400);
const MAX_HISTORY: Span = Span::from_secs(20 * 365 * 86_400);
const MAX_APPS: usize = 50;
const MAX_COUNTRIES: usize = 60;

/// `[[source]]` with `type = "appstore"`: reviews of apps in Apple's App Store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppStoreConfig {
    /// Numbers of the apps, as in `https://apps.apple.com/app/id1592550875`; 1 to 50. Required.
    pub apps: Vec<String>,
    /// Stores to read by the public feed, as two letters; each knows its own reviews only, the newest 500. 1 to 60.
    /// With `connect` all stores are read. Default: `["nl"]`.
    pub countries: Vec<String>,
    /// A key of App Store Connect, for apps of your own: all reviews of all stores, and your replies. Default: none,
    /// the public feed.
    pub connect: Option<ConnectConfig>,
    /// How far back the first look goes with `connect`. `0s` to `7300d`. Default: `365d`.
    pub history: Span,
    /// Time between two looks; the feed itself is hours behind. `10m` to `1d`. Default: `1h`.
    pub poll_interval: Span,
    /// Shortest time between two requests. `1s` to `10m`. Default: `3s`.
    pub pause: Span,
    /// With `connect`: how often each of the newest 4,000 reviews is looked at again, for edits and deletions.
    /// `6h` to `90d`. Default: `1d`.
    pub recheck: Span,
    /// Most time that one request may take. `1s` to `5m`. Default: `30s`.
    pub timeout: Span,
    /// Address of the public feed. Default: `https://itunes.apple.com`.
    pub base_url: String,
}

/// `connect = { … }`: a key of App Store Connect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectConfig {
    /// The number of the key, ten letters and digits.
    pub key_id: String,
    /// The issuer of a team's key; leave it out for a person's own key.
    pub issuer_id: Option<String>,
    /// What is in the file `AuthKey_….p8`.
    pub private_key: Secret,
    /// Address of the interface. Default: `https://api.appstoreconnect.apple.com`.
    #[serde(default = "connect_url")]
    pub base_url: String,
}

fn connect_url() -> String {
    "https://api.appstoreconnect.apple.com".to_owned()
}

impl Default for AppStoreConfig {
    fn default() -> Self {
        Self {
            apps: Vec::new(),
            countries: vec!["nl".to_owned()],
            connect: None,
            history: Span::from_secs(365 * 86_400),
            poll_interval: Span::from_secs(3600),
            pause: Span::from_secs(3),
            recheck: Span::from_secs(86_400),
            timeout: Span::from_secs(30),
            base_url: "https://itunes.apple.com".to_owned(),
        }
    }
}

impl SourceKind for AppStoreConfig {
    const NAME: &'static str = "appstore";

    const FACTS: Facts = Facts {
        needs: "nothing; a key of App Store Connect for all reviews of your own apps",
        cost: "free",
        delay: "an hour; the public feed itself is hours behind",
        deletes: "edits yes; deletions with a key, each review is looked at again once a day",
        history: "the newest 500 reviews a store; with a key all",
    };

    fn build(self, context: SourceContext) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(AppStoreSource::new(self, context)?))
    }

    fn fuzz(bytes: &[u8]) {
        let now = Timestamp::END;
        drop(parse::feed(bytes));
        drop(parse::reviews(bytes));
        drop(parse::one(bytes));
        drop(parse::entry(bytes, "1", "nl", now));
        drop(parse::connect(bytes, "1", &HashMap::new(), now));
        parse::left(&String::from_utf8_lossy(bytes));
    }

    fn collects(&self, _: &Terms) -> String {
        let apps = self.apps.join(", ");
        match self.connect {
            Some(_) => format!("reads every review of {apps} in all stores, and keeps all of them"),
            None => format!(
                "reads the newest 500 reviews of {apps} in each of {}, and keeps all",
                self.countries.join(", ")
            ),
        }
    }

    fn check(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("{path}.{key}"), rule));
            }
        };
        let apps = self.apps.len();
        rule((1..=MAX_APPS).contains(&apps), "apps", format!("must be 1 to {MAX_APPS} numbers, found `{apps}`"));
        for (index, app) in self.apps.iter().enumerate() {
            let key = format!("apps[{index}]");
            let is_number = !app.is_empty() && app.chars().all(|c| c.is_ascii_digit());
            rule(is_number, &key, format!("must be the number of an app, such as `1592550875`, found `{app}`"));
            rule(!self.apps.iter().take(index).any(|other| other == app), &key, format!("stands twice: `{app}`"));
        }
        let countries = self.countries.len();
        let expected = format!("must be 1 to {MAX_COUNTRIES}, found `{countries}`");
        rule((1..=MAX_COUNTRIES).contains(&countries), "countries", expected);
        for (index, country) in self.countries.iter().enumerate() {
            let holds = country.len() == 2 && countries::alpha2(country).is_some();
            rule(holds, &format!("countries[{index}]"), format!("must be two letters such as `nl`, found `{country}`"));
        }
        if let Some(connect) = &self.connect {
            let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let (key, url) = (&connect.key_id, &connect.base_url);
            rule(plain(key), "connect.key_id", format!("must be letters and digits, found `{key}`"));
            let issuer = connect.issuer_id.as_deref();
            rule(issuer.is_none_or(plain), "connect.issuer_id", "must be letters, digits and `-`".to_owned());
            let expected = format!("must be an http or https address, found `{url}`");
            rule(base_address(url).is_some(), "connect.base_url", expected);
        }
        let mut span = |key: &str, value: Span, min: Span, max: Span| {
            rule((min..=max).contains(&value), key, format!("must be {min} to {max}, found `{value}`"));
        };
        span("history", self.history, Span::from_secs(0), MAX_HISTORY);
        span("poll_interval", self.poll_interval, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL);
        span("pause", self.pause, MIN_PAUSE, MAX_PAUSE);
        span("recheck", self.recheck, MIN_RECHECK, MAX_RECHECK);
        span("timeout", self.timeout, MIN_TIMEOUT, MAX_TIMEOUT);
        let url = &self.base_url;
        rule(base_address(url).is_some(), "base_url", format!("must be an http or https address, found `{url}`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_with_their_place() {
        let good = AppStoreConfig { apps: vec!["1592550875".into()], ..AppStoreConfig::default() };
        let mut problems = Vec::new();
        good.check("source[0]", &mut problems);
        assert_eq!(problems, []);
        let connect = ConnectConfig {
            key_id: String::new(),
            issuer_id: Some("a b".into()),
            private_key: Secret::given("secret"),
            base_url: "x".into(),
        };
        assert!(!format!("{connect:?}").contains("secret\""));
        let bad = AppStoreConfig {
            apps: vec!["id1".into(), "2".into(), "2".into()],
            countries: vec!["nld".into(), "xx".into()],
            connect: Some(connect),
            history: Span::from_secs(u64::from(u32::MAX)),
            poll_interval: Span::from_secs(1),
            pause: Span::from_millis(1),
            recheck: Span::from_secs(1),
            timeout: Span::from_millis(1),
            base_url: "x".into(),
        };
        bad.check("source[0]", &mut problems);
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        let expected = [
            "apps[0]",
            "apps[2]",
            "countries[0]",
            "countries[1]",
            "connect.key_id",
            "connect.issuer_id",
            "connect.base_url",
            "history",
            "poll_interval",
            "pause",
            "recheck",
            "timeout",
            "base_url",
        ];
        assert_eq!(paths, expected.map(|key| format!("source[0].{key}")));
    }
}
