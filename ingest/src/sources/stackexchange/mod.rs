//! Stack Exchange: questions and answers of Stack Overflow and its sister sites that hold certain words or tags.
//!
//! The search tells where something was found, by its last activity, so that edits come along; the texts are then
//! asked for, a hundred at once. Each kept post is looked at again once a day: what the site leaves out is deleted.
//!
//! **Limits**: a number of requests a day, which [`Budget`] keeps, and a `backoff` with any answer, after which the
//! same method must rest. The rest is kept in the cursor, for it outlives a restart.

mod api;
mod config;
mod history;
mod parse;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{DropReason, Gap, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::config::StackExchangeConfig;
use self::parse::{Reading, SOURCE};
use crate::{
    budget::{Budget, BudgetConfig},
    client::{Api, Auth},
    http::{Limits, place},
    memory::{Memory, Rechecks},
    source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, Source, SourceContext, SourceError},
};

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Items of one page, and ids of one request.
const PAGE: usize = 100;

/// Deepest page that can be asked for without a log-in.
const MAX_PAGES: u32 = 25;

/// So much longer than a `backoff` asks is waited, for clocks and networks differ.
const MARGIN: Duration = Duration::from_secs(2);

/// Reads sites of Stack Exchange.
#[derive(Debug)]
pub struct StackExchangeSource {
    api: Api,
    config: StackExchangeConfig,
    budget: Budget,
    questions: Vec<Question>,
    /// What to keep of what is found, where the words are those of the brands.
    kept: SourceContext,
    rechecks: Rechecks,
    /// Until when each method must rest. Unit: milliseconds since 1970.
    rests: BTreeMap<String, i64>,
    next_question: usize,
    next_look: Instant,
}

/// What is asked of one site.
#[derive(Clone, Debug)]
struct Question {
    site: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Words(String),
    Tag(String),
}

impl Question {
    /// The name under which its progress is kept.
    fn key(&self) -> String {
        match &self.what {
            What::Words(words) => format!("{} {words}", self.site),
            What::Tag(tag) => format!("{} [{tag}]", self.site),
        }
    }

    /// The part of a search that is the question.
    fn asked(&self) -> [(&'static str, String); 2] {
        let what = match &self.what {
            What::Words(words) => ("q", phrase(words)),
            What::Tag(tag) => ("tagged", tag.clone()),
        };
        [("site", self.site.clone()), what]
    }
}

/// One page of what a search found. Times in seconds since 1970.
#[derive(Debug, Default)]
struct Hits {
    items: Vec<Item>,
    has_more: bool,
    newest_activity: i64,
    /// Those of the last one of the page.
    oldest_activity: i64,
    oldest_creation: i64,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    places: BTreeMap<String, Place>,
    rests: BTreeMap<String, i64>,
    known: Memory,
}

/// How far a question was answered. Times in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Everything with its last activity before this was read.
    since: i64,
    /// A look that has not come to its last page: the next one, and the latest activity that it found.
    look: Option<(u32, i64)>,
}

/// Whether a post is a question or an answer; the two are asked for apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Question,
    Answer,
}

impl Form {
    fn method(self) -> &'static str {
        if self == Self::Question { "questions" } else { "answers" }
    }

    /// What a post is remembered by.
    fn key(self, site: &str, id: u64) -> String {
        format!("{}{}", if self == Self::Question { 'q' } else { 'a' }, parse::key(site, id))
    }

    /// Form, site and number of what is remembered by `key`.
    fn of(key: &str) -> Option<(Self, &str, u64)> {
        let form = if key.starts_with('q') { Self::Question } else { Self::Answer };
        let (site, id) = key.strip_prefix(['q', 'a'])?.rsplit_once(':')?;
        Some((form, site, id.parse().ok()?))
    }
}

