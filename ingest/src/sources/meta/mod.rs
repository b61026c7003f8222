//! Facebook pages and Instagram, by Meta's Graph API: posts, tags, hashtags and comments.
//!
//! The interface tells neither edits nor deletions. So each look goes over the posts of the last weeks, reads the
//! comments where something happened, and compares with what is known; what no longer appears is asked for by its id, for
//! lists leave entries out, and counts as deleted only when it cannot be had.
//!
//! A look is a queue of requests, one of them a call.

mod api;
mod comments;
mod config;
mod graph;
mod history;
mod parse;
mod posts;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use async_trait::async_trait;
use hark_mention::{Gap, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

pub use self::config::{FacebookConfig, InstagramConfig};
use self::{
    graph::{Graph, Parameters},
    parse::Network,
};
use crate::{
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    sources::known::Known,
    walk::NEVER,
};

/// Most pages of one list that one look reads.
const MAX_PAGES: usize = 20;

const FACEBOOK_POST: &str = "id,message,created_time,updated_time,from,permalink_url,shares,\
                             comments.filter(stream).limit(0).summary(total_count),reactions.limit(0).summary(total_count)";
const INSTAGRAM_MEDIA: &str = "id,caption,media_type,permalink,timestamp,like_count,comments_count";

const HOUR: i64 = 3_600_000;

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    known: Known,
    /// Ids of hashtags, which never change.
    hashtags: BTreeMap<String, String>,
    /// When the hashtags were last looked at, to the hour. Milliseconds since 1970.
    looked: i64,
}

/// Reads pages or an account.
#[derive(Debug)]
pub struct MetaSource {
    graph: Graph,
    network: Network,
    lists: Vec<List>,
    hashtags: Vec<String>,
    /// The Instagram account that asks; empty for Facebook.
    user_id: String,
    window: i64,
    recheck: i64,
    poll_interval: Duration,
    tasks: VecDeque<Task>,
    /// What has to come before them: the next page of the list that is being read.
    first: Option<Task>,
    next_look: Option<Instant>,
    /// How far a look for history goes, and how many of its requests were made.
    back_to: Option<Timestamp>,
    made: usize,
}

/// A list of posts.
#[derive(Clone, Debug)]
struct List {
    /// What is known of it is kept under this name.
    name: String,
    path: String,
    parameters: Parameters,
    /// The account whose words are its own.
    own: String,
    /// It takes `since`; others are newest first, and are read until they are too old.
    has_since: bool,
    /// The comments can be read.
    comments: bool,
    /// Whether a post is still there can be asked.
    verified: bool,
}

/// One request, or a list of them.
#[derive(Clone, Debug)]
enum Task {
    Hashtag(String),
    Posts {
        list: List,
        next: Option<Parameters>,
        pages: usize,
        seen: BTreeSet<String>,
    },
    Comments {
        list: List,
        post: String,
        next: Option<Parameters>,
        pages: usize,
        seen: BTreeSet<String>,
    },
    /// Asks whether a post, or a comment on it, is still there.
    Verify {
        list: String,
        post: String,
        comment: Option<String>,
    },
}

