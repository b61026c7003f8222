//! `[clickhouse]`: where the database is, and as whom.

use serde::Deserialize;

use super::{Problem, Secret, Size, Span};

/// `[clickhouse]`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClickHouseConfig {
    /// HTTP address: `https://host:8443`. Default: none, then `hark up` runs the embedded engine.
    pub url: Option<String>,
    /// Address of the embedded engine's HTTP interface; port 0 picks a free one and keeps it. Default: `127.0.0.1:0`.
    pub listen: String,
    /// Database that holds Hark's tables. Default: `hark`.
    pub database: String,
    /// User that writes and migrates. Default: `default`. The embedded engine has its own.
    pub user: String,
    /// Password of `user`.
    pub password: Option<Secret>,
    /// Read-only user for people's SQL. Default: `analyst`. The embedded engine has its own.
    pub analyst_user: String,
    /// Password of `analyst_user`.
    pub analyst_password: Option<Secret>,
    /// Longest time that one insert or query may take. Default: 60 s.
    pub timeout: Span,
    /// Most memory that the embedded engine takes. Default: 768 MiB, at least 512 MiB.
    pub memory: Size,
}

impl Default for ClickHouseConfig {
    fn default() -> Self {
        Self {
            url: None,
            listen: "127.0.0.1:0".to_owned(),
            database: "hark".to_owned(),
            user: "default".to_owned(),
            password: None,
            analyst_user: "analyst".to_owned(),
            analyst_password: None,
            timeout: Span::from_secs(60),
            memory: Size::from_mib(768),
        }
    }
}

impl ClickHouseConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        let mut rule = |holds: bool, key: &str, rule: String| {
            if !holds {
                problems.push(Problem::new(format!("clickhouse.{key}"), rule));
            }
        };
        let url = self.url.as_deref();
        rule(
            url.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://")),
            "url",
            format!("must begin with `http://` or `https://`, found `{}`", url.unwrap_or_default()),
        );
        rule(
            self.listen.parse::<std::net::SocketAddr>().is_ok(),
            "listen",
            format!("must be an address and port such as `127.0.0.1:8123`, found `{}`", self.listen),
        );
        let plain = !self.database.is_empty() && self.database.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        rule(plain, "database", format!("must be letters, digits and `_`, found `{}`", self.database));
        rule(self.timeout >= Span::from_secs(1), "timeout", format!("must be at least `1s`, found `{}`", self.timeout));
        rule(
            self.memory >= Size::from_mib(512),
            "memory",
            format!("must be at least `512MiB`, found `{}`", self.memory),
        );
    }
}
