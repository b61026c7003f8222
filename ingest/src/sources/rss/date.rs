//! The dates of feeds: RFC 3339, RFC 822 and what people make of them.

use hark_mention::Timestamp;
use jiff::civil::{Date, DateTime, Time};

/// Reads a date. Without a zone it is UTC, without a time it is midnight; a weekday is not looked at.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    iso(text).or_else(|| rfc822(text))
}

/// `2026-11-22T08:00:00.5+01:00`, `2026-11-22 08:00`, `2026-11-22`, `2026-11`, `20261122T080000Z`.
fn iso(text: &str) -> Option<Timestamp> {
    if let Ok(exact) = Timestamp::parse(text) {
        return Some(exact);
    }
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    let date = match parts[..] {
        [year, month, day] if year.len() == 4 => date_of(year, month.parse().ok()?, day)?,
        [year, month] if year.len() == 4 => date_of(year, month.parse().ok()?, "1")?,
        [compact] if compact.len() == 8 && compact.is_ascii() => {
            date_of(compact.get(..4)?, compact.get(4..6)?.parse().ok()?, compact.get(6..)?)?
        }
        _ => return None,
    };
    let rest = rest.trim();
    let zone_at = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (time, zone) = (rest.get(..zone_at)?, rest.get(zone_at..)?.trim());
    at(date, if time.is_empty() { Time::midnight() } else { time_of(time)? }, zone)
}

/// `Sun, 22 Nov 2026 08:00:00 +0100`, with or without weekday, comma, seconds, century and zone; `Nov 22, 2026` too.
fn rfc822(text: &str) -> Option<Timestamp> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, "");
    for word in text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()) {
        let dashed: Vec<&str> = word.split('-').collect();
        if let [d, m, y] = dashed[..]
            && month.is_none()
            && !d.is_empty()
        {
            (day, month, year) = (Some(d), Some(month_of(m)?), Some(y));
        } else if word.contains(':') && time.is_none() {
            time = Some(time_of(word)?);
        } else if time.is_some() && year.is_some() {
            zone = if zone.is_empty() { word } else { zone };
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            let slot = if day.is_none() && word.len() <= 2 { &mut day } else { &mut year };
            *slot = slot.or(Some(word));
        } else if month.is_none() {
            month = month_of(word);
        }
    }
    let year = year?;
    let century = match (year.len(), year.parse::<u16>().ok()?) {
        (2, short) if short < 70 => format!("20{year}"),
        (2, _) => format!("19{year}"),
        _ => year.to_owned(),
    };
    at(date_of(&century, month?, day?)?, time.unwrap_or(Time::midnight()), zone)
}

fn date_of(year: &str, month: i8, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// `8:00`, `08:00:00`, `080000`, `08:00:00.123`; `24:00` is midnight.
fn time_of(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let parts: Vec<i8> = if whole.contains(':') {
        whole.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?
    } else if whole.is_ascii() && matches!(whole.len(), 4 | 6) {
        [0, 2, 4].iter().filter_map(|at| whole.get(*at..at + 2)?.parse().ok()).collect()
    } else {
        return None;
    };
    let millis = fraction.chars().chain("000".chars()).take(3).collect::<String>().parse::<i32>().ok()?;
    let [hour, minute, rest @ ..] = &parts[..] else { return None };
    let hour = if *hour == 24 { 0 } else { *hour };
    let second = rest.first().copied().unwrap_or(0).min(59);
    Time::new(hour, *minute, second, millis * 1_000_000).ok()
}

/// Puts date, time and zone together.
fn at(date: Date, time: Time, zone: &str) -> Option<Timestamp> {
    let moment = DateTime::from_parts(date, time).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(Timestamp::from_jiff(moment).as_millis() - i64::from(offset(zone)) * 60_000))
}