impl StackExchangeSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] for an address that is none, or a contact that cannot stand in a header.
    pub fn new(mut config: StackExchangeConfig, context: SourceContext) -> Result<Self, SourceError> {
        let is_derived = config.search.is_empty() && config.tags.is_empty();
        if is_derived {
            config.search = context.terms.searches(config.most_words())?;
        }
        let auth = config.key.clone().map_or(Auth::None, |key| Auth::Query("key", key));
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        let api =
            Api::new(&config.base_url, auth, &context, limits)?.limited_by(|answer, _| parse::limit(&answer.body));
        let per_day = config.allowed();
        let budget = context.budget.clone().limited(Some(BudgetConfig { per_day }), TimeZone::UTC);
        let words = config.search.iter().cloned().map(What::Words);
        let what: Vec<What> = words.chain(config.tags.iter().cloned().map(What::Tag)).collect();
        let of_site = |site: &String| -> Vec<Question> {
            what.iter().map(|what| Question { site: site.clone(), what: what.clone() }).collect()
        };
        let questions: Vec<Question> = config.sites.iter().flat_map(of_site).collect();
        Ok(Self {
            api,
            rechecks: Rechecks::new(config.recheck.duration()),
            questions,
            kept: if is_derived { context } else { SourceContext::default() },
            budget,
            config,
            rests: BTreeMap::new(),
            next_question: 0,
            next_look: Instant::now(),
        })
    }

    /// Asks `method`, and notes what the answer says of limits.
    async fn ask(&mut self, method: &str, path: &str, query: &[(&str, String)]) -> Result<Bytes, SourceError> {
        let now = Timestamp::now().as_millis();
        if let Some(rest) =
            self.rests.get(method).and_then(|until| u64::try_from(until - now).ok()).filter(|rest| *rest > 0)
        {
            let error = format!("`{method}` must rest, as the site asked");
            return Err(SourceError::Later { error, wait: Some(Duration::from_millis(rest)) });
        }
        self.budget.spend(1).await?;
        let request = query.iter().fold(self.api.get(path), |request, (key, value)| request.query(key, value));
        let body = request.query("pagesize", PAGE).send().await?.body;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        if let Some(left) = around.quota_remaining {
            self.budget.note_left(left);
        }
        if let Some(seconds) = around.backoff {
            let rest = Duration::from_secs(seconds).saturating_add(MARGIN);
            let rest = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
            self.rests.insert(method.to_owned(), now.saturating_add(rest));
        }
        Ok(body)
    }

    /// Reads one page of what was found for the next question.
    async fn look(&mut self, progress: &mut Progress) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let question = self.questions[self.next_question].clone();
        let now = Timestamp::now();
        let first =
            now.as_millis() / 1000 - i64::try_from(self.config.history.duration().as_secs()).unwrap_or(i64::MAX);
        let mut place = progress.places.get(&question.key()).copied().unwrap_or(Place { since: first, look: None });
        let (page, mut newest) = place.look.unwrap_or((1, place.since));
        let query = [
            ("sort", "activity".to_owned()),
            ("order", "desc".to_owned()),
            ("min", place.since.to_string()),
            ("page", page.to_string()),
        ];
        let hits = self.search(progress, &question, &query).await?;
        newest = newest.max(hits.newest_activity.min(now.as_millis() / 1000));
        let goes_on = hits.has_more && page < MAX_PAGES;
        let gap = (hits.has_more && !goes_on).then(|| Gap {
            from: Timestamp::from_seconds(place.since),
            to: Timestamp::from_seconds(hits.oldest_activity),
            why: format!("more than {} posts were found for {}", MAX_PAGES as usize * PAGE, question.key()),
        });
        place = match goes_on {
            true => Place { look: Some((page + 1, newest)), ..place },
            false => Place { since: newest, look: None },
        };
        progress.places.insert(question.key(), place);
        if !goes_on {
            self.end_look();
        }
        Ok((hits.items, gap))
    }

    fn end_look(&mut self) {
        self.next_question += 1;
        if self.next_question >= self.questions.len() {
            self.next_question = 0;
            self.next_look = Instant::now() + self.config.poll_interval.duration();
        }
    }

    /// Reads one page of what the search finds for `question`, and the texts of that.
    async fn search(
        &mut self,
        progress: &mut Progress,
        question: &Question,
        query: &[(&'static str, String)],
    ) -> Result<Hits, SourceError> {
        let query = [&question.asked()[..], query].concat();
        let body = self.ask("search/excerpts", "search/excerpts", &query).await?;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        let mut hits = Hits { has_more: around.has_more, ..Hits::default() };
        let mut titles: BTreeMap<Form, HashMap<u64, String>> = BTreeMap::new();
        for found in around.items {
            match parse::found(found.get().as_bytes()) {
                Ok(found) => {
                    hits.newest_activity = hits.newest_activity.max(found.last_activity_date);
                    hits.oldest_activity = found.last_activity_date;
                    hits.oldest_creation = found.creation_date;
                    let (form, id) = match found.answer_id {
                        Some(answer) => (Form::Answer, answer),
                        None => (Form::Question, found.question_id),
                    };
                    titles.entry(form).or_default().insert(id, found.title);
                }
                Err(rejection) => hits.items.push(self.reject(body.slice_ref(found.get().as_bytes()), rejection)),
            }
        }
        for (form, titles) in titles {
            let ids: Vec<u64> = titles.keys().copied().collect();
            let (found, _) = self.posts(progress, form, &question.site, &ids, &titles).await?;
            hits.items.extend(found);
        }
        Ok(hits)
    }

    /// What becomes of the posts `ids` of `site`, and which of them are not there.
    async fn posts(
        &mut self,
        progress: &mut Progress,
        form: Form,
        site: &str,
        ids: &[u64],
        titles: &HashMap<u64, String>,
    ) -> Result<(Vec<Item>, Vec<u64>), SourceError> {
        let now = Timestamp::now();
        let list = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(";");
        let query = [("site", site.to_owned()), ("filter", "withbody".to_owned())];
        let body = self.ask(form.method(), &format!("{}/{list}", form.method()), &query).await?;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        let mut missing = ids.to_vec();
        let mut items = Vec::new();
        for post in around.items {
            let id = parse::id_of(post.get().as_bytes());
            missing.retain(|missing| id != Some(*missing));
            let title = id.and_then(|id| titles.get(&id)).map(String::as_str);
            items.push(match parse::post(post.get().as_bytes(), site, title, now) {
                Ok(Reading::Mention(mention)) => {
                    let key = form.key(site, id.unwrap_or_default());
                    // What the operator said to search for is kept.
                    let wanted = self.kept.wants(&mention);
                    progress.known.judge(&key, *mention, wanted, now)
                }
                Ok(Reading::Nothing(reason)) => Item::Drop(reason),
                Err(rejection) => self.reject(body.slice_ref(post.get().as_bytes()), rejection),
            });
        }
        Ok((items, missing))
    }

    /// Looks at up to a hundred kept posts again.
    async fn recheck(&mut self, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let due = self.rechecks.due(&progress.known, PAGE);
        let mut groups: BTreeMap<(Form, &str), Vec<u64>> = BTreeMap::new();
        for (form, site, id) in due.iter().filter_map(|known| Form::of(&known.key)) {
            groups.entry((form, site)).or_default().push(id);
        }
        let mut items = Vec::new();
        for ((form, site), ids) in groups {
            let (found, missing) = self.posts(progress, form, site, &ids, &HashMap::new()).await?;
            items.extend(found);
            let now = Timestamp::now();
            let lost = missing.into_iter().map(|id| progress.known.lost(&form.key(site, id), SOURCE, "removed", now));
            items.extend(lost);
        }
        // That nothing changed since yesterday is no news.
        items.retain(|item| *item != Item::Drop(DropReason::Unchanged));
        Ok(items)
    }

    fn reject(&self, raw: Bytes, rejection: hark_mention::Rejection) -> Item {
        Item::Reject { raw, place: place(self.api.base()), rejection }
    }
}

/// Words that belong together stand in quotes.
fn phrase(words: &str) -> String {
    let words = words.trim();
    if words.contains(char::is_whitespace) && !words.contains('"') { format!("\"{words}\"") } else { words.to_owned() }
}

#[async_trait]
impl Source for StackExchangeSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let before: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let mut progress = before.clone();
        progress.places.retain(|key, _| self.questions.iter().any(|question| question.key() == *key));
        let now = Timestamp::now().as_millis();
        for (method, until) in &progress.rests {
            let own = self.rests.entry(method.clone()).or_default();
            *own = (*own).max(*until);
        }
        self.rests.retain(|_, until| *until > now);
        let is_due = self.next_question > 0 || self.next_look <= Instant::now();
        let (items, gap) =
            if is_due { self.look(&mut progress).await? } else { (self.recheck(&mut progress).await?, None) };
        progress.rests = self.rests.clone();
        let wait = self.next_look.saturating_duration_since(Instant::now()).min(self.rechecks.pause());
        let again = if is_due || wait.is_zero() { Again::Now } else { Again::After(wait) };
        let next = (progress != before).then(|| Cursor::new(&progress));
        Ok(Page { gaps: gap.into_iter().collect(), ..Page::new(items, next, again) })
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        self.count_history(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        self.read_history(period, after).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_says_what_it_is() {
        assert_eq!(Form::of(&Form::Answer.key("es.stackoverflow", 7)), Some((Form::Answer, "es.stackoverflow", 7)));
        assert_eq!(Form::of("q"), None);
        assert_eq!([phrase("fairphone"), phrase("fair phone")], ["fairphone".to_owned(), "\"fair phone\"".to_owned()]);
    }
}
