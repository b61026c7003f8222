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
mod parse;
mod requests;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::select_all;
use hark_mention::{DropReason, Gap, Mention, RejectReason, Rejection, Timestamp};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use self::config::MastodonConfig;
use self::{
    events::{Event, Events},
    parse::{Reading, SOURCE},
    requests::{BATCH, Requests, Timeline},
};
use crate::{
    client::ApiError,
    http::place,
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// A page of a stream is given back after this time, or when it has so many items.
const PAGE_TIME: Duration = Duration::from_secs(1);
const PAGE_ITEMS: usize = 2_000;

/// How old the note of the last reading may become. Unit: milliseconds.
const NOTE_EVERY: i64 = 600_000;

/// A stream that lasted less is a failed one.
const SHORT: Duration = Duration::from_secs(10);

/// Longest pause before streams are opened again.
const MAX_PAUSE: Duration = Duration::from_secs(60);

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

    /// Opens the streams that are not open. They are opened before what was missed is asked for: nothing falls between.
    async fn open_streams(&mut self, listening: &mut Listening) -> Result<(), SourceError> {
        if self.config.token.is_none() {
            return Ok(());
        }
        for (index, timeline) in self.timelines.iter().enumerate() {
            if let Entry::Vacant(vacant) = listening.streams.entry(index) {
                vacant.insert(self.requests.open(timeline).await?);
                tracing::info!(host = self.requests.base().host_str(), timeline = timeline.key(), "listening");
            }
        }
        Ok(())
    }

    /// Asks for one page of what was missed in the timeline `index`.
    async fn fill(
        &self,
        progress: &mut Progress,
        listening: &mut Listening,
        index: usize,
        fill: Fill,
    ) -> Result<Turn, SourceError> {
        let (now, timeline) = (Timestamp::now(), &self.timelines[index]);
        let newest = progress.newest.get(&timeline.key()).cloned();
        let (after, gap) = match (fill, newest.as_deref()) {
            (Fill::After(id), _) => (Some(id), None),
            (Fill::Since(overlap), Some(newest)) => self.resume_after(newest, progress.read_at, overlap, now),
            (Fill::Since(_), None) => (None, None),
        };
        let mut turn = Turn { items: Vec::new(), gaps: gap.into_iter().collect(), again: Again::Now };
        let body = match self.requests.page(timeline, after.as_deref()).await {
            Ok(body) => body,
            // A tag that nobody used yet.
            Err(error) if error.is_gone() => Bytes::from_static(b"[]"),
            Err(error) if self.is_closed_to_us(&error) => {
                let from = Timestamp::from_millis(progress.read_at);
                turn.gaps.extend(newest.is_some().then(|| Gap { from, to: now, why: error.to_string() }));
                Bytes::from_static(b"[]")
            }
            Err(error) => return Err(error.into()),
        };
        let mut last = after.clone();
        // The newest stands first.
        for post in parse::list(&body).map_err(SourceError::later)?.iter().rev() {
            let (id, item) = self.item(progress, body.slice_ref(post.get().as_bytes()), now);
            turn.items.push(item);
            let Some(id) = id else { continue };
            progress.note(timeline, &id);
            last = last.filter(|last| !parse::is_newer(&id, last)).or(Some(id));
        }
        match last.filter(|last| after.as_ref().is_some_and(|after| after != last)) {
            Some(last) => drop(listening.behind.insert(index, Fill::After(last))),
            None => drop(listening.behind.remove(&index)),
        }
        Ok(turn)
    }

    /// Whether the stream is open to us, but what was before is not: a gap, and no reason to stop.
    fn is_closed_to_us(&self, error: &ApiError) -> bool {
        let refused = |status: StatusCode| matches!(status.as_u16(), 403 | 422);
        self.config.token.is_some() && error.refusal().is_some_and(|(status, _)| refused(status))
    }

    /// After which id to go on: `overlap` before the newest one, for posts of other servers arrive late and are sorted
    /// in by their own time; and not before what is made good at most.
    fn resume_after(
        &self,
        newest: &str,
        read_at: i64,
        overlap: Duration,
        now: Timestamp,
    ) -> (Option<String>, Option<Gap>) {
        let Some(at) = parse::time_of(newest) else { return (Some(newest.to_owned()), None) };
        let catch_up = i64::try_from(self.config.catch_up.duration().as_millis()).unwrap_or(i64::MAX);
        let oldest = Timestamp::from_millis(now.as_millis().saturating_sub(catch_up));
        if read_at < oldest.as_millis() {
            let why = format!("an interruption longer than {}", self.config.catch_up);
            return (Some(parse::id_at(oldest)), Some(Gap { from: Timestamp::from_millis(read_at), to: oldest, why }));
        }
        let overlap = i64::try_from(overlap.as_millis()).unwrap_or(i64::MAX);
        let start = Timestamp::from_millis(at.as_millis().saturating_sub(overlap));
        // Without an overlap it is the id itself, or the page would never be empty.
        (Some(if overlap == 0 { newest.to_owned() } else { parse::id_at(start) }), None)
    }

    /// Without a stream: when to look for news.
    fn look_again(&self, listening: &mut Listening) -> Again {
        let now = Instant::now();
        if now < listening.next_look {
            return Again::After((listening.next_look - now).min(self.rechecks.pause()));
        }
        let interval = self.config.poll_interval.duration();
        listening.next_look = now + interval;
        let overlap = interval.min(self.config.overlap.duration());
        listening.behind = (0..self.timelines.len()).map(|index| (index, Fill::Since(overlap))).collect();
        Again::Now
    }

    /// Reads what the streams bring within a second; says which have ended, and why.
    async fn listen(
        &self,
        progress: &mut Progress,
        listening: &mut Listening,
        items: &mut Vec<Item>,
    ) -> Vec<(usize, String)> {
        let deadline = Instant::now() + PAGE_TIME;
        while items.len() < PAGE_ITEMS && Instant::now() < deadline {
            let streams = listening.streams.iter_mut();
            let mut waiting: Vec<_> =
                streams.map(|(index, stream)| Box::pin(async move { (*index, stream.next(deadline).await) })).collect();
            // Each is the first in its turn, so that a busy one leaves room for the others.
            let turn = items.len() % waiting.len();
            waiting.rotate_left(turn);
            let ((index, event), ..) = select_all(waiting).await;
            match event {
                Event::Nothing => break,
                Event::Closed(reason) => return vec![(index, reason)],
                event => items.push(self.event(progress, index, event)),
            }
        }
        let silent = |(index, stream): (&usize, &Events)| stream.is_silent().then(|| (*index, "silent".to_owned()));
        listening.streams.iter().filter_map(silent).collect()
    }

    /// What becomes of an event of the timeline `index`.
    fn event(&self, progress: &mut Progress, index: usize, event: Event) -> Item {
        let now = Timestamp::now();
        match event {
            Event::Post(bytes) => {
                let (id, item) = self.item(progress, bytes, now);
                if let Some(id) = id {
                    progress.note(&self.timelines[index], &id);
                }
                item
            }
            Event::Deleted(id) => progress.known.lost(&id, SOURCE, "author", now),
            Event::TooLong(raw) => {
                let rejection = Rejection::new(RejectReason::TooLarge, "an event of more than a mebibyte");
                Item::Reject { raw, place: self.place(), rejection }
            }
            Event::Other | Event::Nothing | Event::Closed(_) => Item::Drop(DropReason::NotAMention),
        }
    }

    /// Streams that ended are opened again, and what they missed is asked for; not in haste when they end at once.
    fn reopen(&mut self, listening: &mut Listening, closed: Vec<(usize, String)>) -> Again {
        let mut pause = Duration::ZERO;
        for (index, reason) in closed {
            tracing::warn!(
                host = self.requests.base().host_str(),
                timeline = self.timelines[index].key(),
                reason,
                "stream ended"
            );
            let lasted = listening.streams.remove(&index).map(|stream| stream.opened.elapsed());
            self.failures = if lasted < Some(SHORT) { self.failures.saturating_add(1) } else { 0 };
            if self.failures > 1 {
                pause = Duration::from_millis(500).saturating_mul(1 << self.failures.min(10)).min(MAX_PAUSE);
            }
            listening.behind.insert(index, Fill::Since(self.config.overlap.duration()));
        }
        if pause.is_zero() { Again::Now } else { Again::After(pause) }
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

    /// Looks at some of the kept posts again: edits, and deletions that nobody told us. It must not keep news waiting,
    /// so of its troubles only a limit is passed on.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let due = self.rechecks.due(&progress.known, if self.knows_batches { BATCH } else { 1 });
        let keys: Vec<String> = due.into_iter().map(|known| known.key).collect();
        match self.read_again(progress, &keys).await.map_err(SourceError::from) {
            Err(SourceError::Later { error, wait: Some(wait) }) => Err(SourceError::Later { error, wait: Some(wait) }),
            Err(error) => {
                tracing::warn!(host = self.requests.base().host_str(), %error, "cannot look at posts again");
                Ok(Vec::new())
            }
            Ok(items) => Ok(items),
        }
    }

    async fn read_again(&mut self, progress: &mut Progress, keys: &[String]) -> Result<Vec<Item>, ApiError> {
        let now = Timestamp::now();
        let mut missing = keys.to_vec();
        let mut items = Vec::new();
        if keys.len() > 1 {
            let body = match self.requests.statuses(keys).await {
                Ok(body) => body,
                Err(ApiError::Refused { status, wait: None, .. })
                    if matches!(status.as_u16(), 400 | 404 | 405 | 422) =>
                {
                    self.knows_batches = false;
                    return Ok(items);
                }
                Err(error) => return Err(error),
            };
            for post in parse::list(&body).map_err(ApiError::Failed)? {
                let (id, item) = self.item(progress, body.slice_ref(post.get().as_bytes()), now);
                items.push(item);
                missing.retain(|key| id.as_ref() != Some(key));
            }
        }
        // What is missing in a list may be hidden by a whim of the server: each is asked for by itself.
        for key in missing {
            items.push(match self.requests.status(&key).await? {
                Some(bytes) if parse::id_of(&bytes).is_none() => return Err(ApiError::Failed("not a post".to_owned())),
                Some(bytes) => self.item(progress, bytes, now).1,
                None => progress.known.lost(&key, SOURCE, "author", now),
            });
        }
        Ok(items)
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
