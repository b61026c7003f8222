//! LinkedIn: the posts of your own organisations and the comments on them.
//!
//! LinkedIn tells edits by their time, and deletions not at all. So each look goes over the posts of the last weeks and
//! their comments; what no longer appears is asked for by its name, and counts as deleted when it cannot be had.

mod api;
mod comments;
mod config;
mod history;
mod parse;
mod posts;

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hark_mention::{Delete, Event, Timestamp};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use self::config::LinkedInConfig;
use self::parse::{Read, SOURCE, mention_id};
use crate::{
    client::{Api, Auth, Request},
    http::{Answer, Limits, retry_after},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
    sources::known::Known,
    walk::NEVER,
};

/// Most time that one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Entries of one page, which is the most that LinkedIn gives, and pages of one list that one look reads.
const COUNT: usize = 100;
const MAX_PAGES: usize = 10;

/// Younger posts are looked at each time. Unit: milliseconds.
const YOUNG: i64 = 3 * 24 * 3_600_000;

/// How long nothing is asked after a limit: they are counted by the day, and LinkedIn does not tell their end.
const LIMITED: Duration = Duration::from_secs(900);

/// Reads the posts of organisations.
#[derive(Debug)]
pub struct LinkedInSource {
    api: Api,
    config: LinkedInConfig,
    tasks: VecDeque<Task>,
    /// What has to come before them: the next page of the list that is being read.
    first: Option<Task>,
    next_look: Option<Instant>,
    /// How far a look for history goes, and how many of its requests were made.
    back_to: Option<Timestamp>,
    made: usize,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// By the number of the organisation. Comments are named by number and URN, see [`name`].
    known: Known,
}

/// One request.
#[derive(Clone, Debug)]
enum Task {
    Posts {
        organisation: String,
        pages: usize,
        seen: BTreeSet<String>,
    },
    /// Comments on a post.
    Comments {
        organisation: String,
        post: String,
        pages: usize,
        seen: BTreeSet<String>,
        answers: Answers,
    },
    /// Asks whether a post, or a comment on it, is still there.
    Verify {
        organisation: String,
        post: String,
        comment: Option<String>,
    },
}

/// Comments whose answers are read too.
#[derive(Clone, Debug, Default)]
struct Answers {
    /// The one whose answers are read now; none while it is the post itself.
    now: Option<String>,
    later: Vec<String>,
}

/// How a comment is known: its number, by which it is asked for, and its URN, by which its mention is named.
fn name(comment: &Read) -> String {
    format!("{} {}", comment.id, comment.urn)
}

/// A URN as a part of a path. Source: the guide to protocol version 2.0.0, "URN encoding".
fn encoded(urn: &str) -> String {
    url::form_urlencoded::byte_serialize(urn.as_bytes()).collect()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Only limits; `Retry-After` counts when it is there.
fn limit(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let is_limit = answer.status == StatusCode::TOO_MANY_REQUESTS;
    is_limit.then(|| retry_after(&answer.headers, now).unwrap_or(LIMITED))
}

impl LinkedInSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the token is missing, or the address is none.
    pub fn new(config: LinkedInConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let token = config.token.clone().ok_or_else(|| SourceError::setup("`token` is needed"))?;
        let limits = Limits { timeout: TIMEOUT, max_bytes: MAX_BYTES };
        let api = Api::new(&config.base_url, Auth::Bearer(token), context, limits)?.limited_by(limit);
        Ok(Self { api, config, tasks: VecDeque::new(), first: None, next_look: None, back_to: None, made: 0 })
    }

    fn get(&self, path: &str) -> Request<'_> {
        let request = self.api.get(&format!("rest/{path}"));
        request.header("linkedin-version", &self.config.version).header("x-restli-protocol-version", "2.0.0")
    }

    async fn work(&mut self, task: Task, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        match task {
            Task::Posts { organisation, pages, seen } => self.read_posts(organisation, pages, seen, progress).await,
            Task::Comments { organisation, post, pages, seen, answers } => {
                self.read_comments(organisation, post, (pages, seen, answers), progress).await
            }
            Task::Verify { organisation, post, comment } => {
                self.verify(&organisation, &post, comment.as_deref(), progress).await
            }
        }
    }

    async fn verify(
        &mut self,
        organisation: &str,
        post: &str,
        comment: Option<&str>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let path = match comment.and_then(|name| name.split_once(' ')) {
            Some((id, _)) => format!("socialActions/{}/comments/{id}", encoded(post)),
            None => format!("posts/{}", encoded(post)),
        };
        match self.get(&path).send().await {
            Ok(_) => return Ok(Vec::new()),
            Err(error) if error.is_gone() => {}
            Err(error) => return Err(error.into()),
        }
        let gone: Vec<String> = match comment {
            Some(name) => {
                let known = progress.known.thread(organisation, post).and_then(|thread| thread.comments.remove(name));
                known.map(|_| name.to_owned()).into_iter().collect()
            }
            // A post takes its comments along.
            None => match progress.known.lists.get_mut(organisation).and_then(|posts| posts.remove(post)) {
                Some(thread) => thread.comments.into_keys().chain([post.to_owned()]).collect(),
                None => Vec::new(),
            },
        };
        let at = Timestamp::now();
        let delete = |name: String| {
            let id = mention_id(name.split_once(' ').map_or(name.as_str(), |(_, urn)| urn));
            Item::Keep(Event::Delete(Delete { id, source: SOURCE.to_owned(), reason: None, at }))
        };
        Ok(gone.into_iter().map(delete).collect())
    }
}

#[async_trait]
impl Source for LinkedInSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        if self.tasks.is_empty() {
            let wait = self.next_look.map(|next| next.saturating_duration_since(Instant::now()));
            if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                return Ok(Page::new(Vec::new(), None, Again::After(wait)));
            }
            let posts = |organisation: &String| Task::Posts {
                organisation: organisation.clone(),
                pages: 0,
                seen: BTreeSet::new(),
            };
            self.tasks.extend(self.config.organisations.iter().map(posts));
        }
        // It stays in the queue until it is done, for a call can be dropped half-way.
        let interval = self.config.poll_interval.duration();
        let Some(task) = self.tasks.front().cloned() else {
            return Ok(Page::new(Vec::new(), None, Again::After(interval)));
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
        let mut again = Again::Now;
        if self.tasks.is_empty() {
            self.next_look = Instant::now().checked_add(self.back_to.map_or(interval, |_| NEVER));
            again = Again::After(interval);
        }
        Ok(Page::new(items, Some(Cursor::new(&progress)), again))
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        Ok(self.guess_history(period))
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        crate::history::read(self, period, after).await
    }
}
