//! RSS, Atom and JSON Feed: one source holds many feeds and looks at each when it is due.
//!
//! A mention's id is `rss:` and the item's guid; a guid that is no URL, tag or URN stands after the configured
//! address of its feed, for another feed may use the same one. Without a guid it is the item's link, and without that
//! a hash of its title and date. All of these stay the same from look to look as long as the publisher keeps them.

mod api;
mod changes;
mod config;
mod date;
mod encoding;
mod parse;
mod poll;
mod state;
mod xml;

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use hark_mention::Timestamp;
use tokio::task::{Id, JoinSet};
use url::Url;

pub use self::config::RssConfig;
use self::{
    poll::{Poll, Polled},
    state::{FeedState, MAX_SEEN, Progress},
};
use crate::{
    http::{Http, Limits},
    source::{Again, Cursor, Page, Part, Source, SourceContext, SourceError},
};

/// How long one call waits for the feeds that are being looked at.
const PATIENCE: Duration = Duration::from_secs(1);

/// A page is given back once it has so many items; further feeds come with the next one.
const FULL_PAGE: usize = 2_000;

/// Reads the feeds of one `[[source]]`.
#[derive(Debug)]
pub struct RssSource {
    http: Http,
    feeds: Vec<Url>,
    interval: Duration,
    concurrency: usize,
    /// Looks under way. They survive a call that is dropped, and end with the source.
    running: JoinSet<Polled>,
    /// Which feed each of them is for.
    looking_at: HashMap<Id, String>,
    /// When each feed is due, in milliseconds since 1970. A cursor is written only when a feed changed; until then
    /// this is newer than what the cursor says.
    due: HashMap<String, i64>,
}

impl std::fmt::Debug for Polled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Polled").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl RssSource {
    /// Prepares to read the feeds; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(config: RssConfig, context: SourceContext) -> Result<Self, SourceError> {
        let url = |text: &String| {
            config::feed_url(text).ok_or_else(|| SourceError::Setup(format!("`{text}` is no http or https address")))
        };
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: config.max_bytes.bytes() };
        Ok(Self {
            http: Http::new(&context, limits)?,
            feeds: config.urls.iter().map(url).collect::<Result<_, _>>()?,
            interval: config.poll_interval.duration(),
            concurrency: config.concurrency,
            running: JoinSet::new(),
            looking_at: HashMap::new(),
            due: HashMap::new(),
        })
    }

    /// Begins to look at the feeds that are due, as far as there is room.
    fn start_due(&mut self, progress: &Progress, now: i64) {
        let room = MAX_SEEN / self.feeds.len().max(1);
        for configured in &self.feeds {
            if self.running.len() >= self.concurrency {
                return;
            }
            let key = configured.as_str();
            let state = progress.feeds.get(key).cloned().unwrap_or_default();
            let is_running = self.looking_at.values().any(|running| running == key);
            if state.gone || is_running || self.due_at(key, &state) > now {
                continue;
            }
            let poll = Poll { configured: configured.clone(), state, interval: self.interval, room };
            let task = self.running.spawn(poll.run(self.http.clone()));
            self.looking_at.insert(task.id(), key.to_owned());
        }
    }

    fn due_at(&self, key: &str, state: &FeedState) -> i64 {
        self.due.get(key).copied().unwrap_or(state.due)
    }

    /// Waits for the first look to end, and takes along what else has ended by then.
    async fn finished(&mut self) -> Vec<(String, Option<Polled>)> {
        let mut ended = Vec::new();
        let mut next = tokio::time::timeout(PATIENCE, self.running.join_next_with_id()).await.ok().flatten();
        let mut items = 0;
        while let Some(result) = next {
            let (id, polled) = match result {
                Ok((id, polled)) => (id, Some(polled)),
                Err(error) => (error.id(), None),
            };
            items += polled.as_ref().map_or(0, |polled| polled.items.len());
            ended.extend(self.looking_at.remove(&id).map(|key| (key, polled)));
            next = if items < FULL_PAGE { self.running.try_join_next_with_id() } else { None };
        }
        ended
    }

    fn again(&self, progress: &Progress) -> Again {
        let states = self.feeds.iter().map(|feed| (feed.as_str(), progress.feeds.get(feed.as_str())));
        let alive = states.filter(|(_, state)| state.is_none_or(|state| !state.gone));
        let due = alive.map(|(key, state)| self.due_at(key, state.unwrap_or(&FeedState::default()))).min();
        match due {
            None => Again::Never,
            Some(_) if !self.running.is_empty() => Again::Now,
            Some(due) => {
                let wait = due.saturating_sub(Timestamp::now().as_millis());
                u64::try_from(wait).map_or(Again::Now, |millis| Again::After(Duration::from_millis(millis)))
            }
        }
    }
}

#[async_trait]
impl Source for RssSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        self.start_due(&progress, Timestamp::now().as_millis());
        let ended = self.finished().await;
        let mut items = Vec::new();
        let mut changed = false;
        // Those that are gone for good are not looked at again, and told of once.
        let gone = progress.feeds.iter().filter(|(_, state)| state.gone && self.due.is_empty());
        let mut parts: Vec<Part> = gone.filter_map(|(key, _)| Some(poll::gone(&config::feed_url(key)?))).collect();
        for (key, polled) in ended {
            // A look that died is one that failed without a trace: the feed is looked at again in its time.
            let retry = Timestamp::now().as_millis().saturating_add(self.interval.as_millis() as i64);
            self.due.insert(key.clone(), polled.as_ref().map_or(retry, |polled| polled.state.due));
            let Some(polled) = polled else { continue };
            parts.push(polled.part);
            items.extend(polled.items);
            let before = progress.feeds.get(&key);
            changed |=
                before.is_none_or(|before| FeedState { due: polled.state.due, ..before.clone() } != polled.state);
            progress.feeds.insert(key, polled.state);
        }
        let again = self.again(&progress);
        progress.feeds.retain(|key, _| self.feeds.iter().any(|feed| feed.as_str() == key));
        let page = Page::new(items, changed.then(|| Cursor::new(&progress)), again);
        Ok(Page { parts, ..page })
    }
}
