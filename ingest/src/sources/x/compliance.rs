//! Which of the collected posts are gone: a job that X works on, once a day.

use std::time::Duration;

use hark_mention::{Event, Timestamp};
use tokio::time::Instant;

use super::{
    SOURCE,
    client::Client,
    parse,
    state::{Check, Progress},
};
use crate::source::{Item, SourceError};

/// Time between two looks whether a job is done.
const JOB_INTERVAL: Duration = Duration::from_secs(60);

/// Time before the next attempt after one that failed.
const RETRY: Duration = Duration::from_secs(3600);

/// Begins jobs and reads their results. What goes wrong here is tried again later and never holds up the reading.
#[derive(Debug)]
pub(super) struct Checker {
    interval: Duration,
    next: Option<Instant>,
}

impl Checker {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, next: None }
    }

    /// Takes the next step, if one is due; gives the deletions that it brought.
    pub(super) async fn look(&mut self, client: &Client, progress: &mut Progress) -> Vec<Item> {
        if self.next.is_some_and(|next| next > Instant::now()) {
            return Vec::new();
        }
        let step = match progress.check.job.clone() {
            Some(job) => self.read(client, progress, &job).await,
            None => self.begin(client, progress).await,
        };
        step.unwrap_or_else(|error| {
            tracing::warn!(source = SOURCE, %error, "cannot ask which posts are gone, trying again in an hour");
            self.next = Instant::now().checked_add(RETRY);
            Vec::new()
        })
    }

    async fn begin(&mut self, client: &Client, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let now = Timestamp::now().as_millis();
        if progress.check.asked == 0 {
            progress.check.asked = now;
        }
        let since = now.saturating_sub(progress.check.asked);
        let interval = i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX);
        if progress.ids.is_empty() || since < interval {
            return Ok(Vec::new());
        }
        let job = client.begin_check(progress.ids.lines()).await?;
        progress.check = Check { asked: now, job: Some(job) };
        self.next = Instant::now().checked_add(self.pause());
        Ok(Vec::new())
    }

    fn pause(&self) -> Duration {
        JOB_INTERVAL.min(self.interval)
    }

    async fn read(&mut self, client: &Client, progress: &mut Progress, job: &str) -> Result<Vec<Item>, SourceError> {
        self.next = Instant::now().checked_add(self.pause());
        let job = match client.check(job).await {
            Ok(job) => job,
            Err(error) if error.is_gone() => {
                progress.check.job = None;
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        let address = match (job.status.as_str(), job.download_url) {
            ("complete", Some(address)) => address,
            ("failed" | "expired", _) => {
                progress.check.job = None;
                return Err(SourceError::later("X gave the job up"));
            }
            _ => return Ok(Vec::new()),
        };
        let result = client.result(&address).await?;
        progress.check.job = None;
        let now = Timestamp::now();
        let lines = result.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        Ok(lines.filter_map(|line| gone(line, progress, now)).collect())
    }
}

fn gone(line: &[u8], progress: &mut Progress, now: Timestamp) -> Option<Item> {
    match parse::redaction(line, now) {
        Ok(Some(delete)) => {
            progress.ids.remove(parse::number(&delete.id));
            Some(Item::Keep(Event::Delete(delete)))
        }
        Ok(None) => None,
        Err(rejection) => {
            let raw = bytes::Bytes::copy_from_slice(line);
            Some(Item::Reject { raw, place: "compliance job".to_owned(), rejection })
        }
    }
}
