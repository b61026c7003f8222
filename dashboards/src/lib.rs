//! The dashboards: an HTTP API on the stored mentions, and the web page that shows them.
//!
//! [`bind`] takes the port, [`Dashboards::serve`] answers until it is told to stop. Everything is read from the view
//! `mentions` as the read-only user, but for the dead letters, which are in Kafka. The one rule: a number and the list behind it come from the same `WHERE` clause,
//! which stands in `queries/filter.sql` and nowhere else.

mod api;
mod assets;
mod config;
mod database;
mod error;
mod filter;
mod period;
mod problem;
mod security;
mod server;
mod statistics;

pub use api::openapi;
pub use config::DashboardsConfig;
pub use error::Error;
pub use server::{Dashboards, Options, bind};
