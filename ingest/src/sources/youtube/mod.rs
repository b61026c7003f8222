//! YouTube: comments and their answers, below the videos of channels, below single videos, and below videos that
//! searches find.
//!
//! **Quota.** A page of comments costs one unit, so the comments of a whole channel are read in one listing, and a
//! found video is looked at less and less often while it stays quiet. Searches are counted by Google on their own; the
//! time of each is kept in the cursor, so that a restart makes none too early.
//!
//! **Deletions and edits** are not told. YouTube's terms allow to keep what was read for 30 days without looking again,
//! so every stored mention is looked at again in time; then new answers to old comments are found too. What there is no
//! more room to remember is deleted here, the oldest mentions first.

mod api;
mod config;
mod parse;
mod state;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Mention, Timestamp};
use jiff::{ToSpan, tz::TimeZone};

pub use self::config::YouTubeConfig;
use self::{
    parse::{One, OneThread, Read, SOURCE, Wrong},
    state::{OpenThread, Progress, video, video_name},
};
use crate::{
    client::{Api, ApiError, Auth},
    http::{Answer, Limits, place},
    source::{Again, Cursor, Item, Page, Source, SourceContext, SourceError},
    walk::{Reach, Rota, Shown, before},
    watch::{Due, Reading, Refused, deletion},
};

/// Most comments of one page. Source: <https://developers.google.com/youtube/v3/docs/commentThreads/list>.
const PAGE: usize = 100;

/// Most videos of one page of a search, and most comments that are asked for by their ids.
const IDS: usize = 50;

/// Pages of a listing that are read at most in one go, and pages of answers to one comment.
const MAX_PAGES: u32 = 100;
const MAX_REPLY_PAGES: u32 = 10;

/// Searched again, because a search finds a video some time after its publication.
const SEARCH_OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Pause before comments that are closed or gone are tried again.
const CLOSED_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Pause after a limit that passes by itself.
const LIMIT_PAUSE: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

const CHANNEL: &str = "channel ";
const SEARCH: &str = "search ";
const REPLIES: &str = "replies";
const RECHECK: &str = "recheck";

/// Reads YouTube.
#[derive(Debug)]
pub struct YouTubeSource {
    api: Api,
    config: YouTubeConfig,
    context: SourceContext,
    /// What the operator named: channels, videos, searches.
    named: Vec<String>,
    rota: Rota,
    refused: Refused,
    closed: BTreeSet<String>,
    /// How many comments are asked for at once by their ids: fewer for a while when one of them is gone.
    batch: usize,
}

