//! The filtered stream: posts as they are written.

use std::time::Duration;

use hark_mention::{RejectReason, Rejection, Timestamp};
use reqwest::StatusCode;
use tokio::time::Instant;

use super::{SEARCH_LAG, SOURCE, XSource, api::Line, parse, state::Progress};
use crate::{
    client::{ApiError, Heard, Lines},
    source::{Again, Cursor, Item, Page, SourceError},
};

/// A page is given back after this time, or when it has so many items.
const PAGE_TIME: Duration = Duration::from_secs(1);
const PAGE_ITEMS: usize = 1_000;

/// How long the stream may be silent; X sends an empty line every 20 s.
const IDLE: Duration = Duration::from_secs(60);

/// Time between two stored cursors. A restart searches what came since.
const STORE_EVERY: Duration = Duration::from_secs(30);

/// Posts that are paid for in advance.
const AHEAD: u64 = 10;

/// First and longest waits before the next attempt to connect: after a cut line they grow evenly, after a refusal they
/// double.
///
/// Source: <https://docs.x.com/x-api/fundamentals/handling-disconnections>.
const NETWORK_WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(16));
const HTTP_WAIT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(320));
const LIMIT_WAIT: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(900));

/// The stream, connected or not.
#[derive(Debug)]
pub(super) struct Stream {
    rules: Vec<String>,
    rules_kept: bool,
    open: Option<Open>,
    /// Attempts in a row that failed.
    failures: u32,
    /// Posts that are paid for and have not come yet, times what a post costs.
    prepaid: u64,
}

#[derive(Debug)]
struct Open {
    lines: Lines,
    /// What was read, ahead of the stored cursor.
    progress: Progress,
    /// The cursor that the runner has.
    given: Option<Cursor>,
    stored: Instant,
    heard: Instant,
    /// When the search goes over what was missed; `None` when it did.
    search_at: Option<Instant>,
}

impl Stream {
    pub(super) fn new(rules: Vec<String>) -> Self {
        Self { rules, rules_kept: false, open: None, failures: 0, prepaid: 0 }
    }

    /// The same, not connected.
    pub(super) fn without_connection(&self) -> Self {
        let Self { rules, rules_kept, failures, .. } = self;
        Self { rules: rules.clone(), rules_kept: *rules_kept, open: None, failures: *failures, prepaid: 0 }
    }

    /// How long to wait after an attempt that failed with `error`.
    fn wait(&mut self, error: &ApiError) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let doubled =
            |(first, most): (Duration, Duration)| first.saturating_mul(1 << (self.failures - 1).min(16)).min(most);
        match error.refusal() {
            None => NETWORK_WAIT.0.saturating_mul(self.failures).min(NETWORK_WAIT.1),
            Some((StatusCode::TOO_MANY_REQUESTS, _)) => doubled(LIMIT_WAIT),
            Some(_) => doubled(HTTP_WAIT),
        }
    }
}

impl XSource {
    /// Reads one page of the stream, or of the search over what the stream missed.
    pub(super) async fn listen(&mut self, stream: &mut Stream, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut open = match stream.open.take() {
            Some(open) if open.given.as_ref() == after => open,
            _ => self.connect(stream, after).await?,
        };
        if open.search_at.is_some_and(|at| at <= Instant::now()) {
            let found = match self.search(&mut open.progress).await {
                Ok(found) => found,
                Err(error) => {
                    stream.open = Some(open);
                    return Err(error);
                }
            };
            let Some(found) = found else {
                open.search_at = None;
                return Ok(self.give(stream, open, Vec::new(), Again::Now));
            };
            let mut page = self.give(stream, open, found.items, Again::Now);
            page.gaps.extend(found.gap);
            return Ok(page);
        }
        let mut items = self.checker.look(&self.client, &mut open.progress).await;
        let closed = match self.read(stream, &mut open, &mut items).await {
            Ok(closed) => closed,
            // The budget is used up: what came is kept, and the connection is closed, for it goes on costing.
            Err(error) if items.is_empty() => return Err(error),
            Err(_) => Some("the budget is used up".to_owned()),
        };
        let Some(reason) = closed else { return Ok(self.give(stream, open, items, Again::Now)) };
        tracing::warn!(source = SOURCE, reason, "stream ended");
        self.budget.give_back(std::mem::take(&mut stream.prepaid));
        Ok(Page::new(items, Some(Cursor::new(&open.progress)), Again::Now))
    }

