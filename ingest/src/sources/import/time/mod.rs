//! Points in time as people and programs write them in exports.
//!
//! Reading has two halves: [`scan`] finds the parts of a time, whatever the notation; [`TimeReader`] gives them a meaning
//! with what only the whole column can tell: whether the day or the month comes first, and the time zone.

mod words;

use hark_mention::Timestamp;
use jiff::{
    civil,
    tz::{Offset, TimeZone},
};

/// Which number comes first in `03-04-2015`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DateOrder {
    #[default]
    DayFirst,
    MonthFirst,
}

/// Reads the times of one column.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    pub(super) order: DateOrder,
    pub(super) zone: TimeZone,
}

/// The parts of a written time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) date: Date,
    /// Hour, minute, second, nanosecond.
    time: (i8, i8, i8, i32),
    /// Seconds east of Greenwich, if it says so.
    pub(super) offset: Option<i32>,
}

/// The day of a written time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Date {
    /// A number of these units since 1970.
    Epoch { nanoseconds: i128, unit: &'static str },
    /// Year, month, day.
    YearFirst(i16, i8, i8),
    /// Two numbers, of which the column tells the order, and a year.
    Numbers(i8, i8, i16),
    /// The month is written out.
    Named(i16, i8, i8),
}

/// Years that feedback can come from; others are typing mistakes and defaults of programs.
const YEARS: std::ops::Range<i16> = 1970..2200;
/// No notation is longer.
const LONGEST: usize = 80;

impl TimeReader {
    /// The point in time, or `None` when the text is none.
    pub(super) fn read(&self, text: &str) -> Option<Timestamp> {
        self.resolve(&scan(text)?)
    }

    /// Gives the parts of a time their meaning.
    pub(super) fn resolve(&self, written: &Written) -> Option<Timestamp> {
        let (year, month, day) = match written.date {
            Date::Epoch { nanoseconds, .. } => {
                return jiff::Timestamp::from_nanosecond(nanoseconds).ok().map(Timestamp::from_jiff);
            }
            Date::YearFirst(year, month, day) | Date::Named(year, month, day) => (year, month, day),
            Date::Numbers(first, second, year) => {
                let day_first = second <= 12 && (first > 12 || self.order == DateOrder::DayFirst);
                if day_first { (year, second, first) } else { (year, first, second) }
            }
        };
        if !YEARS.contains(&year) {
            return None;
        }
        let (hour, minute, second, nanosecond) = written.time;
        // A leap second is the second before it, as everywhere.
        let local = civil::DateTime::new(year, month, day, hour, minute, second.min(59), nanosecond).ok()?;
        let instant = match written.offset {
            Some(seconds) => Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?,
            None => self.zone.to_ambiguous_timestamp(local).compatible().ok()?,
        };
        Some(Timestamp::from_jiff(instant))
    }
}

/// Finds the parts of a time in a text.
pub(super) fn scan(text: &str) -> Option<Written> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && let Some(written) = bare_number(text)
    {
        return Some(written);
    }
    Scanner::default().scan(text)
}

/// A number alone: a count since 1970, or a date without separators.
fn bare_number(text: &str) -> Option<Written> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i128 = whole.parse().ok()?;
    let (factor, unit) = match whole.len() {
        8 if fraction.is_empty() => {
            let (year, month, day) = compact_date(u32::try_from(number).ok()?)?;
            return Some(Written { date: Date::YearFirst(year, month, day), time: (0, 0, 0, 0), offset: None });
        }
        9 | 10 => (1_000_000_000, "seconds"),
        12 | 13 => (1_000_000, "milliseconds"),
        15 | 16 => (1000, "microseconds"),
        18 | 19 => (1, "nanoseconds"),
        _ => return None,
    };
    let fraction = if factor == 1_000_000_000 { i128::from(nanoseconds(fraction)?) } else { 0 };
    let date = Date::Epoch { nanoseconds: number * factor + fraction, unit };
    Some(Written { date, time: (0, 0, 0, 0), offset: Some(0) })
}

/// `20150224`.
fn compact_date(number: u32) -> Option<(i16, i8, i8)> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let date = civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    YEARS.contains(&date.year()).then(|| (date.year(), date.month(), date.day()))
}

