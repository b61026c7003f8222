//! Which language a text is in.

use anyhow::{Context as _, Result, ensure};
use hark_nlp::{
    language::{self, Identifier},
    rows::RowFile,
};

use super::{calibration, model_file, usable};
use crate::{
    args::EvalArgs,
    report::{Cell, Report, Table},
};

/// The languages that most posts of the world are in, and those that are easily confused.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "core languages",
        &[
            "nl", "en", "de", "fr", "es", "it", "pt", "pl", "tr", "ar", "ja", "zh", "ko", "da", "nb", "sv", "fi", "ca",
            "hr", "sl", "id", "ms", "ru", "ro", "hu", "cs", "vi", "th", "he", "el", "bg", "fa",
        ],
    ),
    ("nl", &["nl"]),
    ("da, nb, sv", &["da", "nb", "sv"]),
    ("es, pt, ca, it", &["es", "pt", "ca", "it"]),
    ("hr+sr+bs, sl", &["hr", "sl"]),
    ("id, ms", &["id", "ms"]),
];
/// So many languages that a text was mistaken for are listed.
const LISTED: usize = 4;

pub(super) fn report(args: &EvalArgs, files: &[RowFile]) -> Result<Report> {
    let identifier = match model_file(args)? {
        Some(bytes) => Identifier::load(&bytes).context("--model")?,
        None => Identifier::built_in().clone(),
    };
    let sets = usable(files, |_, rows| Ok(rows))?;
    let rows = sets.into_iter().flat_map(|(_, rows)| rows);
    let rows: Vec<_> = rows.map(|row| language::Row { text: row.text, lang: row.lang }).collect();
    let found = language::evaluate(&identifier, &rows);
    ensure!(!found.languages.is_empty(), "no row is in a language that can be told; the third column is its code");
    if found.left_out > 0 {
        eprintln!("left out: {} rows in languages that are not known at all", found.left_out);
    }
    let (all, seconds) = (rows.len() - found.left_out, found.seconds.values().sum());

    let mut summary = Table::new(
        "summary",
        [
            "rows",
            "accuracy",
            "macro-F1",
            "<20 characters",
            "20-60",
            "60-140",
            ">140",
            "calibration error",
            "docs/s",
            "whatlang docs/s",
        ],
    );
    let bands = (0..language::BANDS.len()).map(|band| Cell::Percent(found.band(band)));
    let measured =
        [Cell::Share(found.reliability.error()), Cell::rate(all, seconds), (found.whatlang_speed as usize).into()];
    let accuracy = [all.into(), Cell::Percent(Some(found.macro_accuracy())), Cell::Percent(Some(found.macro_f1()))];
    summary.row(accuracy.into_iter().chain(bands).chain(measured));

    let mut groups = Table::new("groups", ["languages", "accuracy", "<20", "20-60", "60-140", ">140"]);
    for (name, languages) in GROUPS {
        let bands = (0..language::BANDS.len()).map(|band| Cell::Percent(found.group(languages, Some(band))));
        if let Some(accuracy) = found.group(languages, None) {
            groups.row([name.into(), Cell::Percent(Some(accuracy))].into_iter().chain(bands));
        }
    }

    let mut languages = Table::new(
        "languages",
        ["language", "rows", "accuracy", "F1", "<20", "20-60", "60-140", ">140", "docs/s", "taken for"],
    );
    for (language, score) in &found.languages {
        let bands = found.bands.iter().map(|band| Cell::Percent(band.get(language).map(|score| score.percent())));
        let taken = found.taken_for(language);
        let taken: Vec<_> = taken.iter().take(LISTED).map(|(code, count)| format!("{code} {count}")).collect();
        let begin = [
            (*language).into(),
            score.all.into(),
            Cell::Percent(Some(score.percent())),
            Cell::Percent(Some(found.f1(language))),
        ];
        let rate = Cell::rate(score.all, found.seconds.get(language).copied().unwrap_or_default());
        languages.row(begin.into_iter().chain(bands).chain([rate, Cell::Text(taken.join(", "))]));
    }
    Ok(Report(vec![summary, groups, languages, calibration(&found.reliability)]))
}
