//! Telegram: what is written in the channels and groups that a bot is a member of, and edits of it.
//!
//! **Asking confirms.** Telegram forgets what lies before the `offset` that it is asked for. So the offset is the
//! cursor, which is handed back only when the page before it is durable. What nobody asks for is kept for 24 hours; a
//! longer pause is a gap.
//!
//! **Numbers can begin anew.** After a week without updates Telegram chooses the next number freely, perhaps below the
//! cursor. So after six days of silence it is asked without an offset, which gives everything that it still keeps.

mod api;
mod config;
mod parse;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use hark_mention::{Event, Gap, RejectReason, Rejection, Timestamp};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::config::TelegramConfig;
use self::{
    api::Answer,
    config::ChatName,
    parse::{SOURCE, UPDATES, What},
};
use crate::{
    client::{Api, ApiError, Auth},
    http::{self, Limits},
    source::{Again, Cursor, Item, Page, Source, SourceContext, SourceError},
};

/// Most updates of one answer, which the Bot API allows too.
const UPDATES_AT_ONCE: usize = 100;

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// How much longer than the long poll a request may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pause after an answer without updates; the waiting itself is done by the long poll.
const PAUSE: Duration = Duration::from_millis(500);

const HOUR: i64 = 3_600_000;

/// How long Telegram keeps updates. Unit: milliseconds.
const KEPT: i64 = 24 * HOUR;

/// After this much silence the numbers of updates are no longer relied on. Unit: milliseconds.
const NUMBERS_HOLD: i64 = 6 * 24 * HOUR;

/// Reads what a bot is told.
#[derive(Debug)]
pub struct TelegramSource {
    api: Api,
    chats: Vec<ChatName>,
    long_poll: Duration,
}

/// How far the updates were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    /// The number after the last one.
    next: Option<i64>,
    /// When the last update came. Milliseconds since 1970.
    heard: i64,
    /// When was last asked, to the hour. Milliseconds since 1970.
    asked: i64,
}

impl TelegramSource {
    /// Prepares to read; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the token is missing, or the address is none.
    pub fn new(config: TelegramConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let token = config.token.ok_or_else(|| SourceError::setup("`token` is needed"))?;
        let long_poll = config.long_poll.duration();
        let limits = Limits { timeout: long_poll + PATIENCE, max_bytes: MAX_BYTES };
        let api = Api::new(&config.base_url, Auth::Path("bot", token), context, limits)?.limited_by(limit);
        Ok(Self { api, chats: config.chats.iter().filter_map(|name| ChatName::read(name)).collect(), long_poll })
    }

    async fn updates(&self, offset: Option<i64>) -> Result<Vec<Value>, SourceError> {
        let mut question =
            json!({"limit": UPDATES_AT_ONCE, "timeout": self.long_poll.as_secs(), "allowed_updates": UPDATES});
        if let Some(offset) = offset {
            question["offset"] = offset.into();
        }
        let answer: Answer = self.api.post("getUpdates").body(&question).json().await.map_err(refused)?;
        if answer.ok { Ok(answer.result) } else { Err(SourceError::later(answer.description)) }
    }

    fn fate(&self, update: &Value, now: Timestamp) -> Item {
        match parse::update(update, &self.chats, now) {
            Ok(What::Mention(mention)) => Item::Keep(Event::Upsert(mention)),
            Ok(What::Nothing(reason)) => Item::Drop(reason),
            Err(rejection) => reject(update, rejection),
        }
    }
}

fn reject(update: &Value, rejection: Rejection) -> Item {
    let place = parse::update_id(update).map_or_else(|| SOURCE.to_owned(), |id| format!("update {id}"));
    Item::Reject { raw: update.to_string().into(), place, rejection }
}

/// The Bot API tells in the body how long to wait.
fn limit(answer: &http::Answer, _: SystemTime) -> Option<Duration> {
    let said: Answer = serde_json::from_slice(&answer.body).ok()?;
    said.parameters.retry_after.map(Duration::from_secs)
}

/// A conflict is a second reader, which may be the worker that had this source before, or a webhook, which only its
/// owner can take away.
fn refused(error: ApiError) -> SourceError {
    match error.refusal() {
        Some((StatusCode::CONFLICT, body)) if String::from_utf8_lossy(body).contains("webhook") => SourceError::setup(
            "the bot has a webhook, so its updates go there; take it away with `deleteWebhook`, or use another bot",
        ),
        Some((StatusCode::CONFLICT, _)) => SourceError::later("another program reads the updates of the same bot"),
        _ => error.into(),
    }
}

/// What Telegram no longer had when it was asked again after a long pause.
fn gap(progress: &Progress, now: i64) -> Option<Gap> {
    let lost_until = now.saturating_sub(KEPT);
    (progress.asked > 0 && progress.asked + HOUR < lost_until).then(|| Gap {
        from: Timestamp::from_millis(progress.asked),
        to: Timestamp::from_millis(lost_until),
        why: "Telegram keeps what nobody asks for only 24 hours".to_owned(),
    })
}

#[async_trait]
impl Source for TelegramSource {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let now = Timestamp::now();
        let numbers_hold = now.as_millis().saturating_sub(progress.heard) < NUMBERS_HOLD;
        let updates = self.updates(progress.next.filter(|_| numbers_hold)).await?;
        let gaps = gap(&progress, now.as_millis()).into_iter().collect();
        let now = Timestamp::now();
        let mut items = Vec::with_capacity(updates.len());
        let mut next = None;
        for update in &updates {
            items.push(match parse::update_id(update) {
                Some(id) => {
                    next = next.max(id.checked_add(1));
                    self.fate(update, now)
                }
                None => reject(update, Rejection::new(RejectReason::WrongShape, "an update without a number")),
            });
        }
        if next.is_some() {
            progress = Progress { next, heard: now.as_millis(), ..progress };
        }
        if now.as_millis().saturating_sub(progress.asked) >= HOUR {
            progress.asked = now.as_millis();
        }
        let again = if next.is_some() { Again::Now } else { Again::After(PAUSE) };
        Ok(Page { gaps, ..Page::new(items, Some(Cursor::new(&progress)), again) })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_pause_of_more_than_a_day_is_a_gap() {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap().as_millis();
        let asked = |ago: i64| gap(&Progress { asked: now - ago * HOUR, ..Progress::default() }, now);
        assert_eq!((asked(20), asked(25)), (None, None), "what was last asked is known to the hour");
        let gap = asked(48).unwrap();
        assert_eq!(gap.from.to_string(), "2026-11-20T12:00:00.000Z");
        assert_eq!(gap.to.to_string(), "2026-11-21T12:00:00.000Z");
        assert_eq!(super::gap(&Progress::default(), now), None, "the first start lost nothing");
    }
}
