//! Mastodon: public posts that one server knows, by hashtag or all of them.
//!
//! **With a token** posts, edits and deletions come as server-sent events. Such a stream cannot be resumed: after each
//! interruption the posts that were missed are asked for page by page, oldest first, while new events wait in the
//! socket. **Without a token** the server is asked for what is new again and again.
//!
//! **Deletions** name a post by an id that only this server knows, so the newest 4,000 kept posts are remembered with
//! both names. They are also looked at again twice a day, for what happened while nobody listened. Deletions of older
//! ones go unnoticed.
//!
//! The mention id is `mastodon:` and the post's `uri`, the same on every server that knows it.

mod api;
mod config;
mod events;
mod history;
mod pages;
mod parse;
mod recheck;
mod requests;
mod streams;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Gap, Mention, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use self::config::MastodonConfig;
use self::{
    events::Events,
    parse::{Reading, SOURCE},
    requests::{Requests, Timeline},
};
use crate::{
    http::place,
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// How old the note of the last reading may become. Unit: milliseconds.
const NOTE_EVERY: i64 = 600_000;

/// Reads timelines of one server.
#[derive(Debug)]
pub struct MastodonSource {
    requests: Requests,
    config: MastodonConfig,
    context: SourceContext,
    timelines: Vec<Timeline>,
    listening: Option<Listening>,
    /// Whether the server answers for several ids at once; other software and older servers do not.
    knows_batches: bool,
    rechecks: Rechecks,
    /// Streams in a row that ended soon.
    failures: u32,
}

/// What goes on between two calls. It is dropped when the cursor that comes is not the one that was handed out.
#[derive(Debug)]
struct Listening {
    handed: Option<Cursor>,
    /// Open streams, by the number of their timeline.
    streams: BTreeMap<usize, Events>,
    /// Timelines whose posts have still to be asked for.
    behind: BTreeMap<usize, Fill>,
    next_look: Instant,
}

/// What has still to be asked for of one timeline.
#[derive(Clone, Debug)]
enum Fill {
    /// Everything since the newest known post, and so much before it.
    Since(Duration),
    /// Everything after this id.
    After(String),
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// The newest id that was read, by timeline.
    newest: BTreeMap<String, String>,
    /// When everything was read up to that moment, give or take ten minutes. Unit: milliseconds since 1970.
    read_at: i64,
    known: Memory,
}

/// What one turn brought.
#[derive(Debug)]
struct Turn {
    items: Vec<Item>,
    gaps: Vec<Gap>,
    again: Again,
}

impl Progress {
    fn note(&mut self, timeline: &Timeline, id: &str) {
        let newest = self.newest.entry(timeline.key()).or_default();
        if parse::is_newer(id, newest) {
            id.clone_into(newest);
        }
    }
}

impl MastodonSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for a server that is none, or a contact that cannot stand in a header.
    pub fn new(config: MastodonConfig, context: SourceContext) -> Result<Self, SourceError> {
        let tags: BTreeSet<String> = config.hashtags.iter().map(|tag| tag.to_lowercase()).collect();
        let public = config.public.then_some(Timeline::Public);
        let timelines: Vec<_> = tags.into_iter().map(Timeline::Hashtag).chain(public).collect();
        if timelines.is_empty() {
            return Err(SourceError::Setup("needs `hashtags`, or `public = true`".to_owned()));
        }
        let rechecks = Rechecks::new(config.recheck.duration());
        Ok(Self {
            requests: Requests::new(&config, &context)?,
            config,
            context,
            timelines,
            listening: None,
            knows_batches: true,
            rechecks,
            failures: 0,
        })
    }

    /// What goes on, if it belongs to the cursor `after`; else everything that was missed has to be asked for.
    fn take_listening(&mut self, after: Option<&Cursor>) -> Listening {
        let fits = |listening: &Listening| listening.handed.as_ref() == after;
        let all = || Fill::Since(self.config.overlap.duration());
        self.listening.take().filter(fits).unwrap_or_else(|| Listening {
            handed: None,
            streams: BTreeMap::new(),
            behind: (0..self.timelines.len()).map(|index| (index, all())).collect(),
            next_look: Instant::now(),
        })
    }

    /// One step: what was missed first, then what has to be looked at again, then what is new.
    async fn turn(&mut self, progress: &mut Progress, listening: &mut Listening) -> Result<Turn, SourceError> {
        self.open_streams(listening).await?;
        if let Some((index, fill)) = listening.behind.first_key_value().map(|(index, fill)| (*index, fill.clone())) {
            return self.fill(progress, listening, index, fill).await;
        }
        let now = Timestamp::now().as_millis();
        if now - progress.read_at > NOTE_EVERY {
            progress.read_at = now;
        }
        let mut items = self.recheck(progress).await?;
        if self.config.token.is_none() {
            return Ok(Turn { items, gaps: Vec::new(), again: self.look_again(listening) });
        }
        let closed = self.listen(progress, listening, &mut items).await;
        Ok(Turn { items, gaps: Vec::new(), again: self.reopen(listening, closed) })
    }

    /// What becomes of a post, and its id if that can be read.
    fn item(&self, progress: &mut Progress, bytes: Bytes, now: Timestamp) -> (Option<String>, Item) {
        match parse::status(&bytes, self.requests.base(), now) {
            Ok(Reading::Mention { id, mut mention, parent }) => {
                let parent = parent.and_then(|parent| progress.known.get(&parent)?.mention.clone());
                mention.parent_id = parent;
                let wanted = self.wants(&mention);
                let item = progress.known.judge(&id, *mention, wanted, now);
                (Some(id), item)
            }
            Ok(Reading::Nothing { id, reason }) => {
                // It was kept before, and is no longer public, or its author wants no machines.
                let item = match progress.known.lost(&id, SOURCE, "author", now) {
                    Item::Drop(_) => Item::Drop(reason),
                    deletion => deletion,
                };
                (Some(id), item)
            }
            Err(rejection) => (parse::id_of(&bytes), Item::Reject { raw: bytes, place: self.place(), rejection }),
        }
    }

    /// The hashtags were chosen one by one; of all that is public only what is listened for is kept.
    fn wants(&self, mention: &Mention) -> bool {
        let tags = mention.extra.get("tags").and_then(|tags| tags.as_array()).into_iter().flatten();
        let is_followed = |tag: &str| self.timelines.contains(&Timeline::Hashtag(tag.to_lowercase()));
        tags.filter_map(|tag| tag.as_str()).any(is_followed) || self.context.wants(mention)
    }

    fn place(&self) -> String {
        place(self.requests.base())
    }
}

#[async_trait]
impl Source for MastodonSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        // What goes on is out of `self` meanwhile: a call that is dropped half-way drops it too, and what it read is
        // asked for again.
        let mut listening = self.take_listening(after);
        let turn = self.turn(&mut progress, &mut listening).await;
        let next = turn.is_ok().then(|| (progress != before).then(|| Cursor::new(&progress))).flatten();
        listening.handed = next.clone().or_else(|| after.cloned());
        self.listening = Some(listening);
        let Turn { items, gaps, again } = turn?;
        Ok(Page { gaps, ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        Ok(self.guess_history(period))
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}
