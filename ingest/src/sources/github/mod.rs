//! GitHub: issues, the comments on them and discussions of repositories, and issues that searches find.
//!
//! Issues and comments come by the time of their last change, so edits come along. The moment from which GitHub is
//! asked is part of the question and included in the answer: what changed in that second is read again, and known.
//! Discussions have GraphQL only, which lists the latest change first.
//!
//! **Deletions** are told to a webhook only (`delivery`). With a token, GraphQL says of a hundred stored mentions at a time which are gone.

mod api;
mod config;
mod delivery;
mod graphql;
mod history;
mod limits;
mod parse;
mod search;
mod state;
mod updates;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use async_trait::async_trait;
use hark_mention::{Mention, Timestamp};
use jiff::tz::TimeZone;
use reqwest::StatusCode;

pub use self::config::GitHubConfig;
pub(crate) use self::delivery::{EVENT_HEADER, SIGNATURE_HEADER, delivered};
use self::{
    limits::{limited, number},
    parse::{One, SOURCE, Wrong},
    state::Progress,
};
use crate::{
    client::{Api, ApiError, Auth, Request},
    http::{Answer, Limits, place},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::{RECHECK, Reach, Rota},
    watch::Refused,
};

/// Items of one page. Source: <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>.
const PAGE: usize = 100;

/// Pages of discussions that are read at most in one go.
const MAX_PAGES: u32 = 200;

/// Most words of brands that are searched for: each is a request a look.
const MAX_SEARCHES: usize = 10;

/// Pause before a repository that is closed or gone is tried again.
const CLOSED_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 32 << 20;

const ISSUES: &str = "issues ";
const COMMENTS: &str = "comments ";
const DISCUSSIONS: &str = "discussions ";
const SEARCH: &str = "search ";
/// Older comments of discussions.
const OLDER: &str = "older";

/// Reads GitHub.
#[derive(Debug)]
pub struct GitHubSource {
    api: Api,
    config: GitHubConfig,
    context: SourceContext,
    listings: Vec<String>,
    rota: Rota,
    refused: Refused,
    closed: BTreeSet<String>,
    /// The keys of issues by repository and number, for the comments on them. A cache.
    numbers: HashMap<(String, u64), String>,
}

