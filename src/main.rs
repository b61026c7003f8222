//! The `hark` command.

mod args;
mod commands;
mod config;
mod demo;
mod engines;
mod logging;
mod pipeline;
mod running;
mod signals;
mod status;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

/// Exit code for a wrong command line or configuration; clap uses the same.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::EmbeddedClickhouseChild(child) = &arguments.command {
        return commands::embedded::run_child(child);
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
