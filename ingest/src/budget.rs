//! What a source may spend in a day: requests, quota units or cents, whatever its interface counts.
//!
//! **Never exceeded, not even by a crash.** Before anything is spent, a mark above it is made durable; after a crash
//! the source goes on from the mark. A mark is 1/50 of the day's budget ahead, so that a crash wastes at most 2 % and
//! a day costs about fifty small writes.
//!
//! **Shared without a coordinator.** Reading history spends of the same budget in a process of its own. Each spender
//! has a mark, writes it before it looks at those of the others, and gives way when there is not enough for all: of two
//! who write at the same time, at least one sees the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hark_mention::{Timestamp, config::Problem};
use jiff::{ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::source::SourceError;

/// Marks made in a day of full spending.
const MARKS: u64 = 50;

/// The key `budget = { per_day = N }` of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// Most that may be spent in a day, in the unit that the source's page tells. At least 1.
    pub per_day: u64,
}

impl BudgetConfig {
    /// Adds what is wrong with the values; `path` is where the source's section stands.
    pub(crate) fn check(self, path: &str, problems: &mut Vec<Problem>) {
        if self.per_day == 0 {
            let rule = "must be at least 1; remove the source to spend nothing";
            problems.push(Problem::new(format!("{path}.budget.per_day"), rule));
        }
    }
}

/// What was spent on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// When that day ends and everything is free again, in milliseconds since 1970.
    pub until: i64,
    /// How much at most.
    pub units: u64,
}

/// Where marks are kept, so that they survive a crash.
#[async_trait]
pub trait SpentStore: Send + Sync {
    /// Makes `spent` durable, and then gives what others have marked for the same day.
    ///
    /// # Errors
    ///
    /// [`SourceError::Later`] when that cannot be done now; then nothing may be spent.
    async fn store(&self, spent: Spent) -> Result<u64, SourceError>;
}

/// The budget of one source. Clones share it.
#[derive(Clone, Default)]
pub struct Budget(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    store: Option<Box<dyn SpentStore>>,
    /// One spends at a time, so that marks are stored in their order.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    per_day: Option<u64>,
    zone: Option<TimeZone>,
    spent: Spent,
    /// The durable mark: after a crash this much counts as spent.
    marked: Spent,
    /// What others had marked at the time of our mark.
    others: u64,
    /// What the other side says is left.
    told: Option<u64>,
}

impl Budget {
    /// A budget that goes on from `spent` and keeps its marks in `store`.
    pub fn resumed(spent: Spent, store: Box<dyn SpentStore>) -> Self {
        let state = State { spent, marked: spent, ..State::default() };
        Self(Arc::new(Shared { state: Mutex::new(state), store: Some(store), ..Shared::default() }))
    }

    /// Sets what may be spent in a day (`None`: anything) and where that day begins and ends.
    pub(crate) fn limited(self, config: Option<BudgetConfig>, zone: TimeZone) -> Self {
        let mut state = self.state();
        state.per_day = config.map(|config| config.per_day);
        state.zone = Some(zone);
        drop(state);
        self
    }

    /// Spends `units`, before the request that costs them is made.
    ///
    /// # Errors
    ///
    /// [`SourceError::Later`] until the day ends when they are not left, or when the mark cannot be made durable.
    pub(crate) async fn spend(&self, units: u64) -> Result<(), SourceError> {
        self.spend_at(units, Timestamp::now()).await
    }

    async fn spend_at(&self, units: u64, now: Timestamp) -> Result<(), SourceError> {
        let _turn = self.0.turn.lock().await;
        let mark = self.state().take(units, now)?;
        let Some(mark) = mark else { return Ok(()) };
        let others = match &self.0.store {
            Some(store) => store.store(mark).await?,
            None => 0,
        };
        let mut state = self.state();
        state.marked = mark;
        state.others = others;
        state.still_within(now)
    }

    /// Gives back units that were spent in advance and turned out not to be needed.
    pub(crate) fn give_back(&self, units: u64) {
        let mut state = self.state();
        state.spent.units = state.spent.units.saturating_sub(units);
    }

    /// Notes what the other side says is left, for people to see.
    pub(crate) fn note_left(&self, units: u64) {
        self.state().told = Some(units);
    }

    /// What is left today: of the configured budget or of what the other side allows, whichever is less; `None` when
    /// neither is known.
    pub fn left(&self) -> Option<u64> {
        let mut state = self.state();
        state.begin_day(Timestamp::now());
        let own = state.per_day.map(|per_day| per_day.saturating_sub(state.spent.units).saturating_sub(state.others));
        own.into_iter().chain(state.told).min()
    }

