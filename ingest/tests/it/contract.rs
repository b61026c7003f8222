//! What every source must do, whatever it reads: one suite, which the test file of each source puts to work.
//!
//! A source's tests describe its place as a [`World`]: how a mention is published, edited and deleted there, and how a
//! source is made that reads it. Then one line makes the tests of it:
//!
//! ```text
//! contract!(Forum);
//! ```

use std::{collections::BTreeSet, future::Future, time::Duration};

use hark_ingest::{Again, Backfilled, Cursor, Item, Page, Period, Source, SourceError};
use hark_mention::{Event, Mention, Timestamp};

use crate::{
    drive::{DEADLINE, Run},
    network::Fault,
};

/// How long a limit of the suite lasts. No test waits so long: they look at what the source asks for.
const LIMIT: Duration = Duration::from_secs(70);

/// What a place can do, and a source with it. What it cannot is not asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Can {
    /// It asks for a token and can take it back.
    pub(crate) revoke: bool,
    /// It tells of deletions.
    pub(crate) delete: bool,
    /// It tells of edits.
    pub(crate) edit: bool,
    /// It can send one malformed item among good ones.
    pub(crate) garbage: bool,
    /// It keeps what was published, so that a source which comes later still finds it.
    pub(crate) remember: bool,
    /// Its clock can be ahead of ours.
    pub(crate) skew: bool,
    /// It answers requests, so that it can limit and break them. Not so where others come to us.
    pub(crate) ask: bool,
    /// It can be asked for what was published in a stretch of time.
    pub(crate) history: bool,
}

/// All of it.
pub(crate) const ALL: Can = Can {
    revoke: true,
    delete: true,
    edit: true,
    garbage: true,
    remember: true,
    skew: true,
    ask: true,
    history: false,
};

/// A place where people publish, and the source that reads it.
pub(crate) trait World: Send + Sync + Sized {
    /// What it can do.
    const CAN: Can;

    /// An empty place.
    fn start() -> impl Future<Output = Self> + Send;

    /// A source that reads it, as after the start of a process. It polls every few milliseconds.
    fn source(&self) -> Box<dyn Source>;

    /// Publishes a mention with this number now; gives the id that it must get.
    fn publish(&self, number: u64) -> String;

    /// Publishes one that its server dates a day ahead; gives its id.
    fn publish_ahead(&self, number: u64) -> String;

    /// Publishes one as if it had been there since `at`; gives its id. Only for places with history.
    fn publish_at(&self, number: u64, at: Timestamp) -> String {
        panic!("{number} at {at}: there is no history")
    }

    /// Changes the text of a mention to one that holds `edited`.
    fn edit(&self, number: u64);

    /// Deletes a mention.
    fn delete(&self, number: u64);

    /// Publishes something malformed.
    fn publish_garbage(&self, number: u64);

    /// Lets the next requests or connections end in `fault`.
    fn fail(&self, times: usize, fault: Fault);

    /// Takes the token back, until [`World::mend`].
    fn revoke(&self);

    /// Ends faults.
    fn mend(&self);

    /// A text that must never be shown to people: the token. Empty when there is none.
    fn secret(&self) -> &str;

    /// Called before each look at a source, for places that have to push.
    fn push(&self) {}
}

/// Makes one test of each rule.
macro_rules! contract {
    ($world:ty) => {
        mod contract {
            use super::*;
            use $crate::contract::rules;

            $crate::contract::each_rule!($world:
                a_fresh_start_brings_everything_once
                a_restart_at_every_event_loses_nothing
                a_page_asked_for_twice_is_the_same
                a_limit_is_waited_out
                a_limit_with_a_date_is_waited_out
                a_token_that_is_taken_back_needs_a_person
                an_answer_that_is_cut_loses_nothing
                a_storm_of_outages_is_waited_out
                a_slow_answer_is_an_answer
                a_page_of_nonsense_is_survived
                a_malformed_item_stops_nothing
                a_deletion_is_told
                an_edit_is_told
                an_empty_place_is_no_error
                a_clock_that_is_ahead_is_clamped
                a_stop_is_prompt
                history_is_read_once_and_no_further_than_asked
            );
        }
    };
}

