//! Watching how a source is doing, from what its calls bring.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hark_mention::{DropReason, ErrorClass, ErrorCounts, SourceHealth, Timestamp, Trouble};

use crate::{
    budget::Budget,
    source::{Item, Page, Part, SourceError},
};

/// How much of what is usual the newest hour decides: about the last two weeks count.
const NEWEST: f64 = 0.15;

/// Most gaps that are remembered.
const MAX_GAPS: usize = 20;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Watches one source.
pub(crate) struct Watch {
    budget: Budget,
    state: Mutex<State>,
}

struct State {
    health: SourceHealth,
    /// Events of the last 60 minutes, by minute since 1970.
    minutes: VecDeque<(i64, u64)>,
    /// The hour that is being counted, and its events; not there while it cannot be counted as a whole.
    hour: Option<(i64, u64)>,
    /// What is wrong with parts of it, by name.
    failing: BTreeMap<String, Trouble>,
    /// What was last published.
    told: Option<SourceHealth>,
}

impl Watch {
    /// Goes on from `known`, what was last told of this source.
    pub(crate) fn new(known: Option<SourceHealth>, name: &str, kind: &str, budget: Budget) -> Self {
        let now = Timestamp::now();
        let fresh = SourceHealth::new(name, kind, &worker(), now);
        let health = match known.filter(|known| known.kind == kind) {
            Some(known) => {
                SourceHealth { worker: fresh.worker, at: now, since: now, events_per_hour: 0, trouble: None, ..known }
            }
            None => fresh,
        };
        let state = State { health, minutes: VecDeque::new(), hour: None, failing: BTreeMap::new(), told: None };
        Self { budget, state: Mutex::new(state) }
    }

    /// Notes a call that went well, at least for some parts of the source.
    pub(crate) fn answered(&self, page: &Page, now: Timestamp) {
        let events = page.items.iter().filter(|item| **item != Item::Drop(DropReason::Unchanged)).count();
        let mut state = self.state();
        state.count(events as u64, now);
        state.note_parts(&page.parts, now);
        let health = &mut state.health;
        if page.parts.is_empty() || page.parts.iter().any(|part| part.error.is_none()) {
            health.last_answer = Some(now);
        }
        health.gaps.extend(page.gaps.iter().cloned());
        let surplus = health.gaps.len().saturating_sub(MAX_GAPS);
        health.gaps.drain(..surplus);
    }

    /// Notes a call that failed, and that the next one comes after `wait`.
    pub(crate) fn failed(&self, error: &SourceError, wait: Duration, now: Timestamp) {
        let class = class(error);
        let mut state = self.state();
        // What did not come in an hour with a fault says nothing of what is usual.
        state.hour = None;
        let health = &mut state.health;
        count_error(&mut health.errors, class, now);
        let since = health.trouble.as_ref().map_or(now, |trouble| trouble.since);
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let until = Timestamp::from_millis(now.as_millis().saturating_add(wait));
        health.trouble = Some(Trouble { class, error: error.to_string(), since, until });
    }

