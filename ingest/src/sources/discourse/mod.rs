//! Discourse: every new post of one forum.
//!
//! The forum lists its newest posts, and older ones below a number; numbers grow. A look begins with the newest and goes
//! down to the newest post of the look before, however long ago that was. Older versions of the software give the
//! posts of the 50 *numbers* below, of which many may be private: such a page may be empty and is not the end.
//!
//! Edits and deletions are not told: the newest 4,000 kept posts are looked at again once a day.

mod api;
mod config;
mod history;
mod parse;

use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Gap, Timestamp};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

pub use self::config::DiscourseConfig;
use self::{
    api::{Refusal, Topic},
    parse::{Read, Reading, SOURCE},
};
use crate::{
    client::{Api, ApiError, Auth, Request},
    http::{Answer, Limits, place, retry_after},
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::NEVER,
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

/// Numbers that older versions look through for one page.
const WINDOW: u64 = 50;

/// Most pages of one look: some 50,000 posts. What is older is a gap.
const MAX_PAGES: u32 = 1_000;

/// Reads a forum.
#[derive(Debug)]
pub struct DiscourseSource {
    api: Api,
    config: DiscourseConfig,
    context: SourceContext,
    rechecks: Rechecks,
    next_look: Instant,
    /// How far a look for history goes.
    back_to: Option<Timestamp>,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// All posts up to this number were read.
    last_id: u64,
    /// When that post was published. Unit: milliseconds since 1970.
    last_at: i64,
    /// A look that has not come down to `last_id` yet.
    look: Option<Look>,
    known: Memory,
}

/// A look under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Look {
    /// The next page is below this number.
    before: Option<u64>,
    /// The newest post that it found, and when that was published.
    newest: u64,
    newest_at: i64,
    pages: u32,
    /// When the oldest so far was published. Unit: milliseconds since 1970.
    #[serde(default)]
    reached_at: Option<i64>,
}

/// A post of a list: its number if that can be read, when it was published, and what becomes of it.
struct Seen {
    id: Option<u64>,
    /// Unit: milliseconds since 1970.
    at: Option<i64>,
    item: Item,
}

