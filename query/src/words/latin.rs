//! Words of Latin, Greek and Cyrillic text in one pass over the bytes, by the rules of UAX #29 that such text can meet.
//!
//! What needs more rules (marks that combine, other scripts, emoji) is left to `unicode-segmentation`.

use std::{ops::Range, sync::LazyLock};

use super::form::TABLE_END;

/// What UAX #29 calls the word break property, as far as it is needed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// `ALetter`.
    Letter,
    /// `Numeric`.
    Digit,
    /// `ExtendNumLet`: `_`.
    Connector,
    /// `MidLetter`: goes on between letters.
    MidLetter,
    /// `MidNum`: goes on between digits.
    MidNumber,
    /// `MidNumLet` and `Single_Quote`: goes on between letters and between digits.
    MidBoth,
    /// Never part of a word.
    Other,
    /// Not decided here.
    Complex,
}

/// A word: where it is and how it is made.
pub(crate) struct LatinWord {
    pub(crate) at: Range<usize>,
    /// All of it is ASCII.
    pub(crate) ascii: bool,
    /// More than letters and digits.
    pub(crate) joined: bool,
    /// A letter or digit at all.
    has_letter: bool,
}

/// The text goes on with a character that these rules do not decide.
pub(crate) struct Complex;

static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(|| (0..TABLE_END).map(class_of).collect());

fn class_of(code: u32) -> Class {
    let Some(c) = char::from_u32(code) else { return Class::Complex };
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '_' => Class::Connector,
        ':' => Class::MidLetter,
        ',' | ';' => Class::MidNumber,
        '.' | '\'' => Class::MidBoth,
        '\0'..='\u{7f}'
        | '\u{a0}'..='\u{a9}'
        | '«'
        | '¬'
        | '®'
        | '¯'
        | '°'
        | '±'
        | '´'
        | '¶'
        | '»'
        | '¿'
        | '×'
        | '÷' => Class::Other,
        'ª' | 'µ' | 'º' | '\u{c0}'..='\u{2af}' => Class::Letter,
        '\u{370}'..='\u{481}' | '\u{48a}'..='\u{52f}' if c.is_alphabetic() => Class::Letter,
        _ => Class::Complex,
    }
}

/// The class of the character that begins at `at`, and its length in bytes.
fn class_at(classes: &[Class], bytes: &[u8], at: usize) -> (Class, usize) {
    match bytes.get(at..).unwrap_or_default() {
        [] => (Class::Other, 0),
        [first, ..] if *first < 0x80 => (classes[usize::from(*first)], 1),
        [first, second, ..] if *first < 0xe0 => {
            let code = usize::from(*first & 0x1f) << 6 | usize::from(*second & 0x3f);
            (classes.get(code).copied().unwrap_or(Class::Complex), 2)
        }
        // The quotation marks, dashes and signs that people type all the time: – — ‘ ’ “ ” „ • … €.
        [0xe2, 0x80, 0x93 | 0x94 | 0x9c..=0x9e | 0xa2 | 0xa6, ..] | [0xe2, 0x82, 0xac, ..] => (Class::Other, 3),
        [0xe2, 0x80, 0x98 | 0x99, ..] => (Class::MidBoth, 3),
        _ => (Class::Complex, 0),
    }
}

/// Calls `word` with each word of `text`.
///
/// # Errors
///
/// [`Complex`] when the text needs other rules; the words told so far are then not to be trusted.
pub(crate) fn cut(text: &str, mut word: impl FnMut(LatinWord)) -> Result<(), Complex> {
    let (bytes, classes) = (text.as_bytes(), CLASSES.as_slice());
    let mut at = 0;
    while at < bytes.len() {
        let (class, length) = class_at(classes, bytes, at);
        match class {
            Class::Complex => return Err(Complex),
            Class::Letter | Class::Digit | Class::Connector => {
                let found = word_from(classes, bytes, at)?;
                at = found.at.end;
                if found.has_letter {
                    word(found);
                }
            }
            _ => at += length,
        }
    }
    Ok(())
}

/// The word that begins at `start`.
fn word_from(classes: &[Class], bytes: &[u8], start: usize) -> Result<LatinWord, Complex> {
    let mut last = Class::Other;
    let (mut end, mut joined, mut ascii, mut has_letter) = (start, false, true, false);
    loop {
        // Most of a word are these.
        let plain = bytes[end..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if plain > 0 {
            (last, has_letter, end) = (Class::Letter, true, end + plain);
        }
        let (class, length) = class_at(classes, bytes, end);
        let step = match class {
            Class::Letter | Class::Digit | Class::Connector => {
                joined |= class == Class::Connector;
                has_letter |= class != Class::Connector;
                last = class;
                length
            }
            Class::Complex => return Err(Complex),
            Class::Other => break,
            Class::MidLetter | Class::MidNumber | Class::MidBoth => {
                // It goes on only if the same kind stands on both sides.
                let (next, next_length) = class_at(classes, bytes, end + length);
                let goes_on = match next {
                    Class::Complex => return Err(Complex),
                    Class::Letter => class != Class::MidNumber,
                    Class::Digit => class != Class::MidLetter,
                    _ => false,
                };
                if !goes_on || next != last {
                    break;
                }
                joined = true;
                length + next_length
            }
        };
        ascii &= bytes.get(end..end + step).unwrap_or_default().is_ascii();
        end += step;
    }
    Ok(LatinWord { at: start..end, ascii, joined, has_letter })
}
