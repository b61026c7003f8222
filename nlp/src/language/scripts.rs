//! Which script a letter belongs to, and its number within that script's alphabet, lower-cased.

/// Scripts between whose languages a model chooses, and scripts that name their language by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Script {
    /// Latin, in some sixty languages.
    Latin = 1,
    /// Russian, Ukrainian, Bulgarian and others.
    Cyrillic,
    /// Arabic, Persian, Urdu and others.
    Arabic,
    /// Hindi, Marathi, Nepali.
    Devanagari,
    /// Han and the kana: Chinese and Japanese.
    Han,
    /// Amharic, Tigrinya.
    Ethiopic,
    /// Hebrew, Yiddish.
    Hebrew,
    /// Korean.
    Hangul,
    /// Greek.
    Greek,
    /// Thai.
    Thai,
    /// Any other script; most of them have one living language.
    Other,
}

impl Script {
    /// How many there are, and one for "none".
    pub(crate) const COUNT: usize = 12;

    /// All of them.
    pub(crate) const ALL: [Self; Self::COUNT - 1] = [
        Self::Latin,
        Self::Cyrillic,
        Self::Arabic,
        Self::Devanagari,
        Self::Han,
        Self::Ethiopic,
        Self::Hebrew,
        Self::Hangul,
        Self::Greek,
        Self::Thai,
        Self::Other,
    ];

    /// How much one letter says next to a Latin one: a Han character or a Hangul syllable is half a word.
    pub(crate) fn letter_weight(self) -> u32 {
        match self {
            Self::Han | Self::Hangul | Self::Ethiopic => 5,
            _ => 2,
        }
    }

    /// The language of a script that has one only.
    pub(crate) fn only_language(self) -> Option<&'static str> {
        match self {
            Self::Hangul => Some("ko"),
            Self::Greek => Some("el"),
            Self::Thai => Some("th"),
            _ => None,
        }
    }
}

/// What a character is to the reader of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter of a script, with its number in the script's alphabet, never zero.
    Letter(Script, u16),
    /// A combining accent, which belongs to the letter before it.
    Accent,
    /// Nothing that a reader sees: joiners, vowel points, variation selectors.
    Silent,
    /// Anything else: ends a word.
    Gap,
}

/// Number of the apostrophe, which stands inside words: `l'amour`, `it's`, `foto's`.
pub(crate) const APOSTROPHE: u16 = 1;

