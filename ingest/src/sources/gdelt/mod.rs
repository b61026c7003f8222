//! GDELT: the headlines of the world's news that hold certain words in their texts.
//!
//! GDELT reads the news every 15 minutes and gives 250 articles at most for one question, so a look cuts the time since
//! the last one: the newest first, then what is older than the oldest of those. What was read turns up in the search a
//! little later, so each look goes an hour further back than the one before.
//!
//! It asks for few requests: one at a time, with a pause between them, however many questions there are.

mod api;
mod config;
mod history;
mod parse;

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hark_mention::{DropReason, Event, Gap, Timestamp};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

pub use self::config::GdeltConfig;
use self::config::{MAX_SEARCH, MIN_WORDS};
use self::parse::{Answer, Reading};
use crate::{
    client::{Api, Auth},
    http::{Limits, place, retry_after},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

/// Articles of one answer at most.
const PAGE: usize = 250;

/// How much is read again, for what is read late. Unit: milliseconds.
const OVERLAP: i64 = 3_600_000;

/// What GDELT calls one moment. Unit: milliseconds.
const STEP: i64 = 15 * 60_000;

/// How long to leave it alone when it was asked too often.
const LIMIT: Duration = Duration::from_secs(60);

/// Most articles that are remembered, 16 bytes each.
const MAX_SEEN: usize = 10_000;

/// Asks GDELT.
#[derive(Debug)]
pub struct GdeltSource {
    api: Api,
    config: GdeltConfig,
    next_question: usize,
    next_look: Instant,
    next_request: Instant,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// How far each question was answered.
    places: BTreeMap<String, Place>,
    /// The articles that were published lately, the oldest first.
    seen: VecDeque<u64>,
}

/// How far a question was answered. Times in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Everything up to here was read, as far as it was there.
    until: i64,
    /// A look under way: where it began, and up to where it still has to read.
    look: Option<(i64, i64)>,
}

impl Progress {
    /// Notes an article; says whether it is new.
    fn is_new(&mut self, print: u64) -> bool {
        if self.seen.contains(&print) {
            return false;
        }
        self.seen.push_back(print);
        while self.seen.len() > MAX_SEEN {
            self.seen.pop_front();
        }
        true
    }
}

impl GdeltSource {
    /// Prepares to ask; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, no question, or a contact that cannot stand in a header.
    pub fn new(mut config: GdeltConfig, context: SourceContext) -> Result<Self, SourceError> {
        if config.search.is_empty() {
            config.search = context.terms.searches(MAX_SEARCH)?;
            // GDELT refuses shorter words.
            config.search.retain(|words| words.chars().count() >= MIN_WORDS);
        }
        if config.search.is_empty() {
            return Err(SourceError::Setup("the brands' words are too short for GDELT: give `search`".to_owned()));
        }
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let api = Api::new(&config.base_url, Auth::None, &context, limits)?.limited_by(|answer, now| {
            let is_limit = answer.status == StatusCode::TOO_MANY_REQUESTS;
            retry_after(&answer.headers, now).or_else(|| is_limit.then_some(LIMIT))
        });
        let now = Instant::now();
        Ok(Self { api, config, next_question: 0, next_look: now, next_request: now })
    }

