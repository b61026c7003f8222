//! Hacker News: every new story and comment by its id, edits and deletions by the list of updates, and history by
//! the site's search.
//!
//! An item has no edit time, so the time of noticing is the revision of what comes by the list of updates; what was
//! published lately is remembered, so that a repeat is recognised. Points and comments are published again each time
//! they have about doubled. An item that no longer matches any query after its edit is deleted here.

mod api;
mod client;
mod config;
mod history;
mod parse;
mod state;
mod stories;

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Delete, DropReason, Event, Mention, Timestamp};

pub use self::config::HackerNewsConfig;
use self::{
    client::{Client, HITS},
    parse::{Place, Reading, SOURCE, fingerprint, mention_id, same_words},
    state::{GONE, Progress, Window},
};
use crate::source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError};

/// Items that one call reads at most; about two seconds' worth.
const BATCH: u64 = 500;

/// How many items before the newest one the first start begins.
const FIRST_ITEMS: u64 = 30;

/// Most answers between a comment and its story.
const MAX_DEPTH: usize = 100;

/// Most items whose place in a discussion is kept at hand.
const MAX_PLACES: usize = 50_000;

/// Reads Hacker News.
#[derive(Debug)]
pub struct HackerNewsSource {
    client: Client,
    config: HackerNewsConfig,
    context: SourceContext,
    /// Where items hang, to find the story of a comment without asking again. A cache: losing it costs requests.
    places: HashMap<u64, Place>,
    /// When the live interface is asked again; until then history is read.
    next_look: Option<Instant>,
}

/// How an id came to be read.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// It was the next one.
    New,
    /// It is on the list of updates.
    Update,
    /// The search found it.
    History,
}

