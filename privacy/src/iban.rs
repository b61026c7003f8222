//! International Bank Account Numbers: a country, two check digits, and as many characters as that country has.

use std::ops::Range;

use crate::letters::{after, before, is_word};

/// How many characters an IBAN of a country has.
///
/// Source: SWIFT's IBAN registry, release 99 (December 2024).
const LENGTHS: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The IBAN whose first check digit stands at byte `at`; nothing before byte `from` belongs to it.
pub(crate) fn find(text: &str, at: usize, from: usize) -> Option<Range<usize>> {
    let mut before = before(text, at);
    let (second, _) = before.next()?;
    let (first, start) = before.next().filter(|(_, start)| *start >= from)?;
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let index = LENGTHS.binary_search_by(|(code, _)| (*code).cmp(&country)).ok()?;
    if before.next().is_some_and(|(c, _)| is_word(c)) {
        return None;
    }
    let end = rest(text, at, country, LENGTHS[index].1)?;
    Some(start..end)
}

/// Where the IBAN ends, if its length and its check digits are right.
fn rest(text: &str, at: usize, country: [u8; 2], length: usize) -> Option<usize> {
    let mut code = [0; 34];
    code[..2].copy_from_slice(&country);
    let (mut filled, mut end, mut gap) = (2, at, false);
    let mut letters = after(text, at);
    while filled < length {
        let (c, after) = letters.next()?;
        match c {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                code[filled] = c.to_ascii_uppercase();
                (filled, end, gap) = (filled + 1, after, false);
            }
            b' ' | b'-' | b'.' if !gap => gap = true,
            _ => return None,
        }
    }
    let ends = letters.next().is_none_or(|(c, _)| !is_word(c));
    (ends && code[2..4].iter().all(u8::is_ascii_digit) && checks(&code[..length])).then_some(end)
}

/// ISO 7064 MOD 97-10 with the first four characters moved to the end, letters as 10 to 35.
fn checks(code: &[u8]) -> bool {
    let remainder = code.iter().cycle().skip(4).take(code.len()).fold(0_u32, |rest, c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        _ => (rest * 100 + u32::from(c - b'A') + 10) % 97,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_sorted_and_its_examples_pass() {
        assert!(LENGTHS.is_sorted());
        for example in ["NL91ABNA0417164300", "BE68539007547034", "DE89370400440532013000", "NO9386011117947"] {
            assert!(checks(example.as_bytes()), "{example}");
        }
        assert!(!checks(b"NL92ABNA0417164300"));
    }
}
