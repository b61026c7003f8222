//! The tone of a text.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use hark_enrich::Models;
use hark_nlp::{
    rows::RowFile,
    sentiment::{LabelledRow, LabelledSet, Layer, Model, Scores, SetScores, evaluate, evaluate_tones},
};

use super::{calibration, model_file, usable};
use crate::{
    args::EvalArgs,
    config::Config,
    report::{Cell, Report, Table},
};

pub(super) fn report(args: &EvalArgs, config: &Config, files: &[RowFile]) -> Result<Report> {
    let sets = usable(files, |file, _| Ok(LabelledSet::read(&file.set, &file.path)?))?;
    let sets: Vec<LabelledSet> = sets.into_iter().map(|(_, set)| set).collect();
    if args.transformer {
        return Ok(tables(&by_transformer(config, &sets)?));
    }
    let mut model = match model_file(args)? {
        Some(bytes) => Model::from_bytes(&bytes).context("--model")?,
        None => Model::built_in(),
    };
    if let Some(layer) = &args.layer {
        model = model.with_layer(Layer::load(layer).with_context(|| format!("--layer {}", layer.display()))?);
    }
    Ok(tables(&evaluate(&model, &sets)))
}

/// The scores of the transformer, which is asked text by text. A text that it fails on counts as neutral.
fn by_transformer(config: &Config, sets: &[LabelledSet]) -> Result<Vec<SetScores>> {
    ensure!(config.enrich.transformer.is_some(), "--transformer needs `[enrich.transformer]` in the configuration");
    let models = Models::load(&config.enrich)?;
    let tone = |row: &LabelledRow| models.tone_by_transformer(&row.text).and_then(Result::ok).unwrap_or_default();
    Ok(evaluate_tones(sets, tone))
}

/// The scores on several sets as tables.
pub(in crate::commands) fn tables(found: &[SetScores]) -> Report {
    let (mut languages, mut by_set) = (BTreeMap::<&str, Scores>::new(), BTreeMap::<&str, Vec<f64>>::new());
    let mut sets = Table::new("sets", SET_COLUMNS);
    for SetScores { set, lang, scores } in found {
        sets.row(std::iter::once(set.as_str().into()).chain(row(lang, scores)));
        languages.entry(lang).or_default().join(scores);
        by_set.entry(set).or_default().push(scores.macro_f1());
    }
    let mut means = Table::new("mean macro-F1 of the languages of each set", ["set", "languages", "macro-F1"]);
    for (set, scores) in &by_set {
        means.row([
            (*set).into(),
            scores.len().into(),
            Cell::percent(scores.iter().sum::<f64>() / scores.len() as f64),
        ]);
    }
    let mut all = Scores::default();
    let mut by_language = Table::new("languages", LANGUAGE_COLUMNS);
    for (lang, scores) in &languages {
        by_language.row(row(lang, scores));
        all.join(scores);
    }
    by_language.row(row("all", &all));
    Report(vec![sets, means, by_language, calibration(&all.reliability)])
}

const SET_COLUMNS: [&str; 10] =
    ["set", "language", "rows", "accuracy", "macro-F1", "calibration error", "docs/s", "neg as", "neu as", "pos as"];
const LANGUAGE_COLUMNS: [&str; 9] =
    ["language", "rows", "accuracy", "macro-F1", "calibration error", "docs/s", "neg as", "neu as", "pos as"];

/// The last three cells are the confusion: how many of a label were told as negative, neutral, positive.
fn row(lang: &str, scores: &Scores) -> impl Iterator<Item = Cell> + use<> {
    let told = |label: usize| {
        let [negative, neutral, positive] = scores.confusion[label];
        Cell::Text(format!("{negative} / {neutral} / {positive}"))
    };
    let rows = scores.rows();
    [
        lang.into(),
        rows.into(),
        Cell::percent(scores.accuracy()),
        Cell::percent(scores.macro_f1()),
        Cell::Share(scores.reliability.error()),
        Cell::rate(rows, scores.seconds),
        told(0),
        told(1),
        told(2),
    ]
    .into_iter()
}
