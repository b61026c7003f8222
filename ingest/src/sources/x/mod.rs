//! X: posts that say what is listened for, by the recent search or the filtered stream, within a budget.
//!
//! **Money.** X bills what it sends, so what an answer can cost at most is taken from the budget before it is asked
//! for, and what it did not cost is given back. A budget that is used up ends the day; the next day goes on where this
//! one ended, up to seven days back.
//!
//! **Deletions.** Neither search nor stream tells them. Once a day all collected posts are looked up as a list (a batch
//! compliance job, which costs nothing), and those that are gone are deleted here too.
//!
//! **The stream** can lose posts when it breaks. So the search goes over the time of each interruption, a minute after
//! the stream stands again, because the search learns of posts late.

mod api;
mod client;
mod compliance;
mod config;
mod history;
mod ids;
mod parse;
mod query;
mod state;
mod stream;

use std::{collections::VecDeque, time::Duration};

use async_trait::async_trait;
use hark_mention::{Delete, DropReason, Event, Gap, Mention, Timestamp};
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::time::Instant;

pub use self::config::{Spending, XConfig};
use self::{
    api::Includes,
    client::Client,
    compliance::Checker,
    parse::{Included, SOURCE, What},
    query::{MAX_RULE, MAX_SEARCH},
    state::{Progress, Search, key},
    stream::Stream,
};
use crate::{
    budget::{Budget, BudgetConfig},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// Fewest and most posts that one search can ask for.
const MIN_RESULTS: u64 = 10;
const MAX_RESULTS: u64 = 100;

/// How long after the stream stands the search goes over what was missed.
const SEARCH_LAG: Duration = Duration::from_secs(60);

/// Reads X.
#[derive(Debug)]
pub struct XSource {
    client: Client,
    config: XConfig,
    context: SourceContext,
    budget: Budget,
    queries: Vec<String>,
    /// Queries that are still to be searched in this round.
    due: VecDeque<String>,
    /// When the next round begins; at once when there was none.
    next_round: Option<Instant>,
    checker: Checker,
    stream: Option<Stream>,
}

impl XSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the token is missing, the address is none, or there is nothing to ask for.
    pub fn new(config: XConfig, context: SourceContext) -> Result<Self, SourceError> {
        let queries = config.asked(&context.terms, MAX_SEARCH);
        if queries.is_empty() {
            return Err(SourceError::Setup(config.nothing_to_ask(&context.terms)));
        }
        let per_day = config.budget.posts_per_day();
        let budget = context.budget.clone().limited(Some(BudgetConfig { per_day }), TimeZone::UTC);
        let client = Client::new(&config, &context)?;
        let stream = config.stream.then(|| Stream::new(config.asked(&context.terms, MAX_RULE)));
        let checker = Checker::new(config.recheck.duration());
        Ok(Self { client, config, context, budget, queries, due: VecDeque::new(), next_round: None, checker, stream })
    }

    /// Searches one page of the query that is due, if one is.
    async fn search(&mut self, progress: &mut Progress) -> Result<Option<Found>, SourceError> {
        if self.due.is_empty() && self.next_round.is_none_or(|next| next <= Instant::now()) {
            self.due.extend(self.queries.iter().cloned());
            self.next_round = None;
        }
        let Some(query) = self.due.front().cloned() else { return Ok(None) };
        let now = Timestamp::now();
        let first = now.as_millis().saturating_sub(millis(self.config.history.duration()));
        let search = progress.searches.entry(key(&query)).or_insert_with(|| Search::new(first));
        let (start, gap) = search.start(now.as_millis());
        let most = self.affordable().await?;
        let page = self.client.search(&query, start, search.walk.map(|walk| walk.until), most).await?;
        self.give_back(most, page.data.len(), &page.includes);
        let ids: Vec<u64> = page.data.iter().filter_map(parse::id).collect();
        search.note(&ids, page.meta.next_token.is_some(), now.as_millis());
        if search.walk.is_none() {
            self.due.pop_front();
        }
        if self.due.is_empty() {
            // A stream needs the search only after an interruption.
            let pause = if self.stream.is_some() { Duration::MAX } else { self.config.poll_interval.duration() };
            self.next_round = Instant::now().checked_add(pause).or_else(far_away);
        }
        let items = self.items(&page.data, &page.includes, progress);
        Ok(Some(Found { items, gap: gap.map(too_old) }))
    }

    /// How many posts can be asked for, after taking from the budget what they cost at most.
    async fn affordable(&self) -> Result<u64, SourceError> {
        let each = self.config.units_per_post();
        let left = self.budget.left().unwrap_or(u64::MAX) / each;
        let most = left.clamp(MIN_RESULTS, MAX_RESULTS);
        self.budget.spend(most * each).await?;
        Ok(most)
    }

    fn give_back(&self, asked: u64, posts: usize, includes: &Includes) {
        let authors = if self.config.authors { includes.users.len() } else { 0 };
        let cost = u64::try_from(posts + 2 * authors).unwrap_or(u64::MAX);
        self.budget.give_back((asked * self.config.units_per_post()).saturating_sub(cost));
    }

    /// What becomes of posts, the oldest first.
    fn items(&self, posts: &[Value], includes: &Includes, progress: &mut Progress) -> Vec<Item> {
        let (included, now) = (Included::new(includes), Timestamp::now());
        let fate = |post: &Value| match parse::post(post, &included, now) {
            Ok(What::Post(mention)) => self.fate(*mention, progress),
            Ok(What::Nothing(reason)) => Item::Drop(reason),
            Err(rejection) => {
                let place = parse::id(post).map_or_else(|| SOURCE.to_owned(), |id| format!("post {id}"));
                Item::Reject { raw: post.to_string().into(), place, rejection }
            }
        };
        posts.iter().rev().map(fate).collect()
    }

    fn fate(&self, mention: Mention, progress: &mut Progress) -> Item {
        // What the operator asked for in X's own language is kept as X finds it.
        if !self.config.queries.is_empty() || self.context.wants(&mention) {
            progress.ids.insert(parse::number(&mention.id));
            return Item::Keep(Event::Upsert(Box::new(mention)));
        }
        if mention.revision == 0 {
            return Item::Drop(DropReason::NoQueryMatched);
        }
        // An edit after which no query matches: what was kept of the post has to go.
        progress.ids.remove(parse::number(&mention.id));
        let at = Timestamp::from_millis(i64::try_from(mention.revision).unwrap_or(i64::MAX));
        let reason = Some("edited".to_owned());
        Item::Keep(Event::Delete(Delete { id: mention.id, source: SOURCE.to_owned(), reason, at }))
    }

    /// One search, or nothing until the next is due.
    async fn look(&mut self, mut progress: Progress) -> Result<Page, SourceError> {
        let gone = self.checker.look(&self.client, &mut progress).await;
        let found = self.search(&mut progress).await?.unwrap_or_default();
        let wait = self.next_round.map(|next| next.saturating_duration_since(Instant::now()));
        let again = wait.filter(|_| self.due.is_empty()).map_or(Again::Now, Again::After);
        let items = gone.into_iter().chain(found.items).collect();
        let gaps = found.gap.into_iter().collect();
        Ok(Page { gaps, ..Page::new(items, Some(Cursor::new(&progress)), again) })
    }
}

/// What a search brought.
#[derive(Default)]
struct Found {
    items: Vec<Item>,
    gap: Option<Gap>,
}

fn too_old((from, to): (i64, i64)) -> Gap {
    let why = "X's search reaches only seven days back".to_owned();
    Gap { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to), why }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A day that never comes: the search then waits until the stream asks for it.
fn far_away() -> Option<Instant> {
    Instant::now().checked_add(Duration::from_secs(100 * 365 * 24 * 3600))
}

#[async_trait]
impl Source for XSource {
    async fn probe(&mut self) -> Result<String, SourceError> {
        // A search would cost money; a look at the project's rules does not.
        let rules = self.client.rules().await?;
        Ok(format!("the token is taken; the project's stream has {} rules", rules.data.len()))
    }

    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        match self.stream.take() {
            None => self.look(after.map(Cursor::read).transpose()?.unwrap_or_default()).await,
            Some(mut stream) => {
                // Out of `self` while it is read; a call that is dropped half-way drops the connection only.
                self.stream = Some(stream.without_connection());
                let page = self.listen(&mut stream, after).await;
                self.stream = Some(stream);
                page
            }
        }
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        self.count_history(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}
