//! The dashboards: an HTTP API on the stored mentions, and the web page that shows them.
//!
//! [`bind`] takes the port, [`Dashboards::serve`] answers until it is told to stop. Everything is read from the view
//! `mentions` as the read-only user, but for the dead letters, which are in Kafka. The one rule: a number and the list behind
//! it come from the same `WHERE` clause, which `filter::Filter` makes and nothing else.

mod access;
mod api;
mod assets;
mod config;
mod corrections;
mod database;
mod distinctive;
mod error;
mod filter;
mod metrics;
mod parameters;
mod period;
mod pipeline;
mod problem;
mod rulebook;
mod search;
mod security;
mod server;
mod statistics;
mod store;
mod tags;
mod workbook;

pub use access::{
    Account, AccountError, Accounts, OidcConfig, ProxyConfig, Role, TeamConfig, UserConfig, check_name, check_password,
    check_people, hash_password,
};
pub use api::openapi;
pub use config::DashboardsConfig;
pub use corrections::{Corrected, CorrectionError, Corrector};
pub use error::Error;
pub use metrics::serve_metrics;
pub use pipeline::{ConfiguredSource, Pipeline, Verified};
pub use rulebook::{Listening, Relabelling, Rulebook, Unpublished};
pub use server::{Dashboards, Options, bind};
pub use store::{PrivateError, shared_queries};