fn parameters(list: &[(&str, &str)]) -> Parameters {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl MetaSource {
    /// Prepares to read Facebook pages; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the token is missing, or the address is none.
    pub fn facebook(config: FacebookConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let graph = Graph::new(&config.base_url, &config.version, config.token, config.app_secret, context)?;
        let edges: &[&str] = if config.tagged { &["feed", "tagged"] } else { &["feed"] };
        let list = |page: &String, edge: &str| List {
            name: format!("{page}/{edge}"),
            path: format!("{page}/{edge}"),
            parameters: parameters(&[("fields", FACEBOOK_POST), ("limit", "100")]),
            own: page.clone(),
            has_since: true,
            comments: config.comments,
            verified: true,
        };
        Ok(Self {
            graph,
            network: Network::Facebook,
            lists: config.pages.iter().flat_map(|page| edges.iter().map(|edge| list(page, edge))).collect(),
            hashtags: Vec::new(),
            user_id: String::new(),
            window: millis(config.window.duration()),
            recheck: millis(config.recheck.duration()),
            poll_interval: config.poll_interval.duration(),
            tasks: VecDeque::new(),
            first: None,
            next_look: None,
            back_to: None,
            made: 0,
        })
    }

    /// Prepares to read Instagram; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the token is missing, or the address is none.
    pub fn instagram(config: InstagramConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let graph = Graph::new(&config.base_url, &config.version, config.token, config.app_secret, context)?;
        let user = &config.user_id;
        let fields = format!("{INSTAGRAM_MEDIA},username");
        let list = |edge: &str, is_own: bool| List {
            name: edge.to_owned(),
            path: format!("{user}/{edge}"),
            parameters: parameters(&[("fields", &fields), ("limit", "50")]),
            own: user.clone(),
            has_since: false,
            comments: is_own,
            verified: is_own,
        };
        let own = config.comments.then(|| list("media", true));
        let tagged = config.tagged.then(|| list("tags", false));
        Ok(Self {
            graph,
            network: Network::Instagram,
            lists: own.into_iter().chain(tagged).collect(),
            hashtags: config.hashtags.iter().map(|tag| tag.to_lowercase()).collect(),
            user_id: config.user_id,
            window: millis(config.window.duration()),
            recheck: millis(config.recheck.duration()),
            poll_interval: config.poll_interval.duration(),
            tasks: VecDeque::new(),
            first: None,
            next_look: None,
            back_to: None,
            made: 0,
        })
    }

    /// The requests that every look begins with.
    fn begin(&mut self, progress: &Progress) {
        let posts = |list: List| Task::Posts { list, next: None, pages: 0, seen: BTreeSet::new() };
        self.tasks.extend(self.lists.iter().cloned().map(posts));
        for tag in &self.hashtags {
            self.tasks.push_back(match progress.hashtags.get(tag) {
                Some(id) => posts(self.hashtag_list(tag, id)),
                None => Task::Hashtag(tag.clone()),
            });
        }
    }

    fn hashtag_list(&self, tag: &str, id: &str) -> List {
        List {
            name: format!("#{tag}"),
            path: format!("{id}/recent_media"),
            parameters: parameters(&[("user_id", &self.user_id), ("fields", INSTAGRAM_MEDIA), ("limit", "50")]),
            own: String::new(),
            has_since: false,
            comments: false,
            verified: false,
        }
    }

    /// Makes one request; gives what it brought, and puts what follows from it into the queue.
    async fn work(&mut self, task: Task, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        match task {
            Task::Hashtag(tag) => self.find_hashtag(tag, progress).await,
            Task::Posts { list, next, pages, seen } => self.read_posts(list, next, pages, seen, progress).await,
            Task::Comments { list, post, next, pages, seen } => {
                self.read_comments(list, post, next, (pages, seen), progress).await
            }
            Task::Verify { list, post, comment } => self.verify(&list, &post, comment.as_deref(), progress).await,
        }
    }

    async fn find_hashtag(&mut self, tag: String, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let question = parameters(&[("user_id", &self.user_id), ("q", &tag)]);
        let found = self.graph.list("ig_hashtag_search", &question).await?;
        if let Some(id) = found.data.first().and_then(|tag| tag.get("id")).and_then(Value::as_str) {
            let list = self.hashtag_list(&tag, id);
            self.first = Some(Task::Posts { list, next: None, pages: 0, seen: BTreeSet::new() });
            progress.hashtags.insert(tag, id.to_owned());
        }
        Ok(Vec::new())
    }

    /// What Instagram no longer gave for hashtags after a pause of more than a day.
    fn hashtag_gap(&self, progress: &mut Progress, now: i64) -> Option<Gap> {
        let lost_until = now.saturating_sub(24 * HOUR);
        let gap = (progress.looked > 0 && progress.looked.saturating_add(HOUR) < lost_until).then(|| Gap {
            from: Timestamp::from_millis(progress.looked),
            to: Timestamp::from_millis(lost_until),
            why: "Instagram gives hashtags of the last 24 hours only".to_owned(),
        });
        if now.saturating_sub(progress.looked) >= HOUR {
            progress.looked = now;
        }
        gap.filter(|_| !self.hashtags.is_empty())
    }
}

#[async_trait]
impl Source for MetaSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut gaps = Vec::new();
        if self.tasks.is_empty() {
            let wait = self.next_look.map(|next| next.saturating_duration_since(Instant::now()));
            if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                return Ok(Page::new(Vec::new(), None, Again::After(wait)));
            }
            gaps.extend(self.hashtag_gap(&mut progress, Timestamp::now().as_millis()));
            self.begin(&progress);
        }
        // It stays in the queue until it is done, for a call can be dropped half-way.
        let Some(task) = self.tasks.front().cloned() else {
            return Ok(Page::new(Vec::new(), None, Again::After(self.poll_interval)));
        };
        let items = match self.work(task, &mut progress).await {
            Ok(items) => items,
            Err(error) => {
                // What only a person can mend must not hold up the rest.
                if matches!(error, SourceError::Setup(_)) {
                    self.tasks.pop_front();
                }
                return Err(error);
            }
        };
        self.tasks.pop_front();
        self.made += 1;
        if let Some(first) = self.first.take() {
            self.tasks.push_front(first);
        }
        let again = match (self.tasks.is_empty(), self.graph.pause()) {
            (_, Some(pause)) => Again::After(pause),
            (false, None) => Again::Now,
            (true, None) => {
                self.next_look = Instant::now().checked_add(self.back_to.map_or(self.poll_interval, |_| NEVER));
                Again::After(self.poll_interval)
            }
        };
        Ok(Page { gaps, ..Page::new(items, Some(Cursor::new(&progress)), again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        Ok(self.guess_history(period))
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
