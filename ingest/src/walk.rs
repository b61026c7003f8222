//! Reading a listing that shows the newest first, page by page, down to what is known already.
//!
//! A walk is part of the source's cursor, one page a step: it goes on after a restart where it was. It does not hang
//! on a single item, which may be deleted, but on times and on the names of the newest page.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use hark_mention::{Gap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{source::Again, watch::Watch};

/// Longer than any process lives.
pub(crate) const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The share of a listing that was read to its end and is due nevertheless.
pub(crate) const ALMOST: f64 = 0.999;

/// How far a listing has been read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Walk {
    /// Everything up to here has been read; milliseconds since 1970, 0 before the first walk has ended.
    read_to: i64,
    /// The newest page of the last finished walk.
    newest: NewestPage,
    open: Option<Open>,
}

/// The items of the newest page, and how far back it reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct NewestPage {
    names: Vec<String>,
    back_to: i64,
}

/// A walk that has further to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Open {
    /// Where the next page begins, in the words of the site.
    next: String,
    read_to: i64,
    newest: NewestPage,
    pages: u32,
    /// How far back it has come.
    reached: i64,
}

/// One page of a listing: the name and time of each item, in the order shown.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) items: &'a [(String, Timestamp)],
    /// Where the next page begins; `None` at the end.
    pub(crate) next: Option<String>,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// How far back the first walk goes.
    pub(crate) since: Timestamp,
    /// Pages after which it ends, whether it has met what is known or not.
    pub(crate) max_pages: u32,
}

impl Walk {
    /// Where the next page begins; `None` at the newest.
    pub(crate) fn position(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.next.as_str())
    }

    /// Whether an item was not there when the listing was last read.
    pub(crate) fn is_new(&self, name: &str, at: Timestamp, since: Timestamp) -> bool {
        let back_to = if self.read_to == 0 { since.as_millis() } else { self.newest.back_to };
        at.as_millis() >= back_to && !self.newest.names.iter().any(|known| known == name)
    }

    /// Begins again at the newest: the site no longer knows the place.
    pub(crate) fn restart(&mut self) {
        self.open = None;
    }

    /// How much of the time from `from` until now the walk has come through, 0 to 1.
    pub(crate) fn share(&self, from: Timestamp) -> f64 {
        let now = Timestamp::now().as_millis();
        let reached = self.open.as_ref().map(|open| open.reached);
        let nothing = if self.read_to > 0 { from.as_millis() } else { now };
        share(now - reached.unwrap_or(nothing), from)
    }

    /// Notes a page; gives the gap when the walk ends before it meets what is known.
    pub(crate) fn advance(&mut self, page: Shown<'_>, reach: Reach, now: Timestamp) -> Option<Gap> {
        let times = || page.items.iter().map(|(_, at)| at.as_millis().min(now.as_millis()));
        // The last one counts: pinned items stand before newer ones.
        let before = self.open.as_ref().map(|open| open.reached);
        let reached = times().next_back().or(before).unwrap_or(self.read_to);
        // A site that has lost the place shows nothing more, as if this were the end.
        let is_lost = page.items.is_empty() && before.is_some();
        let floor = if self.read_to == 0 { reach.since.as_millis() } else { self.read_to };
        let (read_to, newest, pages) = match self.open.take() {
            Some(open) => (open.read_to, open.newest, open.pages + 1),
            None => {
                let names = page.items.iter().map(|(name, _)| name.clone()).collect();
                let back_to = if page.next.is_some() { reached } else { reach.since.as_millis().min(reached) };
                (times().max().unwrap_or(floor).max(floor), NewestPage { names, back_to }, 1)
            }
        };
        let at_end = page.items.is_empty() || page.next.is_none();
        if let Some(next) = page.next.filter(|_| !at_end && reached >= floor && pages < reach.max_pages) {
            self.open = Some(Open { next, read_to, newest, pages, reached });
            return None;
        }
        // Sites end their listings a little before or after the number of items that they promise.
        let is_cut = self.read_to > 0 && reached > self.read_to && (is_lost || pages + 1 >= reach.max_pages);
        let gap = is_cut.then(|| Gap {
            from: Timestamp::from_millis(self.read_to),
            to: Timestamp::from_millis(reached),
            why: "the site shows no more of its newest items".to_owned(),
        });
        (self.read_to, self.newest) = (read_to, newest);
        gap
    }
}

/// The name under which stored mentions take their turn to be looked at again.
pub(crate) const RECHECK: &str = "recheck";

/// When each of several listings is looked at again. Not part of a cursor: after a restart all are due.
///
/// While it looks back, for history, each listing is read once and nothing is looked at a second time.
#[derive(Debug, Default)]
pub(crate) struct Rota {
    due: HashMap<String, Instant>,
    back_to: Option<Timestamp>,
}

