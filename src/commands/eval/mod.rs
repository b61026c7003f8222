//! `hark eval`: how good the models are, on labelled rows.

mod intent;
mod language;
mod sentiment;
mod spam;
mod topics;

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use hark_nlp::{
    reliability::Reliability,
    rows::{self, Part, Row, RowFile},
};

pub(super) use self::sentiment::tables as sentiment_tables;
use crate::{
    args::{EvalArgs, EvalTask},
    config::Config,
    report::{Cell, Table},
};

pub(super) fn run(args: &EvalArgs, config: &Config) -> Result<()> {
    ensure!(!args.transformer || matches!(args.task, EvalTask::Sentiment), "--transformer goes with --task sentiment");
    let files = rows::files(&args.data, &args.only, Part::Dev)?;
    let report = match args.task {
        EvalTask::Language => language::report(args, &files)?,
        EvalTask::Sentiment => sentiment::report(args, config, &files)?,
        EvalTask::Topics => topics::report(args, &files)?,
        EvalTask::Intent => intent::report(args, &files)?,
        EvalTask::Spam => spam::report(args, &files)?,
    };
    let shown = if args.json { format!("{:#}\n", report.json()) } else { report.to_string() };
    match std::io::stdout().write_all(shown.as_bytes()) {
        // Whoever reads has seen enough, such as `head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// The rows of each file for which `use_rows` finds a use. A file that was named itself must fit; of those in a folder,
/// others are left out.
fn usable<T>(files: &[RowFile], use_rows: impl Fn(&RowFile, Vec<Row>) -> Result<T>) -> Result<Vec<(&RowFile, T)>> {
    let (mut used, mut left_out) = (Vec::new(), Vec::new());
    for file in files {
        match file.read().map_err(Into::into).and_then(|rows| use_rows(file, rows)) {
            Ok(found) => used.push((file, found)),
            Err(error) if file.named => return Err(error),
            Err(error) => left_out.push(error),
        }
    }
    for error in &left_out {
        eprintln!("left out: {error:#}");
    }
    let first = left_out.pop();
    ensure!(!used.is_empty(), "no rows to measure with{}", first.map_or(String::new(), |error| format!(": {error:#}")));
    Ok(used)
}

/// Whether stated confidence can be trusted, as a table.
fn calibration(reliability: &Reliability) -> Table {
    let mut table = Table::new("calibration", ["stated", "right", "rows"]);
    for bin in reliability.bins() {
        let share = |sum: f64| Cell::percent(sum / bin.rows as f64);
        table.row([share(bin.stated), share(bin.right as f64), bin.rows.into()]);
    }
    table
}

/// Reads the model that `--model` names.
fn model_file(args: &EvalArgs) -> Result<Option<Vec<u8>>> {
    let Some(file) = &args.model else { return Ok(None) };
    std::fs::read(file).map(Some).with_context(|| format!("cannot read {}", file.display()))
}

/// Says that a task has no model in a file.
fn no_model(args: &EvalArgs) -> Result<()> {
    ensure!(args.model.is_none(), "--model goes with --task language and --task sentiment");
    Ok(())
}
