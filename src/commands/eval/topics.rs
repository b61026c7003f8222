//! What a text speaks of, and the tone of each topic.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use hark_enrich::{
    Labeller, Models, Rules,
    evaluation::{TopicScore, evaluate_topics},
};
use hark_nlp::rows::RowFile;

use super::{no_model, usable};
use crate::{
    args::EvalArgs,
    pipeline::segmenter,
    report::{Cell, Report, Table},
};

pub(super) fn report(args: &EvalArgs, files: &[RowFile]) -> Result<Report> {
    no_model(args)?;
    let rules = Rules::new(&[], &[], &[], segmenter(), &mut Vec::new());
    let labeller = Labeller::new(rules, Models::built_in());
    let sets = usable(files, |file, rows| {
        let found = evaluate_topics(&labeller, &rows, |_| ());
        ensure!(
            found.total().labelled > 0,
            "{}: no topic in any label, such as `SERVICE#GENERAL:neg` or `screen|Display|positive`",
            file.path.display()
        );
        Ok(found)
    })?;
    let columns = ["", "rows", "topics", "precision", "recall", "F1", "F1 with tone", "with the text's tone"];
    let mut tables = Vec::new();
    let mut languages = Table::new(
        "languages",
        [
            "set",
            "language",
            "rows",
            "topics",
            "precision",
            "recall",
            "F1",
            "F1 with tone",
            "with the text's tone",
            "tone right",
            "text's tone right",
            "docs/s",
        ],
    );
    let mut topics = Table::new("topics", columns);
    let mut names = BTreeSet::new();
    for (file, found) in &sets {
        let all: f64 = found.seconds.values().sum();
        let total = found.total();
        let scores =
            found.languages.iter().map(|(lang, score)| (lang.as_str(), score, found.seconds.get(lang).copied()));
        for (lang, score, seconds) in scores.chain([("all", &total, Some(all))]) {
            let begin = [file.set.as_str().into(), lang.into()];
            let end = [
                Cell::percent(score.tone_accuracy()),
                Cell::percent(score.tone_accuracy_by_text()),
                Cell::rate(count(score.rows), seconds.unwrap_or_default()),
            ];
            languages.row(begin.into_iter().chain(cells(score)).chain(end));
        }
        names.extend(found.topics.keys().copied());
    }
    for name in names {
        let mut score = TopicScore::default();
        sets.iter().filter_map(|(_, found)| found.topics.get(name)).for_each(|one| score.add(one));
        topics.row(std::iter::once(name.into()).chain(cells(&score)));
    }
    tables.push(languages);
    tables.push(topics);
    Ok(Report(tables))
}

fn cells(score: &TopicScore) -> impl Iterator<Item = Cell> + use<> {
    [
        count(score.rows).into(),
        count(score.labelled).into(),
        Cell::percent(score.precision()),
        Cell::percent(score.recall()),
        Cell::percent(score.topic_f1()),
        Cell::percent(score.tone_f1()),
        Cell::percent(score.tone_f1_by_text()),
    ]
    .into_iter()
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
