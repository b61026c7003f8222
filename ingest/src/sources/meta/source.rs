//! The source: a queue of requests for each look, one of them a call.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use async_trait::async_trait;
use hark_mention::{Delete, Event, Gap, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    config::{FacebookConfig, InstagramConfig},
    graph::{Graph, Parameters},
    parse::{Comment, Network, Post},
};
use crate::{
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    sources::known::{Compared, Known, Thread, fate, fingerprint},
    walk::NEVER,
};

/// Most pages of one list that one look reads.
const MAX_PAGES: usize = 20;

const FACEBOOK_POST: &str = "id,message,created_time,updated_time,from,permalink_url,shares,\
                             comments.filter(stream).limit(0).summary(total_count),reactions.limit(0).summary(total_count)";
const FACEBOOK_COMMENT: &str = "id,message,created_time,from,permalink_url,like_count,comment_count,parent{id}";
const INSTAGRAM_MEDIA: &str = "id,caption,media_type,permalink,timestamp,like_count,comments_count";
const INSTAGRAM_COMMENT: &str =
    "id,text,timestamp,username,from,like_count,replies{id,text,timestamp,username,from,like_count}";

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
    pub(super) lists: Vec<List>,
    pub(super) hashtags: Vec<String>,
    /// The Instagram account that asks; empty for Facebook.
    user_id: String,
    window: i64,
    recheck: i64,
    poll_interval: Duration,
    pub(super) tasks: VecDeque<Task>,
    /// What has to come before them: the next page of the list that is being read.
    first: Option<Task>,
    pub(super) next_look: Option<Instant>,
    /// How far a look for history goes, and how many of its requests were made.
    pub(super) back_to: Option<Timestamp>,
    pub(super) made: usize,
}

/// A list of posts.
#[derive(Clone, Debug)]
pub(super) struct List {
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
pub(super) enum Task {
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

    async fn read_posts(
        &mut self,
        list: List,
        next: Option<Parameters>,
        pages: usize,
        mut seen: BTreeSet<String>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let now = Timestamp::now();
        let since = self.since(now);
        if self.back_to.is_some() {
            // There is room for so many posts only: history finishes each page with its comments.
            progress.known.lists.remove(&list.name);
        }
        let first = || {
            let since = list.has_since.then(|| ("since".to_owned(), (since / 1000).to_string()));
            list.parameters.iter().cloned().chain(since).collect()
        };
        let page = self.graph.list(&list.path, &next.unwrap_or_else(first)).await?;
        let mut items = Vec::new();
        let mut is_over = false;
        for json in &page.data {
            match self.network.post(json, &list.own, now) {
                Ok(post) if post.mention.published_at.as_millis() < since => is_over |= !list.has_since,
                Ok(post) => {
                    seen.insert(post.id.clone());
                    items.push(self.post_fate(post, &list, progress, now));
                }
                Err(rejection) => items.push(progress.known.reject(json, self.network.source(), rejection)),
            }
        }
        let has_room = pages + 1 < MAX_PAGES || self.back_to.is_some();
        match page.next.filter(|_| !is_over && has_room) {
            Some(next) if self.back_to.is_some() => {
                self.tasks.push_back(Task::Posts { list, next: Some(next), pages: pages + 1, seen: BTreeSet::new() });
            }
            Some(next) => self.first = Some(Task::Posts { list, next: Some(next), pages: pages + 1, seen }),
            None => {
                progress.known.trim(&list.name, since);
                let known = progress.known.lists.get(&list.name).into_iter().flat_map(|posts| posts.keys());
                let missing = known.filter(|id| list.verified && pages + 1 < MAX_PAGES && !seen.contains(*id));
                let verify =
                    |post: &String| Task::Verify { list: list.name.clone(), post: post.clone(), comment: None };
                self.tasks.extend(missing.map(verify));
            }
        }
        Ok(items)
    }

    /// How far back posts are read, in milliseconds since 1970.
    fn since(&self, now: Timestamp) -> i64 {
        self.back_to.map_or(now.as_millis().saturating_sub(self.window), Timestamp::as_millis)
    }

