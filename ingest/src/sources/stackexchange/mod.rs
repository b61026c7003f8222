//! Stack Exchange: questions and answers of Stack Overflow and its sister sites that hold certain words or tags.
//!
//! The search tells where something was found, by its last activity, so that edits come along; the texts are then
//! asked for, a hundred at once. Each kept post is looked at again once a day: what the site leaves out is deleted.
//!
//! **Limits**: a number of requests a day, which [`Budget`] keeps, and a `backoff` with any answer, after which the
//! same method must rest. The rest is kept in the cursor, for it outlives a restart.

mod api;
mod config;
mod history;
mod look;
mod parse;
mod posts;
mod question;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::config::StackExchangeConfig;
use self::question::{Question, What};
use crate::{
    budget::{Budget, BudgetConfig},
    client::{Api, Auth},
    http::{Limits, place},
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Items of one page, and ids of one request.
const PAGE: usize = 100;

/// Deepest page that can be asked for without a log-in.
const MAX_PAGES: u32 = 25;

/// So much longer than a `backoff` asks is waited, for clocks and networks differ.
const MARGIN: Duration = Duration::from_secs(2);

/// Reads sites of Stack Exchange.
#[derive(Debug)]
pub struct StackExchangeSource {
    api: Api,
    config: StackExchangeConfig,
    budget: Budget,
    questions: Vec<Question>,
    /// What to keep of what is found, where the words are those of the brands.
    kept: SourceContext,
    rechecks: Rechecks,
    /// Until when each method must rest. Unit: milliseconds since 1970.
    rests: BTreeMap<String, i64>,
    next_question: usize,
    next_look: Instant,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    places: BTreeMap<String, Place>,
    rests: BTreeMap<String, i64>,
    known: Memory,
}

/// How far a question was answered. Times in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Everything with its last activity before this was read.
    since: i64,
    /// A look that has not come to its last page: the next one, and the latest activity that it found.
    look: Option<(u32, i64)>,
}

impl StackExchangeSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(mut config: StackExchangeConfig, context: SourceContext) -> Result<Self, SourceError> {
        let is_derived = config.search.is_empty() && config.tags.is_empty();
        if is_derived {
            config.search = context.terms.searches(config.most_words())?;
        }
        let auth = config.key.clone().map_or(Auth::None, |key| Auth::Query("key", key));
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let api =
            Api::new(&config.base_url, auth, &context, limits)?.limited_by(|answer, _| parse::limit(&answer.body));
        let per_day = config.allowed();
        let budget = context.budget.clone().limited(Some(BudgetConfig { per_day }), TimeZone::UTC);
        let words = config.search.iter().cloned().map(What::Words);
        let what: Vec<What> = words.chain(config.tags.iter().cloned().map(What::Tag)).collect();
        let of_site = |site: &String| -> Vec<Question> {
            what.iter().map(|what| Question { site: site.clone(), what: what.clone() }).collect()
        };
        let questions: Vec<Question> = config.sites.iter().flat_map(of_site).collect();
        Ok(Self {
            api,
            rechecks: Rechecks::new(config.recheck.duration()),
            questions,
            kept: if is_derived { context } else { SourceContext::default() },
            budget,
            config,
            rests: BTreeMap::new(),
            next_question: 0,
            next_look: Instant::now(),
        })
    }

    /// Asks `method`, and notes what the answer says of limits.
    async fn ask(&mut self, method: &str, path: &str, query: &[(&str, String)]) -> Result<Bytes, SourceError> {
        let now = Timestamp::now().as_millis();
        if let Some(rest) =
            self.rests.get(method).and_then(|until| u64::try_from(until - now).ok()).filter(|rest| *rest > 0)
        {
            let error = format!("`{method}` must rest, as the site asked");
            return Err(SourceError::Later { error, wait: Some(Duration::from_millis(rest)) });
        }
        self.budget.spend(1).await?;
        let request = query.iter().fold(self.api.get(path), |request, (key, value)| request.query(key, value));
        let body = request.query("pagesize", PAGE).send().await?.body;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        if let Some(left) = around.quota_remaining {
            self.budget.note_left(left);
        }
        if let Some(seconds) = around.backoff {
            let rest = Duration::from_secs(seconds).saturating_add(MARGIN);
            let rest = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
            self.rests.insert(method.to_owned(), now.saturating_add(rest));
        }
        Ok(body)
    }

    fn reject(&self, raw: Bytes, rejection: hark_mention::Rejection) -> Item {
        Item::Reject { raw, place: place(self.api.base()), rejection }
    }
}

#[async_trait]
impl Source for StackExchangeSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        progress.places.retain(|key, _| self.questions.iter().any(|question| question.key() == *key));
        let now = Timestamp::now().as_millis();
        for (method, until) in &progress.rests {
            let own = self.rests.entry(method.clone()).or_default();
            *own = (*own).max(*until);
        }
        self.rests.retain(|_, until| *until > now);
        let is_due = self.next_question > 0 || self.next_look <= Instant::now();
        let (items, gap) =
            if is_due { self.look(&mut progress).await? } else { (self.recheck(&mut progress).await?, None) };
        progress.rests = self.rests.clone();
        let wait = self.next_look.saturating_duration_since(Instant::now()).min(self.rechecks.pause());
        let again = if is_due || wait.is_zero() { Again::Now } else { Again::After(wait) };
        let next = (progress != before).then(|| Cursor::new(&progress));
        Ok(Page { gaps: gap.into_iter().collect(), ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        self.count_history(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}