impl YouTubeSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a key that is missing.
    pub fn new(config: YouTubeConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let key = config.api_key.clone().ok_or_else(|| SourceError::setup("`api_key` is missing"))?;
        context.budget = context.budget.limited(config.budget, pacific());
        let named = (config.channels.iter().map(|id| format!("{CHANNEL}{id}")))
            .chain(config.videos.iter().map(|id| video_name(id)))
            .chain(config.searches.iter().map(|words| format!("{SEARCH}{words}")))
            .collect();
        let auth = Auth::Header("x-goog-api-key", key);
        let api = Api::new(&config.base_url, auth, &context, limits)?.limited_by(limited);
        Ok(Self {
            api,
            config,
            context,
            named,
            rota: Rota::default(),
            refused: Refused::default(),
            closed: BTreeSet::new(),
            batch: IDS,
        })
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ApiError> {
        self.context.budget.spend(1).await?;
        query.iter().fold(self.api.get(path), |request, (key, value)| request.query(key, value)).send().await
    }

    /// Reads the next page of the comments of a channel or a video.
    async fn read(&mut self, name: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let position = progress.walks.entry(name.to_owned()).or_default().position().map(str::to_owned);
        let (limit, of) = (PAGE.to_string(), video(name).or_else(|| name.strip_prefix(CHANNEL)).unwrap_or_default());
        let filter = if video(name).is_some() { "videoId" } else { "allThreadsRelatedToChannelId" };
        let mut query = vec![
            ("part", "snippet,replies"),
            (filter, of),
            ("order", "time"),
            ("textFormat", "plainText"),
            ("maxResults", &limit),
        ];
        query.extend(position.as_deref().map(|token| ("pageToken", token)));
        let answer = match self.ask("commentThreads", &query).await {
            Ok(answer) => answer,
            Err(error) => match reason(&error).as_deref() {
                // Tokens of pages do not live for ever.
                Some("invalidPageToken") if position.is_some() => {
                    progress.walks.entry(name.to_owned()).or_default().restart();
                    return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::Now));
                }
                Some(why @ ("commentsDisabled" | "videoNotFound" | "channelNotFound")) => {
                    return self.is_closed(name, why, progress);
                }
                _ => return Err(error.into()),
            },
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        let read = parse::threads(&answer.body, now).map_err(|error| not_as_expected(&answer, &error))?;
        let (page, has_more) = self.page(name, read, progress, now);
        let least = self.config.poll_interval.duration();
        let pause = match video(name).and_then(|id| progress.found.get(id)) {
            _ if has_more => Duration::ZERO,
            Some(found) => found.pause(least, now),
            None => least,
        };
        self.rota.looked(name, pause);
        Ok(self.finished(page, progress, now))
    }

    /// The items of a page; says whether the listing has further pages to read now.
    fn page(&self, name: &str, read: Read<OneThread>, progress: &mut Progress, now: Timestamp) -> (Page, bool) {
        let since = before(now, self.config.history.duration());
        let only_wanted = self.config.only_wanted || !self.named.iter().any(|named| named == name);
        let title = video(name).and_then(|id| progress.found.get(id)).map(|found| found.title.clone());
        let mut shown = Vec::new();
        let mut items = Vec::new();
        let mut news = false;
        for thread in read.items {
            let thread = match thread {
                Ok(thread) => thread,
                Err(wrong) => {
                    items.push(self.rejected(wrong, name));
                    continue;
                }
            };
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&thread.top.id, thread.top.at, since);
            news |= is_new;
            shown.push((thread.top.id.clone(), thread.top.at));
            let mut all = self.thread(thread, is_new, only_wanted, title.as_deref(), progress, now);
            all.reverse();
            items.extend(all);
        }
        // Shown newest first, published oldest first.
        items.reverse();
        if let Some(found) = video(name).and_then(|id| progress.found.get_mut(id)).filter(|_| news) {
            found.news = now.as_millis();
        }
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(Shown { items: &shown, next: read.next }, Reach { since, max_pages: MAX_PAGES }, now);
        let has_more = walk.position().is_some();
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        (page, has_more)
    }

    /// The comment of a thread and the answers that came along; the others are to be read later.
    fn thread(
        &self,
        thread: OneThread,
        is_new: bool,
        only_wanted: bool,
        title: Option<&str>,
        progress: &mut Progress,
        now: Timestamp,
    ) -> Vec<Item> {
        let OneThread { top, replies, total, video } = thread;
        if total > replies.len() as u64 && (is_new || progress.watch.holds(&top.id)) {
            let open = OpenThread { id: top.id.clone(), video, only_wanted, next: None, pages: 0 };
            progress.threads.note(open, total);
        }
        let mut items = Vec::new();
        if is_new || progress.watch.holds(&top.id) {
            items.push(self.fate(top, only_wanted, title, progress, now));
        } else {
            items.push(Item::Drop(DropReason::Unchanged));
        }
        items.extend(replies.into_iter().map(|reply| self.fate(reply, only_wanted, title, progress, now)));
        items
    }

    fn fate(&self, one: One, only_wanted: bool, title: Option<&str>, progress: &mut Progress, now: Timestamp) -> Item {
        let One { id, video, mut reading, .. } = one;
        if let (Reading::Mention(mention), Some(title)) = (&mut reading, title) {
            mention.extra.insert("video_title".to_owned(), title.into());
        }
        let wanted = |mention: &Mention| !only_wanted || self.context.wants(mention);
        let fate = progress.watch.fate(SOURCE, &id, reading, wanted, now);
        // Asked for by its id, an answer does not say below which video it stands.
        if let Some(video) = video.filter(|_| id.contains('.')) {
            progress.watch.note_handle(&id, &video);
        }
        fate
    }

    /// Reads the next page of answers to one comment.
    async fn read_replies(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let Some(mut thread) = progress.threads.open.pop_front() else {
            self.rota.looked(REPLIES, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        };
        let limit = PAGE.to_string();
        let mut query = vec![
            ("part", "snippet"),
            ("parentId", thread.id.as_str()),
            ("textFormat", "plainText"),
            ("maxResults", &limit),
        ];
        query.extend(thread.next.as_deref().map(|token| ("pageToken", token)));
        self.rota.looked(REPLIES, Duration::ZERO);
        let now = Timestamp::now();
        let answer = match self.ask("comments", &query).await {
            Ok(answer) => answer,
            // The comment went meanwhile, or the token of the page is too old: the next look shows what there is.
            Err(error) if is_gone(&error) || reason(&error).as_deref() == Some("invalidPageToken") => {
                return Ok(self.finished(Page::new(Vec::new(), None, Again::Now), progress, now));
            }
            Err(error) => return Err(error.into()),
        };
        let read = parse::comments(&answer.body, thread.video.as_deref(), now)
            .map_err(|error| not_as_expected(&answer, &error))?;
        let title = thread.video.as_ref().and_then(|id| progress.found.get(id)).map(|found| found.title.clone());
        let mut items = Vec::new();
        for one in read.items {
            items.push(match one {
                Ok(one) => self.fate(one, thread.only_wanted, title.as_deref(), progress, now),
                Err(wrong) => self.rejected(wrong, &thread.id),
            });
        }
        thread.pages += 1;
        if read.next.is_some() && thread.pages < MAX_REPLY_PAGES {
            thread.next = read.next;
            progress.threads.open.push_front(thread);
        }
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }

    /// Searches for new videos, when it is time.
    async fn search(&mut self, name: &str, words: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let (now, interval) = (Timestamp::now(), self.config.search_interval.duration());
        let last = progress.searched.get(words).copied();
        let since_last = last.and_then(|last| u64::try_from(now.as_millis().saturating_sub(last)).ok());
        if let Some(early) = since_last.and_then(|passed| interval.checked_sub(Duration::from_millis(passed))) {
            self.rota.looked(name, early);
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        }
        let since = last.map_or(before(now, self.config.history.duration()), Timestamp::from_millis);
        let (since, limit) = (before(since, SEARCH_OVERLAP).to_string(), IDS.to_string());
        let query = [
            ("part", "snippet"),
            ("type", "video"),
            ("order", "date"),
            ("q", words),
            ("publishedAfter", &since),
            ("maxResults", &limit),
        ];
        let answer = match self.ask("search", &query).await {
            Ok(answer) => answer,
            // Searches have a quota of their own: comments can still be read.
            Err(error) if reason(&error).as_deref() == Some("quotaExceeded") => {
                tracing::warn!(words, "no more searches today");
                let pause = until_midnight(SystemTime::now());
                self.named
                    .iter()
                    .filter(|name| name.starts_with(SEARCH))
                    .for_each(|name| self.rota.looked(name, pause));
                return Ok(Page::new(Vec::new(), None, self.again(progress)));
            }
            Err(error) => return Err(error.into()),
        };
        let read = parse::found(&answer.body).map_err(|error| not_as_expected(&answer, &error))?;
        let (mut items, mut videos) = (Vec::new(), Vec::new());
        for video in read.items {
            match video {
                Ok(video) => videos.push(video),
                Err(wrong) => items.push(self.rejected(wrong, name)),
            }
        }
        let new = progress.note_found(videos.into_iter(), now);
        tracing::debug!(words, new, "searched for videos");
        progress.searched.insert(words.to_owned(), now.as_millis());
        self.rota.looked(name, interval);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }

    /// Looks again at stored mentions that are due: comments by their threads, which tell the number of answers too.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let mut due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), IDS);
        let Some(first) = due.first() else {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        };
        let are_answers = first.key.contains('.');
        due.retain(|due| due.key.contains('.') == are_answers);
        due.truncate(self.batch);
        let ids = due.iter().map(|due| due.key.as_str()).collect::<Vec<_>>().join(",");
        let path = if are_answers { "comments" } else { "commentThreads" };
        let part = if are_answers { "snippet" } else { "snippet,replies" };
        let query = [("part", part), ("id", &ids), ("textFormat", "plainText")];
        let answer = match self.ask(path, &query).await {
            Ok(answer) => Some(answer),
            Err(error) if is_gone(&error) && due.len() == 1 => None,
            // One of them is gone: found by asking for fewer.
            Err(error) if is_gone(&error) => {
                self.batch = due.len() / 2;
                return Ok(Page::new(Vec::new(), None, Again::Now));
            }
            Err(error) => return Err(error.into()),
        };
        self.batch = (self.batch * 2).min(IDS);
        let now = Timestamp::now();
        let mut items = Vec::new();
        let mut seen = BTreeMap::new();
        let mut is_broken = false;
        match answer {
            None => {}
            Some(answer) if are_answers => {
                let read =
                    parse::comments(&answer.body, None, now).map_err(|error| not_as_expected(&answer, &error))?;
                is_broken = read.items.iter().any(Result::is_err);
                seen.extend(read.items.into_iter().flatten().map(|one| (one.id.clone(), Seen::Answer(one))));
            }
            Some(answer) => {
                let read = parse::threads(&answer.body, now).map_err(|error| not_as_expected(&answer, &error))?;
                is_broken = read.items.iter().any(Result::is_err);
                seen.extend(read.items.into_iter().flatten().map(|one| (one.top.id.clone(), Seen::Thread(one))));
            }
        }
        for Due { key, handle } in due {
            match seen.remove(&key) {
                // It may be the one that cannot be read.
                None if is_broken => progress.watch.touch(&key, now),
                None => items.push(progress.watch.gone(SOURCE, &key, "site", now)),
                Some(Seen::Answer(one)) => {
                    let one = if handle == key { one } else { one.below(&handle) };
                    items.push(self.fate(one, self.config.only_wanted, None, progress, now));
                }
                Some(Seen::Thread(thread)) => {
                    items.extend(self.thread(thread, false, self.config.only_wanted, None, progress, now));
                }
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }

    /// Adds what no longer can be looked at again, the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, now: Timestamp) -> Page {
        let forgotten = progress.watch.make_room(before(now, self.config.recheck.duration()));
        page.items.extend(forgotten.iter().map(|key| deletion(SOURCE, key, "unverifiable", now)));
        page.next = Some(Cursor::new(&progress));
        page.again = self.again(progress);
        page
    }

    /// Comments that cannot be read, while others can, are tried again later.
    fn is_closed(&mut self, name: &str, why: &str, progress: &Progress) -> Result<Page, SourceError> {
        self.closed.insert(name.to_owned());
        if self.named.iter().all(|named| self.closed.contains(named)) {
            return Err(SourceError::Setup(format!("nothing can be read; `{name}`: {why}")));
        }
        tracing::warn!(listing = name, why, "cannot be read; trying again tomorrow");
        self.rota.looked(name, CLOSED_PAUSE);
        Ok(Page::new(Vec::new(), None, self.again(progress)))
    }

    fn rejected(&self, wrong: Wrong, place: &str) -> Item {
        self.refused.item(wrong.raw, place, wrong.rejection)
    }

    fn turns(&self, progress: &Progress) -> Vec<String> {
        let found = progress.found.keys().map(|id| video_name(id)).filter(|name| !self.named.contains(name));
        let replies = (!progress.threads.open.is_empty()).then(|| REPLIES.to_owned());
        self.named.iter().cloned().chain(found).chain(replies).chain([RECHECK.to_owned()]).collect()
    }

    fn again(&self, progress: &Progress) -> Again {
        self.rota.again(self.turns(progress).iter().map(String::as_str), Duration::ZERO)
    }
}

