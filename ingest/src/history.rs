//! History of sources that list the newest first: they make their first look once more, further back.
//!
//! Nothing of it is looked at again later; the live source sees edits and deletions of what it read itself.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use hark_mention::{Event, Timestamp};

use crate::{
    source::{Again, Backfilled, Cursor, Estimate, Item, Period, Source, SourceError},
    walk::ALMOST,
};

/// A source whose first look can go back as far as is wanted.
#[async_trait]
pub(crate) trait LooksBack: Source {
    /// What a person should know before reading history.
    const NOTE: &str;

    /// What a request costs of the budget, in its unit. Default: nothing.
    const COST: Option<u64> = None;

    /// From now on makes one first look, from the beginning, back to `from`; nothing is looked at a second time.
    fn look_back(&mut self, from: Timestamp);

    /// How far it looks back, if it does.
    fn looks_back_to(&self) -> Option<Timestamp>;

    /// How much of each listing is read when the cursor is `at`: 0 to 1, where 1 is its end.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the cursor is none of this source.
    fn shares(&self, at: Option<&Cursor>) -> Result<BTreeMap<String, f64>, SourceError>;
}

/// Reads one piece of `period`.
///
/// # Errors
///
/// As [`Source::fetch`].
pub(crate) async fn read(
    source: &mut impl LooksBack,
    period: Period,
    after: Option<&Cursor>,
) -> Result<Backfilled, SourceError> {
    if source.looks_back_to() != Some(period.from) {
        source.look_back(period.from);
    }
    let mut page = source.fetch(after).await?;
    page.items.retain(|item| !is_outside(item, period));
    let shares = source.shares(page.next.as_ref().or(after))?;
    if shares.values().all(|share| *share >= 1.0) {
        page.again = Again::Never;
    }
    let done = shares.values().sum::<f64>() / shares.len().max(1) as f64;
    Ok(Backfilled { page, done })
}

/// The shares of a source that works through a queue of requests: `made` so far, and `left`; `is_over` when the queue
/// has come to its end.
pub(crate) fn queue(made: usize, left: usize, is_over: bool) -> BTreeMap<String, f64> {
    let share = made as f64 / (made + left).max(1) as f64;
    BTreeMap::from([("requests".to_owned(), if is_over { 1.0 } else { share.min(ALMOST) })])
}

/// Guesses what reading all of `period` takes, from the first page of each listing.
///
/// # Errors
///
/// As [`Source::fetch`].
pub(crate) async fn estimate<S: LooksBack>(source: &mut S, period: Period) -> Result<Estimate, SourceError> {
    source.look_back(period.from);
    let mut at = None;
    let mut shares = source.shares(None)?;
    let mut listings: BTreeMap<String, Seen> = BTreeMap::new();
    // Some listings have to be found before they can be read.
    for _ in 0..2 * shares.len() {
        let Backfilled { page, .. } = read(source, period, at.as_ref()).await?;
        let mentions = page.items.iter().filter(|item| matches!(item, Item::Keep(_))).count() as f64;
        at = page.next.or(at);
        let now = source.shares(at.as_ref())?;
        let moved = now.iter().find(|(name, share)| shares.get(*name) != Some(*share));
        if let Some((name, share)) = moved {
            let seen = listings.entry(name.clone()).or_default();
            *seen = Seen { share: *share, pages: seen.pages + 1.0, mentions: seen.mentions + mentions };
        }
        shares = now;
        match page.again {
            Again::Now => {}
            Again::After(wait) if wait <= PATIENCE => tokio::time::sleep(wait).await,
            _ => break,
        }
    }
    // What was looked at so far was not kept.
    source.look_back(period.from);
    let all = |of: fn(&Seen) -> f64| whole(listings.values().map(|seen| of(seen) / seen.share.max(SMALLEST)).sum());
    let unseen = shares.len() as f64 / listings.len().max(1) as f64;
    let requests = whole(all(|seen| seen.pages) as f64 * unseen);
    let mentions = Some(all(|seen| seen.mentions)).filter(|_| listings.len() == shares.len());
    let units = S::COST.map(|cost| cost * requests);
    Ok(Estimate { mentions, requests, units, note: Some(S::NOTE.to_owned()) })
}

/// How long an estimate waits between two requests; a limit that lasts longer ends it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was seen of a listing.
#[derive(Default)]
struct Seen {
    share: f64,
    pages: f64,
    mentions: f64,
}

/// A page that spans less of the period than this says nothing of the rest.
const SMALLEST: f64 = 1e-6;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of things")]
fn whole(number: f64) -> u64 {
    number.ceil() as u64
}

fn is_outside(item: &Item, period: Period) -> bool {
    match item {
        Item::Keep(Event::Upsert(mention)) => !(period.from..period.to).contains(&mention.published_at),
        _ => false,
    }
}
