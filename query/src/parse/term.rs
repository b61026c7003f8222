//! What a term may be.

use super::QueryError;
use crate::{
    syntax::{Form, Term},
    words::{Mark, is_continuous, is_hangul},
};

/// Fewest letters before a star; fewer would match half the dictionary.
const MIN_BEFORE_STAR: usize = 3;
/// Fewest letters before a star where one letter says more.
const MIN_BEFORE_STAR_CJK: usize = 1;
/// Longest term, in characters.
const MAX_LENGTH: usize = 200;

/// Reads a term as it is written, without its quotes or braces.
pub(super) fn read(written: &str, form: Form, in_title: bool, column: usize) -> Result<Term, QueryError> {
    let error = |message: String| QueryError::new(column, message);
    if written.chars().nth(MAX_LENGTH).is_some() {
        return Err(error(format!("a term has at most {MAX_LENGTH} characters")));
    }
    let mark = written.trim_start().chars().next().and_then(Mark::of);
    let body = written.trim_start().strip_prefix(|c| Mark::of(c).is_some()).unwrap_or(written);
    let text = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.chars().any(char::is_alphanumeric) {
        return Err(error(no_letters(written, form)));
    }
    match form {
        Form::Word => check_word(&text).map_err(error)?,
        Form::Phrase => text.split(' ').try_for_each(check_star).map_err(error)?,
        Form::Cased if text.contains(['*', '?']) => {
            return Err(error(format!("`{{{text}}}`: `*` and `?` do not work where case counts")));
        }
        Form::Cased => {}
    }
    Ok(Term { text, form, mark, in_title })
}

fn no_letters(written: &str, form: Form) -> String {
    match form {
        Form::Phrase if written.trim().is_empty() => "this phrase is empty".to_owned(),
        Form::Cased if written.trim().is_empty() => "a word was expected between the braces".to_owned(),
        Form::Word if !written.is_empty() && written.chars().all(|c| matches!(c, '*' | '?')) => {
            format!("`{written}` would match every word: put letters beside it")
        }
        _ => format!("`{written}` holds no letter or digit to look for"),
    }
}

fn check_word(text: &str) -> Result<(), String> {
    check_star(text)?;
    let wild = |c: char| matches!(c, '*' | '?');
    // Only a single word has letters to stand for.
    if text.contains('?')
        && let Some(other) = text.chars().find(|c| !c.is_alphanumeric() && !wild(*c))
    {
        return Err(format!("`{text}`: `?` stands for a letter of a single word, without `{other}`"));
    }
    Ok(())
}

/// A star stands at the end of a word, behind enough letters.
fn check_star(word: &str) -> Result<(), String> {
    let stem = word.trim_end_matches('*');
    if stem.contains('*') || word.len() > stem.len() + 1 {
        let mended: String = word.chars().filter(|c| *c != '*').collect();
        return Err(format!("`{word}`: one `*` may stand at the end of a word; did you mean `{mended}*`?"));
    }
    if stem.len() == word.len() {
        return Ok(());
    }
    let letters = || stem.chars().filter(|c| c.is_alphanumeric());
    let fewest =
        if letters().any(|c| is_continuous(c) || is_hangul(c)) { MIN_BEFORE_STAR_CJK } else { MIN_BEFORE_STAR };
    if letters().count() < fewest {
        return Err(format!("`{word}`: give at least {fewest} letters before the `*`"));
    }
    if !stem.ends_with(|c: char| c.is_alphanumeric() || c == '?') {
        return Err(format!("`{word}`: `*` stands right behind a letter"));
    }
    Ok(())
}