impl GitHubSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none.
    pub fn new(mut config: GitHubConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        if config.repositories.is_empty() && config.searches.is_empty() {
            config.searches = context.terms.searches(MAX_SEARCHES)?;
        }
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let auth = config.token.clone().map_or(Auth::None, Auth::Bearer);
        context.budget = context.budget.limited(config.budget, TimeZone::UTC);
        // Issues before comments: a comment then finds its issue in the cache.
        let kinds: &[&str] = if config.discussions { &[ISSUES, COMMENTS, DISCUSSIONS] } else { &[ISSUES, COMMENTS] };
        let of_repositories =
            kinds.iter().flat_map(|kind| config.repositories.iter().map(move |name| format!("{kind}{name}")));
        let searches = config.searches.iter().map(|words| format!("{SEARCH}{words}"));
        Ok(Self {
            api: Api::new(&config.base_url, auth, &context, limits)?.limited_by(limited),
            listings: of_repositories.chain(searches).collect(),
            config,
            context,
            rota: Rota::default(),
            refused: Refused::default(),
            closed: BTreeSet::new(),
            numbers: HashMap::new(),
        })
    }

    async fn ask(&self, request: Request<'_>) -> Result<Answer, ApiError> {
        self.context.budget.spend(1).await?;
        let request = request.header("x-github-api-version", "2022-11-28");
        let answer = request.header("accept", "application/vnd.github.html+json").send().await?;
        if let Some(left) = number(&answer.headers, "x-ratelimit-remaining") {
            self.context.budget.note_left(left);
        }
        Ok(answer)
    }

    /// What becomes of one thing that was read.
    fn fate(&self, one: One, only_wanted: bool, progress: &mut Progress, now: Timestamp) -> Item {
        let wanted = |mention: &Mention| !only_wanted || self.context.wants(mention);
        let fate = progress.watch.fate(SOURCE, &one.key, one.reading, wanted, now);
        if let Some(node) = one.node {
            progress.watch.note_handle(&one.key, &node);
        }
        fate
    }

    /// What can be used, and what cannot.
    fn apart<T>(&self, read: Vec<Result<T, Wrong>>, place: &str) -> (Vec<Item>, Vec<T>) {
        let (mut items, mut good) = (Vec::new(), Vec::new());
        for one in read {
            match one {
                Ok(one) => good.push(one),
                Err(Wrong { raw, rejection }) => items.push(self.refused.item(raw, place, rejection)),
            }
        }
        (items, good)
    }

    /// Adds the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, pause: Duration) -> Page {
        self.rota.tidy(&mut progress.watch, self.config.recheck.duration());
        page.next = Some(Cursor::new(&progress));
        page.again = self.again(progress, pause);
        page
    }

    /// A repository that cannot be read, while others can, is tried again later.
    fn closed(&mut self, name: &str, error: &ApiError, progress: &Progress) -> Result<Page, SourceError> {
        self.closed.insert(name.to_owned());
        if self.closed.len() == self.listings.len() {
            return Err(SourceError::Setup(format!("nothing can be read; {error}")));
        }
        tracing::warn!(listing = name, %error, "cannot be read; trying again tomorrow");
        self.rota.looked(name, CLOSED_PAUSE);
        let mut page = Page::new(Vec::new(), None, self.again(progress, Duration::ZERO));
        page.fails(name, error);
        Ok(page)
    }

    fn turns(&self, progress: &Progress) -> impl Iterator<Item = &str> {
        let has_open = !progress.open.is_empty();
        // There is room for so many discussions only: history finishes those that it has begun.
        let is_full = has_open && self.rota.looks_back_to().is_some();
        let listings = self.listings.iter().map(String::as_str).filter(move |_| !is_full);
        let recheck = [RECHECK].into_iter().filter(|_| self.config.token.is_some());
        listings.chain([OLDER].into_iter().filter(move |_| has_open)).chain(recheck)
    }

    fn again(&self, progress: &Progress, pause: Duration) -> Again {
        self.rota.again(self.turns(progress), pause)
    }

    fn reach(&self, now: Timestamp) -> Reach {
        self.rota.reach(now, self.config.history.duration(), MAX_PAGES)
    }
}

fn not_as_expected(answer: &Answer, error: &str) -> SourceError {
    SourceError::later(format!("{} is {error}", place(&answer.url)))
}

fn is_status(error: &ApiError, status: StatusCode) -> bool {
    error.refusal().is_some_and(|(refused, _)| refused == status)
}

/// Whether this one thing is not there for us: no such repository, or no issues in it, or closed by law.
fn is_closed(error: &ApiError) -> bool {
    error.is_gone() || is_status(error, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS)
}

#[async_trait]
impl Source for GitHubSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        progress.updates.retain(|name, _| self.listings.contains(name));
        progress.walks.retain(|name, _| self.listings.contains(name));
        let turn = match self.rota.next(self.turns(&progress)).map(str::to_owned) {
            Ok(turn) => turn,
            Err(wait) => return Ok(Page::new(Vec::new(), None, Again::After(wait))),
        };
        if turn == RECHECK {
            return self.recheck(&mut progress).await;
        }
        if turn == OLDER {
            return self.read_older(&mut progress).await;
        }
        match turn.split_once(' ') {
            Some(("search", words)) => self.search(&turn, words, &mut progress).await,
            Some(("discussions", of)) => self.read_discussions(&turn, of, &mut progress).await,
            Some(("comments", of)) => {
                self.read_updates(&turn, &format!("repos/{of}/issues/comments"), &mut progress).await
            }
            Some((_, of)) => self.read_updates(&turn, &format!("repos/{of}/issues"), &mut progress).await,
            None => Ok(Page::new(Vec::new(), None, Again::Now)),
        }
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
