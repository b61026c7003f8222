//! Apple's App Store: reviews of apps, by the public feed or, for apps of one's own, by App Store Connect.
//!
//! **The public feed** gives the newest 500 reviews of one store, by the time of their last edit; it is hours behind,
//! and sometimes empty for no reason: a review that is not in it is not deleted. **App Store Connect** gives all
//! reviews of all stores; kept ones are looked at again, so deletions are seen. The two call a review by different ids,
//! so use one of them for an app.
//!
//! Reviews appear days after they were written, so a look goes three days further back than the newest known one.

mod api;
mod config;
mod history;
mod key;
mod look;
mod parse;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use hark_mention::Timestamp;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

pub use self::config::{AppStoreConfig, ConnectConfig};
use self::parse::{Reading, SOURCE};
use crate::{
    budget::Budget,
    client::{Api, Auth},
    http::{Answer, Limits, retry_after},
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Pages of the public feed, 50 reviews each.
const FEED_PAGES: u32 = 10;

/// Reviews of one page of App Store Connect, which is the most.
const CONNECT_PAGE: usize = 200;

/// How long a review may take to appear. Unit: milliseconds.
const LATE: i64 = 3 * 86_400_000;

/// How long to leave Apple alone when it says no without saying how long.
const LIMIT: Duration = Duration::from_secs(300);

/// Reads the reviews of some apps.
#[derive(Debug)]
pub struct AppStoreSource {
    api: Api,
    config: AppStoreConfig,
    /// Only for what Apple tells of its own limit.
    budget: Budget,
    lists: Vec<List>,
    rechecks: Rechecks,
    next_list: usize,
    next_look: Instant,
    next_request: Instant,
    /// How far looks for history go.
    back_to: Option<Timestamp>,
}

/// The reviews of one app: in one store, or in all of them by App Store Connect.
#[derive(Clone, Debug)]
struct List {
    app: String,
    country: Option<String>,
}

impl List {
    /// The name under which its progress is kept.
    fn key(&self) -> String {
        self.country.as_ref().map_or_else(|| self.app.clone(), |country| format!("{} {country}", self.app))
    }
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    lists: BTreeMap<String, Place>,
    known: Memory,
}

/// How far a list was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// The time of the newest review that was read, in milliseconds since 1970; `None` before the first look.
    newest: Option<i64>,
    /// A look that has not come down far enough yet.
    look: Option<Look>,
}

/// A look under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Look {
    /// Pages that were read.
    pages: u32,
    /// The address of the next one, where that is given.
    next: Option<String>,
    newest: Option<i64>,
    /// The time of the oldest so far.
    #[serde(default)]
    oldest: Option<i64>,
}

/// The reviews of one page, and where the next one is.
struct Found {
    items: Vec<Item>,
    count: usize,
    newest: Option<i64>,
    oldest: Option<i64>,
    next: Option<String>,
}

impl AppStoreSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(config: AppStoreConfig, context: SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let (api, countries) = match &config.connect {
            Some(connect) => {
                let auth = Auth::Token(key::tokens(connect));
                (Api::new(&connect.base_url, auth, &context, limits)?.limited_by(connect_limit), vec![None])
            }
            None => {
                let api = Api::new(&config.base_url, Auth::None, &context, limits)?.limited_by(feed_limit);
                (api, config.countries.iter().map(|country| Some(country.to_ascii_lowercase())).collect())
            }
        };
        let lists = |app: &String| -> Vec<List> {
            countries.iter().map(|country| List { app: app.clone(), country: country.clone() }).collect()
        };
        let lists: Vec<List> = config.apps.iter().flat_map(lists).collect();
        if lists.is_empty() {
            return Err(SourceError::Setup("needs `apps`".to_owned()));
        }
        let (now, rechecks) = (Instant::now(), Rechecks::new(config.recheck.duration()));
        let budget = context.budget.clone();
        Ok(Self {
            api,
            budget,
            lists,
            rechecks,
            config,
            next_list: 0,
            next_look: now,
            next_request: now,
            back_to: None,
        })
    }

    /// How long until a kept review is looked at again.
    fn recheck_pause(&self) -> Duration {
        if self.config.connect.is_some() { self.rechecks.pause() } else { Duration::MAX }
    }

    /// Looks at a kept review again, with App Store Connect. News must not wait for it, so of its troubles only a limit
    /// is passed on.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Option<Item>, SourceError> {
        if self.config.connect.is_none() {
            return Ok(None);
        }
        let Some(known) = self.rechecks.due(&progress.known, 1).into_iter().next() else { return Ok(None) };
        let now = Timestamp::now();
        let Some((app, id)) = known.key.split_once('/') else { return Ok(None) };
        let id = id.trim_start_matches(SOURCE).trim_start_matches(':');
        let error = match self.api.get(&format!("v1/customerReviews/{id}")).send().await {
            Ok(answer) => {
                let json = parse::one(&answer.body).map_err(SourceError::later)?;
                let reading = parse::connect(json.get().as_bytes(), app, &HashMap::new(), now);
                return Ok(match reading {
                    Ok(Reading::Mention(mention)) => Some(progress.known.judge(&known.key, *mention, true, now)),
                    _ => None,
                });
            }
            Err(error) if error.is_gone() => return Ok(Some(progress.known.lost(&known.key, SOURCE, "removed", now))),
            Err(error) => SourceError::from(error),
        };
        match error {
            SourceError::Later { wait: Some(_), .. } => Err(error),
            error => {
                tracing::warn!(%error, "cannot look at a review again");
                Ok(None)
            }
        }
    }
}

/// The public feed says no by 403 and 503 when it is asked too often; it has no other reasons.
fn feed_limit(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let is_limit = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    retry_after(&answer.headers, now).or_else(|| is_limit.then_some(LIMIT))
}

/// App Store Connect counts the requests of the last hour: some are free again before long.
fn connect_limit(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let is_limit = answer.status == StatusCode::TOO_MANY_REQUESTS;
    retry_after(&answer.headers, now).or_else(|| is_limit.then_some(LIMIT))
}

#[async_trait]
impl Source for AppStoreSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        progress.lists.retain(|key, _| self.lists.iter().any(|list| list.key() == *key));
        let pause = |until: Instant| until.saturating_duration_since(Instant::now());
        let wait = pause(self.next_request);
        if !wait.is_zero() {
            return Ok(Page::new(Vec::new(), None, Again::After(wait)));
        }
        let is_under_way = self.next_list > 0 || progress.lists.values().any(|place| place.look.is_some());
        let is_due = is_under_way || self.next_look <= Instant::now();
        let items = match is_due {
            true => self.look(&mut progress).await?,
            false => self.recheck(&mut progress).await?.into_iter().collect(),
        };
        if self.back_to.is_some() {
            progress.known = Memory::default();
        }
        let wait = if is_due { pause(self.next_request) } else { pause(self.next_look).min(self.recheck_pause()) };
        let next = (progress != before).then(|| Cursor::new(&progress));
        Ok(Page::new(items, next, Again::After(wait)))
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