    fn post_fate(&mut self, post: Post, list: &List, progress: &mut Progress, now: Timestamp) -> Item {
        let Post { id, updated, comments, mention } = post;
        let posts = progress.known.lists.entry(list.name.clone()).or_default();
        let known = posts.get(&id);
        let print = fingerprint(&mention);
        let compared = Compared::of(known.map(|thread| thread.print), print);
        let thread = posts
            .entry(id.clone())
            .or_insert_with(|| Thread { at: mention.published_at.as_millis(), ..Thread::default() });
        let is_due = now.as_millis().saturating_sub(thread.read) >= self.recheck;
        let has_changed = (thread.updated, thread.count) != (updated, comments);
        if list.comments && (has_changed || is_due) {
            let (list, next, seen) = (list.clone(), None, BTreeSet::new());
            self.tasks.push_back(Task::Comments { list, post: id, next, pages: 0, seen });
        }
        (thread.print, thread.updated, thread.count) = (print, updated, comments);
        fate(mention, compared, now)
    }

    async fn read_comments(
        &mut self,
        list: List,
        post: String,
        next: Option<Parameters>,
        (pages, mut seen): (usize, BTreeSet<String>),
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let now = Timestamp::now();
        let first = || match self.network {
            Network::Facebook => parameters(&[
                ("fields", FACEBOOK_COMMENT),
                ("filter", "stream"),
                ("order", "reverse_chronological"),
                ("limit", "100"),
            ]),
            Network::Instagram => parameters(&[("fields", INSTAGRAM_COMMENT), ("limit", "50")]),
        };
        let page = match self.graph.list(&format!("{post}/comments"), &next.unwrap_or_else(first)).await {
            Ok(page) => page,
            // The post went meanwhile: the next look finds out.
            Err(error) if super::graph::is_gone(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let (mut items, mut comments) = (Vec::new(), Vec::new());
        for json in &page.data {
            for read in self.network.comments(json, &post, &list.own, now) {
                match read {
                    Ok(comment) => comments.push(comment),
                    Err(rejection) => items.push(progress.known.reject(json, self.network.source(), rejection)),
                }
            }
        }
        let Some(thread) = progress.known.thread(&list.name, &post) else { return Ok(items) };
        for Comment { id, mention } in comments {
            let print = fingerprint(&mention);
            let compared = Compared::of(thread.comments.insert(id.clone(), print), print);
            seen.insert(id);
            items.push(fate(mention, compared, now));
        }
        match page.next.filter(|_| pages + 1 < MAX_PAGES) {
            Some(next) => {
                self.first = Some(Task::Comments { list, post, next: Some(next), pages: pages + 1, seen });
            }
            None => {
                thread.read = now.as_millis();
                let missing = thread.comments.keys().filter(|id| pages + 1 < MAX_PAGES && !seen.contains(*id));
                let verify = |id: &String| Task::Verify {
                    list: list.name.clone(),
                    post: post.clone(),
                    comment: Some(id.clone()),
                };
                self.tasks.extend(missing.map(verify));
            }
        }
        Ok(items)
    }

    async fn verify(
        &mut self,
        list: &str,
        post: &str,
        comment: Option<&str>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        if self.graph.exists(comment.unwrap_or(post)).await? {
            return Ok(Vec::new());
        }
        let gone = match comment {
            Some(comment) => {
                let known = progress.known.thread(list, post).and_then(|thread| thread.comments.remove(comment));
                known.map(|_| comment.to_owned()).into_iter().collect()
            }
            // A post takes its comments along.
            None => match progress.known.lists.get_mut(list).and_then(|posts| posts.remove(post)) {
                Some(thread) => thread.comments.into_keys().chain([post.to_owned()]).collect(),
                None => Vec::new(),
            },
        };
        let at = Timestamp::now();
        let delete = |id: String| {
            let (id, source) = (self.network.mention_id(&id), self.network.source().to_owned());
            Item::Keep(Event::Delete(Delete { id, source, reason: None, at }))
        };
        Ok(gone.into_iter().map(delete).collect())
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
