//! Stretches of time: the one asked for, the one before it, and the buckets of a timeline.
//!
//! The only place that knows about time zones. What leaves here is points in time.

use jiff::{
    RoundMode, Span, Timestamp, TimestampRound, ToSpan as _, Unit, Zoned, ZonedRound,
    civil::{self, Weekday},
    tz::TimeZone,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Most buckets that a timeline has.
pub(crate) const MOST_BUCKETS: usize = 2000;

/// A stretch of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// The period that a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The period itself; it never reaches beyond the present.
    pub(crate) period: Period,
    /// The equally long period before it, up to the same hour of its last day; `None` for all of time.
    pub(crate) previous: Option<Period>,
    /// Whether it goes on up to the present, so that more may still come into it.
    pub(crate) is_open: bool,
    /// Where days and weeks begin.
    pub(crate) calendar: Calendar,
}

/// Where days and weeks begin for whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) zone: TimeZone,
    pub(crate) week_start: Weekday,
}

impl Calendar {
    /// Days of the time zone of `now`, and weeks from Monday.
    pub(crate) fn at(now: &Zoned) -> Self {
        Self { zone: now.time_zone().clone(), week_start: Weekday::Monday }
    }

    /// Reads the first day of the week.
    pub(crate) fn week_start(name: &str) -> Option<Weekday> {
        Some(match name {
            "monday" => Weekday::Monday,
            "saturday" => Weekday::Saturday,
            "sunday" => Weekday::Sunday,
            _ => return None,
        })
    }
}

/// How wide the buckets of a timeline are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bucket {
    /// An hour.
    Hour,
    /// A day, in the time zone asked for.
    Day,
    /// A week, from the first day asked for.
    Week,
    /// A calendar month.
    Month,
}

/// The present, up to the end of these five seconds: the requests of one page, which come within a moment of each other, are
/// about the same period and count the same, and an unchanged answer keeps its tag that long.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(TimestampRound::new().smallest(Unit::Second).increment(5).mode(RoundMode::Ceil)).unwrap_or(now)
}

/// The first moment that the database can hold.
pub(crate) fn earliest() -> Timestamp {
    civil::date(1900, 1, 1).to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

impl Asked {
    /// One of the named periods; `None` when the name is not known.
    ///
    /// `24h` is this hour and the 23 before it, `7d` is today and the 6 days before it.
    pub(crate) fn named(name: &str, now: &Zoned) -> Option<Self> {
        let calendar = Calendar::at(now);
        let to = now.timestamp();
        let (from, length) = match name {
            "24h" => (start_of(Bucket::Hour, now, &calendar)?.checked_sub(23.hours()).ok()?, 24.hours()),
            "7d" => (days_before(now, 6)?, 7.days()),
            "30d" => (days_before(now, 29)?, 30.days()),
            "90d" => (days_before(now, 89)?, 90.days()),
            "all" => {
                return Some(Self { period: Period { from: earliest(), to }, previous: None, is_open: true, calendar });
            }
            _ => return None,
        };
        let period = Period { from: from.timestamp(), to };
        Some(Self { period, previous: period.shifted(length, &calendar.zone), is_open: true, calendar })
    }

    /// From one moment to another; what lies in the future is left out. `None` when nothing is left.
    pub(crate) fn between(from: Timestamp, to: Timestamp, now: &Zoned) -> Option<Self> {
        let calendar = Calendar::at(now);
        let zone = &calendar.zone;
        let period = Period { from, to: to.min(now.timestamp()) };
        if period.from >= period.to {
            return None;
        }
        let (first, end) = (from.to_zoned(zone.clone()), to.to_zoned(zone.clone()));
        let whole_days = [&first, &end].iter().all(|z| z.start_of_day().is_ok_and(|start| start == **z));
        let unit = if whole_days { Unit::Day } else { Unit::Millisecond };
        let length = first.until((unit, &end)).ok()?;
        Some(Self { period, previous: period.shifted(length, zone), is_open: to >= now.timestamp(), calendar })
    }
}

fn days_before(now: &Zoned, days: i64) -> Option<Zoned> {
    now.start_of_day().ok()?.checked_sub(days.days()).ok()
}

impl Period {
    fn shifted(self, length: Span, zone: &TimeZone) -> Option<Self> {
        let back = |at: Timestamp| Some(at.to_zoned(zone.clone()).checked_sub(length).ok()?.timestamp());
        let (from, to) = (back(self.from)?, back(self.to)?);
        (from >= earliest() && from < to).then_some(Self { from, to })
    }

    /// The buckets that cover this period, oldest first; `None` when there would be more than [`MOST_BUCKETS`].
    ///
    /// The first and the last one are cut where the period begins and ends.
    pub(crate) fn buckets(self, bucket: Bucket, calendar: &Calendar) -> Option<Vec<Self>> {
        let mut buckets = Vec::new();
        if self.from >= self.to {
            return Some(buckets);
        }
        let mut start = start_of(bucket, &self.from.to_zoned(calendar.zone.clone()), calendar)?;
        while start.timestamp() < self.to {
            let end = start.checked_add(bucket.length()).ok()?;
            let cut = Self { from: start.timestamp().max(self.from), to: end.timestamp().min(self.to) };
            buckets.push(cut);
            if buckets.len() > MOST_BUCKETS {
                return None;
            }
            start = end;
        }
        Some(buckets)
    }
}

impl Bucket {
    /// Reads its name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            _ => return None,
        })
    }

    /// The width that shows a period in a readable number of buckets.
    pub(crate) fn fitting(period: Period) -> Self {
        let hours = (period.to.as_second() - period.from.as_second()) / 3600;
        match hours {
            ..48 => Self::Hour,
            48..2400 => Self::Day,
            2400..17_520 => Self::Week,
            _ => Self::Month,
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Hour => 1.hour(),
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        }
    }
}

