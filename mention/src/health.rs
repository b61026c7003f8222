//! How a source is doing, as its worker tells it and everybody else reads it.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A worker tells of its sources at least this often, so what is older tells of a worker that is gone.
const STALE: Duration = Duration::from_secs(120);

/// An outage that lasts longer is no longer one that passes by itself.
const LONG_OUTAGE: Duration = Duration::from_secs(600);

/// So many events usually come in the time in which none came, and that is no chance: by chance it happens once in a
/// thousand times (e^-7).
const QUIET: f64 = 7.0;

const HOUR_MS: i64 = 3_600_000;

/// How one source is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Its name in the configuration.
    pub name: String,
    /// Its type: `bluesky`.
    pub kind: String,
    /// Which worker reads it, for a person: host and process.
    pub worker: String,
    /// When this was told.
    pub at: Timestamp,
    /// When the worker began to read it.
    pub since: Timestamp,
    /// When the other side last answered, whether or not it had anything.
    #[serde(default)]
    pub last_answer: Option<Timestamp>,
    /// When it last brought something that had not been there before, wanted or not.
    #[serde(default)]
    pub last_event: Option<Timestamp>,
    /// Events in the last 60 minutes.
    #[serde(default)]
    pub events_per_hour: u64,
    /// Events that usually come in an hour, by the hour of the day in UTC; none where it was not watched yet.
    #[serde(default)]
    pub usual_per_hour: [Option<f64>; 24],
    /// What is wrong now.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// Failed calls of today (UTC).
    #[serde(default)]
    pub errors: ErrorCounts,
    /// What may still be spent today, in the source's own unit, where that is limited.
    #[serde(default)]
    pub quota_left: Option<u64>,
    /// What is known not to have been collected, the newest last; at most 20.
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What kind of fault.
    pub class: ErrorClass,
    /// What happened last, for a person; without secrets.
    pub error: String,
    /// Since when no call has gone well.
    pub since: Timestamp,
    /// When it is tried again.
    pub until: Timestamp,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The other side, or the budget, asks to wait.
    Limit,
    /// No answer, or none that could be used; it may pass by itself.
    Outage,
    /// A person has to change something.
    Setup,
}

/// How often calls failed, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// The day that they are of: days since 1970.
    pub day: i64,
    /// See [`ErrorClass::Limit`].
    pub limit: u64,
    /// See [`ErrorClass::Outage`].
    pub outage: u64,
    /// See [`ErrorClass::Setup`].
    pub setup: u64,
}

/// A time of which mentions are missing, because the other side no longer had them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Why, for a person.
    pub why: String,
}

/// A source's state in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// It works.
    Ok,
    /// It works, and far less comes than usual.
    Quiet,
    /// It waits for a limit to end.
    Limited,
    /// It does not work, and somebody should look at it.
    Broken,
}

impl SourceState {
    /// All of them, the best first.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Quiet, Self::Limited, Self::Broken];

    /// As it is written in metrics and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Quiet => "quiet",
            Self::Limited => "limited",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for SourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl SourceHealth {
    /// A source that is about to be read for the first time.
    pub fn new(name: &str, kind: &str, worker: &str, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            worker: worker.to_owned(),
            at: now,
            since: now,
            last_answer: None,
            last_event: None,
            events_per_hour: 0,
            usual_per_hour: [None; 24],
            trouble: None,
            errors: ErrorCounts::default(),
            quota_left: None,
            gaps: Vec::new(),
        }
    }

    /// Its state at `now`, and why it is that, for a person.
    pub fn state(&self, now: Timestamp) -> (SourceState, String) {
        if since(self.at, now) > STALE {
            return (SourceState::Broken, format!("no worker has read it since {}", self.at));
        }
        match &self.trouble {
            Some(trouble) if trouble.class == ErrorClass::Setup => {
                return (SourceState::Broken, trouble.error.clone());
            }
            Some(trouble) if trouble.class == ErrorClass::Limit => {
                return (SourceState::Limited, format!("until {}: {}", trouble.until, trouble.error));
            }
            Some(trouble) if since(trouble.since, now) > LONG_OUTAGE => {
                return (SourceState::Broken, format!("since {}: {}", trouble.since, trouble.error));
            }
            _ => {}
        }
        let silent_from = self.last_event.map_or(self.since, |last| last.max(self.since));
        let expected = self.expected(silent_from, now);
        if expected >= QUIET {
            let why = format!("nothing since {silent_from}, where usually {expected:.0} come in that time");
            return (SourceState::Quiet, why);
        }
        (SourceState::Ok, String::new())
    }

