//! A text in the form in which words are compared.

use std::sync::LazyLock;

use unicode_normalization::char::decompose_compatible;

/// A text in lower case, without accents and invisible characters, that knows where each byte came from.
#[derive(Default)]
pub(crate) struct Folded {
    text: String,
    /// Where the distance to the text as written changes: place here, place there. Ascending in both.
    shifts: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds `text`, forgetting what was here before.
    pub(crate) fn fill(&mut self, text: &str) {
        self.text.clear();
        self.shifts.clear();
        self.text.reserve(text.len());
        let mut distance = 0_isize;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let plain = rest.as_bytes().iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (here, after) = rest.split_at(if plain > 0 { plain } else { first.len_utf8() });
            let from = self.text.len();
            if plain > 0 {
                self.text.push_str(here);
                self.text.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
            } else {
                fold(first, &mut self.text);
            }
            rest = after;
            let moved = distance + written(here.len()) - written(self.text.len() - from);
            if moved != distance {
                distance = moved;
                self.shifts.push((place(self.text.len()), place(text.len() - rest.len())));
            }
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The place in the text as written.
    pub(crate) fn original(&self, folded: usize) -> usize {
        let after = self.shifts.partition_point(|(here, _)| *here as usize <= folded);
        let (here, there) = after.checked_sub(1).map_or((0, 0), |last| self.shifts[last]);
        folded - here as usize + there as usize
    }

    /// The place in the folded text.
    pub(crate) fn folded(&self, original: usize) -> usize {
        let after = self.shifts.partition_point(|(_, there)| *there as usize <= original);
        let (here, there) = after.checked_sub(1).map_or((0, 0), |last| self.shifts[last]);
        let next = self.shifts.get(after).map_or(self.text.len(), |(here, _)| *here as usize);
        (original - there as usize + here as usize).min(next)
    }
}

fn written(length: usize) -> isize {
    isize::try_from(length).unwrap_or(isize::MAX)
}

/// A text longer than four billion bytes does not fit into a Kafka record, let alone a mention.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Characters below this have what is left of them in a table: Latin, Greek and Cyrillic.
const TABLE_END: u32 = 0x530;

static TABLE: LazyLock<Vec<([u8; 7], u8)>> = LazyLock::new(|| {
    let mut left = String::new();
    let entry = |code| {
        left.clear();
        char::from_u32(code).into_iter().for_each(|c| fold_by_rule(c, &mut left));
        let mut bytes = [0; 7];
        bytes[..left.len()].copy_from_slice(left.as_bytes());
        (bytes, left.len() as u8)
    };
    (0..TABLE_END).map(entry).collect()
});

/// Appends what is left of `c`.
pub(crate) fn fold(c: char, to: &mut String) {
    match TABLE.get(c as usize) {
        Some((bytes, length)) => to.push_str(std::str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default()),
        None => fold_by_rule(c, to),
    }
}

fn fold_by_rule(c: char, to: &mut String) {
    match c {
        _ if c.is_ascii() => to.push(c.to_ascii_lowercase()),
        '’' | '‘' | '`' | '´' | 'ʼ' => to.push('\''),
        '“' | '”' | '„' | '«' | '»' => to.push('"'),
        'ı' => to.push('i'),
        'ß' => to.push_str("ss"),
        'ł' | 'Ł' => to.push('l'),
        'ø' | 'Ø' => to.push('o'),
        'đ' | 'Đ' => to.push('d'),
        'æ' | 'Æ' => to.push_str("ae"),
        'œ' | 'Œ' => to.push_str("oe"),
        // Arabic: one letter for its variants, no vowel signs, no stretching.
        'أ' | 'إ' | 'آ' | 'ٱ' => to.push('ا'),
        'ى' => to.push('ي'),
        'ة' => to.push('ه'),
        _ if is_dropped(c) => {}
        // Han, kana and Hangul stay whole: taking them apart would make other letters of them.
        '\u{2e80}'..='\u{d7af}' | '\u{10000}'.. => to.push(c),
        _ => decompose_compatible(c, |part| {
            if !is_dropped(part) {
                to.extend(part.to_lowercase());
            }
        }),
    }
}

/// Marks on letters, and characters that are not seen.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{61c}' | '\u{640}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{180e}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_rules_say() {
        for c in (0..TABLE_END).filter_map(char::from_u32) {
            let (mut by_table, mut by_rule) = (String::new(), String::new());
            fold(c, &mut by_table);
            fold_by_rule(c, &mut by_rule);
            assert_eq!(by_table, by_rule, "{c:?}");
        }
    }
}
