//! The `hark` command.

mod args;
mod commands;
mod config;
mod corrections;
mod demo;
mod editions;
mod engines;
mod logging;
mod metrics;
mod operations;
mod pipeline;
mod privacy;
mod relabel;
mod report;
mod rulebook;
mod running;
mod signals;
mod status;
mod suggest;
mod terms;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

/// Mentions are many small texts that one thread makes and another lets go; this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code for a wrong command line or configuration; clap uses the same.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::EmbeddedClickhouseChild(child) = &arguments.command {
        return commands::embedded::run_child(child);
    }
    if let Command::Query(query) = &arguments.command {
        return commands::query::run(query);
    }
    let screen = logging::start(&arguments.common);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("hark: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(arguments, screen)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hark: {error:#}");
            if error.is::<config::Refused>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}
