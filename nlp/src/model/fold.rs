//! One spelling for letters that people write in several ways.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// What kind of character something is, as far as cutting a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A letter of a script that puts spaces between words.
    Letter,
    /// A letter of a script without spaces: Chinese characters, kana, Thai and its neighbours.
    Glyph,
    Digit,
    Space,
    /// Punctuation and ASCII signs.
    Mark,
    /// Emoji and other signs.
    Sign,
    /// Changes the look of its neighbour only: variation selectors, joiners, accents on their own.
    Nothing,
}

/// The classes of what is below U+10000, made by the rules: Unicode's own tables take ten times as long.
static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(|| {
    let class = |code| char::from_u32(code).map_or(Class::Mark, class_by_rule);
    (0..0x1_0000).map(class).collect()
});

/// The class of `c`.
#[inline]
pub(crate) fn class(c: char) -> Class {
    CLASSES.get(c as usize).copied().unwrap_or_else(|| class_by_rule(c))
}

/// Whether `c` is a capital letter.
#[inline]
pub(crate) fn is_capital(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { c.is_uppercase() }
}

fn class_by_rule(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' => Class::Letter,
            '0'..='9' => Class::Digit,
            c if c.is_ascii_punctuation() => Class::Mark,
            _ => Class::Space,
        };
    }
    match u32::from(c) {
        0xad | 0x300..=0x36f | 0x610..=0x61a | 0x640 | 0x64b..=0x65f | 0x670 => Class::Nothing,
        0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff => Class::Nothing,
        0x1f3fb..=0x1f3ff | 0xe0000..=0xe0fff => Class::Nothing,
        0x85 | 0xa0 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 => Class::Space,
        0xaa | 0xb5 | 0xba | 0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0x2af | 0x370..=0x373 | 0x376..=0x52f => Class::Letter,
        // Indic scripts: vowel signs and viramas belong to the word; the dandas end a sentence.
        0x964 | 0x965 => Class::Mark,
        0x900..=0xdff => Class::Letter,
        0x660..=0x669 | 0x6f0..=0x6f9 | 0xff10..=0xff19 => Class::Digit,
        0xe00..=0xeff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3005..=0x3007 | 0x3041..=0x30ff | 0x31f0..=0x31ff => {
            Class::Glyph
        }
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff => Class::Glyph,
        0x2010..=0x205e | 0x3001..=0x3004 | 0x3008..=0x3020 | 0xff01..=0xff0f | 0xff1a..=0xff20 => Class::Mark,
        0x2190..=0x2bff | 0x1f000..=0x1fbff => Class::Sign,
        _ if c.is_alphanumeric() => Class::Letter,
        _ => Class::Mark,
    }
}

/// Appends `c` as it is compared: lower case, without the accents that people leave out, Arabic letters in one form.
pub(crate) fn push_folded(into: &mut Vec<char>, c: char) {
    if c.is_ascii() {
        into.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        // Umlauts and rings tell words apart ("schön", "schon"), these accents hardly do.
        'à'..='ã' | 'À'..='Ã' => into.push('a'),
        'è'..='ë' | 'È'..='Ë' => into.push('e'),
        'ì'..='ï' | 'Ì'..='Ï' => into.push('i'),
        'ò'..='õ' | 'Ò'..='Õ' => into.push('o'),
        'ù'..='û' | 'Ù'..='Û' => into.push('u'),
        '’' | '‘' | '`' | '´' => into.push('\''),
        'ё' | 'Ё' => into.push('е'),
        'آ' | 'أ' | 'إ' | 'ٱ' => into.push('ا'),
        'ى' | 'ی' => into.push('ي'),
        'ک' => into.push('ك'),
        'ة' => into.push('ه'),
        '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{ff01}'..='\u{ff9f}' | '\u{1d400}'..='\u{1d7ff}' => {
            for c in std::iter::once(c).nfkc() {
                match c {
                    'أ' | 'إ' | 'آ' => into.push('ا'),
                    'ى' => into.push('ي'),
                    'ة' => into.push('ه'),
                    c if class(c) == Class::Nothing => {}
                    c => into.extend(c.to_lowercase().next()),
                }
            }
        }
        '\u{900}'..='\u{ffff}' => into.push(c),
        c => into.extend(c.to_lowercase().next()),
    }
}