/// Tells what `c` is.
#[inline]
pub(crate) fn kind(c: char) -> Kind {
    use Script::{Arabic, Cyrillic, Devanagari, Ethiopic, Greek, Han, Hangul, Hebrew, Latin, Thai};
    let point = u32::from(c);
    // Most texts are made of these.
    if c.is_ascii() {
        let letter = || Kind::Letter(Latin, low(point | 0x20));
        return if c.is_ascii_alphabetic() { letter() } else { Kind::Gap };
    }
    match point {
        0x0080..=0x00A0 => Kind::Gap,
        0x00A1 => Kind::Letter(Latin, 2),
        0x00BF => Kind::Letter(Latin, 3),
        0x00AD => Kind::Silent,
        0x00AA | 0x00BA => Kind::Letter(Latin, low(point)),
        0x00D7 | 0x00F7 | 0x00A2..=0x00BE => Kind::Gap,
        0x00C0..=0x00DE => Kind::Letter(Latin, low(point + 32)),
        0x00DF..=0x00FF => Kind::Letter(Latin, low(point)),
        0x0100..=0x024F | 0x1E00..=0x1EFF => Kind::Letter(Latin, extended_latin(c)),
        0x0250..=0x02AF => Kind::Letter(Latin, 4),
        0x0300..=0x036F => Kind::Accent,
        0x0370..=0x03FF | 0x1F00..=0x1FFF => Kind::Letter(Greek, 5),
        0x0400..=0x052F => Kind::Letter(Cyrillic, cyrillic(point)),
        0x0591..=0x05C7 => Kind::Silent,
        0x05D0..=0x05F4 => Kind::Letter(Hebrew, low(point)),
        0x0640 | 0x064B..=0x065F | 0x0670 => Kind::Silent,
        0x0620..=0x064A | 0x066E..=0x06D3 | 0x06D5 | 0x06EE..=0x06FF => Kind::Letter(Arabic, low(point)),
        0x0750..=0x077F | 0x08A0..=0x08C9 => Kind::Letter(Arabic, low(point)),
        0xFB50..=0xFDFB | 0xFE70..=0xFEFC => Kind::Letter(Arabic, low(point) | 0x100),
        0x0900..=0x0963 | 0x0970..=0x097F => Kind::Letter(Devanagari, low(point) | 0x80),
        0x0E01..=0x0E30 | 0x0E32..=0x0E33 | 0x0E40..=0x0E46 => Kind::Letter(Thai, 5),
        0x0E31 | 0x0E34..=0x0E3A | 0x0E47..=0x0E4E => Kind::Silent,
        0x1200..=0x137F => Kind::Letter(Ethiopic, ethiopic(point)),
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => Kind::Letter(Hangul, 5),
        0x3041..=0x3096 | 0x30A1..=0x30FA | 0x30FC | 0x31F0..=0x31FF | 0xFF66..=0xFF9D => {
            Kind::Letter(Han, wide(point))
        }
        0x3005 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => {
            Kind::Letter(Han, wide(point))
        }
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xFEFF => Kind::Silent,
        0xFF21..=0xFF3A => Kind::Letter(Latin, low(point - 0xFF21 + 0x61)),
        0xFF41..=0xFF5A => Kind::Letter(Latin, low(point - 0xFF41 + 0x61)),
        // Bold, italic and script letters meant for formulas, used to decorate posts: 26 capitals, then 26 small ones.
        0x1D400..=0x1D6A3 => Kind::Letter(Latin, low((point - 0x1D400) % 26 + 0x61)),
        0x0483..=0x0590 | 0x0610..=0x061A | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF => {
            other_or(c, Kind::Silent)
        }
        _ => other_or(c, Kind::Gap),
    }
}

fn other_or(c: char, otherwise: Kind) -> Kind {
    if c.is_alphabetic() { Kind::Letter(Script::Other, 5) } else { otherwise }
}

fn low(point: u32) -> u16 {
    (point & 0xFF) as u16
}

/// 0x0100 to 0x024F and the Vietnamese block; capital and small letters are pairs.
fn extended_latin(c: char) -> u16 {
    let point = u32::from(c.to_lowercase().next().unwrap_or(c));
    match point {
        // The Romanian letters with a comma, and the older ones with a cedilla.
        0x0219 | 0x015F => 0xBF,
        0x021B | 0x0163 => 0xC0,
        0x0131 => 0xC1,
        0x0069 => 0x69,
        0x0100..=0x017F => low((point - 0x100) / 2) + 0x7F,
        0x1E80..=0x1EFF => low((point - 0x1E80) / 2) + 0x10,
        _ => 0xC2 + low(point) % 28,
    }
}

fn cyrillic(point: u32) -> u16 {
    let small = match point {
        0x0400..=0x040F => point + 0x50,
        0x0410..=0x042F => point + 0x20,
        0x0460.. => point | 1,
        _ => point,
    };
    low(small).max(4)
}

/// Han and kana: the number is the whole code point, folded to 16 bits.
fn wide(point: u32) -> u16 {
    ((point ^ (point >> 16)) as u16).max(4)
}

fn ethiopic(point: u32) -> u16 {
    low(point - 0x1200) + ((point - 0x1200) >> 8) as u16 + 4
}

/// The language of a text in a script that is not modelled, by the letter's block where whatlang knows it not.
pub(crate) fn rare_script(c: char) -> Option<&'static str> {
    match u32::from(c) {
        0x0780..=0x07BF => Some("dv"),
        0x0E80..=0x0EFF => Some("lo"),
        0x0F00..=0x0FFF => Some("bo"),
        0x0700..=0x074F => Some("syr"),
        0x07C0..=0x07FF => Some("nqo"),
        0x13A0..=0x13FF | 0xAB70..=0xABBF => Some("chr"),
        0x1400..=0x167F => Some("iu"),
        0x1800..=0x18AF => Some("mn"),
        0x2D30..=0x2D7F => Some("zgh"),
        _ => None,
    }
}
