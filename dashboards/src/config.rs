//! `[dashboards]`: where the web page and its API listen.

use std::net::SocketAddr;

use hark_mention::config::Problem;
use serde::Deserialize;

/// `[dashboards]`, as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DashboardsConfig {
    /// Address of the web page and its API; port 0 picks a free one. Default: `127.0.0.1:8080`.
    pub listen: String,
    /// Allows an address that other machines can reach. There is no log-in yet, so whoever reaches it reads
    /// everything. Default: false.
    pub trusted_network: bool,
}

impl Default for DashboardsConfig {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), trusted_network: false }
    }
}

impl DashboardsConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        match self.listen.parse::<SocketAddr>() {
            Err(_) => problems.push(Problem::new(
                "dashboards.listen",
                format!("must be an address and port such as `127.0.0.1:8080`, found `{}`", self.listen),
            )),
            Ok(address) if !self.trusted_network && !address.ip().is_loopback() => {
                problems.push(Problem::new("dashboards.listen", not_loopback(address)));
            }
            Ok(_) => {}
        }
    }
}

/// Why an address that other machines can reach is refused, and what to do.
pub(crate) fn not_loopback(address: SocketAddr) -> String {
    format!(
        "must be a loopback address such as `127.0.0.1:8080`, found `{address}`: there is no log-in yet, so everyone who \
         reaches it could read all mentions; use an SSH tunnel or a proxy with a log-in, or set \
         `trusted_network = true` under `[dashboards]` if everyone on that network may read them"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(listen: &str, trusted_network: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        DashboardsConfig { listen: listen.to_owned(), trusted_network }.check(&mut problems);
        problems
    }

    #[test]
    fn only_loopback_unless_the_network_is_trusted() {
        assert!(problems("127.0.0.1:0", false).is_empty());
        assert!(problems("[::1]:8080", false).is_empty());
        assert!(problems("0.0.0.0:8080", true).is_empty());
        let refused = problems("0.0.0.0:8080", false);
        assert_eq!(refused.len(), 1);
        assert!(refused[0].rule.contains("no log-in") && refused[0].rule.contains("trusted_network"), "{refused:?}");
        assert_eq!(problems("localhost", false)[0].path, "dashboards.listen");
    }
}
