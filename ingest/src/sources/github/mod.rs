//! GitHub: issues, the comments on them and discussions of repositories, and issues that searches find.
//!
//! Issues and comments come by the time of their last change, so edits come along. The moment from which GitHub is
//! asked is part of the question and included in the answer: what changed in that second is read again, and known.
//! Discussions have GraphQL only, which lists the latest change first.
//!
//! **Deletions** are not told. With a token, GraphQL says of a hundred stored mentions at a time which are gone.

mod api;
mod config;
mod graphql;
mod parse;
mod state;

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Mention, Timestamp};
use jiff::tz::TimeZone;
use reqwest::{StatusCode, header::HeaderMap};

pub use self::config::GitHubConfig;
use self::{
    parse::{One, PullRequests, SOURCE, Wrong, mention_id},
    state::{Progress, written},
};
use crate::{
    client::{Api, ApiError, Auth, Request, Validators},
    http::{Answer, Limits, place},
    source::{Again, Cursor, Item, Page, Source, SourceContext, SourceError},
    walk::{Reach, Rota, Shown, before},
    watch::{Reading, Refused},
};

/// Items of one page. Source: <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>.
const PAGE: usize = 100;

/// Pages of a search: it shows 1,000 results.
const SEARCH_PAGES: u32 = 10;

/// Issues of comments that are asked for in one call, and remembered.
const MAX_LOOK_UPS: usize = 20;
const MAX_NUMBERS: usize = 20_000;

/// Pause before a repository that is closed or gone is tried again.
const CLOSED_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Pause after a limit that does not say how long it lasts.
///
/// Source: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
const LIMIT_PAUSE: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 32 << 20;