macro_rules! each_rule {
    ($world:ty: $($rule:ident)*) => {
        $(
            #[tokio::test]
            async fn $rule() {
                rules::$rule::<$world>().await;
            }
        )*
    };
}

pub(crate) use {contract, each_rule};

impl<W: World> Looking<'_, W> {
    fn ids(&self) -> BTreeSet<String> {
        self.run.mentions().into_iter().map(|mention| mention.id.clone()).collect()
    }

    fn mention(&self, id: &str) -> Option<&Mention> {
        self.run.states(id).into_iter().next_back()
    }

    async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = std::time::Instant::now();
        while !done(self) {
            assert!(start.elapsed() < DEADLINE, "{what} never happened; errors: {:?}", self.run.last_errors());
            self.step().await;
        }
    }

    /// One look, and the pause that it asks for, shortened.
    async fn step(&mut self) -> Again {
        self.world.push();
        let again = self.run.step().await;
        if let Again::After(pause) = again {
            tokio::time::sleep(pause.min(Duration::from_millis(20))).await;
        }
        again
    }

    async fn until_all(&mut self, expected: &[String]) {
        let expected: BTreeSet<String> = expected.iter().cloned().collect();
        self.until(&format!("{expected:?}"), |looking| looking.ids().is_superset(&expected)).await;
    }
}

/// A source that is driven, and the place that it reads.
struct Looking<'a, W> {
    world: &'a W,
    run: Run<Box<dyn Source>>,
}

fn look<W: World>(world: &W) -> Looking<'_, W> {
    Looking { world, run: Run::new(world.source()) }
}

/// A source that has seen one mention, so that streams are open and places are noted.
async fn settled<W: World>(world: &W) -> Looking<'_, W> {
    let first = world.publish(1);
    let mut looking = look(world);
    looking.until_all(&[first]).await;
    looking
}

/// The moment so many hours ago.
fn ago(hours: i64) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - hours * 3_600_000)
}

/// Reads all of a period; with `restart`, by another process after the second piece. Gives what came, and how far each piece was.
async fn read_history<W: World>(
    world: &W,
    mut source: Box<dyn Source>,
    period: Period,
    restart: bool,
) -> (Vec<String>, Vec<f64>) {
    let mut cursor = None;
    let (mut ids, mut shares) = (Vec::new(), Vec::new());
    loop {
        if restart && shares.len() == 2 {
            source = world.source();
        }
        let Backfilled { page, done } = source.backfill(period, cursor.as_ref()).await.unwrap();
        let upserts = page.items.into_iter().filter_map(|item| match item {
            Item::Keep(Event::Upsert(mention)) => Some(mention.id),
            _ => None,
        });
        ids.extend(upserts);
        shares.push(done);
        cursor = page.next.or(cursor);
        match page.again {
            Again::Never => return (ids, shares),
            Again::Now => {}
            Again::After(pause) => tokio::time::sleep(pause.min(Duration::from_millis(20))).await,
        }
        assert!(shares.len() < 1_000, "{:?}", &shares[990..]);
    }
}

/// The rules.
pub(crate) mod rules {
    use super::*;

    pub(crate) async fn history_is_read_once_and_no_further_than_asked<W: World>() {
        if !W::CAN.history {
            return;
        }
        let world = W::start().await;
        for number in 1..=4 {
            world.publish_at(number, ago(150));
        }
        let mut expected: Vec<String> =
            (5..=34).map(|number| world.publish_at(number, ago(140 - i64::try_from(number).unwrap()))).collect();
        for number in 35..=38 {
            world.publish_at(number, ago(24));
        }
        expected.sort();
        let period = Period { from: ago(144), to: ago(48) };
        let mut source = world.source();
        let estimate = source.estimate(period).await.unwrap();
        assert!(estimate.requests > 0, "{estimate:?}");
        // The same source goes on after its estimate, as the command does.
        let (mut ids, shares) = read_history(&world, source, period, false).await;
        ids.sort();
        assert_eq!(ids, expected);
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        assert!((shares[shares.len() - 1] - 1.0).abs() < 1e-9, "{shares:?}");
        let (mut ids, _) = read_history(&world, world.source(), period, true).await;
        ids.sort();
        ids.dedup();
        assert_eq!(ids, expected, "after a restart");
    }

