//! `GET /quality`: how often the labels are right, as `docs/quality.md` has it, which `make quality` writes.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// How often the built-in models were right on labelled texts that they had not learned from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quality {
    languages: Vec<LanguageQuality>,
}

/// How often they were right in one language.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct LanguageQuality {
    /// Its code (ISO 639).
    lang: String,
    /// Texts of this language that were told as such. Percent; null when it was not measured.
    language_accuracy: Option<f64>,
    /// How many texts that was measured on.
    language_rows: u64,
    /// How the tone was told, by set of texts: reviews are easier than posts.
    sentiment: Vec<SetQuality>,
}

/// How often the tone was told right in one set of texts.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct SetQuality {
    /// Name of the set.
    set: String,
    /// How many texts.
    rows: u64,
    /// Texts whose tone was told right. Percent.
    accuracy: f64,
    /// The mean of the F1 of each tone. Percent.
    macro_f1: f64,
}

/// How often the labels are right, by language, on labelled texts that the models did not learn from.
#[utoipa::path(
    get, path = "/api/v1/quality", tag = "about",
    responses((status = 200, description = "The figures", body = Quality)),
)]
pub(crate) async fn get_quality() -> Json<Quality> {
    Json(quality(include_str!("../../../docs/quality.md")))
}

/// Reads the tables of the document; what they do not hold is left out.
fn quality(document: &str) -> Quality {
    let mut languages: BTreeMap<String, LanguageQuality> = BTreeMap::new();
    let mut of = |lang: &str, note: &dyn Fn(&mut LanguageQuality)| {
        let new = || LanguageQuality { lang: lang.to_owned(), ..LanguageQuality::default() };
        note(languages.entry(lang.to_owned()).or_insert_with(new));
    };
    for [lang, rows, accuracy] in table(document, "## Language", "languages", ["language", "rows", "accuracy"]) {
        of(lang, &|language| {
            language.language_accuracy = accuracy.parse().ok();
            language.language_rows = rows.parse().unwrap_or_default();
        });
    }
    let columns = ["set", "language", "rows", "accuracy", "macro-F1"];
    for [set, lang, rows, accuracy, f1] in table(document, "## Sentiment", "sets", columns) {
        let (Ok(rows), Ok(accuracy), Ok(macro_f1)) = (rows.parse(), accuracy.parse(), f1.parse()) else { continue };
        of(lang, &|language| language.sentiment.push(SetQuality { set: set.to_owned(), rows, accuracy, macro_f1 }));
    }
    Quality { languages: languages.into_values().collect() }
}

/// Some columns of the table with the title `title` in the section `heading`.
fn table<'a, const N: usize>(
    document: &'a str,
    heading: &str,
    title: &str,
    columns: [&str; N],
) -> impl Iterator<Item = [&'a str; N]> {
    let section = document.split_once(&format!("\n{heading}\n")).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    let rest = section.split_once(&format!("**{title}**\n")).map_or("", |(_, rest)| rest);
    let mut lines = rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &'a str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let header = lines.next().map(cells).unwrap_or_default();
    let places = columns.map(|column| header.iter().position(|name| *name == column));
    lines.skip(1).filter_map(move |line| {
        let cells = cells(line);
        let found = places.map(|place| place.and_then(|place| cells.get(place).copied()));
        found.iter().all(Option::is_some).then(|| found.map(Option::unwrap_or_default))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_document_tells_of_each_language() {
        let quality = quality(include_str!("../../../docs/quality.md"));
        let of = |lang: &str| quality.languages.iter().find(|language| language.lang == lang).unwrap();
        for lang in ["nl", "en", "de"] {
            let language = of(lang);
            assert!(language.language_rows > 100 && language.language_accuracy.unwrap() > 50.0, "{language:?}");
            assert!(!language.sentiment.is_empty(), "{language:?}");
        }
        assert!(of("nl").sentiment.iter().any(|set| set.set == "bolcom_nl"));
        assert!(quality.languages.iter().all(|language| language.lang.len() <= 3));
    }
}