impl HackerNewsSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(config: HackerNewsConfig, context: SourceContext) -> Result<Self, SourceError> {
        let client = Client::new(&config, &context)?;
        Ok(Self { client, config, context, places: HashMap::new(), next_look: None })
    }

    /// Reads the next ids, those that were missing and those that changed.
    async fn look(&mut self, mut progress: Progress) -> Result<Page, SourceError> {
        let newest = self.client.max_item().await?;
        if progress.last_id == 0 {
            progress.last_id = newest.saturating_sub(FIRST_ITEMS);
        }
        let last = newest.min(progress.last_id.saturating_add(BATCH));
        let new: Vec<u64> = (progress.last_id.saturating_add(1)..=last).collect();
        let caught_up = last >= newest;
        // Whoever is behind first catches up: what changed meanwhile is then read in its newest state anyway.
        let (missing, updates) = if caught_up {
            (std::mem::take(&mut progress.missing), self.client.updates().await?)
        } else {
            (Vec::new(), Vec::new())
        };
        let since: HashMap<u64, i64> = missing.iter().map(|missing| (missing.id, missing.since)).collect();
        let fresh: HashSet<u64> = since.keys().chain(&new).copied().collect();
        let updates = updates.into_iter().filter(|id| !fresh.contains(id) && *id <= last);
        let mut ids: Vec<u64> = since.keys().copied().chain(new).chain(updates).collect();
        ids.sort_unstable();
        ids.dedup();
        let read = readable(self.client.items(ids).await)?;
        let mut items = Vec::new();
        for (id, answer) in read {
            let way = if fresh.contains(&id) { Way::New } else { Way::Update };
            match answer {
                Some(bytes) => items.extend(self.fate(&mut progress, id, &bytes, way, since.get(&id).copied())),
                None if way == Way::New => {
                    let now = Timestamp::now();
                    progress.miss(id, since.get(&id).copied().unwrap_or(now.as_millis()), now);
                }
                None => {}
            }
        }
        self.find_stories(&mut items).await;
        progress.last_id = progress.last_id.max(last);
        self.next_look = caught_up.then(|| Instant::now() + self.config.poll_interval.duration());
        let again = if caught_up && !self.has_history(&progress) {
            Again::After(self.config.poll_interval.duration())
        } else {
            Again::Now
        };
        Ok(Page::new(items, Some(Cursor::new(&progress)), again))
    }

    /// What becomes of one answer; `None` when it has to be asked for again.
    fn fate(
        &mut self,
        progress: &mut Progress,
        id: u64,
        bytes: &Bytes,
        way: Way,
        missing_since: Option<i64>,
    ) -> Option<Item> {
        let now = Timestamp::now();
        let (reading, place) = match parse::item(bytes, now) {
            Ok(read) => read,
            Err(rejection) => {
                return Some(Item::Reject { raw: bytes.clone(), place: format!("item {id}"), rejection });
            }
        };
        let known = progress.known(id);
        match reading {
            Reading::Missing => {
                if way == Way::New {
                    progress.miss(id, missing_since.unwrap_or(now.as_millis()), now);
                }
                None
            }
            Reading::Nothing => Some(Item::Drop(DropReason::NotAMention)),
            Reading::Gone { .. } if known == Some(GONE) => Some(Item::Drop(DropReason::Unchanged)),
            Reading::Gone { reason } => {
                if way != Way::History {
                    progress.remember(id, GONE);
                }
                Some(delete(id, reason, now))
            }
            Reading::Mention(mention) => {
                self.note_place(id, place);
                Some(self.mention_fate(progress, id, *mention, way, known, now))
            }
        }
    }

    fn mention_fate(
        &self,
        progress: &mut Progress,
        id: u64,
        mut mention: Mention,
        way: Way,
        known: Option<u64>,
        now: Timestamp,
    ) -> Item {
        let print = fingerprint(&mention);
        if known == Some(print) {
            return Item::Drop(DropReason::Unchanged);
        }
        if !self.context.wants(&mention) {
            if known.is_none_or(|known| known == GONE) {
                return Item::Drop(DropReason::NoQueryMatched);
            }
            progress.remember(id, GONE);
            return delete(id, "edited", now);
        }
        if way == Way::Update || known.is_some() {
            mention.revision = u64::try_from(now.as_millis()).unwrap_or_default();
            mention.edited_at = known.filter(|known| *known != GONE && !same_words(*known, print)).map(|_| now);
        }
        if way != Way::History {
            progress.remember(id, print);
        }
        Item::Keep(Event::Upsert(Box::new(mention)))
    }

    /// The windows that remain to be searched; a term that is new gets its own.
    fn open_history(&self, progress: &mut Progress) {
        let Some(history) = self.config.history else { return };
        let until = Timestamp::now().as_millis() / 1000;
        let since = until.saturating_sub(i64::try_from(history.duration().as_secs()).unwrap_or(i64::MAX));
        progress.history.retain(|term, _| self.config.search.contains(term));
        for term in &self.config.search {
            progress.history.entry(term.clone()).or_insert(Window { since, until });
        }
    }

    fn has_history(&self, progress: &Progress) -> bool {
        progress.history.values().any(|window| !window.is_empty())
    }

    /// Searches one more piece of history, the newest first.
    async fn look_back(&mut self, mut progress: Progress) -> Result<Page, SourceError> {
        let next = progress.history.iter().find(|(_, window)| !window.is_empty());
        let Some((term, window)) = next.map(|(term, window)| (term.clone(), *window)) else {
            return Ok(Page::new(Vec::new(), None, Again::Now));
        };
        let (items, left) = self.search_piece(&mut progress, &term, window).await?;
        tracing::info!(term, found = items.len(), left_seconds = left.until - left.since, "searched history");
        progress.history.insert(term, left);
        Ok(Page::new(items, Some(Cursor::new(&progress)), Again::Now))
    }

    /// The newest items within `window` that say `term`, and what is left of it.
    async fn search_piece(
        &mut self,
        progress: &mut Progress,
        term: &str,
        window: Window,
    ) -> Result<(Vec<Item>, Window), SourceError> {
        let found = self.client.search(term, window).await?;
        let ids: Vec<u64> = found.hits.iter().rev().filter_map(|hit| hit.object_id.parse().ok()).collect();
        let mut items = Vec::new();
        for (id, answer) in readable(self.client.items(ids).await)? {
            // Search and live interface differ for a moment only; a failed request is repeated with its whole page.
            let bytes = answer.ok_or_else(|| SourceError::later(format!("item {id} cannot be read")))?;
            items.extend(self.fate(progress, id, &bytes, Way::History, None));
        }
        self.find_stories(&mut items).await;
        let oldest = found.hits.iter().map(|hit| hit.created_at_i).min();
        let until = match oldest {
            // Others of the oldest second may not have fitted; but a page full of one second must not hold us.
            Some(oldest) if found.hits.len() >= HITS => oldest.saturating_add(1).min(window.until - 1),
            _ => window.since,
        };
        Ok((items, Window { until, ..window }))
    }
}

/// Keeps what could be read; an outage is one error instead of hundreds of missing items.
fn readable(answers: Vec<(u64, Result<Bytes, SourceError>)>) -> Result<Vec<(u64, Option<Bytes>)>, SourceError> {
    let failed = answers.iter().filter(|(_, answer)| answer.is_err()).count();
    if failed * 2 > answers.len() {
        return Err(answers.into_iter().find_map(|(_, answer)| answer.err()).unwrap_or_else(|| SourceError::later("")));
    }
    Ok(answers.into_iter().map(|(id, answer)| (id, answer.ok())).collect())
}

fn delete(id: u64, reason: &str, at: Timestamp) -> Item {
    let reason = Some(reason.to_owned());
    Item::Keep(Event::Delete(Delete { id: mention_id(id), source: SOURCE.to_owned(), reason, at }))
}

#[async_trait]
impl Source for HackerNewsSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        self.open_history(&mut progress);
        let look_is_due = self.next_look.is_none_or(|next| next <= Instant::now());
        if look_is_due || progress.last_id == 0 || !self.has_history(&progress) {
            return self.look(progress).await;
        }
        self.look_back(progress).await
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        self.estimate_history(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}
