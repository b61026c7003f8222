//! Telephone numbers. They have no checksum, so they must follow a number plan and look like a number that is dialled.
//!
//! With `+` or `00`: a country that there is, and as many digits as its plan has. With a trunk `0`: the Dutch plan, and
//! what is dialled alike in the countries around. Numbers of firms (0800, 0900) stay.

use crate::{letters::before, number::Number};

/// How far back a word such as `bel` or `phone` is looked for. Unit: characters.
const CUE_REACH: usize = 24;

/// Words that announce a telephone number that could be something else.
const CUES: [&str; 30] = [
    "anrufen",
    "app",
    "appen",
    "bel",
    "bellen",
    "call",
    "fax",
    "gsm",
    "handy",
    "mob",
    "mobiel",
    "mobil",
    "mobile",
    "mobielnummer",
    "phone",
    "rufnummer",
    "sms",
    "tel",
    "telefon",
    "telefono",
    "telefonnummer",
    "telefoon",
    "telefoonnr",
    "telefoonnummer",
    "telephone",
    "text",
    "tlf",
    "whatsapp",
    "whatsappen",
    "wapp",
];

/// How many of the groups of `number`, which begins at byte `at`, are a telephone number.
pub(crate) fn find(text: &str, number: &Number, at: usize) -> Option<usize> {
    if !number.may_begin() {
        return None;
    }
    let fits = |groups: &usize| {
        let groups = *groups;
        let digits = number.digits(number.groups()[groups - 1].digits);
        let is_number = if number.is_international() {
            is_international(digits)
        } else if let Some(abroad) = digits.strip_prefix(b"00") {
            // In one piece, an article number of North America begins like this too.
            is_international(abroad) && (groups > 1 || abroad.first() != Some(&b'1') || is_announced(text, at))
        } else {
            is_national(text, number, groups, digits, at)
        };
        is_number && number.may_end(groups) && !number.is_decimal(text, groups)
    };
    (1..=number.groups().len()).rev().find(fits)
}

/// Countries by calling code, with the fewest and most digits of a number in them. Codes of the rest have 7 to 10.
///
/// Source: ITU-T E.164 assigned codes and the national plans filed with the ITU, read 2026-11-22.
const PLANS: [(u32, usize, usize); 42] = [
    (1, 10, 10),
    (7, 10, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 8, 11),
    (40, 9, 9),
    (41, 9, 9),
    (43, 7, 11),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 9),
    (47, 8, 8),
    (48, 9, 9),
    (49, 7, 11),
    (52, 10, 10),
    (55, 10, 11),
    (61, 9, 9),
    (62, 8, 12),
    (63, 8, 10),
    (64, 8, 10),
    (65, 8, 8),
    (81, 9, 10),
    (82, 8, 10),
    (86, 10, 11),
    (90, 10, 10),
    (91, 10, 10),
    (212, 9, 9),
    (297, 7, 7),
    (351, 9, 9),
    (352, 6, 9),
    (353, 7, 9),
    (358, 6, 10),
    (380, 9, 9),
    (420, 9, 9),
    (421, 9, 9),
    (597, 6, 7),
    (599, 7, 8),
];

/// The other calling codes that are assigned to countries.
fn is_assigned(code: u32) -> bool {
    matches!(
        code,
        20 | 51 | 53 | 54 | 56..=58 | 60 | 66 | 84 | 92..=95 | 98
            | 211 | 213 | 216 | 218 | 220..=269 | 290 | 291 | 298 | 299 | 350 | 354..=357 | 359 | 370..=378 | 381..=383
            | 385..=387 | 389 | 423 | 500..=509 | 590..=596 | 598 | 670 | 672..=692 | 850 | 852 | 853 | 855 | 856 | 880
            | 886 | 960..=968 | 970..=977 | 992..=996 | 998
    )
}

/// Whether the digits after `+` or `00` are a number.
fn is_international(digits: &[u8]) -> bool {
    (1..=3).any(|length| {
        let Some((code, national)) = digits.split_at_checked(length) else { return false };
        let code = code.iter().fold(0, |code, digit| code * 10 + u32::from(digit - b'0'));
        let plan = PLANS.iter().find(|(known, ..)| *known == code).map(|(_, fewest, most)| (*fewest, *most));
        let Some((fewest, most)) = plan.or(is_assigned(code).then_some((7, 10))) else { return false };
        // `+31 (0)6 …`: the trunk zero is not dialled from abroad; in Italy it belongs to the number.
        let national = if code == 39 { national } else { national.strip_prefix(b"0").unwrap_or(national) };
        let is_dialled = match code {
            1 => national.first() > Some(&b'1') && national.get(3) > Some(&b'1'),
            39 => true,
            _ => national.first().is_some_and(|digit| *digit != b'0'),
        };
        (fewest..=most).contains(&national.len()) && is_dialled
    })
}