impl Rota {
    /// One that looks back to `from`.
    pub(crate) fn back_to(from: Timestamp) -> Self {
        Self { due: HashMap::new(), back_to: Some(from) }
    }

    /// How far it looks back, if it does.
    pub(crate) fn looks_back_to(&self) -> Option<Timestamp> {
        self.back_to
    }

    /// How far first walks go: `history` back from now and over `max_pages`, or as far as it looks back.
    pub(crate) fn reach(&self, now: Timestamp, history: Duration, max_pages: u32) -> Reach {
        match self.back_to {
            Some(since) => Reach { since, max_pages: u32::MAX },
            None => Reach { since: before(now, history), max_pages },
        }
    }

    /// The one that has been due for longest, or how long until the next one is.
    pub(crate) fn next<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<&'a str, Duration> {
        let now = Instant::now();
        let due = |name: &str| self.due.get(name).copied();
        let names = names.filter(|name| self.back_to.is_none() || *name != RECHECK);
        let Some(name) = names.min_by_key(|name| due(name)) else { return Err(Duration::from_secs(3600)) };
        match due(name).filter(|due| *due > now) {
            Some(due) => Err(due - now),
            None => Ok(name),
        }
    }

    /// When the next of them is to be looked at, after `pause` at the earliest.
    pub(crate) fn again<'a>(&self, names: impl Iterator<Item = &'a str>, pause: Duration) -> Again {
        match self.next(names) {
            Ok(_) if pause.is_zero() => Again::Now,
            Ok(_) => Again::After(pause),
            Err(wait) => Again::After(wait.max(pause)),
        }
    }

    /// Notes that `name` was looked at and is due again after `pause`.
    pub(crate) fn looked(&mut self, name: &str, pause: Duration) {
        let is_over = self.back_to.is_some() && !pause.is_zero();
        self.due.insert(name.to_owned(), Instant::now() + if is_over { NEVER } else { pause });
    }

    /// Makes room in `watch`, and gives the keys of what it no longer holds. While looking back it holds nothing: the
    /// cursor of a history is forgotten at its end.
    pub(crate) fn tidy(&self, watch: &mut Watch, recheck: Duration) -> Vec<String> {
        if self.back_to.is_some() {
            *watch = Watch::default();
            return Vec::new();
        }
        watch.make_room(before(Timestamp::now(), recheck))
    }

    /// How much of each listing is read, 0 to 1: all of it when it is due no more, and else what `share` says.
    pub(crate) fn shares<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        share: impl Fn(&str) -> f64,
    ) -> BTreeMap<String, f64> {
        let now = Instant::now();
        let is_over = |name: &str| self.due.get(name).is_some_and(|due| *due > now);
        let read = |name: &str| if is_over(name) { 1.0 } else { share(name).clamp(0.0, ALMOST) };
        names.filter(|name| *name != RECHECK).map(|name| (name.to_owned(), read(name))).collect()
    }
}

/// What `read`, in milliseconds, is of the time from `from` until now: 0 to 1.
pub(crate) fn share(read: i64, from: Timestamp) -> f64 {
    (read as f64 / (Timestamp::now().as_millis() - from.as_millis()).max(1) as f64).clamp(0.0, 1.0)
}

