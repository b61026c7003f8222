//! `[ingest]`: what all sources share.

use hark_mention::config::Problem;
use serde::Deserialize;

/// `[ingest]`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// How the sites that are read can reach you, a URL or an e-mail address; it goes into the `User-Agent`.
    /// Default: none.
    pub contact: Option<String>,
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
    }
}