/// Whether the first groups are a number as it is dialled within a country.
fn is_national(text: &str, number: &Number, groups: usize, digits: &[u8], at: usize) -> bool {
    let mut shape = [0; 16];
    let mut length = 0;
    for (place, digits) in shape.iter_mut().zip(number.shape(groups)) {
        *place = digits;
        length += 1;
    }
    let shape = &shape[..length];
    let announced = || is_announced(text, at);
    if let [b'0', b'6', b'1'..=b'5' | b'8', ..] = digits
        && digits.len() == 10
    {
        return is_dutch_mobile(number, shape);
    }
    match (digits, shape) {
        // As it stands in an address book of WhatsApp.
        ([b'3', b'1', b'6', ..], [11]) => announced(),
        ([b'0', ..], [area, rest @ ..]) if digits.len() == 10 && dutch_area(digits) == Some(*area) => {
            is_split(rest, 10 - area) && uniform_after_first(number, groups)
        }
        // France, where 01 02 03 04 05 may as well be a list; and Belgian mobile numbers: 0470 12 34 56.
        ([b'0', b'6' | b'7', b'1'..=b'9', ..], [2, 2, 2, 2, 2]) => {
            !number.has_neighbours(groups) && matches!(number.uniform(groups), Some(b' ' | b'.'))
        }
        ([b'0', b'1'..=b'9', ..], [2, 2, 2, 2, 2] | [10]) => !number.has_neighbours(groups) && announced(),
        ([b'0', b'4', b'5'..=b'9', ..], [4, 2, 2, 2] | [4, 6] | [4, 3, 3]) => uniform_after_first(number, groups),
        // Mobile numbers of the United Kingdom and of Germany.
        ([b'0', b'7', b'4'..=b'9', ..], [5, 6] | [5, 3, 3]) => true,
        ([b'0', b'7', b'4'..=b'9', ..], [11]) => announced(),
        ([b'0', b'1', b'5'..=b'7', ..], [3..=5, rest @ ..])
            if (11..=12).contains(&digits.len()) && !rest.is_empty() =>
        {
            uniform_after_first(number, groups)
        }
        ([b'0', b'1', b'5'..=b'7', ..], [11 | 12]) => announced(),
        _ => false,
    }
}

/// Mobile numbers are written in many ways; a date is not one of them.
fn is_dutch_mobile(number: &Number, shape: &[usize]) -> bool {
    match shape {
        [10] => true,
        [2, 2, 2, 2, 2] => !number.has_neighbours(shape.len()),
        [2, rest @ ..] => is_split(rest, 8) && uniform_after_first(number, shape.len()),
        [3 | 4, rest @ ..] => is_split(rest, 10 - shape[0]) && number.uniform(shape.len()).is_some(),
        _ => false,
    }
}

/// Whether the groups after the area are a usual way to write `digits` digits.
fn is_split(groups: &[usize], digits: usize) -> bool {
    let usual: &[&[usize]] = match digits {
        8 => &[&[8], &[4, 4], &[2, 3, 3], &[3, 3, 2], &[2, 2, 2, 2], &[3, 2, 3], &[2, 6], &[1, 1, 1, 1, 1, 1, 1, 1]],
        7 => &[&[7], &[3, 4], &[3, 2, 2], &[2, 2, 3], &[2, 3, 2], &[4, 3]],
        6 => &[&[6], &[3, 3], &[2, 2, 2], &[2, 4], &[4, 2]],
        _ => &[],
    };
    usual.contains(&groups)
}

/// Whether all separators but the first are the same.
fn uniform_after_first(number: &Number, groups: usize) -> bool {
    let later = number.groups().get(1..groups.saturating_sub(1)).unwrap_or_default();
    later.windows(2).all(|pair| pair[0].separator == pair[1].separator)
}

/// How many digits the Dutch area code has that `digits` begin with, if there is such an area.
///
/// Source: the Dutch number plan for telephone services (Nummerplan telefoon- en ISDN-diensten), read 2026-11-22.
fn dutch_area(digits: &[u8]) -> Option<usize> {
    let number = |length: usize| {
        let digits = digits.get(1..length).unwrap_or_default();
        digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let of_three = matches!(
        number(3),
        10 | 13 | 15 | 20 | 23 | 24 | 26 | 30 | 33 | 35 | 36 | 38 | 40 | 43 | 45 | 46 | 50 | 53 | 55 | 58 | 70
            ..=79 | 85 | 88
    );
    let of_four = matches!(
        number(4),
        111 | 113..=118 | 161..=168 | 172 | 174 | 180..=187 | 222..=229 | 251 | 252 | 255 | 294 | 297 | 299 | 313..=318
            | 320 | 321 | 341..=348 | 411..=413 | 416 | 418 | 475 | 477 | 478 | 481 | 485..=488 | 492 | 493 | 495 | 497
            | 499 | 511..=519 | 521..=525 | 527..=529 | 541 | 543..=548 | 561 | 562 | 566 | 570..=573 | 575 | 577 | 578
            | 591..=599
    );
    if of_three { Some(3) } else { of_four.then_some(4) }
}

/// Whether one of the words before byte `at` says that a telephone number follows.
fn is_announced(text: &str, at: usize) -> bool {
    let (mut word, mut length) = ([0_u8; CUE_REACH], 0);
    let mut is_cue = |c: u8| {
        if c.is_ascii_alphabetic() {
            word[CUE_REACH - 1 - length] = c.to_ascii_lowercase();
            length += 1;
            return false;
        }
        let found = CUES.iter().any(|cue| cue.as_bytes() == &word[CUE_REACH - length..]);
        length = 0;
        found
    };
    before(text, at).take(CUE_REACH - 1).map(|(c, _)| c).any(&mut is_cue) || is_cue(b' ')
}
