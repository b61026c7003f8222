//! Client programs of other languages, unmodified, from their own registries.
//!
//! They are installed below cargo's target directory. Without a registry the tests say so and pass, but not in CI.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::Running;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

/// A folder for installed packages, kept between runs.
fn installed(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let streams = [&output.stdout, &output.stderr].map(|s| String::from_utf8_lossy(s).into_owned());
    Err(format!("{command:?}: {}\n{}", output.status, streams.join("\n")))
}

/// Whether the packages are there; a failure to install fails the test only in CI.
fn is_installed(what: &str, result: Result<(), String>) -> bool {
    match result {
        Ok(()) => true,
        Err(error) if std::env::var_os("CI").is_some() => panic!("cannot install {what}: {error}"),
        Err(error) => {
            eprintln!("SKIPPED: cannot install {what}, so it was NOT tested: {error}");
            false
        }
    }
}

/// Runs a script that talks to the engine as the admin and prints `passed` at its end.
async fn check(command: &mut Command) {
    let running = Running::start().await;
    let admin = running.engine.admin();
    let output = run(command
        .env("CLICKHOUSE_PORT", running.engine.address().port().to_string())
        .env("CLICKHOUSE_USER", &admin.user)
        .env("CLICKHOUSE_PASSWORD", &admin.password)
        .env("ANALYST_PASSWORD", running.engine.analyst().password));
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("passed\n"));
    running.engine.shutdown().await;
}

#[tokio::test]
async fn clickhouse_connect_for_python_works() {
    let environment = installed("clickhouse-connect");
    let python = environment.join("bin/python");
    let requirements = Path::new(SCRIPTS).join("requirements.txt");
    let install = || {
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        }
        run(Command::new(&python).args(["-m", "pip", "install", "-q", "--require-hashes", "-r"]).arg(&requirements))?;
        Ok(())
    };
    if is_installed("clickhouse-connect", install()) {
        check(Command::new(&python).arg(Path::new(SCRIPTS).join("clickhouse_connect_check.py"))).await;
    }
}

#[tokio::test]
async fn clickhouse_client_for_node_works() {
    let folder = installed("clickhouse-client");
    let install = || {
        for file in ["package.json", "package-lock.json", "clickhouse_client_check.mjs"] {
            std::fs::copy(Path::new(SCRIPTS).join(file), folder.join(file)).map_err(|error| error.to_string())?;
        }
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&folder))?;
        Ok(())
    };
    if is_installed("@clickhouse/client", install()) {
        check(Command::new("node").arg(folder.join("clickhouse_client_check.mjs"))).await;
    }
}