    /// How it is doing, if that has to be told: something happened, or `every` has passed since it was told last.
    pub(crate) fn news(&self, every: Duration, now: Timestamp) -> Option<SourceHealth> {
        let mut state = self.state();
        state.count(0, now);
        state.health.at = now;
        state.health.quota_left = self.budget.left();
        let is_news = state.told.as_ref().is_none_or(|told| {
            let age = now.as_millis().saturating_sub(told.at.as_millis());
            let trouble = |health: &SourceHealth| health.trouble.as_ref().map(|trouble| (trouble.class, trouble.since));
            trouble(told) != trouble(&state.health)
                || told.gaps != state.health.gaps
                || u128::try_from(age).is_ok_and(|age| age >= every.as_millis())
        });
        if is_news {
            state.told = Some(state.health.clone());
        }
        is_news.then(|| state.health.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, events: u64, now: Timestamp) {
        let minute = now.as_millis().div_euclid(MINUTE_MS);
        self.end_hour(minute.div_euclid(60));
        match self.minutes.back_mut().filter(|newest| newest.0 == minute) {
            Some(newest) => newest.1 += events,
            None => self.minutes.push_back((minute, events)),
        }
        while self.minutes.front().is_some_and(|oldest| oldest.0 <= minute - 60) {
            self.minutes.pop_front();
        }
        self.health.events_per_hour = self.minutes.iter().map(|minute| minute.1).sum();
        if events > 0 {
            self.health.last_event = Some(now);
            self.hour.iter_mut().for_each(|hour| hour.1 += events);
        }
    }

    /// Remembers which parts fail: while one does, its mentions are being missed, and that is the source's trouble.
    fn note_parts(&mut self, parts: &[Part], now: Timestamp) {
        for Part { name, error } in parts {
            let Some(error) = error else {
                self.failing.remove(name);
                continue;
            };
            let class = class(error);
            count_error(&mut self.health.errors, class, now);
            let known = self.failing.remove(name).filter(|known| known.class == class);
            let since = known.map_or(now, |known| known.since);
            self.failing.insert(name.clone(), Trouble { class, error: error.to_string(), since, until: now });
        }
        // The worst first, and of those the oldest.
        let rank = |trouble: &Trouble| match trouble.class {
            ErrorClass::Setup => 0,
            ErrorClass::Outage => 1,
            ErrorClass::Limit => 2,
        };
        let worst = self.failing.iter().min_by_key(|(_, trouble)| (rank(trouble), trouble.since));
        self.health.trouble = worst.map(|(name, trouble)| {
            let others = self.failing.len() - 1;
            let others = if others > 0 { format!("; and {others} more") } else { String::new() };
            Trouble { error: format!("{name}: {}{others}", trouble.error), ..trouble.clone() }
        });
    }

    /// Learns from an hour that was watched from its first minute to its last.
    fn end_hour(&mut self, now: i64) {
        if self.hour.is_some_and(|(hour, _)| hour == now) {
            return;
        }
        if let Some((hour, events)) = self.hour.take() {
            let at = usize::try_from(hour.rem_euclid(24)).unwrap_or_default();
            let usual = &mut self.health.usual_per_hour[at];
            *usual = Some(usual.map_or(events as f64, |usual| usual + (events as f64 - usual) * NEWEST));
        }
        // The first hour began before anybody watched.
        let watched_before = self.minutes.back().is_some_and(|newest| newest.0.div_euclid(60) == now - 1);
        self.hour = watched_before.then_some((now, 0));
    }
}

fn class(error: &SourceError) -> ErrorClass {
    match error {
        SourceError::Later { wait: Some(_), .. } => ErrorClass::Limit,
        SourceError::Later { wait: None, .. } => ErrorClass::Outage,
        SourceError::Setup(_) => ErrorClass::Setup,
    }
}

fn count_error(errors: &mut ErrorCounts, class: ErrorClass, now: Timestamp) {
    let day = now.as_millis().div_euclid(DAY_MS);
    if errors.day != day {
        *errors = ErrorCounts { day, ..ErrorCounts::default() };
    }
    *match class {
        ErrorClass::Limit => &mut errors.limit,
        ErrorClass::Outage => &mut errors.outage,
        ErrorClass::Setup => &mut errors.setup,
    } += 1;
}

/// This process, for a person.
fn worker() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{}:{}", if host.is_empty() { "localhost" } else { host }, std::process::id())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use hark_mention::{Gap, SourceState};

    use super::*;
    use crate::source::Again;

    fn page(events: usize) -> Page {
        Page::new(vec![Item::Drop(DropReason::NoQueryMatched); events], None, Again::Now)
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(Timestamp::parse("2026-11-22T08:30:00Z").unwrap().as_millis() + minute * MINUTE_MS)
    }