/// The digits after the decimal point of a second.
fn nanoseconds(digits: &str) -> Option<i32> {
    let mut value = 0;
    for place in 0..9 {
        let digit = digits.as_bytes().get(place).map_or(b'0', |byte| *byte);
        value = value * 10 + i32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(value)
}

/// What was found so far, from left to right.
#[derive(Default)]
struct Scanner {
    numbers: [(u32, usize); 3],
    count: usize,
    month: Option<i8>,
    time: Option<(i8, i8, i8, i32)>,
    offset: Option<i32>,
    afternoon: Option<bool>,
    /// The time of day was just read: a sign now begins its offset.
    after_time: bool,
}

impl Scanner {
    fn scan(mut self, mut rest: &str) -> Option<Written> {
        while let Some(first) = rest.chars().next() {
            if first.is_ascii_digit() {
                rest = self.digits(rest)?;
            } else if first.is_alphabetic() {
                let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                self.word(word)?;
                rest = after;
            } else if (first == '+' || (first == '-' && self.after_time)) && self.offset.is_none() {
                rest = self.offset(rest)?;
            } else if first == '[' {
                rest = rest.split_once(']')?.1;
            } else if matches!(first, ' ' | ',' | '-' | '/' | '.' | '\u{a0}' | '\u{202f}' | '(' | ')') {
                rest = rest.get(first.len_utf8()..)?;
            } else {
                return None;
            }
        }
        Some(Written { date: self.date()?, time: self.time_of_day()?, offset: self.offset })
    }

    /// A number, or a time of day when a colon follows.
    fn digits<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let (digits, after) = leading_digits(rest);
        let number: u32 = digits.parse().ok()?;
        if after.starts_with(':') {
            return self.clock(number, after);
        }
        self.after_time = false;
        if self.count == 1 && self.numbers[0].1 == 8 && matches!(digits.len(), 4 | 6) {
            // `20150224T113500`
            let seconds = if digits.len() == 6 { number } else { number * 100 };
            self.time = Some((part(seconds / 10_000)?, part(seconds / 100 % 100)?, part(seconds % 100)?, 0));
            self.after_time = true;
            return Some(after);
        }
        *self.numbers.get_mut(self.count)? = (number, digits.len());
        self.count += 1;
        Some(after)
    }

    /// `:35`, `:35:52`, `:35:52.123` after the hour.
    fn clock<'a>(&mut self, hour: u32, rest: &'a str) -> Option<&'a str> {
        if self.time.is_some() {
            return None;
        }
        let (minute, mut rest) = leading_digits(rest.strip_prefix(':')?);
        let (mut second, mut fraction) = ("0", "");
        if let Some(after) = rest.strip_prefix(':') {
            (second, rest) = leading_digits(after);
            if let Some(after) = rest.strip_prefix(['.', ','])
                && after.starts_with(|c: char| c.is_ascii_digit())
            {
                (fraction, rest) = leading_digits(after);
            }
        }
        let number = |digits: &str| digits.parse().ok().and_then(part);
        self.time = Some((part(hour)?, number(minute)?, number(second)?, nanoseconds(fraction)?));
        self.after_time = true;
        Some(rest)
    }

    /// `+01:00`, `-0800`, `+1`.
    fn offset<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        let (digits, after) = leading_digits(rest.get(1..)?.trim_start());
        let number: i32 = digits.parse().ok()?;
        let (hours, minutes, after) = match (digits.len(), after.strip_prefix(':')) {
            (1 | 2, Some(after)) => {
                let (minutes, after) = leading_digits(after);
                (number, minutes.parse::<i32>().ok()?, after)
            }
            (1 | 2, None) => (number, 0, after),
            (4, _) => (number / 100, number % 100, after),
            _ => return None,
        };
        self.offset = (hours < 26 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60));
        self.offset?;
        Some(after)
    }

    /// A month, a zone, half of the day, or a word that adds nothing.
    fn word(&mut self, word: &str) -> Option<()> {
        if word == "T" {
            return Some(());
        }
        if self.time.is_some() && self.offset.is_none() {
            self.offset = words::zone(word);
            if self.offset.is_some() {
                return Some(());
            }
        }
        let word = word.to_lowercase();
        match &*word {
            "am" | "a" => self.afternoon = Some(false),
            "pm" | "p" => self.afternoon = Some(true),
            _ => match words::month(&word) {
                Some(month) => self.month = Some(month),
                None => words::adds_nothing(&word).then_some(())?,
            },
        }
        Some(())
    }

    fn date(&self) -> Option<Date> {
        let numbers = self.numbers.get(..self.count)?;
        match (self.month, numbers) {
            (None, [(number, 8)]) => compact_date(*number).map(|(year, month, day)| Date::YearFirst(year, month, day)),
            (None, [(year, 4), (month, _), (day, _)]) => {
                Some(Date::YearFirst(full(*year)?, part(*month)?, part(*day)?))
            }
            (None, [(first, _), (second, _), year]) => {
                Some(Date::Numbers(part(*first)?, part(*second)?, year_of(*year)?))
            }
            (Some(month), [(year, 4), (day, 1 | 2)]) => Some(Date::Named(full(*year)?, month, part(*day)?)),
            (Some(month), [(day, 1 | 2), year]) => Some(Date::Named(year_of(*year)?, month, part(*day)?)),
            _ => None,
        }
    }

    fn time_of_day(&self) -> Option<(i8, i8, i8, i32)> {
        let (hour, minute, second, nanosecond) = self.time.unwrap_or_default();
        let hour = match (self.afternoon, hour) {
            (None, hour) => hour,
            (Some(_), 13..) => return None,
            (Some(afternoon), hour) => hour % 12 + if afternoon { 12 } else { 0 },
        };
        (minute < 60 && second <= 60).then_some((hour, minute, second, nanosecond))
    }
}

