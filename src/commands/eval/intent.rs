//! What the author of a text wants.

use anyhow::Result;
use hark_nlp::{intent, rows::RowFile, sentiment::Model};

use super::{no_model, usable};
use crate::{
    args::EvalArgs,
    report::{Cell, Report, Table},
};

pub(super) fn report(args: &EvalArgs, files: &[RowFile]) -> Result<Report> {
    no_model(args)?;
    let model = Model::built_in();
    let sets = usable(files, |file, rows| Ok(intent::evaluate(&model, file, &rows)?))?;
    let mut languages = Table::new(
        "languages",
        ["set", "language", "rows", "accuracy", "accuracy by rules", "macro-F1", "macro-F1 by rules", "docs/s"],
    );
    let mut intents =
        Table::new("intents", ["set", "language", "intent", "rows", "precision", "recall", "F1", "F1 by rules"]);
    let mut confusion = Table::new("confusion", ["set", "language", "label", "told as", "rows"]);
    for (file, found) in &sets {
        for (lang, scores) in found {
            let names = || [Cell::from(file.set.as_str()), lang.as_str().into()];
            let share = |right: usize| Cell::percent(right as f64 / scores.rows.max(1) as f64);
            let (f1, f1_by_rules) = scores.macro_f1();
            languages.row(names().into_iter().chain([
                scores.rows.into(),
                share(scores.right),
                share(scores.right_by_rules),
                Cell::percent(f1),
                Cell::percent(f1_by_rules),
                Cell::rate(scores.rows, scores.seconds),
            ]));
            for (intent, (model, rules)) in &scores.intents {
                intents.row(names().into_iter().chain([
                    (*intent).into(),
                    model.there.into(),
                    Cell::percent(model.precision()),
                    Cell::percent(model.recall()),
                    Cell::percent(model.f1()),
                    Cell::percent(rules.f1()),
                ]));
            }
            for ((label, told), rows) in &scores.confusion {
                confusion.row(names().into_iter().chain([label.as_str().into(), (*told).into(), (*rows).into()]));
            }
        }
    }
    Ok(Report(vec![languages, intents, confusion]))
}
