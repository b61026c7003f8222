//! The examples of the users' guide.

use hark_query::{Document, Query, Segmenter, explain};

const GUIDE: &str = include_str!("../../../docs/query-language.md");

/// The rows of all tables with these columns.
fn rows(columns: &str) -> Vec<Vec<&'static str>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in GUIDE.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match line {
            _ if !line.starts_with('|') => inside = false,
            _ if cells.join(" | ") == columns => inside = true,
            _ if inside && !line.starts_with("|---") => rows.push(cells),
            _ => {}
        }
    }
    assert!(!rows.is_empty(), "the guide has a table `{columns}`");
    rows
}

fn code(cell: &'static str) -> &'static str {
    cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or(cell)
}

fn dictionary() -> Option<Segmenter> {
    let home = std::path::PathBuf::from(std::env::var_os("HOME")?);
    Segmenter::with_japanese(&home.join(".local/share/hark/dictionary")).ok()
}

fn check(query: &str, document: &Document, segmenter: &Segmenter, matches: &str) {
    let parsed: Query = query.parse().unwrap_or_else(|error| panic!("`{query}`: {error}"));
    let explained = explain(&parsed, document, segmenter);
    assert_eq!(if explained.holds { "yes" } else { "no" }, matches, "`{query}` on {document:?}\n{explained}");
}

#[test]
fn the_guides_examples_are_true() {
    let segmenters = [Some(Segmenter::default()), dictionary()];
    let examples = rows("query | text | matches");
    assert!(examples.len() > 80, "{}", examples.len());
    for segmenter in segmenters.iter().flatten() {
        for row in &examples {
            check(code(row[0]), &Document::new(code(row[1])), segmenter, row[2]);
        }
    }
}

/// Where the dictionary is not installed, what it would do cannot be shown.
#[test]
fn the_guides_examples_of_the_dictionary_are_true() {
    for row in rows("query | text | with the dictionary") {
        if let Some(segmenter) = dictionary() {
            check(code(row[0]), &Document::new(code(row[1])), &segmenter, row[2]);
        }
    }
}

#[test]
fn the_guides_examples_of_fields_are_true() {
    for row in rows("query | text | known | matches") {
        let mut document = Document::new(code(row[1]));
        for known in code(row[2]).split("; ").filter(|known| !known.is_empty()) {
            let (name, value) = known.split_once('=').unwrap();
            document.set(name, value).unwrap();
        }
        check(code(row[0]), &document, &Segmenter::default(), row[3]);
    }
}

#[test]
fn the_guides_examples_of_errors_are_true() {
    for row in rows("query | column | error") {
        let error = code(row[0]).parse::<Query>().expect_err(row[0]);
        assert_eq!(error.column.to_string(), row[1], "{}", row[0]);
        assert!(error.message.contains(row[2]), "{}: {error}", row[0]);
    }
}
