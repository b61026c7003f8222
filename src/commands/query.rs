//! `hark query`: what a listening query means, and why a text matches it or not.

use std::{io::Read as _, process::ExitCode};

use hark_query::{Clause, Document, Necessary, Query, Segmenter, explain};

use crate::{args::QueryArgs, pipeline::dictionary_folders};

/// Exit code of a text that does not match.
const NO_MATCH: u8 = 1;
/// Exit code of a query, field or text that cannot be used.
const BAD: u8 = 2;
/// Most terms that are listed.
const MOST_TERMS: usize = 12;

/// Explains the query. Exits with 0 when it is valid and the text matches, 1 when the text does not, 2 when it is wrong.
pub(crate) fn run(args: &QueryArgs) -> ExitCode {
    let query: Query = match args.query.parse() {
        Ok(query) => query,
        Err(error) => {
            let error: hark_query::QueryError = error;
            eprintln!("{}\n\nhark: the query is wrong at column {}", error.pointed(&args.query), error.column);
            return ExitCode::from(BAD);
        }
    };
    let text = match read_text(args.text.as_deref()) {
        Ok(text) => text,
        Err(error) => return bad(&format!("cannot read the text from standard input: {error}")),
    };
    let mut document = Document::new(text.as_deref().unwrap_or_default());
    for field in &args.fields {
        if let Err(problem) = set(&mut document, field) {
            return bad(&problem);
        }
    }
    if text.is_none() && args.fields.is_empty() {
        describe(&query);
        return ExitCode::SUCCESS;
    }
    let explained = explain(&query, &document, &segmenter());
    let full_text = document.title.map_or(document.text.to_owned(), |title| format!("{title}\n{}", document.text));
    println!("query   {query}");
    println!("answer  {}\n\n{explained}", if explained.holds { "matches" } else { "does not match" });
    if !full_text.is_empty() {
        println!("\n{}", explained.marked(&full_text));
    }
    note_words(&explained);
    if explained.holds { ExitCode::SUCCESS } else { ExitCode::from(NO_MATCH) }
}

fn bad(problem: &str) -> ExitCode {
    eprintln!("hark: {problem}");
    ExitCode::from(BAD)
}

fn read_text(text: Option<&str>) -> std::io::Result<Option<String>> {
    if text != Some("-") {
        return Ok(text.map(str::to_owned));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

/// Without a text: how the query is read.
fn describe(query: &Query) {
    println!("query   {query}\n");
    let tree = explain(query, &Document::default(), &Segmenter::default());
    print_tree(&tree, "", "");
    match query.necessary(None) {
        Necessary::AnyOf(terms) => {
            let listed: Vec<String> = terms.iter().take(MOST_TERMS).map(ToString::to_string).collect();
            let more = if terms.len() > MOST_TERMS {
                format!(" and {} more", terms.len() - MOST_TERMS)
            } else {
                String::new()
            };
            println!("\nEvery match says at least one of: {}{more}", listed.join(", "));
        }
        Necessary::Anything | Necessary::Never => println!("\nA match may say anything: fields alone decide."),
    }
    note_words(&tree);
    println!("Give a text to see whether it matches, and why: hark query '…' 'the text'");
}

fn print_tree(clause: &Clause, first: &str, rest: &str) {
    println!("{first}{}", clause.label);
    for (index, part) in clause.parts.iter().enumerate() {
        let (branch, below) = if index + 1 == clause.parts.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        print_tree(part, &format!("{rest}{branch}"), &format!("{rest}{below}"));
    }
}

/// `or` in small letters is a word to find, which is seldom meant.
fn note_words(clause: &Clause) {
    if matches!(clause.label.as_str(), "and" | "or" | "not" | "near" | "onear") {
        let capitals = clause.label.to_uppercase();
        println!("\nNote: `{}` is looked for as a word here; the operator is `{capitals}`.", clause.label);
    }
    clause.parts.iter().for_each(note_words);
}

/// Sets a field given as `name=value`.
fn set<'a>(document: &mut Document<'a>, field: &'a str) -> Result<(), String> {
    let Some((name, value)) = field.split_once('=') else {
        return Err(format!("--field {field}: write it as name=value, such as lang=nl"));
    };
    document.set(name, value).map_err(|error| format!("--field {field}: {error}"))
}

/// With the dictionary for Japanese words where there is one.
fn segmenter() -> Segmenter {
    dictionary_folders().iter().find_map(|folder| Segmenter::with_japanese(folder).ok()).unwrap_or_default()
}
