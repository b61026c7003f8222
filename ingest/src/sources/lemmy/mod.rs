//! Lemmy: new posts and comments that one server knows, of all communities or of some.
//!
//! The lists are sorted by the time of publication, but what other servers sent late stands further down. The server's
//! own numbers grow as things arrive: new is what has a higher number than everything before, and a look goes down to
//! some time before the newest that was known. A page may shift while it is read; then something comes twice.
//!
//! Edits and deletions are not told: the newest 4,000 kept posts and comments are looked at again once a day.
//!
//! The mention id is `lemmy:` and the `ap_id`, the same on every server that knows it.

mod api;
mod config;
mod history;
mod markdown;
mod parse;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Gap, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::config::LemmyConfig;
use self::{
    api::Site,
    parse::{Languages, Read, Reading, SOURCE},
};
use crate::{
    client::{Api, ApiError, Auth},
    http::{Limits, place},
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    walk::NEVER,
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

/// Items of one page, which is the most that a server gives.
const PAGE: usize = 50;

/// Most pages of one look. What is older is a gap.
const MAX_PAGES: u32 = 40;

/// Reads a server.
#[derive(Debug)]
pub struct LemmySource {
    api: Api,
    config: LemmyConfig,
    context: SourceContext,
    lists: Vec<List>,
    languages: Option<Languages>,
    rechecks: Rechecks,
    /// The list that is looked at next, and when the first one is again.
    next_list: usize,
    next_look: Instant,
    /// How far looks for history go.
    back_to: Option<Timestamp>,
}

/// One of the lists that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    of_posts: bool,
    /// All communities when it is `None`.
    community: Option<String>,
}

impl List {
    /// The name under which its progress is kept.
    fn key(&self) -> String {
        let what = if self.of_posts { "posts" } else { "comments" };
        self.community.as_ref().map_or_else(|| what.to_owned(), |community| format!("{what} {community}"))
    }
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    lists: BTreeMap<String, Place>,
    known: Memory,
}

/// How far a list was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// The highest number that was read.
    last_id: u64,
    /// When the newest of them was published. Unit: milliseconds since 1970.
    newest_at: i64,
    /// A look that has not come down far enough yet.
    look: Option<Look>,
}

/// A look under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Look {
    /// Where the next page begins: a text of the server for posts, a number for comments.
    page: String,
    highest: u64,
    newest_at: i64,
    pages: u32,
    /// When the oldest so far was published. Unit: milliseconds since 1970.
    #[serde(default)]
    reached_at: Option<i64>,
}