    /// Puts the rules in place, once, and connects; then the search has to go over what was missed.
    async fn connect(&mut self, stream: &mut Stream, after: Option<&Cursor>) -> Result<Open, SourceError> {
        self.prepay(stream).await?;
        if !stream.rules_kept {
            self.client.keep_rules(&stream.rules, &self.config.rule_tag).await?;
            stream.rules_kept = true;
        }
        let lines = match self.client.stream().await {
            Ok(lines) => lines,
            Err(error) => {
                let wait = stream.wait(&error);
                return Err(match SourceError::from(error) {
                    SourceError::Later { error, wait: None } => SourceError::Later { error, wait: Some(wait) },
                    other => other,
                });
            }
        };
        stream.failures = 0;
        tracing::info!(source = SOURCE, "connected");
        let now = Instant::now();
        self.due.clear();
        self.next_round = None;
        let progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let search_at = Some(now + SEARCH_LAG.min(self.config.poll_interval.duration()));
        Ok(Open { lines, progress, given: after.cloned(), stored: now, heard: now, search_at })
    }

    async fn prepay(&self, stream: &mut Stream) -> Result<(), SourceError> {
        let each = self.config.units_per_post();
        if stream.prepaid < each {
            // Near the day's end of the budget the rest is taken one by one.
            let left = self.budget.left().unwrap_or(u64::MAX) / each;
            let units = left.clamp(1, AHEAD) * each;
            self.budget.spend(units).await?;
            stream.prepaid += units;
        }
        Ok(())
    }

    /// Reads what comes within a second; says why the stream ended, if it did.
    async fn read(
        &mut self,
        stream: &mut Stream,
        open: &mut Open,
        items: &mut Vec<Item>,
    ) -> Result<Option<String>, SourceError> {
        let deadline = Instant::now() + PAGE_TIME;
        while items.len() < PAGE_ITEMS && Instant::now() < deadline {
            self.prepay(stream).await?;
            match open.lines.next(deadline).await {
                Heard::Line(line) if line.is_empty() => {}
                Heard::Line(line) => match serde_json::from_slice::<Line>(&line) {
                    Ok(Line { data: Some(post), includes, .. }) => {
                        stream.prepaid = stream.prepaid.saturating_sub(self.config.units_per_post());
                        if let Some(id) = parse::id(&post).filter(|_| open.search_at.is_none()) {
                            open.progress.searches.values_mut().for_each(|search| search.streamed(id));
                        }
                        items.extend(self.items(&[post], &includes, &mut open.progress));
                    }
                    Ok(Line { errors, .. }) => {
                        let said = errors.first().map(ToString::to_string).unwrap_or_default();
                        return Ok(Some(said.chars().take(200).collect()));
                    }
                    Err(error) => {
                        let rejection = Rejection::new(RejectReason::WrongShape, format!("not a post: {error}"));
                        items.push(Item::Reject { raw: line, place: SOURCE.to_owned(), rejection });
                    }
                },
                Heard::TooLong(raw) => {
                    let rejection = Rejection::new(RejectReason::TooLarge, "a line of the stream that is too long");
                    items.push(Item::Reject { raw, place: SOURCE.to_owned(), rejection });
                }
                Heard::Nothing if open.heard.elapsed() > IDLE => return Ok(Some(format!("silent for {IDLE:?}"))),
                Heard::Nothing => return Ok(None),
                Heard::Closed(reason) => return Ok(Some(reason)),
            }
            open.heard = Instant::now();
        }
        Ok(None)
    }

    /// A page of an open stream; its cursor only now and then, for it is long.
    fn give(&self, stream: &mut Stream, mut open: Open, items: Vec<Item>, again: Again) -> Page {
        let next = (open.stored.elapsed() >= STORE_EVERY.min(self.config.poll_interval.duration())).then(|| {
            open.stored = Instant::now();
            let now = Timestamp::now().as_millis();
            let is_quiet = open.search_at.is_none();
            // Nothing was missed up to now, however quiet it is.
            open.progress.searches.values_mut().filter(|_| is_quiet).for_each(|search| search.listened(now));
            Cursor::new(&open.progress)
        });
        open.given = next.clone().or(open.given);
        stream.open = Some(open);
        Page::new(items, next, again)
    }
}