const ISSUES: &str = "issues ";
const COMMENTS: &str = "comments ";
const DISCUSSIONS: &str = "discussions ";
const SEARCH: &str = "search ";
/// Older comments of discussions.
const OLDER: &str = "older";
const RECHECK: &str = "recheck";

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
    pub fn new(config: GitHubConfig, mut context: SourceContext) -> Result<Self, SourceError> {
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

    /// Reads the next page of what changed in a repository.
    async fn read_updates(&mut self, name: &str, path: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let first = written(before(Timestamp::now(), self.config.history.duration()));
        let updates = progress.updates.entry(name.to_owned()).or_default();
        let since = updates.since.get_or_insert(first).clone();
        let request = match &updates.next {
            Some(next) => self.api.get_url(next),
            None => self
                .api
                .get(path)
                .query("since", since)
                .query("sort", "updated")
                .query("direction", "asc")
                .query("per_page", PAGE),
        };
        let is_first = updates.next.is_none();
        // Pull requests are issues; `state` means nothing to comments.
        let request = if is_first && name.starts_with(ISSUES) { request.query("state", "all") } else { request };
        let request = if is_first { request.if_changed(&updates.validators) } else { request };
        let answer = match self.ask(request).await {
            Ok(answer) => answer,
            // Pages end at some depth; the next question begins with the latest change seen.
            Err(error) if !is_first && is_status(&error, StatusCode::UNPROCESSABLE_ENTITY) => {
                updates.skip_pages();
                return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::Now));
            }
            Err(error) if is_closed(&error) => return self.closed(name, &error),
            Err(error) => return Err(error.into()),
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        if answer.status == StatusCode::NOT_MODIFIED {
            self.rota.looked(name, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(pause(&answer.headers))));
        }
        let pulls = if self.config.pull_requests { PullRequests::Read } else { PullRequests::Skip };
        let read = if name.starts_with(ISSUES) { parse::issues } else { parse::comments };
        let read = read(&answer.body, pulls, now).map_err(|error| not_as_expected(&answer, &error))?;
        // Of a full page an unchanged answer would not tell that another follows by now.
        let is_whole = is_first && read.len() < PAGE;
        let validators = if is_whole { Validators::of(&answer) } else { Validators::default() };
        let changes: Vec<Timestamp> = read.iter().flatten().map(|one| one.updated).collect();
        let (mut items, read) = self.apart(read, name);
        let read = if name.starts_with(ISSUES) {
            self.note_numbers(name, &read);
            read
        } else {
            self.find_issues(name, read, progress).await
        };
        items.extend(read.into_iter().map(|one| self.fate(one, self.config.only_wanted, progress, now)));
        let updates = progress.updates.entry(name.to_owned()).or_default();
        updates.advance(&changes, next_page(&answer.headers), validators, now);
        let has_more = updates.next.is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        Ok(self.finished(Page::new(items, None, Again::Now), progress, pause(&answer.headers), now))
    }

    /// Reads the next page of a search.
    async fn search(&mut self, name: &str, words: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let walk = progress.walks.entry(name.to_owned()).or_default();
        // Searches are for issues or for pull requests.
        let has_kind = ["is:", "type:"].iter().any(|kind| words.contains(kind));
        let words = if has_kind { words.to_owned() } else { format!("{words} is:issue") };
        let request = match walk.position() {
            Some(next) => self.api.get_url(next),
            None => self.api.get("search/issues").query("q", words).query("sort", "updated").query("per_page", PAGE),
        };
        let answer = self.ask(request).await?;
        let now = Timestamp::now();
        let pulls = if self.config.pull_requests { PullRequests::Read } else { PullRequests::Skip };
        let read = parse::found(&answer.body, pulls, now).map_err(|error| not_as_expected(&answer, &error))?;
        let (mut items, read) = self.apart(read, name);
        let since = before(now, self.config.history.duration());
        let mut shown = Vec::new();
        for one in read {
            let version = version(&one);
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&version, one.updated, since);
            shown.push((version, one.updated));
            items.push(if is_new { self.fate(one, true, progress, now) } else { Item::Drop(DropReason::Unchanged) });
        }
        items.reverse();
        let shown = Shown { items: &shown, next: next_page(&answer.headers) };
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(shown, Reach { since, max_pages: SEARCH_PAGES }, now);
        let has_more = walk.position().is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        Ok(self.finished(page, progress, pause(&answer.headers), now))
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

    fn note_numbers(&mut self, name: &str, read: &[One]) {
        let repository = name.trim_start_matches(ISSUES);
        for (one, number) in read.iter().filter_map(|one| Some((one, one.number?))) {
            self.note_number(repository, number, one.key.clone());
        }
    }

    fn note_number(&mut self, repository: &str, number: u64, key: String) {
        if self.numbers.len() >= MAX_NUMBERS {
            self.numbers.clear();
        }
        self.numbers.insert((repository.to_owned(), number), key);
    }

    /// Tells comments which issue they are on. One that cannot be found leaves its comments without.
    async fn find_issues(&mut self, name: &str, mut read: Vec<One>, progress: &Progress) -> Vec<One> {
        let repository = name.trim_start_matches(COMMENTS).to_owned();
        let mut look_ups = 0;
        for one in &mut read {
            let Some(number) = one.number else { continue };
            let Reading::Mention(mention) = &mut one.reading else { continue };
            let place = (repository.clone(), number);
            if !self.numbers.contains_key(&place) && look_ups < MAX_LOOK_UPS && !progress.watch.holds(&one.key) {
                look_ups += 1;
                let request = self.api.get(&format!("repos/{repository}/issues/{number}"));
                let found = self.ask(request).await.ok().and_then(|answer| parse::issue_key(&answer.body));
                if let Some((number, key)) = found {
                    self.note_number(&repository, number, key);
                }
            }
            let issue = self.numbers.get(&place).map(|key| mention_id(key));
            mention.parent_id.clone_from(&issue);
            mention.thread_id = issue;
        }
        read
    }

    /// Adds the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, pause: Duration, now: Timestamp) -> Page {
        progress.watch.make_room(before(now, self.config.recheck.duration()));
        page.next = Some(Cursor::new(&progress));
        page.again = self.again(pause);
        page
    }

    /// A repository that cannot be read, while others can, is tried again later.
    fn closed(&mut self, name: &str, error: &ApiError) -> Result<Page, SourceError> {
        self.closed.insert(name.to_owned());
        if self.closed.len() == self.listings.len() {
            return Err(SourceError::Setup(format!("nothing can be read; {error}")));
        }
        tracing::warn!(listing = name, %error, "cannot be read; trying again tomorrow");
        self.rota.looked(name, CLOSED_PAUSE);
        Ok(Page::new(Vec::new(), None, self.again(Duration::ZERO)))
    }

    fn turns(&self) -> impl Iterator<Item = &str> {
        let with_token = [OLDER, RECHECK].into_iter().filter(|_| self.config.token.is_some());
        self.listings.iter().map(String::as_str).chain(with_token)
    }

    fn again(&self, pause: Duration) -> Again {
        self.rota.again(self.turns(), pause)
    }
}

/// A name for one state of a thing: a later state is another item of a listing by the last change.
fn version(one: &One) -> String {
    format!("{} {}", one.key, written(one.updated))
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

fn next_page(headers: &HeaderMap) -> Option<String> {
    parse::next_link(headers.get("link")?.to_str().ok()?)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// How long until requests are free again, when none is left.
fn until_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    number(headers, "x-ratelimit-remaining").filter(|left| *left == 0)?;
    let reset = UNIX_EPOCH + Duration::from_secs(number(headers, "x-ratelimit-reset")?);
    // The reset is told in whole seconds.
    Some(reset.duration_since(now).unwrap_or_default() + Duration::from_secs(1))
}

/// How long to wait so that the limit is not met.
fn pause(headers: &HeaderMap) -> Duration {
    until_reset(headers, SystemTime::now()).unwrap_or_default()
}

/// How long a limit lasts: a 403 may be one, and another for doing too much at once has words only.
fn limited(answer: &Answer, now: SystemTime) -> Option<Duration> {
    if !matches!(answer.status.as_u16(), 403 | 429) || answer.headers.contains_key("retry-after") {
        return None;
    }
    let says_so = String::from_utf8_lossy(&answer.body).contains("rate limit");
    until_reset(&answer.headers, now).or_else(|| (says_so || answer.status == 429).then_some(LIMIT_PAUSE))
}

#[async_trait]
impl Source for GitHubSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        progress.updates.retain(|name, _| self.listings.contains(name));
        progress.walks.retain(|name, _| self.listings.contains(name));
        let turn = match self.rota.next(self.turns()).map(str::to_owned) {
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
}
