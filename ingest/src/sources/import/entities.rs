//! HTML entities in exports of web pages: `&amp;` is `&`.
//!
//! They are decoded once, and only in files that evidently hold them: a person may well write `AT&amp;T` about HTML.

use std::borrow::Cow;

/// Whether the text holds an entity that an exporting program writes.
pub(super) fn present(text: &str) -> bool {
    text.split('&').skip(1).any(|after| entity(after).is_some())
}

/// Replaces each entity by its character, from left to right, once.
pub(super) fn decode(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('&') {
        return text;
    }
    let mut pieces = text.split('&');
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        match entity(piece) {
            Some((character, after)) => {
                decoded.push(character);
                decoded.push_str(after);
            }
            None => {
                decoded.push('&');
                decoded.push_str(piece);
            }
        }
    }
    Cow::Owned(decoded)
}

/// The character of the entity whose `&` stands before `text`, and what follows its `;`.
fn entity(text: &str) -> Option<(char, &str)> {
    const LONGEST: usize = 8;
    let end = text.bytes().take(LONGEST + 1).position(|byte| byte == b';')?;
    let (name, after) = text.split_at_checked(end)?;
    let after = after.strip_prefix(';')?;
    let character = match name.strip_prefix('#') {
        Some(number) => numeric(number)?,
        None => named(name)?,
    };
    Some((character, after))
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    match code {
        // What HTML makes of these, since so many pages mean windows-1252 by them.
        0x80..=0x9f => {
            let byte = [u8::try_from(code).ok()?];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next()
        }
        9 | 10 | 13 | 0x20.. => char::from_u32(code),
        _ => None,
    }
}

fn named(name: &str) -> Option<char> {
    if let Some((_, character)) = COMMON.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let place = LATIN_1.iter().position(|known| *known == name)?;
    char::from_u32(0xa0 + u32::try_from(place).ok()?)
}

const COMMON: [(&str, char); 27] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("euro", '€'),
    ("trade", '™'),
    ("oelig", 'œ'),
    ("OElig", 'Œ'),
    ("scaron", 'š'),
    ("Scaron", 'Š'),
    ("Yuml", 'Ÿ'),
    ("hearts", '♥'),
    ("rarr", '→'),
    ("larr", '←'),
];

/// The names of U+00A0 to U+00FF, in order.
#[rustfmt::skip]
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo",
    "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil",
    "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig",
    "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml",
    "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide",
    "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_once_and_the_rest_is_left() {
        let cases = [
            ("caf&eacute; &amp; bar", "café & bar"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("it&#39;s &#x1F389; &#146;", "it's 🎉 ’"),
            ("a &lt; b &amp c &nothing; & d &", "a < b &amp c &nothing; & d &"),
            ("&yuml;&nbsp;&euro;", "ÿ\u{a0}€"),
            ("&#0;&#xD800;&;&#;", "&#0;&#xD800;&;&#;"),
            ("&ééééé;", "&ééééé;"),
        ];
        for (given, expected) in cases {
            assert_eq!(decode(Cow::Borrowed(given)), expected);
        }
        assert!(present("a &gt; b"));
        assert!(!present("Q&A; AT&T, R & D;"));
    }
}