fn leading_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len()))
}

fn part(number: u32) -> Option<i8> {
    i8::try_from(number).ok().filter(|number| *number < 62)
}

fn full(year: u32) -> Option<i16> {
    i16::try_from(year).ok()
}

/// A year of four digits, or of two: 70 to 99 belong to the twentieth century.
fn year_of((number, digits): (u32, usize)) -> Option<i16> {
    match digits {
        4 => full(number),
        2 if number < 70 => full(2000 + number),
        2 => full(1900 + number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(text: &str) -> Option<String> {
        let reader = TimeReader { order: DateOrder::DayFirst, zone: TimeZone::UTC };
        reader.read(text).map(|time| time.to_string())
    }

    #[test]
    fn every_usual_notation_is_read() {
        let cases = [
            ("24-02-2015 11:35", "2015-02-24T11:35:00.000Z"),
            ("24/02/15", "2015-02-24T00:00:00.000Z"),
            ("24.2.2015, 11:35 Uhr", "2015-02-24T11:35:00.000Z"),
            ("02/24/2015 11:35:52 PM", "2015-02-24T23:35:52.000Z"),
            ("2/24/2015 12:05 a.m.", "2015-02-24T00:05:00.000Z"),
            ("2015-02-24", "2015-02-24T00:00:00.000Z"),
            ("2015/02/24 11:35", "2015-02-24T11:35:00.000Z"),
            ("2015-02-24T11:35:00Z", "2015-02-24T11:35:00.000Z"),
            ("2015-02-24T11:35:00.123456+02:00", "2015-02-24T09:35:00.123Z"),
            ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52.000Z"),
            ("2015-02-24 11:35:52 UTC", "2015-02-24T11:35:52.000Z"),
            ("2015-02-24T11:35:00+01:00[Europe/Amsterdam]", "2015-02-24T10:35:00.000Z"),
            ("20150224T113500Z", "2015-02-24T11:35:00.000Z"),
            ("20150224", "2015-02-24T00:00:00.000Z"),
            ("Tue, 24 Feb 2015 11:35:00 -0800", "2015-02-24T19:35:00.000Z"),
            ("Tue Feb 24 11:35:52 +0000 2015", "2015-02-24T11:35:52.000Z"),
            ("24 februari 2015 om 11:35 uur", "2015-02-24T11:35:00.000Z"),
            ("di 24 feb. 2015", "2015-02-24T00:00:00.000Z"),
            ("maandag 2 maart 2015", "2015-03-02T00:00:00.000Z"),
            ("1 mrt 2015", "2015-03-01T00:00:00.000Z"),
            ("1 mei 2015", "2015-05-01T00:00:00.000Z"),
            ("February 24th, 2015", "2015-02-24T00:00:00.000Z"),
            ("24-Feb-15", "2015-02-24T00:00:00.000Z"),
            ("3. Dezember 2015", "2015-12-03T00:00:00.000Z"),
            ("15 août 2015", "2015-08-15T00:00:00.000Z"),
            ("11:35 24-02-2015", "2015-02-24T11:35:00.000Z"),
            ("1424777700", "2015-02-24T11:35:00.000Z"),
            ("1424777700.5", "2015-02-24T11:35:00.500Z"),
            ("1424777700123", "2015-02-24T11:35:00.123Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(read(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let wrong = [
            "",
            "gisteren",
            "31-02-2015",
            "24-02",
            "0001-01-01",
            "2015-02-24 25:00",
            "32/13/2015",
            "12",
            "5,5",
            "1.2.3.4",
            "2 days ago",
            "Feb 2015",
            "11:35",
            "4/5",
            "2015-02-24T11:35:00+99:00",
            "02-24-2015 13:00 PM",
            "🎉",
            "--",
            "[",
            "99999999999999999999999",
            "1:2:3:4:5",
            "570306133677760513000",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn order_and_zone_come_from_the_column() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(1)));
        let reader = TimeReader { order: DateOrder::MonthFirst, zone };
        assert_eq!(reader.read("03/04/2015 12:00 Z").unwrap().to_string(), "2015-03-04T12:00:00.000Z");
        assert_eq!(reader.read("01/04/2015 12:00").unwrap().to_string(), "2015-01-04T11:00:00.000Z");
        assert_eq!(reader.read("24/04/2015 12:00 Z").unwrap().to_string(), "2015-04-24T12:00:00.000Z");
    }
}