/// The moment `time` before `now`.
pub(crate) fn before(now: Timestamp, time: Duration) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const REACH: Reach = Reach { since: Timestamp::EPOCH, max_pages: 4 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_000 + seconds)
    }

    /// Walks over `listing`, oldest first, in pages of three, as a source does; gives what was new and the gap.
    fn walk(walk: &mut Walk, listing: &[i64]) -> (Vec<i64>, Option<Gap>) {
        let mut new = Vec::new();
        loop {
            // Between any two pages there may be a restart.
            *walk = serde_json::from_str(&serde_json::to_string(walk).unwrap()).unwrap();
            let before: i64 = walk.position().map_or(i64::MAX, |position| position.parse().unwrap());
            let rest: Vec<i64> = listing.iter().rev().copied().filter(|n| *n < before).collect();
            let page: Vec<i64> = rest.iter().copied().take(3).collect();
            let items: Vec<_> = page.iter().map(|n| (n.to_string(), at(*n))).collect();
            let is_new = |(name, at): &&(String, Timestamp)| walk.is_new(name, *at, Timestamp::EPOCH);
            new.extend(items.iter().filter(is_new).map(|(name, _)| name.parse::<i64>().unwrap()));
            let next = (rest.len() > 3).then(|| page.last().unwrap().to_string());
            let gap = walk.advance(Shown { items: &items, next }, REACH, at(1_000));
            if walk.position().is_none() {
                new.sort_unstable();
                return (new, gap);
            }
        }
    }

    #[test]
    fn each_item_is_new_once_however_the_listing_changes() {
        let mut state = Walk::default();
        assert_eq!(walk(&mut state, &[1, 2, 3, 4, 5]).0, [1, 2, 3, 4, 5]);
        assert_eq!(walk(&mut state, &[1, 2, 3, 4, 5]).0, [0; 0]);
        assert_eq!(walk(&mut state, &[1, 2, 3, 4, 5, 6]).0, [6]);
        // The newest known ones are deleted, and many come: nothing hangs on a single item.
        assert_eq!(walk(&mut state, &[1, 2, 3, 7, 8, 9, 10, 11]).0, [7, 8, 9, 10, 11]);
        // One between the newest is let through late.
        assert_eq!(walk(&mut state, &[1, 2, 3, 7, 8, 9, 10, 11]).0, [0; 0]);
        assert_eq!(walk(&mut state, &[3, 9, 11]).0, [0; 0]);
    }

    #[test]
    fn what_a_moderator_lets_through_late_is_new() {
        let mut state = Walk::default();
        walk(&mut state, &[1, 2, 4, 5, 7]);
        assert_eq!(walk(&mut state, &[1, 2, 4, 5, 6, 7]).0, [6]);
    }

    #[test]
    fn a_listing_that_ends_too_early_leaves_a_gap_and_a_short_one_does_not() {
        let mut state = Walk::default();
        assert_eq!(walk(&mut state, &[1, 2, 3]).1, None);
        let many: Vec<i64> = (1..40).collect();
        let (new, gap) = walk(&mut state, &many);
        assert_eq!(new, (28..40).collect::<Vec<_>>());
        let gap = gap.unwrap();
        assert_eq!((gap.from, gap.to), (at(3), at(28)));
        let mut state = Walk::default();
        assert_eq!(walk(&mut state, &[1]).1, None);
        assert_eq!(walk(&mut state, &[2, 3]).1, None);
    }

    #[test]
    fn a_place_that_the_site_has_lost_leaves_a_gap() {
        let mut state = Walk::default();
        walk(&mut state, &[1, 2, 3]);
        let items = [("9".to_owned(), at(9)), ("8".to_owned(), at(8))];
        assert_eq!(state.advance(Shown { items: &items, next: Some("8".to_owned()) }, REACH, at(10)), None);
        let gap = state.advance(Shown { items: &[], next: None }, REACH, at(10)).unwrap();
        assert_eq!((gap.from, gap.to), (at(3), at(8)));
    }

    #[test]
    fn the_first_walk_goes_back_as_far_as_it_is_told() {
        let state = Walk::default();
        assert!(state.is_new("1", at(5), at(5)) && !state.is_new("1", at(4), at(5)));
        let mut state = Walk::default();
        let items = [("2".to_owned(), at(9)), ("1".to_owned(), at(4))];
        let reach = Reach { since: at(5), max_pages: 4 };
        let page = Shown { items: &items, next: Some("x".to_owned()) };
        assert_eq!(state.advance(page, reach, at(10)), None);
        assert_eq!(state.position(), None, "what is older is not asked for");
    }

    #[test]
    fn a_time_from_the_future_does_not_end_the_next_walk() {
        let mut state = Walk::default();
        let items = [("9".to_owned(), at(900_000))];
        state.advance(Shown { items: &items, next: None }, REACH, at(10));
        assert_eq!(state.read_to, at(10).as_millis());
    }

    #[test]
    fn looking_back_reads_each_listing_once() {
        let mut rota = Rota::back_to(at(5));
        let reach = rota.reach(at(9), Duration::ZERO, 4);
        assert_eq!((reach.since, reach.max_pages), (at(5), u32::MAX));
        let next = |rota: &Rota| rota.next(["a", RECHECK].into_iter()).map(str::to_owned);
        rota.looked("a", Duration::ZERO);
        assert_eq!(next(&rota), Ok("a".to_owned()), "it has further pages");
        let half = |rota: &Rota| rota.shares(["a", RECHECK].into_iter(), |_| 0.5);
        assert_eq!(half(&rota), BTreeMap::from([("a".to_owned(), 0.5)]));
        rota.looked("a", Duration::from_nanos(1));
        assert!(next(&rota).is_err() && half(&rota) == BTreeMap::from([("a".to_owned(), 1.0)]));
    }

    #[test]
    fn listings_take_turns() {
        let mut rota = Rota::default();
        assert_eq!(rota.next(["a", "b"].into_iter()), Ok("a"));
        rota.looked("a", Duration::from_secs(60));
        assert_eq!(rota.next(["a", "b"].into_iter()), Ok("b"));
        rota.looked("b", Duration::from_secs(30));
        let wait = rota.next(["a", "b"].into_iter()).unwrap_err();
        assert!(wait <= Duration::from_secs(30) && wait > Duration::from_secs(20));
    }
}