    #[test]
    fn a_day_of_listening_teaches_what_is_usual_and_silence_is_then_noticed() {
        let watch = Watch::new(None, "forum", "discourse", Budget::default());
        for minute in 0..=26 * 60 {
            watch.answered(&page(usize::from(minute % 6 == 0)), at(minute));
        }
        let now = at(26 * 60);
        let health = SourceHealth { since: at(0), ..watch.news(Duration::ZERO, now).unwrap() };
        assert_eq!(health.events_per_hour, 10);
        assert!(health.usual_per_hour.iter().all(|usual| usual.is_some_and(|usual| (usual - 10.0).abs() < 1e-9)));
        assert_eq!(health.state(now).0, SourceState::Ok);
        // It answers, and has nothing; what it had before is no event.
        for minute in 26 * 60..27 * 60 {
            watch.answered(&Page::new(vec![Item::Drop(DropReason::Unchanged)], None, Again::Now), at(minute));
        }
        let health = SourceHealth { since: at(0), ..watch.news(Duration::ZERO, at(27 * 60)).unwrap() };
        assert_eq!(health.state(at(27 * 60)).0, SourceState::Quiet);
    }

    #[test]
    fn a_part_that_fails_is_the_trouble_of_the_whole_until_it_is_read_again() {
        let watch = Watch::new(None, "news", "rss", Budget::default());
        let part = |name: &str, error| Part { name: name.to_owned(), error };
        let told = |parts: Vec<Part>, minute| {
            watch.answered(&Page { parts, ..page(1) }, at(minute));
            let health = watch.news(Duration::ZERO, at(minute)).unwrap();
            (health.state(at(minute)), health.errors)
        };
        let outage = || Some(SourceError::later("no answer"));
        let limit = Some(SourceError::Later { error: "slow down".into(), wait: Some(Duration::from_secs(60)) });
        assert_eq!(told(vec![part("a", outage()), part("b", None)], 0).0.0, SourceState::Ok, "it may pass by itself");
        // The other part works all the time, and does not hide it.
        let (state, why) = told(vec![part("b", None)], 11).0;
        assert_eq!((state, why.contains("a: no answer")), (SourceState::Broken, true), "{why}");
        let (state, why) = told(vec![part("b", limit), part("c", Some(SourceError::setup("gone")))], 12).0;
        assert_eq!((state, why.as_str()), (SourceState::Broken, "c: gone; and 2 more"));
        assert_eq!(told(vec![part("a", None), part("c", None)], 13).0.0, SourceState::Limited);
        let (state, errors) = told(vec![part("b", None)], 14);
        assert_eq!((state.0, errors.limit, errors.outage, errors.setup), (SourceState::Ok, 1, 1, 1));
    }

    #[test]
    fn hours_with_a_fault_or_a_restart_teach_nothing() {
        let watch = Watch::new(None, "forum", "discourse", Budget::default());
        for minute in 0..200 {
            watch.answered(&page(1), at(minute));
            if minute == 100 {
                watch.failed(&SourceError::later("away"), Duration::from_secs(1), at(minute));
            }
        }
        let usual = watch.news(Duration::ZERO, at(200)).unwrap().usual_per_hour;
        let known: Vec<_> = (0..24).filter(|hour| usual[*hour].is_some()).collect();
        assert_eq!(known, [9], "the hour of 8 began before, that of 10 had a fault, that of 11 is not over");
    }

    #[test]
    fn troubles_are_counted_told_at_once_and_end_with_an_answer() {
        let watch = Watch::new(None, "shop", "trustpilot", Budget::default());
        let often = Duration::from_secs(30);
        assert!(watch.news(often, at(0)).is_some() && watch.news(often, at(0)).is_none());
        let limit = SourceError::Later { error: "slow down".into(), wait: Some(often) };
        watch.failed(&limit, often, at(0));
        watch.failed(&SourceError::later("cut"), often, at(0));
        let told = watch.news(often, at(0)).unwrap();
        assert_eq!((told.errors.limit, told.errors.outage, told.errors.setup), (1, 1, 0));
        assert_eq!(told.trouble.unwrap().since, at(0));
        let mut page = page(0);
        page.gaps = vec![Gap { from: at(-10), to: at(0), why: "too old".into() }; 30];
        watch.answered(&page, at(0));
        let told = watch.news(often, at(0)).unwrap();
        assert_eq!((told.trouble, told.gaps.len()), (None, 20));
    }
}
