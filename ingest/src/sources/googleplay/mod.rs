//! Google Play: the reviews of your own apps.
//!
//! Google shows reviews for a week after their last change, the last change first, and only those with a text. An edit
//! keeps the id and moves the review to the front. A deletion is not told: reviews of that week are looked at again one
//! by one; later than that, nobody can tell.

mod account;
mod api;
mod config;
mod parse;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::config::GooglePlayConfig;
use self::parse::{One, SOURCE, Wrong};
use crate::{
    client::{Api, ApiError, Auth, Exchange, Token},
    http::{Answer, Http, Limits, place},
    source::{Again, Cursor, Item, Page, Source, SourceContext, SourceError},
    walk::{RECHECK, Reach, Rota, Shown, Walk, before},
    watch::{Refused, Watch},
};

/// Most reviews of one page.
const PAGE: usize = 100;

/// Pages that are read at most in one go.
const MAX_PAGES: u32 = 500;

/// How long Google shows a review after its last change.
const SHOWN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Reviews that are looked at again in one call: each is a request.
const RECHECKS: usize = 5;

/// Pause after a limit that does not say how long it lasts; Google counts by the minute.
///
/// Source: <https://developers.google.com/android-publisher/quotas>.
const LIMIT_PAUSE: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Reads Google Play.
#[derive(Debug)]
pub struct GooglePlaySource {
    api: Api,
    config: GooglePlayConfig,
    context: SourceContext,
    rota: Rota,
    refused: Refused,
}

/// The cursor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// By app.
    walks: BTreeMap<String, Walk>,
    watch: Watch,
}

impl GooglePlaySource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a key file that cannot be read.
    pub fn new(config: GooglePlayConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let key = config.service_account.clone().ok_or_else(|| SourceError::setup("`service_account` is missing"))?;
        let address = account::token_address(&key)?;
        let http = Http::new(&context, limits)?;
        let exchange = Exchange::new(http, &address, move || account::form(&key, SystemTime::now()))?;
        context.budget = context.budget.limited(config.budget, TimeZone::UTC);
        let auth = Auth::Token(Token::exchanged(exchange));
        let api = Api::new(&config.base_url, auth, &context, limits)?.limited_by(limited);
        Ok(Self { api, config, context, rota: Rota::default(), refused: Refused::default() })
    }

    async fn ask(&self, path: &str, token: Option<&str>) -> Result<Answer, ApiError> {
        self.context.budget.spend(1).await?;
        let request = self.api.get(&format!("androidpublisher/v3/applications/{path}"));
        let request = if path.ends_with("/reviews") { request.query("maxResults", PAGE) } else { request };
        request.query_if("token", token).send().await
    }

    /// Reads the next page of an app's reviews.
    async fn read(&mut self, package: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let Progress { walks, watch } = progress;
        let walk = walks.entry(package.to_owned()).or_default();
        let answer = match self.ask(&format!("{package}/reviews"), walk.position()).await {
            Ok(answer) => answer,
            // The token of a page has grown too old.
            Err(error) if walk.position().is_some() && is_bad_request(&error) => {
                walk.restart();
                return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::Now));
            }
            Err(error) => return Err(error.into()),
        };
        let now = Timestamp::now();
        let read = parse::page(&answer.body, package, now).map_err(|error| not_as_expected(&answer, &error))?;
        let since = before(now, SHOWN);
        let (mut items, mut shown) = (Vec::new(), Vec::new());
        for review in read.reviews {
            match review {
                Ok(One { id, at, reading }) => {
                    // An edited review is another state of the same one.
                    let version = format!("{id} {}", at.as_millis());
                    items.push(if walk.is_new(&version, at, since) || watch.holds(&id) {
                        let fate = watch.fate(SOURCE, &id, reading, |_| true, now);
                        watch.note_handle(&id, package);
                        fate
                    } else {
                        Item::Drop(DropReason::Unchanged)
                    });
                    shown.push((version, at));
                }
                Err(Wrong { raw, rejection }) => {
                    items.push(self.refused.item(raw, package, rejection));
                }
            }
        }
        // Shown newest first, published oldest first.
        items.reverse();
        let gap = walk.advance(Shown { items: &shown, next: read.next }, Reach { since, max_pages: MAX_PAGES }, now);
        let has_more = walk.position().is_some();
        self.rota.looked(package, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        Ok(self.finished(page, progress, now))
    }

    /// Looks again at some reviews of the last week.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let due = progress.watch.due(before(Timestamp::now(), self.config.recheck.duration()), RECHECKS);
        if due.is_empty() {
            self.rota.looked(RECHECK, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again()));
        }
        let mut items = Vec::new();
        for due in due {
            let answer = self.ask(&format!("{}/reviews/{}", due.handle, due.key), None).await;
            let now = Timestamp::now();
            match answer {
                Ok(answer) => match parse::review(&answer.body, &due.handle, now) {
                    Ok(one) => items.push(progress.watch.fate(SOURCE, &due.key, one.reading, |_| true, now)),
                    Err(rejection) => return Err(not_as_expected(&answer, &rejection.error)),
                },
                Err(error) if error.is_gone() => items.push(progress.watch.gone(SOURCE, &due.key, "author", now)),
                Err(error) => return Err(error.into()),
            }
        }
        self.rota.looked(RECHECK, Duration::ZERO);
        Ok(self.finished(Page::new(items, None, Again::Now), progress, Timestamp::now()))
    }

    /// Adds the cursor and the pause, and forgets what Google no longer shows.
    fn finished(&self, mut page: Page, progress: &mut Progress, now: Timestamp) -> Page {
        progress.watch.forget_before(before(now, SHOWN));
        progress.watch.make_room(before(now, SHOWN));
        page.next = Some(Cursor::new(&progress));
        page.again = self.again();
        page
    }

    fn turns(&self) -> impl Iterator<Item = &str> {
        self.config.packages.iter().map(String::as_str).chain([RECHECK])
    }

    fn again(&self) -> Again {
        self.rota.again(self.turns(), Duration::ZERO)
    }
}

fn not_as_expected(answer: &Answer, error: &str) -> SourceError {
    SourceError::later(format!("{} is {error}", place(&answer.url)))
}

fn is_bad_request(error: &ApiError) -> bool {
    error.refusal().is_some_and(|(status, _)| status.as_u16() == 400)
}

/// How long a limit lasts: a 403 may be one, as its reason tells.
fn limited(answer: &Answer, _: SystemTime) -> Option<Duration> {
    let says = |reason: &str| String::from_utf8_lossy(&answer.body).contains(reason);
    let is_limit = ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"]
        .iter()
        .any(|reason| says(reason));
    let is_told = answer.headers.contains_key("retry-after");
    (is_limit && !is_told).then_some(LIMIT_PAUSE)
}

#[async_trait]
impl Source for GooglePlaySource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        progress.walks.retain(|package, _| self.config.packages.contains(package));
        let turn = self.rota.next(self.turns()).map(str::to_owned);
        match turn {
            Ok(turn) if turn == RECHECK => self.recheck(&mut progress).await,
            Ok(turn) => self.read(&turn, &mut progress).await,
            Err(wait) => Ok(Page::new(Vec::new(), None, Again::After(wait))),
        }
    }
}
