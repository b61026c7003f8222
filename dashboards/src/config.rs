//! `[dashboards]`: where the web page and its API listen, and how people log in.

use std::net::SocketAddr;

use hark_mention::config::{Problem, Span};
use serde::Deserialize;

use crate::access::{OidcConfig, ProxyConfig, TeamConfig, check_teams};

/// `[dashboards]`, as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DashboardsConfig {
    /// Address of the web page and its API; port 0 picks a free one. Default: `127.0.0.1:8080`.
    pub listen: String,
    /// Allows an address that other machines can reach without any users: whoever reaches it is an admin. Default:
    /// false.
    pub trusted_network: bool,
    /// Address that people type: `https://hark.example.org`. With `https`, cookies are sent over that only. Default:
    /// none, then cookies go over `http`.
    pub public_url: Option<String>,
    /// How long somebody stays logged in. Default: 7 d.
    pub session: Span,
    /// Requests that one user or token may make a minute, 10 to 1,000,000. Default: 1200.
    pub requests_per_minute: u32,
    /// Single sign-on with OpenID Connect. Default: none.
    pub oidc: Option<OidcConfig>,
    /// A proxy in front that logs people in. Default: none.
    pub proxy: Option<ProxyConfig>,
}

impl Default for DashboardsConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            trusted_network: false,
            public_url: None,
            session: Span::from_secs(7 * 86_400),
            requests_per_minute: 1200,
            oidc: None,
            proxy: None,
        }
    }
}

impl DashboardsConfig {
    /// What is wrong with the values, beside the `[[team]]`s that there are.
    pub fn check(&self, teams: &[TeamConfig], problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("dashboards.{key}"), rule));
            }
        };
        rule(
            self.listen.parse::<SocketAddr>().is_ok(),
            "listen",
            format!("must be an address and port such as `127.0.0.1:8080`, found `{}`", self.listen),
        );
        let web = |url: &str| url.parse::<url::Url>().is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        let public = self.public_url.as_deref();
        rule(
            public.is_none_or(web),
            "public_url",
            format!("must be an address such as `https://hark.example.org`, found `{}`", public.unwrap_or_default()),
        );
        let hour = Span::from_secs(3600);
        let session = hour <= self.session && self.session <= Span::from_secs(90 * 86_400);
        rule(session, "session", format!("must be `1h` to `90d`, found `{}`", self.session));
        let requests = self.requests_per_minute;
        rule(
            (10..=1_000_000).contains(&requests),
            "requests_per_minute",
            format!("must be 10 to 1000000, found `{requests}`"),
        );
        if let Some(oidc) = &self.oidc {
            rule(web(&oidc.issuer), "oidc.issuer", format!("must be a web address, found `{}`", oidc.issuer));
            rule(
                public.is_some(),
                "public_url",
                "is needed for `[dashboards.oidc]`: browsers are sent back there".to_owned(),
            );
            check_teams("dashboards.oidc", &oidc.teams, teams, problems);
        }
        if let Some(proxy) = &self.proxy {
            check_teams("dashboards.proxy", &proxy.teams, teams, problems);
        }
    }
}

/// Why an address that other machines can reach is refused, and what to do.
pub(crate) fn not_loopback(address: SocketAddr) -> String {
    format!(
        "is `{address}`, which other machines can reach, and there are no users: everyone who reaches it could read all \
         mentions and change what is listened for. Add a user with `hark user add NAME --role admin`, set up \
         `[dashboards.oidc]` or `[dashboards.proxy]`, or listen on `127.0.0.1`. Where everyone on that network may do \
         everything, `trusted_network = true` under `[dashboards]` says so"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(config: &DashboardsConfig) -> Vec<String> {
        let mut problems = Vec::new();
        config.check(&[], &mut problems);
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn every_wrong_value_is_named() {
        let usual = DashboardsConfig::default();
        assert!(problems(&usual).is_empty());
        let wrong = DashboardsConfig {
            listen: "localhost".to_owned(),
            public_url: Some("hark.example.org".to_owned()),
            session: Span::from_secs(1),
            requests_per_minute: 0,
            ..usual
        };
        let paths =
            ["dashboards.listen", "dashboards.public_url", "dashboards.session", "dashboards.requests_per_minute"];
        assert_eq!(problems(&wrong), paths);
    }
}
