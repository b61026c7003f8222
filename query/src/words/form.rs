//! The forms under which a word is known: lower-cased, and bare of accents too.

use std::{borrow::Cow, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::script::is_invisible;

/// Characters below this have their forms in a table: Latin, Greek and Cyrillic.
pub(crate) const TABLE_END: u32 = 0x530;

/// The forms of one character.
#[derive(Clone, Copy, Default)]
pub(crate) struct Forms {
    lower: Piece,
    bare: Piece,
}

/// A few bytes of UTF-8.
#[derive(Clone, Copy, Default)]
struct Piece {
    bytes: [u8; 7],
    length: u8,
}

impl Piece {
    fn new(text: &str) -> Self {
        let mut piece = Self { bytes: [0; 7], length: text.len().try_into().expect("a few bytes") };
        piece.bytes[..text.len()].copy_from_slice(text.as_bytes());
        piece
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// Forms of the characters below [`TABLE_END`], made by the general rules.
pub(crate) static TABLE: LazyLock<Vec<Forms>> = LazyLock::new(|| {
    let forms = |code| {
        let Some(c) = char::from_u32(code) else { return Forms::default() };
        let (mut lower, mut bare) = (String::new(), String::new());
        push_lower(&mut lower, c.encode_utf8(&mut [0; 4]));
        push_bare(&mut bare, c.encode_utf8(&mut [0; 4]));
        Forms { lower: Piece::new(&lower), bare: Piece::new(&bare) }
    };
    (0..TABLE_END).map(forms).collect()
});

/// Appends `word`'s forms. Each of its characters is in the table or is a typographic apostrophe, and none is a mark.
pub(crate) fn push_table_forms(forms: &mut String, word: &str) -> u32 {
    let from = forms.len();
    let entry = |c: char| TABLE.get(c as usize).copied().unwrap_or(TABLE[usize::from(b'\'')]);
    for c in word.chars() {
        forms.push_str(entry(c).lower.as_str());
    }
    let bare = forms.len();
    for c in word.chars() {
        forms.push_str(entry(c).bare.as_str());
    }
    shared(forms, from, bare)
}

/// Appends `word`'s forms, whatever its characters. Returns where the bare one begins.
pub(crate) fn push_forms(forms: &mut String, word: &str) -> u32 {
    let from = forms.len();
    if word.chars().all(has_one_form) {
        forms.push_str(word);
        return u32::try_from(from).unwrap_or(u32::MAX);
    }
    push_lower(forms, word);
    let bare = forms.len();
    push_bare(forms, word);
    shared(forms, from, bare)
}

/// Letters of East Asian scripts that have neither case nor accents nor other ways to be written.
fn has_one_form(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Keeps the bare form only once if it is the lower-cased one too.
fn shared(forms: &mut String, from: usize, bare: usize) -> u32 {
    let bytes = forms.as_bytes();
    let same = bytes[from..bare] == bytes[bare..];
    if same {
        forms.truncate(bare);
    }
    u32::try_from(if same { from } else { bare }).unwrap_or(u32::MAX)
}

/// Appends `word` composed, in lower case, with straight apostrophes and without invisible characters.
pub(crate) fn push_lower(form: &mut String, word: &str) {
    let visible = word.chars().filter(|c| !is_invisible(*c)).map(straight);
    for c in visible.nfc() {
        match c {
            // Its own lower case would be an i with two dots.
            'İ' => form.push('i'),
            c => form.extend(c.to_lowercase()),
        }
    }
}

/// Appends `word` in lower case, without accents, in compatible letters.
pub(crate) fn push_bare(form: &mut String, word: &str) {
    let visible = word.chars().filter(|c| !is_invisible(*c)).map(straight);
    let mut base = '\0';
    let kept = visible.nfkd().flat_map(char::to_lowercase).filter(|c| {
        if is_accent(*c) {
            return is_letter_of_its_own(base, *c);
        }
        if !is_combining_mark(*c) {
            base = *c;
        }
        true
    });
    for c in kept.nfc() {
        match plain(c) {
            Some(letters) => form.push_str(letters),
            None => form.push(c),
        }
    }
}

/// `word` as written, but composed, with straight apostrophes and without invisible characters: for case-sensitive terms.
pub(crate) fn cased(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    word.chars().filter(|c| !is_invisible(*c)).map(straight).nfc().collect()
}

fn straight(c: char) -> char {
    if matches!(c, '‘' | '’' | 'ʼ' | '＇') { '\'' } else { c }
}

/// Accents of alphabets, vowel signs of Arabic and Hebrew, and marks that people pile up for show.
///
/// The marks of kana, Hangul and Indic scripts tell letters apart and stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Cyrillic й, ў, ї, ќ and ѓ are letters; only ё is an е to those who write.
fn is_letter_of_its_own(base: char, accent: char) -> bool {
    matches!((base, accent), ('и' | 'у', '\u{306}') | ('і', '\u{308}') | ('к' | 'г', '\u{301}'))
}

/// Letters that have no decomposition but a usual plain spelling. Arabic as in Lucene's `ArabicNormalizer`.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ς' => "σ",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        'ـ' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(word: &str) -> String {
        let mut form = String::new();
        push_bare(&mut form, word);
        form
    }

    #[test]
    fn case_accents_and_width_do_not_count() {
        let cases = [
            ("Café", "cafe"),
            ("CAFE\u{301}", "cafe"),
            ("STRAẞE", "strasse"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Smørrebrød", "smorrebrod"),
            ("İstanbul", "istanbul"),
            ("ISPARTA", "isparta"),
            ("ısparta", "isparta"),
            ("ＡＢＣ", "abc"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδός", "οδοσ"),
            ("Ёлка", "елка"),
            ("мой", "мой"),
            ("Україна", "україна"),
            ("شَرِكَة", "شركه"),
            ("أحمد", "احمد"),
            ("ﾊﾞｯﾃﾘｰ", "バッテリー"),
            ("バッテリー", "バッテリー"),
            ("삼성", "삼성"),
            ("l’été", "l'ete"),
            ("fair\u{200d}ph\u{ad}one", "fairphone"),
            ("b̸̢̛͓r̶̡a̴n̷d̸", "brand"),
        ];
        for (word, form) in cases {
            assert_eq!(bare(word), form, "{word}");
            assert_eq!(bare(form), form, "{word} twice");
        }
    }

    #[test]
    fn the_lower_form_keeps_accents() {
        let mut form = String::new();
        push_lower(&mut form, "CAFE\u{301}’S İß");
        assert_eq!(form, "café's iß");
    }

    #[test]
    fn letters_with_one_form_are_left_as_they_are() {
        for c in ('\u{3000}'..'\u{e000}').filter(|c| has_one_form(*c)) {
            let (word, mut lower) = (c.to_string(), String::new());
            push_lower(&mut lower, &word);
            assert_eq!((lower.as_str(), bare(&word).as_str()), (word.as_str(), word.as_str()));
        }
    }

    #[test]
    fn the_table_says_what_the_rules_say() {
        for c in (0..TABLE_END).filter_map(char::from_u32) {
            let word = c.to_string();
            let (mut by_table, mut by_rule) = (String::new(), String::new());
            push_table_forms(&mut by_table, &word);
            push_forms(&mut by_rule, &word);
            assert_eq!(by_table, by_rule, "{c:?}");
        }
    }
}
