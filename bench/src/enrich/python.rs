//! The Python tools, in a process of their own.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// Texts that Python is given: it is slow.
const TEXTS: usize = 2_000;
const SCRIPT: &str = include_str!("../../python/pair.py");

/// Texts a second of processor time, by tool.
///
/// # Errors
///
/// When Python does not run or lacks a library.
pub(crate) fn measure(program: &Path, texts: &[String]) -> Result<Vec<(String, f64)>> {
    let mut file = tempfile::NamedTempFile::new()?;
    let texts: Vec<&str> = texts.iter().take(TEXTS).map(String::as_str).collect();
    file.write_all(texts.join("\n").as_bytes())?;
    let mut command = Command::new(program);
    command.args(["-c", SCRIPT]).arg(file.path()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(output.status.success(), "the Python tools failed: {}", output.status);
    let rates: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&output.stdout)?;
    Ok(rates.into_iter().filter_map(|(tool, rate)| Some((tool, rate.as_f64()?))).collect())
}