impl LemmySource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for a server that is none, or a contact that cannot stand in a header.
    pub fn new(config: LemmyConfig, context: SourceContext) -> Result<Self, SourceError> {
        let instance = &config.instance;
        let base = config::address(instance).ok_or_else(|| SourceError::Setup(format!("`{instance}` is no server")))?;
        let auth = config.token.clone().map_or(Auth::None, Auth::Bearer);
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let communities: Vec<Option<String>> = match config.communities.is_empty() {
            true => vec![None],
            false => config.communities.iter().cloned().map(Some).collect(),
        };
        let both =
            |community: Option<String>| [true, false].map(|of_posts| List { of_posts, community: community.clone() });
        Ok(Self {
            api: Api::new(base.as_str(), auth, &context, limits)?,
            lists: communities.into_iter().flat_map(both).collect(),
            languages: None,
            rechecks: Rechecks::new(config.recheck.duration()),
            next_list: 0,
            next_look: Instant::now(),
            back_to: None,
            config,
            context,
        })
    }

    /// Reads one page of the list that is looked at.
    async fn look(&mut self, progress: &mut Progress) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let (now, list) = (Timestamp::now(), self.lists[self.next_list].clone());
        let mut at = progress.lists.get(&list.key()).cloned().unwrap_or_default();
        if self.back_to.is_some() && at.look.is_none() && at.last_id > 0 {
            // An earlier process read it to its end.
            self.end_look();
            return Ok((Vec::new(), None));
        }
        let mut look = at.look.take().unwrap_or_default();
        let body = self.page(&list, &look.page).await?;
        let page = parse::list(&body, list.of_posts).map_err(SourceError::later)?;
        let mut items = Vec::with_capacity(page.views.len());
        let mut oldest = None;
        // The newest stands first.
        for view in page.views.iter().rev() {
            let bytes = body.slice_ref(view.get().as_bytes());
            let read = self.read(&bytes, now);
            let id = read.as_ref().map_or_else(|_| parse::id_of(&bytes), |read| Some(read.id));
            let published = read.as_ref().ok().and_then(|read| read.published);
            // A clock that is ahead must not hide what comes after.
            let published = published.map(|at| at.min(now).as_millis());
            oldest = oldest.or(published);
            look.newest_at = look.newest_at.max(published.unwrap_or_default());
            look.highest = look.highest.max(id.unwrap_or_default());
            let item = self.fate(progress, list.of_posts, read, bytes, now);
            // What was read before counts only if it changed since.
            if id.is_none_or(|id| id > at.last_id) || matches!(item, Item::Keep(_)) {
                items.push(item);
            }
        }
        look.pages += 1;
        look.reached_at = oldest.or(look.reached_at);
        let is_down = match self.horizon(&at) {
            Some(horizon) => oldest.is_some_and(|oldest| oldest <= horizon),
            None => true,
        };
        let next =
            if list.of_posts { page.next } else { (page.views.len() >= PAGE).then(|| (look.pages + 1).to_string()) };
        let goes_on = next.filter(|_| !is_down && !page.views.is_empty());
        let gap =
            goes_on.is_some().then_some(()).filter(|()| look.pages >= MAX_PAGES && self.back_to.is_none()).map(|()| {
                Gap {
                    from: Timestamp::from_millis(at.newest_at),
                    to: Timestamp::from_millis(oldest.unwrap_or(at.newest_at)),
                    why: format!(
                        "more than {} new {} on {}",
                        MAX_PAGES as usize * PAGE,
                        list.key(),
                        self.config.instance
                    ),
                }
            });
        match goes_on.filter(|_| gap.is_none()) {
            Some(page) => at.look = Some(Look { page, ..look }),
            None => {
                at.last_id = at.last_id.max(look.highest);
                at.newest_at = at.newest_at.max(look.newest_at);
                self.end_look();
            }
        }
        progress.lists.insert(list.key(), at);
        Ok((items, gap))
    }

    /// Down to when a look goes, in milliseconds since 1970: into what is known, or as far as history goes. The first
    /// look reads one page.
    fn horizon(&self, at: &Place) -> Option<i64> {
        let overlap = i64::try_from(self.config.overlap.duration().as_millis()).unwrap_or(i64::MAX);
        match self.back_to {
            Some(from) => Some(from.as_millis()),
            None => (at.last_id > 0).then(|| at.newest_at.saturating_sub(overlap)),
        }
    }

    fn end_look(&mut self) {
        self.next_list += 1;
        if self.next_list >= self.lists.len() {
            self.next_list = 0;
            self.next_look = Instant::now() + self.back_to.map_or(self.config.poll_interval.duration(), |_| NEVER);
        }
    }

    async fn page(&self, list: &List, page: &str) -> Result<Bytes, ApiError> {
        let path = if list.of_posts { "api/v3/post/list" } else { "api/v3/comment/list" };
        let page = Some(page).filter(|page| !page.is_empty());
        let request = self.api.get(path).query("sort", "New").query("limit", PAGE);
        let request = request.query("type_", if self.config.local { "Local" } else { "All" });
        let request = request.query_if("community_name", list.community.as_ref());
        Ok(request.query_if(if list.of_posts { "page_cursor" } else { "page" }, page).send().await?.body)
    }

    fn read(&self, bytes: &[u8], now: Timestamp) -> Result<Read, hark_mention::Rejection> {
        static UNKNOWN: std::sync::LazyLock<Languages> = std::sync::LazyLock::new(Languages::new);
        parse::view(bytes, self.languages.as_ref().unwrap_or(&UNKNOWN), now)
    }

    /// What becomes of what was read.
    fn fate(
        &self,
        progress: &mut Progress,
        of_posts: bool,
        read: Result<Read, hark_mention::Rejection>,
        raw: Bytes,
        now: Timestamp,
    ) -> Item {
        let Read { id, reading, parent, .. } = match read {
            Ok(read) => read,
            Err(rejection) => return Item::Reject { raw, place: place(self.api.base()), rejection },
        };
        let key = key(of_posts, id);
        match reading {
            Reading::Mention(mut mention) => {
                let above = parent.and_then(|parent| progress.known.get(&self::key(false, parent)));
                mention.parent_id = mention.parent_id.or_else(|| above?.mention.clone());
                let wanted = self.config.everything || self.context.wants(&mention);
                progress.known.judge(&key, *mention, wanted, now)
            }
            Reading::Gone(reason) => progress.known.lost(&key, SOURCE, reason, now),
            Reading::Nothing(reason) => Item::Drop(reason),
        }
    }

    /// Looks at something kept again. News must not wait for it, so of its troubles only a limit is passed on.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Option<Item>, SourceError> {
        let Some(known) = self.rechecks.due(&progress.known, 1).into_iter().next() else { return Ok(None) };
        let (now, of_posts) = (Timestamp::now(), known.key.starts_with('p'));
        let path = if of_posts { "api/v3/post" } else { "api/v3/comment" };
        let id = known.key.trim_start_matches(['p', 'c']);
        let answer = self.api.get(path).query("id", id).send().await;
        let error = match answer {
            Ok(answer) => match parse::single(&answer.body) {
                Ok(view) => {
                    let bytes = answer.body.slice_ref(view.get().as_bytes());
                    let read = self.read(&bytes, now);
                    return Ok(Some(self.fate(progress, of_posts, read, bytes, now)));
                }
                Err(error) => SourceError::later(error),
            },
            Err(error) if is_gone(&error) => return Ok(Some(progress.known.lost(&known.key, SOURCE, "author", now))),
            Err(error) => error.into(),
        };
        match error {
            SourceError::Later { wait: Some(_), .. } => Err(error),
            error => {
                tracing::warn!(server = self.config.instance, %error, "cannot look at a post again");
                Ok(None)
            }
        }
    }

    /// Learns once what the server's numbers of languages mean.
    async fn learn_languages(&mut self) -> Result<(), SourceError> {
        if self.languages.is_none() {
            let site: Site = self.api.get("api/v3/site").json().await?;
            let known = site.all_languages.into_iter().filter(|language| language.code != "und");
            self.languages = Some(known.map(|language| (language.id, language.code)).collect());
        }
        Ok(())
    }
}