/// What a look by ids showed.
enum Seen {
    Thread(OneThread),
    Answer(One),
}

fn not_as_expected(answer: &Answer, error: &str) -> SourceError {
    SourceError::later(format!("{} is {error}", place(&answer.url)))
}

/// The reason that a refusal gives.
fn reason(error: &ApiError) -> Option<String> {
    error.refusal().and_then(|(_, body)| parse::reason(body))
}

/// Whether comments are not there, or no longer for everyone.
fn is_gone(error: &ApiError) -> bool {
    error.is_gone() || reason(error).as_deref() == Some("commentsDisabled")
}

/// How long a limit lasts. The quota of a day comes back at midnight in California.
fn limited(answer: &Answer, now: SystemTime) -> Option<Duration> {
    match parse::reason(&answer.body)?.as_str() {
        "quotaExceeded" | "dailyLimitExceeded" => Some(until_midnight(now)),
        "rateLimitExceeded" | "userRateLimitExceeded" | "processingFailure" | "backendError" => Some(LIMIT_PAUSE),
        _ => None,
    }
}

fn until_midnight(now: SystemTime) -> Duration {
    let hour = Duration::from_secs(3600);
    let Ok(now) = jiff::Timestamp::try_from(now) else { return hour };
    let tomorrow = now.to_zoned(pacific()).start_of_day().and_then(|today| today.checked_add(1.day()));
    let wait = tomorrow.map(|tomorrow| tomorrow.timestamp().duration_since(now));
    wait.ok().and_then(|wait| Duration::try_from(wait).ok()).unwrap_or(hour)
}

/// The time zone in which Google counts days.
fn pacific() -> TimeZone {
    TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC)
}

#[async_trait]
impl Source for YouTubeSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let (now, follow) = (Timestamp::now(), self.config.follow.duration());
        progress.tidy(follow, now, |name| self.named.iter().any(|named| named == name));
        let turns = self.turns(&progress);
        let turn = self.rota.next(turns.iter().map(String::as_str)).map(str::to_owned);
        match turn {
            Ok(turn) if turn == REPLIES => self.read_replies(&mut progress).await,
            Ok(turn) if turn == RECHECK => self.recheck(&mut progress).await,
            Ok(turn) => match turn.strip_prefix(SEARCH) {
                Some(words) => self.search(&turn, words, &mut progress).await,
                None => self.read(&turn, &mut progress).await,
            },
            Err(wait) => Ok(Page::new(Vec::new(), None, Again::After(wait))),
        }
    }
}
