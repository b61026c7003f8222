//! What was published in a period, by the network's search: term by term, the newest first.
//!
//! The search is asked with an account, for without one it mostly answers 403, and by time instead of its own cursor,
//! which need not reach the end.

use std::time::Duration;

use hark_mention::{DropReason, Event, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    BlueskySource,
    api::{Found, SearchPage},
    config::BlueskyConfig,
    parse::{self, SOURCE},
};
use crate::{
    client::{Api, Auth, Exchange, Token},
    http::{Http, Limits},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, SourceContext, SourceError},
};

/// Posts of one answer, the most that the search gives.
const HITS: usize = 100;

const LIMITS: Limits = Limits { timeout: Duration::from_secs(30), max_bytes: 8 << 20 };

/// The search, with the account that asks.
#[derive(Debug)]
pub(super) struct Search {
    api: Api,
}

/// What is still to be searched: the terms, and of the first one what is before `until`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Left {
    terms: Vec<String>,
    until: Timestamp,
}

impl Search {
    /// The search, when an account is configured.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none.
    pub(super) fn new(config: &BlueskyConfig, context: &SourceContext) -> Result<Option<Self>, SourceError> {
        let (Some(account), Some(password)) = (config.account.clone(), config.password.clone()) else {
            return Ok(None);
        };
        let http = Http::new(context, LIMITS)?;
        let session = format!("{}/com.atproto.server.createSession", config.search_url.trim_end_matches('/'));
        let exchange = Exchange::new(http, &session, move || {
            let password = password.reveal().map_err(SourceError::setup)?;
            Ok(vec![("identifier", account.clone()), ("password", password)])
        })?;
        let auth = Auth::Token(Token::exchanged(exchange.with_json()));
        Ok(Some(Self { api: Api::new(&config.search_url, auth, context, LIMITS)? }))
    }

    async fn ask(&self, term: &str, from: Timestamp, until: Timestamp) -> Result<SearchPage, SourceError> {
        let request = self.api.get("app.bsky.feed.searchPosts");
        // Tags are found by their key; the search leaves out `#`.
        let request = match term.strip_prefix('#') {
            Some(tag) => request.query("q", "*").query("tag", tag),
            None => request.query("q", format!("\"{}\"", term.replace('"', " "))),
        };
        let request = request.query("sort", "latest").query("since", from).query("until", until).query("limit", HITS);
        Ok(request.json().await?)
    }
}

impl BlueskySource {
    pub(super) async fn estimate_history(&mut self, period: Period) -> Result<Estimate, SourceError> {
        let terms = self.history_terms()?;
        let mut mentions = Some(0);
        for term in &terms {
            let total = self.search()?.ask(term, period.from, period.to).await?.total;
            mentions = mentions.zip(total).map(|(mentions, total)| mentions + total);
        }
        let requests = mentions.map_or(0, |mentions| mentions / HITS as u64) + terms.len() as u64;
        let note = "a post that several terms find is counted for each; deleted posts are not found; the network asks not \
                    to use its search for bulk";
        Ok(Estimate { mentions, requests, units: None, note: Some(note.to_owned()) })
    }

    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let all = self.history_terms()?;
        let mut left = match after {
            Some(after) => after.read()?,
            None => Left { terms: all.clone(), until: period.to },
        };
        let Some(term) = left.terms.first().cloned() else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let found = self.search()?.ask(&term, period.from, left.until).await?;
        let (items, oldest) = self.found(&found);
        left.until = match oldest {
            // Others of the oldest millisecond may not have fitted; but a page full of one must not hold us.
            Some(oldest) if found.posts.len() >= HITS => after_millis(oldest, 1).min(after_millis(left.until, -1)),
            _ => period.from,
        };
        if left.until <= period.from {
            left.terms.remove(0);
            left.until = period.to;
        }
        let again = if left.terms.is_empty() { Again::Never } else { Again::Now };
        let done = done(&left, all.len(), period);
        Ok(Backfilled { page: Page::new(items, Some(Cursor::new(&left)), again), done })
    }

    /// The fates of the posts on a page, the oldest first, and by when the oldest of them is sorted.
    fn found(&self, page: &SearchPage) -> (Vec<Item>, Option<Timestamp>) {
        let (mut items, mut oldest) = (Vec::new(), None::<Timestamp>);
        for raw in page.posts.iter().rev() {
            let read = match parse::found(raw.get().as_bytes(), Timestamp::now()) {
                Ok(read) => read,
                Err(rejection) => {
                    let raw = raw.get().as_bytes().to_vec().into();
                    items.push(Item::Reject { raw, place: format!("{SOURCE} search"), rejection });
                    continue;
                }
            };
            let Found { mention, languages, sorted_at } = read;
            oldest = Some(oldest.map_or(sorted_at, |oldest| oldest.min(sorted_at)));
            items.push(if mention.text.is_empty() {
                Item::Drop(DropReason::Empty)
            } else if self.speaks(&languages) && self.context.wants(&mention) {
                Item::Keep(Event::Upsert(mention))
            } else {
                Item::Drop(DropReason::NoQueryMatched)
            });
        }
        (items, oldest)
    }

    fn search(&self) -> Result<&Search, SourceError> {
        let how = "history needs an account to search with: set `account` and `password`, an app password";
        self.search.as_ref().ok_or_else(|| SourceError::setup(how))
    }

    fn history_terms(&self) -> Result<Vec<String>, SourceError> {
        let terms = &self.context.terms;
        if terms.words.is_empty() {
            let because = terms.because.as_deref().unwrap_or("no brand is configured");
            return Err(SourceError::Setup(format!("history is searched by words, and there are none: {because}")));
        }
        Ok(terms.words.clone())
    }
}

fn after_millis(time: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_add(millis))
}

fn done(left: &Left, terms: usize, period: Period) -> f64 {
    let length = |to: Timestamp| (to.as_millis() - period.from.as_millis()).max(0) as f64;
    let (all, later) =
        (length(period.to) * terms as f64, left.terms.len().saturating_sub(1) as f64 * length(period.to));
    let current = if left.terms.is_empty() { 0.0 } else { length(left.until) };
    if all > 0.0 { 1.0 - (later + current) / all } else { 1.0 }
}