impl DiscourseSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(config: DiscourseConfig, context: SourceContext) -> Result<Self, SourceError> {
        let auth = config.api_key.clone().map_or(Auth::None, |key| Auth::Header("api-key", key));
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let api = Api::new(&config.url, auth, &context, limits)?.limited_by(limited);
        let rechecks = Rechecks::new(config.recheck.duration());
        Ok(Self { api, config, context, rechecks, next_look: Instant::now(), back_to: None })
    }

    fn get(&self, path: &str) -> Request<'_> {
        let request = self.api.get(path);
        if self.config.api_key.is_some() { request.header("api-username", &self.config.api_username) } else { request }
    }

    /// Reads one page of a look.
    async fn look(&mut self, progress: &mut Progress, mut look: Look) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let now = Timestamp::now();
        let body = self.get("posts.json").query_if("before", look.before).send().await?.body;
        let posts = parse::list(&body).map_err(SourceError::later)?;
        let mut items = Vec::with_capacity(posts.len());
        let (mut lowest, mut lowest_at) = (None, None);
        // The newest stands first.
        for post in posts.iter().rev() {
            let Seen { id, at, item } = self.item(progress, body.slice_ref(post.get().as_bytes()), None, now);
            let Some(id) = id else {
                items.push(item);
                continue;
            };
            lowest = Some(lowest.map_or(id, |lowest: u64| lowest.min(id)));
            lowest_at = lowest_at.or(at);
            if id > look.newest {
                (look.newest, look.newest_at) = (id, at.unwrap_or(now.as_millis()));
            }
            // What was read before counts only if it changed since.
            if id > progress.last_id || matches!(item, Item::Keep(_)) {
                items.push(item);
            }
        }
        look.pages += 1;
        look.reached_at = lowest_at.or(look.reached_at);
        let is_down = match self.back_to {
            Some(from) => look.reached_at.is_some_and(|at| at < from.as_millis()),
            None => progress.last_id == 0 || lowest.is_some_and(|lowest| lowest <= progress.last_id),
        };
        let below = match (lowest, look.before) {
            (Some(lowest), before) if before.is_none_or(|before| lowest < before) => Some(lowest),
            (_, before) => before.map(|before| before.saturating_sub(WINDOW - 1)),
        };
        let goes_on = below.filter(|below| !is_down && *below > progress.last_id + 1);
        if let Some(below) = goes_on.filter(|_| look.pages < MAX_PAGES || self.back_to.is_some()) {
            progress.look = Some(Look { before: Some(below), ..look });
            return Ok((items, None));
        }
        let gap = goes_on.map(|_| Gap {
            from: Timestamp::from_millis(progress.last_at),
            to: Timestamp::from_millis(lowest_at.unwrap_or(look.newest_at)),
            why: format!("more than {MAX_PAGES} pages of new posts"),
        });
        if look.newest > progress.last_id {
            (progress.last_id, progress.last_at) = (look.newest, look.newest_at);
        }
        progress.look = None;
        self.next_look = Instant::now() + self.back_to.map_or(self.config.poll_interval.duration(), |_| NEVER);
        Ok((items, gap))
    }

    fn item(&self, progress: &mut Progress, bytes: Bytes, title: Option<&str>, now: Timestamp) -> Seen {
        match parse::post(&bytes, title, self.api.base(), now) {
            Ok(Read { id, published, reading, .. }) => {
                // A clock that is ahead must not hide what comes after.
                let at = published.map(|at| at.min(now).as_millis());
                Seen { id: Some(id), at, item: self.fate(progress, id, reading, now) }
            }
            Err(rejection) => {
                let item = Item::Reject { raw: bytes.clone(), place: place(self.api.base()), rejection };
                Seen { id: parse::id_of(&bytes), at: None, item }
            }
        }
    }

    fn fate(&self, progress: &mut Progress, id: u64, reading: Reading, now: Timestamp) -> Item {
        let key = parse::key(self.api.base(), id);
        match reading {
            Reading::Mention(mention) => {
                let wanted = self.config.everything || self.context.wants(&mention);
                progress.known.judge(&key, *mention, wanted, now)
            }
            Reading::Gone(reason) => progress.known.lost(&key, SOURCE, reason, now),
            Reading::Nothing(reason) => Item::Drop(reason),
        }
    }

    /// Looks at a kept post again. News must not wait for it, so of its troubles only a limit is passed on.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Option<Item>, SourceError> {
        let Some(known) = self.rechecks.due(&progress.known, 1).into_iter().next() else { return Ok(None) };
        let id = known.key.rsplit(':').next().unwrap_or_default();
        let now = Timestamp::now();
        let item = match self.read_again(progress, id, now).await {
            Ok(item) => item,
            Err(error) if is_gone(&error, self.config.api_key.is_some()) => {
                progress.known.lost(&known.key, SOURCE, "author", now)
            }
            Err(error) => match SourceError::from(error) {
                SourceError::Later { error, wait: Some(wait) } => {
                    return Err(SourceError::Later { error, wait: Some(wait) });
                }
                error => {
                    tracing::warn!(forum = self.api.base().host_str(), %error, "cannot look at a post again");
                    return Ok(None);
                }
            },
        };
        Ok(Some(item))
    }

    async fn read_again(&self, progress: &mut Progress, id: &str, now: Timestamp) -> Result<Item, ApiError> {
        let bytes = self.get(&format!("posts/{id}.json")).send().await?.body;
        if parse::id_of(&bytes).is_none() {
            return Err(ApiError::Failed("not a post".to_owned()));
        }
        // A post by itself does not tell the title of the topic that it begins.
        let begins = parse::post(&bytes, None, self.api.base(), now).ok().and_then(|read| read.begins);
        let title = match begins {
            Some(topic) => Some(self.get(&format!("t/{topic}.json")).json::<Topic>().await?.title),
            None => None,
        };
        Ok(self.item(progress, bytes, title.as_deref(), now).item)
    }
}

/// Whether a post is gone, or no longer public; a forum that lets nobody in says so with another word. One that we have a
/// key for says the same of a key that it no longer takes, so that proves nothing.
fn is_gone(error: &ApiError, with_key: bool) -> bool {
    let says = |body: &Bytes| serde_json::from_slice::<Refusal>(body).unwrap_or_default().error_type;
    let is_private =
        |(status, body): (StatusCode, &Bytes)| status == StatusCode::FORBIDDEN && says(body) == "invalid_access";
    error.is_gone() || !with_key && error.refusal().is_some_and(is_private)
}

/// How long a limit lasts: a header, or else the number in its text.
fn limited(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let said = || serde_json::from_slice::<Refusal>(&answer.body).ok()?.extras.wait_seconds.map(Duration::from_secs);
    retry_after(&answer.headers, now).or_else(|| said().filter(|_| answer.status == StatusCode::TOO_MANY_REQUESTS))
}

#[async_trait]
impl Source for DiscourseSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        let is_due = progress.look.is_some() || self.next_look <= Instant::now();
        let (items, gap) = if is_due {
            let look = progress.look.unwrap_or_default();
            self.look(&mut progress, look).await?
        } else {
            (self.recheck(&mut progress).await?.into_iter().collect(), None)
        };
        if self.back_to.is_some() {
            progress.known = Memory::default();
        }
        let wait = self.next_look.saturating_duration_since(Instant::now());
        let again = match progress.look {
            Some(_) => Again::Now,
            None if is_due => Again::Now,
            None => Again::After(wait.min(self.rechecks.pause())),
        };
        let next = (progress != before).then(|| Cursor::new(&progress));
        Ok(Page { gaps: gap.into_iter().collect(), ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
