//! Payment cards: a known network, its length, written in one piece or as on the card, and Luhn's check digit.

use crate::number::Number;

/// How the digits of cards are grouped, besides in one piece.
const SHAPES: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// How many of the groups of `number` are the number of a card.
pub(crate) fn find(text: &str, number: &Number) -> Option<usize> {
    if !number.may_begin() || number.is_international() {
        return None;
    }
    (1..=number.groups().len().min(5)).find(|groups| {
        let is_shaped = *groups == 1 || SHAPES.iter().any(|shape| number.shape(*groups).eq(shape.iter().copied()));
        let digits = number.digits(number.groups()[groups - 1].digits);
        is_shaped
            && matches!(number.uniform(*groups), Some(0 | b' ' | b'-' | b'.'))
            && is_card(digits)
            && number.may_end(*groups)
            && !number.is_decimal(text, *groups)
    })
}

/// Whether a network gives out such numbers, and the check digit is right.
///
/// Source: ISO/IEC 7812 and the networks' own lists of ranges, read 2026-11-22. Visa's old 13 digits are left out: they
/// cannot be told from article numbers.
fn is_card(digits: &[u8]) -> bool {
    let prefix = |length: usize| {
        let digits = digits.get(..length).unwrap_or_default();
        digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let known = match digits.len() {
        14 => matches!(prefix(3), 300..=305 | 309 | 360..=369 | 380..=399),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            matches!(prefix(1), 4)
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(3), 644..=649)
                || matches!(prefix(4), 2221..=2720 | 3528..=3589 | 6011)
                || is_maestro(prefix(4))
        }
        17 | 18 => prefix(2) == 62,
        19 => matches!(prefix(1), 4) || prefix(2) == 62 || is_maestro(prefix(4)),
        _ => false,
    };
    known && luhn(digits)
}

fn is_maestro(prefix: u32) -> bool {
    matches!(prefix, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
}

/// Luhn's check digit (ISO/IEC 7812-1, annex B).
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') << (index % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}
