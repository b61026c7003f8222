//! Server-sent events: what streams bring, and what happens when they end.

use std::{collections::btree_map::Entry, time::Duration};

use futures::future::select_all;
use hark_mention::{DropReason, RejectReason, Rejection, Timestamp};
use tokio::time::Instant;

use super::{
    Fill, Listening, MastodonSource, Progress,
    events::{Event, Events},
    parse::SOURCE,
};
use crate::source::{Again, Item, SourceError};

/// A page of a stream is given back after this time, or when it has so many items.
const PAGE_TIME: Duration = Duration::from_secs(1);
const PAGE_ITEMS: usize = 2_000;

/// A stream that lasted less is a failed one.
const SHORT: Duration = Duration::from_secs(10);

/// Longest pause before streams are opened again.
const MAX_PAUSE: Duration = Duration::from_secs(60);

impl MastodonSource {
    /// Opens the streams that are not open. They are opened before what was missed is asked for: nothing falls between.
    pub(super) async fn open_streams(&mut self, listening: &mut Listening) -> Result<(), SourceError> {
        if self.config.token.is_none() {
            return Ok(());
        }
        for (index, timeline) in self.timelines.iter().enumerate() {
            if let Entry::Vacant(vacant) = listening.streams.entry(index) {
                vacant.insert(self.requests.open(timeline).await?);
                tracing::info!(host = self.requests.base().host_str(), timeline = timeline.key(), "listening");
            }
        }
        Ok(())
    }

    /// Reads what the streams bring within a second; says which have ended, and why.
    pub(super) async fn listen(
        &self,
        progress: &mut Progress,
        listening: &mut Listening,
        items: &mut Vec<Item>,
    ) -> Vec<(usize, String)> {
        let deadline = Instant::now() + PAGE_TIME;
        while items.len() < PAGE_ITEMS && Instant::now() < deadline {
            let streams = listening.streams.iter_mut();
            let mut waiting: Vec<_> =
                streams.map(|(index, stream)| Box::pin(async move { (*index, stream.next(deadline).await) })).collect();
            // Each is the first in its turn, so that a busy one leaves room for the others.
            let turn = items.len() % waiting.len();
            waiting.rotate_left(turn);
            let ((index, event), ..) = select_all(waiting).await;
            match event {
                Event::Nothing => break,
                Event::Closed(reason) => return vec![(index, reason)],
                event => items.push(self.event(progress, index, event)),
            }
        }
        let silent = |(index, stream): (&usize, &Events)| stream.is_silent().then(|| (*index, "silent".to_owned()));
        listening.streams.iter().filter_map(silent).collect()
    }

    /// What becomes of an event of the timeline `index`.
    pub(super) fn event(&self, progress: &mut Progress, index: usize, event: Event) -> Item {
        let now = Timestamp::now();
        match event {
            Event::Post(bytes) => {
                let (id, item) = self.item(progress, bytes, now);
                if let Some(id) = id {
                    progress.note(&self.timelines[index], &id);
                }
                item
            }
            Event::Deleted(id) => progress.known.lost(&id, SOURCE, "author", now),
            Event::TooLong(raw) => {
                let rejection = Rejection::new(RejectReason::TooLarge, "an event of more than a mebibyte");
                Item::Reject { raw, place: self.place(), rejection }
            }
            Event::Other | Event::Nothing | Event::Closed(_) => Item::Drop(DropReason::NotAMention),
        }
    }

    /// Streams that ended are opened again, and what they missed is asked for; not in haste when they end at once.
    pub(super) fn reopen(&mut self, listening: &mut Listening, closed: Vec<(usize, String)>) -> Again {
        let mut pause = Duration::ZERO;
        for (index, reason) in closed {
            tracing::warn!(
                host = self.requests.base().host_str(),
                timeline = self.timelines[index].key(),
                reason,
                "stream ended"
            );
            let lasted = listening.streams.remove(&index).map(|stream| stream.opened.elapsed());
            self.failures = if lasted < Some(SHORT) { self.failures.saturating_add(1) } else { 0 };
            if self.failures > 1 {
                pause = Duration::from_millis(500).saturating_mul(1 << self.failures.min(10)).min(MAX_PAUSE);
            }
            listening.behind.insert(index, Fill::Since(self.config.overlap.duration()));
        }
        if pause.is_zero() { Again::Now } else { Again::After(pause) }
    }
}
