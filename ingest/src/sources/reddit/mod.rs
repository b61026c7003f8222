//! Reddit: the new posts and comments of subreddits, and posts found by searches.
//!
//! Each listing is walked from its newest item down to what is known, so it does not matter when the item that was
//! last read is deleted. Reddit shows at most some 1,000 items of a listing; what lies beyond is told as a gap.
//!
//! **Deletions and edits** are not told. Its terms demand that what is deleted there is deleted here, so every stored
//! mention is looked at again in time, a hundred in one request. What there is no more room to remember cannot be
//! looked at again, so it is deleted here: the oldest mentions first.

mod api;
mod config;
mod history;
mod parse;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Mention, Timestamp};
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};

pub use self::config::RedditConfig;
use self::parse::{One, Read, SOURCE, Wrong};
use crate::{
    client::{Api, ApiError, Auth, Exchange, Token},
    http::{Answer, Http, Limits, place},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::{RECHECK, Rota, Shown, Walk, before},
    watch::{Refused, Watch},
};

/// Most items of one page and most names of one question. Source: <https://www.reddit.com/dev/api>.
const PAGE: usize = 100;

/// Pages that a listing has at most.
const MAX_PAGES: u32 = 10;

/// Most words of brands that are searched for: each is a request a look.
const MAX_SEARCHES: usize = 25;

/// How far back the first walk goes.
const FIRST_WALK: Duration = Duration::from_secs(24 * 3600);

/// Pause before a listing that is closed or gone is tried again.
const CLOSED_PAUSE: Duration = Duration::from_secs(3600);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Reads Reddit.
#[derive(Debug)]
pub struct RedditSource {
    api: Api,
    config: RedditConfig,
    context: SourceContext,
    /// What Reddit demands as `User-Agent`: platform, app, version and who answers for it.
    agent: String,
    /// The paths of the listings.
    listings: Vec<String>,
    rota: Rota,
    refused: Refused,
    /// Listings that are closed or gone.
    closed: BTreeSet<String>,
}

/// The cursor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    listings: BTreeMap<String, Walk>,
    watch: Watch,
}