/// Minutes east of UTC; an unknown zone counts as UTC, as RFC 2822 says.
fn offset(zone: &str) -> i32 {
    let hours = match zone.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "BST" | "CET" | "MEZ" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" | "SAST" => 2,
        "EEST" | "MSK" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        _ => return numeric_offset(zone.trim_start_matches(['G', 'M', 'T', 'U', 'C'])).unwrap_or(0),
    };
    hours * 60
}

/// `+0100`, `+01:00`, `+1`.
fn numeric_offset(zone: &str) -> Option<i32> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = if digits.len() <= 2 { (digits.as_str(), "0") } else { digits.split_at_checked(2)? };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Months by the start of their names in the languages whose feeds forget that dates are English.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene", "gen", "sty", "oca"],
    &["feb", "fév", "fev", "lut", "şub", "sub"],
    &["mar", "maa", "mrt", "mär", "mrz"],
    &["apr", "avr", "abr", "kwi", "nis"],
    &["may", "mei", "mai", "mag", "maj"],
    &["jun", "juin", "giu", "cze", "haz"],
    &["jul", "juil", "lug", "lip", "tem"],
    &["aug", "aoû", "aou", "ago", "sie", "ağu"],
    &["sep", "set", "wrz", "eyl"],
    &["oct", "okt", "out", "ott", "paź", "eki"],
    &["nov", "lis", "kas"],
    &["dec", "dez", "déc", "dic", "gru", "ara"],
];

fn month_of(word: &str) -> Option<i8> {
    if let Ok(number) = word.parse() {
        return Some(number);
    }
    let word = word.to_lowercase();
    let found = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i8::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_date() {
        let cases = [
            ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000Z"),
            ("2026-11-22T10:00:00.5+02:00", "2026-11-22T08:00:00.500Z"),
            ("2026-11-22T10:00:00+0200", "2026-11-22T08:00:00.000Z"),
            ("2026-11-22 08:00", "2026-11-22T08:00:00.000Z"),
            ("2026-11-22 08:00:00 +0100", "2026-11-22T07:00:00.000Z"),
            ("2026-11-22", "2026-11-22T00:00:00.000Z"),
            ("2026-11", "2026-11-01T00:00:00.000Z"),
            ("20261122T080000Z", "2026-11-22T08:00:00.000Z"),
            ("Sun, 22 Nov 2026 08:00:00 GMT", "2026-11-22T08:00:00.000Z"),
            ("Mon, 22 Nov 2026 08:00:00 +0100", "2026-11-22T07:00:00.000Z"),
            ("22 Nov 26 08:00 EST", "2026-11-22T13:00:00.000Z"),
            ("Sunday, 22 November 2026 8:00:00 UT", "2026-11-22T08:00:00.000Z"),
            ("zo, 22 mrt 2026 08:00:00 CET", "2026-03-22T07:00:00.000Z"),
            ("22 août 2026", "2026-08-22T00:00:00.000Z"),
            ("Nov 22, 2026 08:00", "2026-11-22T08:00:00.000Z"),
            ("Thu, 31 Dec 98 24:00:00 UTC", "1998-12-31T00:00:00.000Z"),
            ("Sun, 22-Nov-2026 08:00:00 GMT", "2026-11-22T08:00:00.000Z"),
            ("Sun, 22 Nov 2026 08:00:60 -0000", "2026-11-22T08:00:59.000Z"),
            ("Sun, 22 Nov 2026 08:00:00 GMT+0200", "2026-11-22T06:00:00.000Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(parse(given).map(|at| at.to_string()).as_deref(), Some(expected), "{given}");
        }
        for wrong in ["", "yesterday", "2026-13-01", "32 Nov 2026", "Nov", "12:00", "é-é-é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC*", almost in "[0-9]{0,5}[-/ T]?[0-9JanFebé]{0,4}[-/ ,]?[0-9]{0,5}[ T]?[0-9:.]{0,9} ?[-+A-Z0-9:]{0,6}") {
            parse(&text);
            parse(&almost);
        }
    }
}
