//! `[ingest]`: what all sources share.

use hark_mention::config::Problem;
use serde::Deserialize;

use crate::PrivateHosts;

/// `[ingest]`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// How the sites that are read can reach you, a URL or an e-mail address; it goes into the `User-Agent`.
    /// Default: none.
    pub contact: Option<String>,
    /// Hosts that sources may read although they are at a private address: names or addresses, without port.
    /// Default: none.
    pub private_hosts: Vec<String>,
}

impl IngestConfig {
    /// What is wrong with the values.
    pub fn check(&self, problems: &mut Vec<Problem>) {
        if let Some(contact) = &self.contact
            && !(contact.contains('@') || contact.contains("://"))
        {
            let rule = format!("must be a URL or an e-mail address, found `{contact}`");
            problems.push(Problem::new("ingest.contact", rule));
        }
        if let Err(host) = PrivateHosts::new(&self.private_hosts) {
            let rule = format!("must be names or addresses without scheme and port, found `{host}`");
            problems.push(Problem::new("ingest.private_hosts", rule));
        }
    }
}