    /// How many events usually come between two times; hours of which nothing is known count as none.
    pub fn expected(&self, from: Timestamp, to: Timestamp) -> f64 {
        let (from, to) = (from.as_millis(), to.as_millis());
        let mut expected = 0.0;
        let mut at = from;
        // A week of silence says what a year would.
        let end = to.min(from.saturating_add(7 * 24 * HOUR_MS));
        while at < end {
            let next = (at.div_euclid(HOUR_MS) + 1).saturating_mul(HOUR_MS).min(end);
            expected += self.usual(at).unwrap_or(0.0) * (next - at) as f64 / HOUR_MS as f64;
            at = next;
        }
        expected
    }

    /// Events that usually come in the 60 minutes before `now`; `None` when that is not known yet.
    pub fn usual_now(&self, now: Timestamp) -> Option<f64> {
        let from = now.as_millis().saturating_sub(HOUR_MS);
        self.usual(from)?;
        Some(self.expected(Timestamp::from_millis(from), now))
    }

    fn usual(&self, millis: i64) -> Option<f64> {
        let hour = usize::try_from(millis.div_euclid(HOUR_MS).rem_euclid(24)).ok()?;
        self.usual_per_hour.get(hour).copied().flatten()
    }
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(now.as_millis().saturating_sub(then.as_millis())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-11-22T{text}Z")).unwrap()
    }

    fn trouble(class: ErrorClass) -> Option<Trouble> {
        Some(Trouble { class, error: "no".into(), since: at("07:55:00"), until: at("08:30:00") })
    }

    #[test]
    fn silence_is_told_apart_from_a_fault() {
        let now = at("08:00:00");
        let healthy = SourceHealth {
            last_event: Some(at("07:30:00")),
            usual_per_hour: [Some(10.0); 24],
            ..SourceHealth::new("forum", "discourse", "a:1", now)
        };
        let healthy = SourceHealth { since: at("00:00:00"), ..healthy };
        let state = |health: SourceHealth, now| health.state(now).0;
        assert_eq!(state(healthy.clone(), now), SourceState::Ok, "five events late is nothing yet");
        let silent = SourceHealth { last_event: Some(at("07:00:00")), ..healthy.clone() };
        assert_eq!(state(silent.clone(), now), SourceState::Quiet);
        assert!(silent.state(now).1.contains("usually 10 come"), "{}", silent.state(now).1);
        // Who begins to read does not hear what was before; and who never heard anything knows no usual.
        assert_eq!(state(SourceHealth { since: now, ..silent.clone() }, now), SourceState::Ok);
        assert_eq!(state(SourceHealth { usual_per_hour: [None; 24], ..silent }, now), SourceState::Ok);
        let with = |class| SourceHealth { trouble: trouble(class), ..healthy.clone() };
        assert_eq!(state(with(ErrorClass::Setup), now), SourceState::Broken);
        assert_eq!(state(with(ErrorClass::Limit), now), SourceState::Limited);
        assert_eq!(state(with(ErrorClass::Outage), now), SourceState::Ok, "an outage of five minutes passes");
        let long = SourceHealth { at: at("08:06:00"), ..with(ErrorClass::Outage) };
        assert_eq!(state(long, at("08:06:00")), SourceState::Broken);
        assert_eq!(state(healthy, at("08:03:00")), SourceState::Broken, "its worker is gone");
    }

    #[test]
    fn what_is_usual_is_counted_by_the_hour_of_the_day() {
        let mut health = SourceHealth::new("a", "rss", "w", at("00:00:00"));
        health.usual_per_hour[7] = Some(60.0);
        health.usual_per_hour[8] = Some(6.0);
        assert!((health.expected(at("07:30:00"), at("08:30:00")) - 33.0).abs() < 1e-9);
        assert_eq!(health.usual_now(at("07:10:00")), None);
        let text = serde_json::to_string(&health).unwrap();
        assert_eq!(serde_json::from_str::<SourceHealth>(&text).unwrap(), health);
    }
}
