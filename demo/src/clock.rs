//! When things happen: the demo's days are counted back from today, its hours follow people's habits.
//!
//! The one rule: nothing happens later than now, and nothing more than 90 days ago, whatever the time of day.

use hark_mention::Timestamp;

use crate::random::Random;

/// Milliseconds of a minute, an hour and a day.
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// How many days the demo spans, today included.
pub(crate) const DAYS: u32 = 90;

/// How busy each hour of the day is (UTC): people post at breakfast, at lunch and most of all in the evening.
const LEISURE: [u64; 24] = [3, 1, 1, 1, 2, 5, 9, 11, 9, 8, 9, 12, 12, 9, 8, 9, 11, 13, 15, 17, 18, 14, 9, 5];
/// Newsrooms keep office hours.
const OFFICE: [u64; 24] = [0, 0, 0, 0, 2, 6, 10, 14, 14, 12, 11, 9, 9, 11, 12, 11, 7, 4, 2, 1, 1, 0, 0, 0];

/// Habits that decide on the hour and the day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Mostly in spare time, less at the weekend.
    Leisure,
    /// In spare time too, but on the very day: what happens now is talked about now.
    Urgent,
    /// Office hours of the very day.
    Office,
}

/// The moment at which the demo is told.
pub(crate) struct Clock {
    now: i64,
}

impl Clock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now: now.as_millis() }
    }

    /// A moment `day` days before today.
    ///
    /// What would fall between now and midnight happened at that hour 90 days earlier instead, so that the demo is
    /// equally large at any hour.
    pub(crate) fn moment(&self, day: u32, habit: Habit, random: &mut Random) -> i64 {
        let hours = if habit == Habit::Office { &OFFICE } else { &LEISURE };
        let hour = random.weighted(&(0..24).map(|hour| (hour, hours[hour as usize])).collect::<Vec<_>>());
        let within = random.below(HOUR as u64) as i64;
        let (stays, days_back) = (random.chance(60), random.between(2, 4));

        let midnight = self.now - self.now.rem_euclid(DAY);
        let mut day = i64::from(day);
        // The epoch was a Thursday.
        let weekday = (midnight / DAY - day + 3).rem_euclid(7);
        let quiet_day = weekday >= 5 && habit == Habit::Leisure && !stays;
        if quiet_day && day + (days_back as i64) < i64::from(DAYS) {
            day += days_back as i64;
        }
        let moment = midnight - day * DAY + hour * HOUR + within;
        if moment > self.now { moment - i64::from(DAYS) * DAY } else { moment }
    }

    /// A moment about `delay` milliseconds after `since`; sooner when that would be in the future.
    pub(crate) fn after(&self, since: i64, delay: i64, random: &mut Random) -> i64 {
        let delay = delay * random.between(20, 180) as i64 / 100;
        let share = random.between(5, 95) as i64;
        if since + delay <= self.now { since + delay } else { since + (self.now - since) * share / 100 }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_moment_lies_within_ninety_days_at_any_hour() {
        for now in ["2026-11-22T00:00:00Z", "2026-11-22T12:00:00Z", "2026-11-22T23:59:59.999Z"] {
            let now = Timestamp::parse(now).unwrap();
            let clock = Clock::new(now);
            for number in 0..2000 {
                let mut random = Random::new(1, number);
                let moment = clock.moment(number as u32 % DAYS, Habit::Leisure, &mut random);
                let later = clock.after(moment, 3 * DAY, &mut random);
                let (first, last) = (now.as_millis() - i64::from(DAYS) * DAY, now.as_millis());
                assert!(first <= moment && moment <= later && later <= last);
            }
        }
    }

    #[test]
    fn saturdays_and_sundays_are_quieter() {
        let clock = Clock::new(Timestamp::parse("2026-11-22T23:59:59Z").unwrap());
        let mut per_weekday = [0; 7];
        for number in 0..9000 {
            let moment = clock.moment(number % DAYS, Habit::Leisure, &mut Random::new(1, number.into()));
            per_weekday[(moment / DAY + 3).rem_euclid(7) as usize] += 1;
        }
        let workday: i32 = per_weekday.iter().take(5).sum::<i32>() / 5;
        assert!(per_weekday.iter().skip(5).all(|&weekend| weekend * 10 < workday * 8), "{per_weekday:?}");
    }
}
