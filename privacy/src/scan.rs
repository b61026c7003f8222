//! One pass over a text that stops only at digits and `@`.

use std::ops::Range;

use hark_mention::PersonalData;

use crate::{
    address::{Addresses, Place},
    card, email, iban,
    letters::{after, fold, triggers},
    number::Number,
    phone,
};

const TRIGGERS: [bool; 256] = triggers();
/// Fewest digits of a telephone number or card, so that most numbers are passed over at once.
const SHORTEST: usize = 8;

/// Calls `found` with each piece of personal data of the kinds that are `wanted`, from the first to the last.
///
/// Takes time in proportion to the length of the text, whatever it holds.
pub(crate) fn scan(
    text: &str,
    wanted: impl Fn(PersonalData) -> bool,
    mut found: impl FnMut(Range<usize>, PersonalData),
) {
    let bytes = text.as_bytes();
    let mut addresses = Addresses::default();
    // Everything before `at` was looked at; nothing before `free` can be part of another find.
    let (mut at, mut free) = (0, 0);
    while let Some(skip) = bytes[at..].iter().position(|byte| TRIGGERS[usize::from(*byte)]) {
        at += skip;
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let end = at + c.len_utf8();
        let sign = fold(c);
        if sign != b'@' && !sign.is_ascii_digit() {
            at = end;
            continue;
        }
        let place = addresses.place(bytes, at);
        if sign == b'@' {
            let address = if place == Place::Path { None } else { email::find(text, at, end, free, place) };
            if let Some(range) = address.filter(|_| wanted(PersonalData::Email)) {
                (at, free) = (range.end, range.end);
                found(range, PersonalData::Email);
            } else {
                at = end;
            }
            continue;
        }
        if place == Place::Query
            && let Some(sign) = at.checked_sub(1).filter(|_| bytes.get(at - 1..at + 2) == Some(b"%40"))
            && let Some(range) = email::find(text, sign, at + 2, free, place).filter(|_| wanted(PersonalData::Email))
        {
            (at, free) = (range.end, range.end);
            found(range, PersonalData::Email);
            continue;
        }
        match (place == Place::Text).then(|| number(text, at, free, &wanted)).flatten() {
            Some((range, kind)) => {
                (at, free) = (range.end, range.end);
                found(range, kind);
            }
            None => at = after_digits(text, at),
        }
    }
}

/// What the digits that begin at byte `at` are a part of.
fn number(
    text: &str,
    at: usize,
    free: usize,
    wanted: impl Fn(PersonalData) -> bool,
) -> Option<(Range<usize>, PersonalData)> {
    if wanted(PersonalData::Iban)
        && let Some(range) = iban::find(text, at, free)
    {
        return Some((range, PersonalData::Iban));
    }
    let number = Number::read(text, at, free);
    if number.num_digits() < SHORTEST {
        return None;
    }
    let of = |groups: usize| number.start(at, groups).max(free)..number.groups()[groups - 1].end;
    let card = if wanted(PersonalData::Card) { card::find(text, &number) } else { None };
    if let Some(groups) = card {
        return Some((of(groups), PersonalData::Card));
    }
    let phone = if wanted(PersonalData::Phone) { phone::find(text, &number, at) } else { None };
    phone.map(|groups| (of(groups), PersonalData::Phone))
}

/// The byte after the digits that begin at byte `at`.
fn after_digits(text: &str, at: usize) -> usize {
    after(text, at).take_while(|(c, _)| c.is_ascii_digit()).last().map_or(text.len(), |(_, end)| end)
}
