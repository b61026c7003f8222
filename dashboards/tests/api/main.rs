//! The dashboards as a browser or a script meets them, on the real engine with known mentions.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

mod access;
mod answers;
mod document;
mod fuzz;
mod grafana;
mod lists;
mod manual;
mod numbers;
mod operation;
mod rules;
mod search;
mod single_sign_on;
mod sql;
mod support;
mod teams;
mod visitor;
mod web;

/// Not a test: the engine's own process, which the others start from this very program.
#[test]
#[ignore = "the engine's process, started by the other tests"]
fn engine_process() {
    let settings = PathBuf::from(std::env::args_os().next_back().unwrap());
    if settings.extension().is_none_or(|extension| extension != "json") {
        return; // a person runs the ignored tests
    }
    hark_embedded_clickhouse::run_child(&hark_embedded_clickhouse::ChildArgs { settings }).unwrap();
}