impl RedditSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a secret that is missing.
    pub fn new(mut config: RedditConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        if config.subreddits.is_empty() && config.searches.is_empty() {
            config.searches = context.terms.searches(MAX_SEARCHES)?;
            config.only_wanted = true;
        }
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let secret = config.client_secret.clone().ok_or_else(|| SourceError::setup("`client_secret` is missing"))?;
        let http = Http::new(
            &SourceContext { contact: Some(format!("by /u/{}", config.account)), ..context.clone() },
            limits,
        )?;
        let grant = || Ok(vec![("grant_type", "client_credentials".to_owned())]);
        let exchange = Exchange::new(http, &config.token_url, grant)?.with_basic(&config.client_id, secret);
        let auth = Auth::Token(Token::exchanged(exchange));
        context.budget = context.budget.limited(config.budget, TimeZone::UTC);
        let subreddits =
            config.subreddits.iter().flat_map(|name| [format!("r/{name}/new"), format!("r/{name}/comments")]);
        let searches = config.searches.iter().map(|search| format!("{SEARCH}{search}"));
        let version = env!("CARGO_PKG_VERSION");
        Ok(Self {
            api: Api::new(&config.base_url, auth, &context, limits)?.limited_by(limited),
            agent: format!("server:hark:v{version} (by /u/{})", config.account),
            listings: subreddits.chain(searches).collect(),
            config,
            context,
            rota: Rota::default(),
            refused: Refused::default(),
            closed: BTreeSet::new(),
        })
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ApiError> {
        self.context.budget.spend(1).await?;
        let request = self.api.get(path).header("user-agent", &self.agent).query("raw_json", 1);
        let answer = query.iter().fold(request, |request, (key, value)| request.query(key, value)).send().await?;
        if let Some((left, _)) = left(&answer.headers) {
            self.context.budget.note_left(left);
        }
        Ok(answer)
    }

    /// Reads the next page of a listing.
    async fn read(&mut self, name: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let walk = progress.listings.entry(name.to_owned()).or_default();
        let (limit, position) = (PAGE.to_string(), walk.position().unwrap_or_default().to_owned());
        let mut query = vec![("limit", limit.as_str())];
        if !position.is_empty() {
            query.push(("after", &position));
        }
        let path = match name.strip_prefix(SEARCH) {
            Some(search) => {
                query.extend([("q", search), ("sort", "new"), ("type", "link")]);
                "search"
            }
            None => name,
        };
        let answer = match self.ask(path, &query).await {
            // An unknown subreddit leads to a search for its name.
            Ok(answer) if !answer.url.path().trim_end_matches('/').ends_with(path) => {
                return self.is_closed(name, "unknown");
            }
            Ok(answer) => answer,
            Err(error) => match closed_because(&error) {
                Some(why) => return self.is_closed(name, &why),
                None => return Err(error.into()),
            },
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        let (mut page, shown) = match parse::listing(&answer.body, now) {
            Ok(read) => self.page(name, read, progress, now),
            Err(error) => return Err(SourceError::later(format!("{} is {error}", place(&answer.url)))),
        };
        page.works(name);
        let pause = if shown { Duration::ZERO } else { self.config.poll_interval.duration() };
        self.rota.looked(name, pause);
        Ok(self.finished(page, progress, &answer.headers, now))
    }

    /// The items of a page; says whether the listing has further pages to read now.
    fn page(&self, name: &str, read: Read, progress: &mut Progress, now: Timestamp) -> (Page, bool) {
        let reach = self.rota.reach(now, FIRST_WALK, MAX_PAGES);
        let Progress { listings, watch } = progress;
        let walk = listings.entry(name.to_owned()).or_default();
        let mut shown = Vec::new();
        let mut items = Vec::new();
        for thing in read.things {
            match thing {
                Ok(One { name, at, .. }) if !walk.is_new(&name, at, reach.since) && !watch.holds(&name) => {
                    items.push(Item::Drop(DropReason::Unchanged));
                    shown.push((name, at));
                }
                Ok(One { name, at, reading }) => {
                    items.push(watch.fate(SOURCE, &name, reading, |mention| self.wants(mention), now));
                    shown.push((name, at));
                }
                Err(Wrong { raw, rejection }) => {
                    items.push(self.refused.item(raw, name, rejection));
                }
            }
        }
        // Shown newest first, published oldest first.
        items.reverse();
        let gap = walk.advance(Shown { items: &shown, next: read.after }, reach, now);
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        (page, walk.position().is_some())
    }

    /// Looks again at the stored mentions that are due.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), PAGE);
        if due.is_empty() {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(Duration::ZERO)));
        }
        let names: Vec<&str> = due.iter().map(|due| due.key.as_str()).collect();
        let answer = self.ask("api/info", &[("id", &names.join(","))]).await?;
        let now = Timestamp::now();
        let read = parse::listing(&answer.body, now)
            .map_err(|error| SourceError::later(format!("{} is {error}", place(&answer.url))))?;
        let is_broken = read.things.iter().any(Result::is_err);
        let mut found: BTreeMap<String, One> =
            read.things.into_iter().flatten().map(|one| (one.name.clone(), one)).collect();
        let mut items = Vec::new();
        for name in names {
            items.push(match found.remove(name) {
                Some(one) => progress.watch.fate(SOURCE, name, one.reading, |mention| self.wants(mention), now),
                // It may be the one that cannot be read.
                None if is_broken => {
                    progress.watch.touch(name, now);
                    continue;
                }
                // Not shown at all: removed for good, or its subreddit is closed.
                None => progress.watch.gone(SOURCE, name, "site", now),
            });
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, &answer.headers, now))
    }

    /// Adds what no longer can be looked at again, the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, headers: &HeaderMap, now: Timestamp) -> Page {
        let forgotten = self.rota.tidy(&mut progress.watch, self.config.recheck.duration());
        page.items.extend(forgotten.iter().map(|key| crate::watch::deletion(SOURCE, key, "unverifiable", now)));
        page.next = Some(Cursor::new(&progress));
        page.again = self.again(pause(headers));
        page
    }

    /// A listing that cannot be read while others can is tried again later.
    fn is_closed(&mut self, name: &str, why: &str) -> Result<Page, SourceError> {
        self.closed.insert(name.to_owned());
        if self.closed.len() == self.listings.len() {
            return Err(SourceError::Setup(format!("no listing can be read; `{name}` is {why}")));
        }
        tracing::warn!(listing = name, why, "cannot be read; trying again in an hour");
        self.rota.looked(name, CLOSED_PAUSE);
        let mut page = Page::new(Vec::new(), None, self.again(Duration::ZERO));
        page.fails(name, why);
        Ok(page)
    }

    fn turns(&self) -> impl Iterator<Item = &str> {
        self.listings.iter().map(String::as_str).chain([RECHECK])
    }

    fn again(&self, pause: Duration) -> Again {
        self.rota.again(self.turns(), pause)
    }

    fn wants(&self, mention: &Mention) -> bool {
        !self.config.only_wanted || self.context.wants(mention)
    }
}

/// What stands before the words of a search in the name of its listing.
const SEARCH: &str = "search ";

/// Requests left, and the time until all are free again: `x-ratelimit-remaining` is a decimal number and
/// `x-ratelimit-reset` counts seconds from now. Answers from caches have neither.
fn left(headers: &HeaderMap) -> Option<(u64, Duration)> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok().filter(|n| *n >= 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and saturating is right"
    )]
    let whole = |number: f64| number as u64;
    Some((whole(number("x-ratelimit-remaining")?), Duration::from_secs(whole(number("x-ratelimit-reset")?))))
}

/// How long to wait so that the limit is not met.
fn pause(headers: &HeaderMap) -> Duration {
    left(headers).filter(|(left, _)| *left < 2).map_or(Duration::ZERO, |(_, reset)| reset)
}

/// How long a limit lasts: a 429 tells it by the same headers.
fn limited(answer: &Answer, _: SystemTime) -> Option<Duration> {
    (answer.status.as_u16() == 429).then(|| left(&answer.headers))?.map(|(_, reset)| reset)
}

/// Why a listing is closed to everyone, if that is what the refusal says: `private`, `banned`, `quarantined` …
fn closed_because(error: &ApiError) -> Option<String> {
    let (status, body) = error.refusal()?;
    let reason = serde_json::from_slice::<serde_json::Value>(body).ok()?.get("reason")?.as_str()?.to_owned();
    matches!(status.as_u16(), 403 | 404 | 451).then_some(reason)
}

#[async_trait]
impl Source for RedditSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        progress.listings.retain(|name, _| self.listings.contains(name));
        let turn = self.rota.next(self.turns()).map(str::to_owned);
        match turn {
            Ok(turn) if turn == RECHECK => self.recheck(&mut progress).await,
            Ok(turn) => self.read(&turn, &mut progress).await,
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
