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
mod look;
mod markdown;
mod parse;
mod recheck;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::Timestamp;
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