    /// What was spent today, for a stop in good order.
    pub(crate) fn spent(&self) -> Option<Spent> {
        let state = self.state();
        (state.spent != state.marked).then_some(state.spent)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin_day(&mut self, now: Timestamp) {
        if now.as_millis() >= self.spent.until {
            self.spent = Spent { until: end_of_day(now, self.zone.clone().unwrap_or(TimeZone::UTC)), units: 0 };
            (self.told, self.others) = (None, 0);
        }
    }

    /// Takes `units`; gives the mark that has to be durable before they are used, if the present one is too low.
    fn take(&mut self, units: u64, now: Timestamp) -> Result<Option<Spent>, SourceError> {
        self.begin_day(now);
        let spent = self.spent.units.saturating_add(units);
        if let Some(per_day) = self.per_day.filter(|per_day| spent.saturating_add(self.others) > *per_day) {
            return Err(self.used_up(per_day, now));
        }
        self.spent.units = spent;
        Ok(self.mark_for(spent))
    }

    /// Whether there is enough for us beside the others.
    fn still_within(&self, now: Timestamp) -> Result<(), SourceError> {
        match self.per_day.filter(|per_day| self.spent.units.saturating_add(self.others) > *per_day) {
            Some(per_day) => Err(self.used_up(per_day, now)),
            None => Ok(()),
        }
    }

    /// The mark that has to be durable before `units` are spent, if the present one is below that.
    fn mark_for(&self, units: u64) -> Option<Spent> {
        let per_day = self.per_day?;
        let holds = self.marked.until == self.spent.until && self.marked.units >= units;
        let ahead = units.saturating_add(per_day / MARKS).min(per_day);
        (!holds).then_some(Spent { until: self.spent.until, units: ahead })
    }

    fn used_up(&self, per_day: u64, now: Timestamp) -> SourceError {
        let wait = u64::try_from(self.spent.until.saturating_sub(now.as_millis())).unwrap_or_default();
        SourceError::Later {
            error: format!("today's budget of {per_day} is used up"),
            wait: Some(std::time::Duration::from_millis(wait)),
        }
    }
}

/// The next midnight in `zone`, in milliseconds since 1970.
fn end_of_day(now: Timestamp, zone: TimeZone) -> i64 {
    const DAY: i64 = 86_400_000;
    let utc = (now.as_millis().div_euclid(DAY) + 1) * DAY;
    let tomorrow = jiff::Timestamp::from_millisecond(now.as_millis())
        .and_then(|now| now.to_zoned(zone).start_of_day())
        .and_then(|today| today.checked_add(1.day()));
    tomorrow.map_or(utc, |tomorrow| tomorrow.timestamp().as_millisecond())
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Budget").field(&*self.state()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Keeps the marks of several spenders as Kafka would, and counts the writes.
    #[derive(Clone, Default)]
    struct Kept {
        marks: Arc<Mutex<std::collections::BTreeMap<&'static str, Spent>>>,
        writes: Arc<Mutex<u32>>,
        who: &'static str,
    }

    #[async_trait]
    impl SpentStore for Kept {
        async fn store(&self, spent: Spent) -> Result<u64, SourceError> {
            let mut marks = self.marks.lock().unwrap();
            marks.insert(self.who, spent);
            *self.writes.lock().unwrap() += 1;
            let others = marks.iter().filter(|(who, mark)| **who != self.who && mark.until == spent.until);
            Ok(others.map(|(_, mark)| mark.units).sum())
        }
    }

    fn budget(kept: &Kept, per_day: u64) -> Budget {
        let spent = kept.marks.lock().unwrap().get(kept.who).copied().unwrap_or_default();
        Budget::resumed(spent, Box::new(kept.clone())).limited(Some(BudgetConfig { per_day }), TimeZone::UTC)
    }

    #[tokio::test]
    async fn two_who_spend_of_one_budget_never_spend_more_than_it_together() {
        let now = Timestamp::parse("2026-11-22T08:00:00Z").unwrap();
        let kept = Kept::default();
        let (one, other) = (budget(&kept, 1_000), budget(&Kept { who: "backfill", ..kept.clone() }, 1_000));
        let mut spent = 0;
        for turn in 0..2_000 {
            let spender = if turn % 3 == 0 { &one } else { &other };
            spent += u32::from(spender.spend_at(1, now).await.is_ok());
        }
        assert!((900..=1_000).contains(&spent), "{spent}");
    }

    #[tokio::test]
    async fn crashes_at_any_point_never_spend_more_than_the_budget() {
        let (kept, now) = (Kept::default(), Timestamp::parse("2026-11-22T08:00:00Z").unwrap());
        let mut spent = 0;
        for crash_after in (1..40).cycle().take(200) {
            // A new process that is killed after some requests.
            let budget = budget(&kept, 1_000);
            for _ in 0..crash_after {
                spent += if budget.spend_at(3, now).await.is_ok() { 3 } else { 0 };
            }
        }
        assert!(spent <= 1_000, "{spent}");
        assert!(spent >= 500, "a crash wastes one mark, not the day: {spent}");
        let midnight = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
        assert!(budget(&kept, 1_000).spend_at(3, midnight).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_used_up_waits_for_the_day_to_end_and_little_is_written() {
        let (kept, now) = (Kept::default(), Timestamp::parse("2026-11-22T23:59:00Z").unwrap());
        let budget = budget(&kept, 1_000);
        for _ in 0..1_000 {
            budget.spend_at(1, now).await.unwrap();
        }
        let error = budget.spend_at(1, now).await.unwrap_err();
        assert!(matches!(&error, SourceError::Later { wait: Some(wait), .. } if wait.as_secs() == 60), "{error:?}");
        assert!(*kept.writes.lock().unwrap() <= 51);
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_quota_is_counted() {
        let now = Timestamp::parse("2026-07-01T03:00:00Z").unwrap();
        let end = |zone| Timestamp::from_millis(end_of_day(now, zone)).to_string();
        assert_eq!(end(TimeZone::UTC), "2026-07-02T00:00:00.000Z");
        assert_eq!(end(TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap()), "2026-07-01T07:00:00.000Z");
    }
}