/// The start of the bucket that `at` lies in.
fn start_of(bucket: Bucket, at: &Zoned, calendar: &Calendar) -> Option<Zoned> {
    let day = || at.start_of_day().ok();
    match bucket {
        Bucket::Hour => at.round(ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc)).ok(),
        Bucket::Day => day(),
        Bucket::Week => day()?.checked_sub(i64::from(calendar.week_start.until(at.weekday())).days()).ok(),
        Bucket::Month => at.first_of_month().ok()?.start_of_day().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn zoned(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn named_periods_are_whole_days_up_to_now_and_are_compared_up_to_the_same_hour() {
        let asked = Asked::named("7d", &zoned("2026-11-22T15:30:00[Europe/Amsterdam]")).unwrap();
        assert_eq!(asked.period, Period { from: at("2026-11-15T23:00:00Z"), to: at("2026-11-22T14:30:00Z") });
        assert_eq!(asked.previous, Some(Period { from: at("2026-11-08T23:00:00Z"), to: at("2026-11-15T14:30:00Z") }));
        let buckets = asked.period.buckets(Bucket::fitting(asked.period), &asked.calendar).unwrap();
        assert_eq!(buckets.len(), 7);
        assert_eq!(buckets[6].to, asked.period.to);
    }

    #[test]
    fn summer_time_moves_no_day_and_loses_no_hour() {
        // In Amsterdam 25 October 2026 has 25 hours.
        let asked = Asked::named("24h", &zoned("2026-10-25T12:10:00[Europe/Amsterdam]")).unwrap();
        let buckets = asked.period.buckets(Bucket::Hour, &asked.calendar).unwrap();
        assert_eq!(buckets.len(), 24);
        assert!(buckets.windows(2).all(|pair| pair[0].to == pair[1].from));
        let days = Period { from: at("2026-10-23T22:00:00Z"), to: at("2026-10-26T23:00:00Z") };
        let days = days.buckets(Bucket::Day, &asked.calendar).unwrap();
        let hours: Vec<_> = days.iter().map(|day| (day.to.as_second() - day.from.as_second()) / 3600).collect();
        assert_eq!(hours, [24, 25, 24]);
    }

    #[test]
    fn a_range_of_days_is_compared_with_as_many_days_before() {
        let now = zoned("2026-11-22T15:30:00[UTC]");
        let asked = Asked::between(at("2026-11-01T00:00:00Z"), at("2026-11-11T00:00:00Z"), &now).unwrap();
        assert_eq!(asked.previous.unwrap().from, at("2026-10-22T00:00:00Z"));
        assert!(Asked::between(at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z"), &now).is_none());
        let weeks = Period { from: at("2026-11-04T00:00:00Z"), to: at("2026-11-20T00:00:00Z") };
        let calendar = |week_start| Calendar { zone: TimeZone::UTC, week_start };
        for (first, end, many) in [("monday", 9, 3), ("saturday", 7, 3), ("sunday", 8, 3)] {
            let calendar = calendar(Calendar::week_start(first).unwrap());
            let weeks = weeks.buckets(Bucket::Week, &calendar).unwrap();
            let end = at(&format!("2026-11-{end:02}T00:00:00Z"));
            assert_eq!(
                (weeks[0], weeks.len()),
                (Period { from: at("2026-11-04T00:00:00Z"), to: end }, many),
                "{first}"
            );
        }
        let long = Period { from: earliest(), to: at("2026-11-20T00:00:00Z") };
        assert_eq!(long.buckets(Bucket::Day, &asked.calendar), None);
    }
}
