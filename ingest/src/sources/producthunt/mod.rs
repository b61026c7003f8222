//! Product Hunt: launches of products and the comments below them.
//!
//! There is no search: new launches come by topic and are compared with the queries; the comments of those that are
//! wanted are read for a while. Comments of launches that the operator named are all kept. Deletions and edits are not
//! told, so every stored mention is looked at again in time; then new answers to old comments are found too.

mod api;
mod config;
mod history;
mod parse;
mod queries;
mod recheck;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Mention, Timestamp};
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub use self::config::ProductHuntConfig;
use self::{
    api::{GraphQl, PostOf, PostsOf},
    parse::{Launch, One, SOURCE, Thread, Wrong},
    queries::{FRAGMENT_POST, FRAGMENT_THREAD, QUERY_POST, QUERY_TOPIC},
};
use crate::{
    client::{Api, Auth, read_json},
    http::{Answer, Limits, place},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::{RECHECK, Reach, Rota, Shown, Walk, before},
    watch::{Refused, Watch},
};

/// Items of one page: Product Hunt gives no more.
const PAGE: u32 = 20;

/// Pages that are read at most in one go.
const MAX_PAGES: u32 = 50;

/// Mentions that are asked for at once.
const RECHECKS: usize = 10;

/// Most found launches whose comments are read; the oldest go.
const MAX_FOUND: usize = 50;

/// What a question may cost at most, for the pause before the limit is met. Unit: points of complexity.
const DEAREST: u64 = 1_000;

/// Pause before a launch that is not there is asked for again.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

const POST: &str = "post ";
const TOPIC: &str = "topic ";

/// Reads Product Hunt.
#[derive(Debug)]
pub struct ProductHuntSource {
    api: Api,
    config: ProductHuntConfig,
    context: SourceContext,
    /// What the operator named: launches and topics.
    named: Vec<String>,
    rota: Rota,
    refused: Refused,
}

/// The cursor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    walks: BTreeMap<String, Walk>,
    /// Launches that a query wants, and when they were found; milliseconds since 1970.
    found: BTreeMap<String, i64>,
    watch: Watch,
}