    /// Asks the next question once.
    async fn look(&mut self, progress: &mut Progress) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let question = self.config.search[self.next_question].clone();
        let now = Timestamp::now();
        let history = i64::try_from(self.config.history.duration().as_millis()).unwrap_or(i64::MAX);
        let first = Place { until: now.as_millis().saturating_sub(history).saturating_add(OVERLAP), look: None };
        let at = progress.places.get(&question).copied().unwrap_or(first);
        let since = at.until.saturating_sub(OVERLAP);
        let (began, until) = at.look.unwrap_or((now.as_millis(), now.as_millis()));
        let found = self.articles(&question, since, until).await;
        if matches!(found, Err(SourceError::Setup(_))) {
            // The other questions go on.
            self.end_look();
        }
        let articles = found?;
        let count = articles.len();
        let (items, oldest) = self.read(progress, articles, &question, until);
        let (next, gap) = rest(count, since, until, oldest, &question);
        let at = match next {
            Some(next) => Place { look: Some((began, next)), ..at },
            None => {
                self.end_look();
                Place { until: began, look: None }
            }
        };
        progress.places.insert(question, at);
        Ok((items, gap))
    }

    /// What becomes of the articles of one answer, and the time of the oldest one.
    fn read(&self, progress: &mut Progress, articles: Vec<String>, question: &str, until: i64) -> (Vec<Item>, i64) {
        let now = Timestamp::now();
        let mut items = Vec::with_capacity(articles.len());
        let mut oldest = until;
        // The newest stands first.
        for json in articles.into_iter().rev() {
            items.push(match parse::article(&json, question, now) {
                Ok(Reading::Mention { mention, seen }) => {
                    oldest = oldest.min(seen.as_millis());
                    match progress.is_new(parse::print(&mention.id)) {
                        true => Item::Keep(Event::Upsert(mention)),
                        false => Item::Drop(DropReason::Unchanged),
                    }
                }
                Ok(Reading::Nothing(reason)) => Item::Drop(reason),
                Err(rejection) => Item::Reject { raw: json.into(), place: place(self.api.base()), rejection },
            });
        }
        (items, oldest)
    }

    fn end_look(&mut self) {
        self.next_question += 1;
        if self.next_question >= self.config.search.len() {
            self.next_question = 0;
            self.next_look = Instant::now() + self.config.poll_interval.duration();
        }
    }

    /// The articles that were seen from `since` to `until`, at most 250 of them, the newest first.
    async fn articles(&mut self, question: &str, since: i64, until: i64) -> Result<Vec<String>, SourceError> {
        self.next_request = Instant::now() + self.config.pause.duration();
        match parse::answer(&self.ask(question, since, until).await?) {
            Answer::Articles(articles) => Ok(articles),
            Answer::Limit => Err(limit()),
            Answer::Wrong(said) => Err(SourceError::Setup(format!("GDELT does not take `{question}`: {said}"))),
            Answer::Nonsense(said) => Err(SourceError::later(format!("not an answer of GDELT: {said}"))),
        }
    }

    async fn ask(&self, question: &str, since: i64, until: i64) -> Result<bytes::Bytes, SourceError> {
        let stamp = |at| parse::stamp(Timestamp::from_millis(at));
        let request = self.api.get("doc").query("query", question).query("mode", "ArtList").query("format", "json");
        let request = request.query("maxrecords", PAGE).query("sort", "DateDesc");
        // Its clock has steps; a step that has begun is asked for as a whole.
        let request = request.query("startdatetime", stamp(since)).query("enddatetime", stamp(until + 1000));
        Ok(request.send().await?.body)
    }
}

/// Up to where there is more to read after an answer of `count` articles, and what cannot be had: more articles in one
/// step than an answer holds.
fn rest(count: usize, since: i64, until: i64, oldest: i64, question: &str) -> (Option<i64>, Option<Gap>) {
    if count < PAGE {
        return (None, None);
    }
    let is_stuck = oldest >= until - STEP;
    let next = if is_stuck { (until - STEP).min(oldest) } else { oldest };
    let gap = is_stuck.then(|| Gap {
        from: Timestamp::from_millis(next),
        to: Timestamp::from_millis(until),
        why: format!("GDELT gives {PAGE} articles at most, and more hold `{question}`"),
    });
    (Some(next).filter(|next| *next > since), gap)
}

fn limit() -> SourceError {
    SourceError::Later { error: "GDELT says that it is asked too often".to_owned(), wait: Some(LIMIT) }
}

#[async_trait]
impl Source for GdeltSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        progress.places.retain(|question, _| self.config.search.contains(question));
        let pause = |until: Instant| until.saturating_duration_since(Instant::now());
        let is_under_way = self.next_question > 0 || progress.places.values().any(|place| place.look.is_some());
        let wait = pause(if is_under_way { self.next_request } else { self.next_look.max(self.next_request) });
        if !wait.is_zero() {
            return Ok(Page::new(Vec::new(), None, Again::After(wait)));
        }
        let (items, gap) = self.look(&mut progress).await?;
        let next = (progress != before).then(|| Cursor::new(&progress));
        let again = Again::After(pause(self.next_request));
        Ok(Page { gaps: gap.into_iter().collect(), ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        Ok(self.guess_history(period))
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_answer_is_cut_by_time() {
        let hour = 3_600_000;
        assert_eq!(rest(249, 0, 10 * hour, 5 * hour, "x"), (None, None));
        assert_eq!(rest(250, 0, 10 * hour, 5 * hour, "x"), (Some(5 * hour), None));
        assert_eq!(rest(250, 6 * hour, 10 * hour, 5 * hour, "x").0, None, "as far as was asked");
        // More in one step than fits: on with the step before, and it is told.
        let (next, gap) = rest(250, 0, 10 * hour, 10 * hour, "x");
        assert_eq!(next, Some(10 * hour - STEP));
        assert!(gap.is_some_and(|gap| gap.why.contains("250")));
    }
}