    pub(crate) async fn a_fresh_start_brings_everything_once<W: World>() {
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let later: Vec<_> = (2..=5).map(|number| world.publish(number)).collect();
        looking.until_all(&later).await;
        for id in &later {
            let states = looking.run.states(id);
            let newest = states.last().unwrap();
            assert!(!newest.full_text().is_empty(), "{id} has no text");
            assert!(newest.published_at <= newest.collected_at, "{id}");
            let revisions: BTreeSet<u64> = states.iter().map(|state| state.revision).collect();
            assert_eq!(revisions.len(), 1, "{id} was published once: {states:?}");
        }
        assert_eq!(looking.run.rejected(), Vec::<&[u8]>::new());
    }

    pub(crate) async fn a_restart_at_every_event_loses_nothing<W: World>() {
        if !W::CAN.remember {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let mut expected = Vec::new();
        for number in 2..=6 {
            // The process is stopped; meanwhile somebody writes; a new one goes on from the stored cursor.
            expected.push(world.publish(number));
            looking.run.source = world.source();
            for _ in 0..number {
                looking.step().await;
            }
            expected.push(world.publish(number + 100));
        }
        looking.run.source = world.source();
        looking.until_all(&expected).await;
    }

    pub(crate) async fn a_page_asked_for_twice_is_the_same<W: World>() {
        if !W::CAN.remember {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let id = world.publish(2);
        let before: Option<Cursor> = looking.run.cursor.clone();
        looking.until_all(std::slice::from_ref(&id)).await;
        let first = looking.mention(&id).unwrap().clone();
        // The page was published, and the process died before its cursor was stored.
        let mut again = look(&world);
        again.run.cursor = before;
        again.until_all(std::slice::from_ref(&id)).await;
        let second = again.mention(&id).unwrap();
        assert_eq!((&second.id, &second.text, second.published_at), (&first.id, &first.text, first.published_at));
        assert_eq!(second.revision, first.revision, "a repeat is no edit");
    }

    pub(crate) async fn a_limit_is_waited_out<W: World>() {
        limited::<W>(Fault::Limit(LIMIT.as_secs())).await;
    }

    pub(crate) async fn a_limit_with_a_date_is_waited_out<W: World>() {
        limited::<W>(Fault::LimitUntil(LIMIT.as_secs())).await;
    }

    async fn limited<W: World>(fault: Fault) {
        if !W::CAN.ask {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let before = looking.run.cursor.clone();
        world.fail(1, fault);
        let start = std::time::Instant::now();
        // Half of the time is more than any source waits by itself in this suite.
        loop {
            assert!(start.elapsed() < DEADLINE, "the limit was never noticed");
            if matches!(looking.step().await, Again::After(wait) if wait >= LIMIT / 2) {
                break;
            }
        }
        world.mend();
        // Another process, to which nothing was told of the limit: else the test would have to wait it out.
        looking.run.source = world.source();
        looking.run.cursor = before;
        let id = world.publish(2);
        looking.until_all(&[id]).await;
    }

    pub(crate) async fn a_token_that_is_taken_back_needs_a_person<W: World>() {
        if !W::CAN.revoke {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let cursor = looking.run.cursor.clone();
        world.revoke();
        let start = std::time::Instant::now();
        let told = loop {
            assert!(start.elapsed() < DEADLINE, "the refusal was never told");
            world.push();
            match looking.run.source.fetch(looking.run.cursor.as_ref()).await {
                Err(SourceError::Setup(told)) => break told,
                Ok(Page { again: Again::After(wait), .. }) | Err(SourceError::Later { wait: Some(wait), .. }) => {
                    tokio::time::sleep(wait.min(Duration::from_millis(20))).await;
                }
                _ => {}
            }
        };
        assert!(!told.is_empty());
        assert!(world.secret().is_empty() || !told.contains(world.secret()), "{told}");
        world.mend();
        let id = world.publish(2);
        looking.run.cursor = cursor;
        looking.until_all(&[id]).await;
    }

    pub(crate) async fn an_answer_that_is_cut_loses_nothing<W: World>() {
        survives::<W>(2, Fault::Cut).await;
    }

    pub(crate) async fn a_storm_of_outages_is_waited_out<W: World>() {
        survives::<W>(7, Fault::Status(503)).await;
    }

    pub(crate) async fn a_slow_answer_is_an_answer<W: World>() {
        survives::<W>(2, Fault::Trickle).await;
    }

    pub(crate) async fn a_page_of_nonsense_is_survived<W: World>() {
        survives::<W>(2, Fault::Garbage).await;
    }

    async fn survives<W: World>(times: usize, fault: Fault) {
        if !W::CAN.ask {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let during = world.publish(2);
        world.fail(times, fault);
        let start = std::time::Instant::now();
        let mut looks = 0;
        while looks < times {
            assert!(start.elapsed() < DEADLINE);
            looking.step().await;
            looks += 1;
        }
        let after = world.publish(3);
        looking.until_all(&[during, after]).await;
        let setup = looking.run.errors.iter().find(|error| matches!(error, SourceError::Setup(_)));
        assert!(setup.is_none(), "what passes by itself needs no person: {setup:?}");
    }

    pub(crate) async fn a_malformed_item_stops_nothing<W: World>() {
        if !W::CAN.garbage {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let before = world.publish(2);
        world.publish_garbage(3);
        let after = world.publish(4);
        looking.until_all(&[before, after]).await;
        looking.until("the dead letter", |looking| !looking.run.rejected().is_empty()).await;
        assert!(looking.run.rejected().iter().all(|raw| !raw.is_empty()), "the bytes are kept");
    }

    pub(crate) async fn a_deletion_is_told<W: World>() {
        if !W::CAN.delete {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let id = world.publish(2);
        looking.until_all(std::slice::from_ref(&id)).await;
        world.delete(2);
        looking.until("the deletion", |looking| looking.run.deletes().iter().any(|delete| delete.id == id)).await;
        let delete = looking.run.deletes().into_iter().find(|delete| delete.id == id).unwrap();
        assert!(delete.at <= Timestamp::now());
    }

    pub(crate) async fn an_edit_is_told<W: World>() {
        if !W::CAN.edit {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let id = world.publish(2);
        looking.until_all(std::slice::from_ref(&id)).await;
        let before = looking.mention(&id).unwrap().revision;
        world.edit(2);
        looking
            .until("the edit", |looking| looking.mention(&id).is_some_and(|now| now.full_text().contains("edited")))
            .await;
        assert!(looking.mention(&id).unwrap().revision > before, "an edit is a later revision");
    }

    pub(crate) async fn an_empty_place_is_no_error<W: World>() {
        let world = W::start().await;
        let mut looking = look(&world);
        for _ in 0..4 {
            looking.step().await;
        }
        assert!(looking.run.errors.is_empty(), "{:?}", looking.run.errors);
        assert!(looking.run.mentions().is_empty() && looking.run.rejected().is_empty());
        let id = world.publish(1);
        looking.until_all(&[id]).await;
    }

    pub(crate) async fn a_clock_that_is_ahead_is_clamped<W: World>() {
        if !W::CAN.skew {
            return;
        }
        let world = W::start().await;
        let mut looking = settled(&world).await;
        let ahead = world.publish_ahead(2);
        looking.until_all(std::slice::from_ref(&ahead)).await;
        let mention = looking.mention(&ahead).unwrap();
        assert!(mention.published_at <= mention.collected_at, "{mention:?}");
        let next = world.publish(3);
        looking.until_all(&[next]).await;
    }

    pub(crate) async fn a_stop_is_prompt<W: World>() {
        let world = W::start().await;
        let mut looking = settled(&world).await;
        if W::CAN.ask {
            world.fail(100, Fault::Hang);
        }
        let id = world.publish(2);
        {
            // A call that is under way is dropped, as the runner does when it is told to stop.
            let fetch = looking.run.source.fetch(looking.run.cursor.as_ref());
            let _ = tokio::time::timeout(Duration::from_millis(50), fetch).await;
        }
        let source = std::mem::replace(&mut looking.run.source, world.source());
        let stopped = tokio::task::spawn_blocking(move || drop(source));
        tokio::time::timeout(Duration::from_secs(2), stopped).await.expect("it stops within two seconds").unwrap();
        world.mend();
        if W::CAN.remember {
            looking.run.source = world.source();
            looking.until_all(&[id]).await;
        }
    }
}