/// What a post or comment of this server is remembered by.
fn key(of_posts: bool, id: u64) -> String {
    format!("{}{id}", if of_posts { 'p' } else { 'c' })
}

/// Whether a post or comment is not there: some versions say so with another status.
fn is_gone(error: &ApiError) -> bool {
    let says = |body: &Bytes| String::from_utf8_lossy(body).contains("couldnt_find");
    error.is_gone() || error.refusal().is_some_and(|(status, body)| status.is_client_error() && says(body))
}

#[async_trait]
impl Source for LemmySource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        progress.lists.retain(|key, _| self.lists.iter().any(|list| list.key() == *key));
        self.learn_languages().await?;
        let is_due = self.next_list > 0 || self.next_look <= Instant::now();
        let (items, gap) = if is_due {
            self.look(&mut progress).await?
        } else {
            (self.recheck(&mut progress).await?.into_iter().collect(), None)
        };
        if self.back_to.is_some() {
            progress.known = Memory::default();
        }
        let wait = self.next_look.saturating_duration_since(Instant::now()).min(self.rechecks.pause());
        let again = if is_due || wait == Duration::ZERO { Again::Now } else { Again::After(wait) };
        let next = (progress != before).then(|| Cursor::new(&progress));
        Ok(Page { gaps: gap.into_iter().collect(), ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        crate::history::estimate(self, period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
