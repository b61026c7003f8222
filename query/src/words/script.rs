//! Which script a character belongs to, as far as cutting needs to know.

use std::sync::LazyLock;

/// Letters and digits below U+10000, a bit each: Unicode's own tables take ten times as long.
static ALPHANUMERIC: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let is = |code: u32| char::from_u32(code).is_some_and(char::is_alphanumeric);
    (0..0x1_0000 / 64).map(|word| (0..64).fold(0, |bits, bit| bits | u64::from(is(word * 64 + bit)) << bit)).collect()
});

/// Whether `c` is a letter or a digit, as [`char::is_alphanumeric`] says, which takes longer.
#[inline]
pub fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    match ALPHANUMERIC.get(c as usize / 64) {
        Some(bits) => bits >> (c as usize % 64) & 1 == 1,
        None => c.is_alphanumeric(),
    }
}

/// Hiragana, katakana and their marks, without the middle dot and the double hyphen, which stand between words.
pub(crate) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}')
}

/// Chinese characters, in Chinese and in Japanese.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々' | '〆' | '〇')
}

/// Hangul syllables and letters.
pub(crate) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{ffa1}'..='\u{ffdc}')
}

/// Thai, Lao, Burmese, Khmer and the Tai scripts: written without spaces, and no dictionary here cuts them.
fn is_south_east_asian(c: char) -> bool {
    let of_script = matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19df}'
        | '\u{1a20}'..='\u{1aaf}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}');
    of_script && !c.is_numeric()
}

/// Letters of scripts that put no spaces between words.
pub(crate) fn is_continuous(c: char) -> bool {
    c > '\u{dff}' && (is_han(c) || is_kana(c) || is_south_east_asian(c))
}

/// Characters that nobody sees, such as joiners, direction marks and fillers: they do not tell words apart.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_unicode() {
        for c in ('\0'..=char::MAX).step_by(7).chain('\0'..'\u{3000}') {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
        }
    }
}
