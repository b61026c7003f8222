//! How much a text looks like spam.

use anyhow::{Result, ensure};
use hark_nlp::{reliability::Reliability, rows::RowFile, spam};

use super::{calibration, no_model, usable};
use crate::{
    args::EvalArgs,
    report::{Cell, Report, Table},
};

pub(super) fn report(args: &EvalArgs, files: &[RowFile]) -> Result<Report> {
    no_model(args)?;
    let sets = usable(files, |file, rows| {
        let is_spam = rows.iter().any(|row| row.label == "spam");
        ensure!(is_spam || file.named, "{}: no row has the label `spam`", file.path.display());
        Ok(spam::evaluate(&rows))
    })?;
    let mut languages = Table::new(
        "languages",
        [
            "set",
            "language",
            "rows",
            "accuracy",
            "macro-F1",
            "calibration error",
            "docs/s",
            "spam found",
            "taken for spam",
        ],
    );
    let mut all = Reliability::default();
    for (file, found) in &sets {
        for (lang, scores) in found {
            let [[other, mistaken], [missed, caught]] = scores.confusion;
            languages.row([
                file.set.as_str().into(),
                lang.as_str().into(),
                scores.rows().into(),
                Cell::percent(scores.accuracy()),
                Cell::percent(scores.macro_f1()),
                Cell::Share(scores.reliability.error()),
                Cell::rate(scores.rows(), scores.seconds),
                Cell::Text(format!("{caught} of {}", caught + missed)),
                Cell::Text(format!("{mistaken} of {}", mistaken + other)),
            ]);
            all.join(&scores.reliability);
        }
    }
    Ok(Report(vec![languages, calibration(&all)]))
}
