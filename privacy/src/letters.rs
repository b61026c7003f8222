//! Characters as the scanner sees them: one byte for all that mean the same.
//!
//! A full-width `＋３１` is a `+31`, a no-break space is a space, and characters that nobody sees are not there.

/// A character that is not written: skipped.
pub(crate) const UNSEEN: u8 = 0;
/// A character that means nothing here: the end of whatever stood before it.
pub(crate) const OTHER: u8 = 1;

/// The zeros of the decimal digits of the world's scripts: each is followed by its one to nine.
///
/// Source: general category Nd of Unicode 17, without those of mathematics, which [`digit`] counts on its own.
const ZEROS: [u32; 37] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x1FBF0,
];

/// The value of a digit that is not ASCII.
fn digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let value = match code {
        0xFF10..=0xFF19 => code - 0xFF10,
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10,
        _ => {
            let after = ZEROS.partition_point(|zero| *zero <= code);
            code - ZEROS.get(after.checked_sub(1)?)?
        }
    };
    u8::try_from(value).ok().filter(|value| *value < 10)
}

/// What a character means: itself for ASCII, `a` for a letter of another alphabet that has capitals, [`OTHER`] for
/// scripts that write words without spaces, so that a number may follow them at once.
pub(crate) fn fold(c: char) -> u8 {
    match c {
        '\t' => b' ',
        '\0'..='\x7F' => c as u8,
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => b' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => b'-',
        '€' | '£' | '¥' => b'$',
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{20E3}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' => UNSEEN,
        '\u{FF01}'..='\u{FF5E}' => (u32::from(c) - 0xFEE0) as u8,
        _ => match digit(c) {
            Some(value) => b'0' + value,
            None if c.is_lowercase() || c.is_uppercase() => b'a',
            None => OTHER,
        },
    }
}

/// Bytes at which the scanner looks closer: ASCII digits, `@`, and the first bytes of other digits and signs.
pub(crate) const fn triggers() -> [bool; 256] {
    let mut triggers = [false; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        triggers[digit as usize] = true;
        digit += 1;
    }
    let others = [b'@', 0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEA, 0xEF, 0xF0];
    let mut index = 0;
    while index < others.len() {
        triggers[others[index] as usize] = true;
        index += 1;
    }
    triggers
}

/// The characters from byte `at` on, as they are seen, each with the byte after it.
pub(crate) fn after(text: &str, at: usize) -> impl Iterator<Item = (u8, usize)> + '_ {
    let rest = text.get(at..).unwrap_or_default();
    rest.char_indices().map(move |(index, c)| (fold(c), at + index + c.len_utf8())).filter(|(c, _)| *c != UNSEEN)
}

/// The characters before byte `at`, the nearest first, as they are seen, each with the byte it begins at.
pub(crate) fn before(text: &str, at: usize) -> impl Iterator<Item = (u8, usize)> + '_ {
    let rest = text.get(..at).unwrap_or_default();
    rest.char_indices().rev().map(|(index, c)| (fold(c), index)).filter(|(c, _)| *c != UNSEEN)
}

/// Whether a character continues a word.
pub(crate) fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_scripts_are_digits() {
        assert!(ZEROS.is_sorted());
        for (nine, c) in [('９', b'9'), ('٣', b'3'), ('۰', b'0'), ('०', b'0'), ('๙', b'9'), ('𝟗', b'9'), ('𝟬', b'0')]
        {
            assert_eq!(fold(nine), c, "{nine}");
        }
        assert_eq!([fold('＋'), fold('＠'), fold('–'), fold('\u{A0}')], *b"+@- ");
        assert_eq!([fold('é'), fold('電'), fold('א'), fold('½')], [b'a', OTHER, OTHER, OTHER]);
    }

    #[test]
    fn no_digit_is_passed_over() {
        let triggers = triggers();
        let passed = ('\0'..=char::MAX).filter(|c| fold(*c).is_ascii_digit() || fold(*c) == b'@').find(|c| {
            let mut bytes = [0; 4];
            !triggers[usize::from(c.encode_utf8(&mut bytes).as_bytes()[0])]
        });
        assert_eq!(passed, None);
    }
}