impl ProductHuntSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a token that is missing.
    pub fn new(config: ProductHuntConfig, mut context: SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let token = config.token.clone().ok_or_else(|| SourceError::setup("`token` is missing"))?;
        context.budget = context.budget.limited(config.budget, TimeZone::UTC);
        let posts = config.posts.iter().map(|slug| format!("{POST}{slug}"));
        let named = posts.chain(config.topics.iter().map(|slug| format!("{TOPIC}{slug}"))).collect();
        let api = Api::new(&config.base_url, Auth::Bearer(token), &context, limits)?.limited_by(limited);
        Ok(Self { api, config, context, named, rota: Rota::default(), refused: Refused::default() })
    }

    async fn ask<T: DeserializeOwned>(&self, query: String, variables: Value) -> Result<(T, HeaderMap), SourceError> {
        self.context.budget.spend(1).await?;
        let body = json!({"query": query, "variables": variables});
        let answer = self.api.post("v2/api/graphql").header("accept", "application/json").body(&body).send().await?;
        let GraphQl { data, errors } = read_json::<GraphQl<T>>(&answer)?;
        let said = errors.into_iter().next().and_then(|error| error.message.or(error.error_description));
        let missing = || SourceError::later(format!("{} says: {}", place(&answer.url), said.unwrap_or_default()));
        Ok((data.ok_or_else(missing)?, answer.headers))
    }

    /// Reads the next page of a launch's comments.
    async fn read_post(&mut self, name: &str, slug: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let variables = json!({"slug": slug, "first": PAGE, "after": walk.position()});
        let query = format!("{QUERY_POST}{FRAGMENT_POST}{FRAGMENT_THREAD}");
        let (data, headers) = self.ask::<PostOf>(query, variables).await?;
        let now = Timestamp::now();
        let Some(raw) = data.post else {
            tracing::warn!(slug, "there is no such launch; asking again tomorrow");
            self.rota.looked(name, UNKNOWN_PAUSE);
            let mut page = Page::new(Vec::new(), None, self.again(progress, Duration::ZERO));
            page.fails(name, "there is no such launch");
            return Ok(page);
        };
        let mut items = Vec::new();
        let launch = match parse::launch(&raw, now) {
            Ok(launch) => launch,
            Err(wrong) => {
                self.rota.looked(name, self.config.poll_interval.duration());
                let page = Page::new(vec![self.rejected(wrong, name)], None, Again::Now);
                return Ok(self.finished(page, progress, &headers));
            }
        };
        let only_wanted = !self.named.iter().any(|named| named == name);
        let since = self.reach(now).since;
        let post = launch.post.key.clone();
        let mut shown = Vec::new();
        for thread in launch.comments {
            let Thread { top, replies } = match thread {
                Ok(thread) => thread,
                Err(wrong) => {
                    items.push(self.rejected(wrong, name));
                    continue;
                }
            };
            shown.push((top.key.clone(), top.at));
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&top.key, top.at, since) || progress.watch.holds(&top.key);
            for reply in replies {
                items.push(match reply {
                    Ok(reply) => self.fate(reply, Some(&post), only_wanted, progress, now),
                    Err(wrong) => self.rejected(wrong, name),
                });
            }
            items.push(if is_new {
                self.fate(top, Some(&post), only_wanted, progress, now)
            } else {
                Item::Drop(DropReason::Unchanged)
            });
        }
        items.push(self.fate(launch.post, None, only_wanted, progress, now));
        // Shown newest first, published oldest first.
        items.reverse();
        Ok(self.walked(name, items, &shown, launch.next, progress, &headers, now))
    }

    /// Reads the next page of a topic's launches.
    async fn read_topic(&mut self, name: &str, slug: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let variables = json!({"topic": slug, "first": PAGE, "after": walk.position()});
        let (data, headers) = self.ask::<PostsOf>(format!("{QUERY_TOPIC}{FRAGMENT_POST}"), variables).await?;
        let now = Timestamp::now();
        let since = self.reach(now).since;
        let (mut items, mut shown) = (Vec::new(), Vec::new());
        for edge in &data.posts.edges {
            let Launch { post, slug, .. } = match parse::launch(&edge.node, now) {
                Ok(launch) => launch,
                Err(wrong) => {
                    items.push(self.rejected(wrong, name));
                    continue;
                }
            };
            shown.push((post.key.clone(), post.at));
            let walk = progress.walks.entry(name.to_owned()).or_default();
            if !walk.is_new(&post.key, post.at, since) && !progress.watch.holds(&post.key) {
                items.push(Item::Drop(DropReason::Unchanged));
                continue;
            }
            let key = post.key.clone();
            items.push(self.fate(post, None, true, progress, now));
            if progress.watch.holds(&key) {
                progress.found.entry(slug).or_insert(now.as_millis());
            }
        }
        items.reverse();
        let next = parse::next_page(data.posts.page_info.as_ref());
        Ok(self.walked(name, items, &shown, next, progress, &headers, now))
    }

    /// Notes a page of a listing.
    #[expect(clippy::too_many_arguments, reason = "the two listings share the end of their reading")]
    fn walked(
        &mut self,
        name: &str,
        items: Vec<Item>,
        shown: &[(String, Timestamp)],
        next: Option<String>,
        progress: &mut Progress,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Page {
        let reach = self.reach(now);
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(Shown { items: shown, next }, reach, now);
        let has_more = walk.position().is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.works(name);
        page.gaps.extend(gap);
        self.finished(page, progress, headers)
    }

    fn fate(&self, one: One, post: Option<&str>, only_wanted: bool, progress: &mut Progress, now: Timestamp) -> Item {
        let wanted = |mention: &Mention| !only_wanted || self.context.wants(mention);
        let fate = progress.watch.fate(SOURCE, &one.key, one.reading, wanted, now);
        if let Some(post) = post {
            progress.watch.note_handle(&one.key, post);
        }
        fate
    }

    /// Adds the cursor and the pause.
    fn finished(&self, mut page: Page, progress: &mut Progress, headers: &HeaderMap) -> Page {
        self.rota.tidy(&mut progress.watch, self.config.recheck.duration());
        while progress.found.len() > MAX_FOUND {
            let Some(oldest) = progress.found.iter().min_by_key(|(_, at)| **at).map(|(slug, _)| slug.clone()) else {
                break;
            };
            progress.found.remove(&oldest);
        }
        page.next = Some(Cursor::new(&progress));
        page.again = self.again(progress, pause(headers));
        page
    }

    fn reach(&self, now: Timestamp) -> Reach {
        self.rota.reach(now, self.config.history.duration(), MAX_PAGES)
    }

    fn rejected(&self, wrong: Wrong, place: &str) -> Item {
        self.refused.item(wrong.raw, place, wrong.rejection)
    }

    fn turns(&self, progress: &Progress) -> Vec<String> {
        let found = progress.found.keys().map(|slug| format!("{POST}{slug}")).filter(|name| !self.named.contains(name));
        self.named.iter().cloned().chain(found).chain([RECHECK.to_owned()]).collect()
    }

    fn again(&self, progress: &Progress, pause: Duration) -> Again {
        self.rota.again(self.turns(progress).iter().map(String::as_str), pause)
    }
}

/// Points left, and the time until all are free again.
///
/// Source: <https://api.producthunt.com/v2/docs/rate_limits/headers>.
fn left(headers: &HeaderMap) -> Option<(u64, Duration)> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    Some((number("x-rate-limit-remaining")?, Duration::from_secs(number("x-rate-limit-reset")?)))
}

/// How long to wait so that the limit is not met.
fn pause(headers: &HeaderMap) -> Duration {
    left(headers).filter(|(left, _)| *left < DEAREST).map_or(Duration::ZERO, |(_, reset)| reset)
}

/// How long a limit lasts.
fn limited(answer: &Answer, _: SystemTime) -> Option<Duration> {
    (answer.status.as_u16() == 429).then(|| left(&answer.headers))?.map(|(_, reset)| reset)
}

#[async_trait]
impl Source for ProductHuntSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let since = before(Timestamp::now(), self.config.follow.duration()).as_millis();
        progress.found.retain(|_, found| *found >= since);
        let turns = self.turns(&progress);
        progress.walks.retain(|name, _| turns.contains(name));
        let turn = match self.rota.next(turns.iter().map(String::as_str)) {
            Ok(turn) => turn.to_owned(),
            Err(wait) => return Ok(Page::new(Vec::new(), None, Again::After(wait))),
        };
        match turn.split_once(' ') {
            Some(("topic", slug)) => self.read_topic(&turn, slug, &mut progress).await,
            Some((_, slug)) => self.read_post(&turn, slug, &mut progress).await,
            None => self.recheck(&mut progress).await,
        }
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
