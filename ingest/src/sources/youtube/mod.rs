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
mod comments;
mod config;
mod history;
mod parse;
mod recheck;
mod search;
mod state;

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{Mention, Timestamp};
use jiff::{ToSpan, tz::TimeZone};

pub use self::config::YouTubeConfig;
use self::{
    parse::{One, SOURCE, Wrong},
    state::{Progress, video_name},
};
use crate::{
    client::{Api, ApiError, Auth},
    http::{Answer, Limits, place},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::{RECHECK, Reach, Rota},
    watch::{Reading, Refused, deletion},
};

/// Most comments of one page. Source: <https://developers.google.com/youtube/v3/docs/commentThreads/list>.
const PAGE: usize = 100;

/// Most videos of one page of a search, and most comments that are asked for by their ids.
const IDS: usize = 50;

/// Pages of a listing that are read at most in one go.
const MAX_PAGES: u32 = 100;

/// Most words of brands that are searched for: Google gives some hundred searches a day.
const MAX_SEARCHES: usize = 10;

/// Pause before comments that are closed or gone are tried again.
const CLOSED_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Pause after a limit that passes by itself.
const LIMIT_PAUSE: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

const CHANNEL: &str = "channel ";
const SEARCH: &str = "search ";
const REPLIES: &str = "replies";

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
    pub fn new(mut config: YouTubeConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        if config.channels.is_empty() && config.videos.is_empty() && config.searches.is_empty() {
            config.searches = context.terms.searches(MAX_SEARCHES)?;
        }
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

    /// Adds what no longer can be looked at again, the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, now: Timestamp) -> Page {
        let forgotten = self.rota.tidy(&mut progress.watch, self.config.recheck.duration());
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
        let mut page = Page::new(Vec::new(), None, self.again(progress));
        // A video that a search found is not something that anybody asked for.
        if self.named.iter().any(|named| named == name) {
            page.fails(name, why);
        }
        Ok(page)
    }

    fn rejected(&self, wrong: Wrong, place: &str) -> Item {
        self.refused.item(wrong.raw, place, wrong.rejection)
    }

    /// What the operator named, and the videos that searches found.
    fn listings(&self, progress: &Progress) -> impl Iterator<Item = String> {
        let found = progress.found.keys().map(|id| video_name(id)).filter(|name| !self.named.contains(name));
        self.named.iter().cloned().chain(found)
    }

    fn turns(&self, progress: &Progress) -> Vec<String> {
        let replies = (!progress.threads.open.is_empty()).then(|| REPLIES.to_owned());
        // There is room for so many threads only: history finishes those that it has begun.
        if let Some(replies) = replies.clone().filter(|_| self.rota.looks_back_to().is_some()) {
            return vec![replies];
        }
        self.listings(progress).chain(replies).chain([RECHECK.to_owned()]).collect()
    }

    fn reach(&self, now: Timestamp) -> Reach {
        self.rota.reach(now, self.config.history.duration(), MAX_PAGES)
    }

    fn again(&self, progress: &Progress) -> Again {
        self.rota.again(self.turns(progress).iter().map(String::as_str), Duration::ZERO)
    }
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

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
