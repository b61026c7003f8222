//! Timelines page by page: what was missed, and what is new where there is no stream.

use std::time::Duration;

use bytes::Bytes;
use hark_mention::{Gap, Timestamp};
use reqwest::StatusCode;
use tokio::time::Instant;

use super::{Fill, Listening, MastodonSource, Progress, Turn, parse};
use crate::{
    client::ApiError,
    source::{Again, SourceError},
};

impl MastodonSource {
    /// Asks for one page of what was missed in the timeline `index`.
    pub(super) async fn fill(
        &self,
        progress: &mut Progress,
        listening: &mut Listening,
        index: usize,
        fill: Fill,
    ) -> Result<Turn, SourceError> {
        let (now, timeline) = (Timestamp::now(), &self.timelines[index]);
        let newest = progress.newest.get(&timeline.key()).cloned();
        let (after, gap) = match (fill, newest.as_deref()) {
            (Fill::After(id), _) => (Some(id), None),
            (Fill::Since(overlap), Some(newest)) => self.resume_after(newest, progress.read_at, overlap, now),
            (Fill::Since(_), None) => (None, None),
        };
        let mut turn = Turn { items: Vec::new(), gaps: gap.into_iter().collect(), again: Again::Now };
        let body = match self.requests.page(timeline, after.as_deref()).await {
            Ok(body) => body,
            // A tag that nobody used yet.
            Err(error) if error.is_gone() => Bytes::from_static(b"[]"),
            Err(error) if self.is_closed_to_us(&error) => {
                let from = Timestamp::from_millis(progress.read_at);
                turn.gaps.extend(newest.is_some().then(|| Gap { from, to: now, why: error.to_string() }));
                Bytes::from_static(b"[]")
            }
            Err(error) => return Err(error.into()),
        };
        let mut last = after.clone();
        // The newest stands first.
        for post in parse::list(&body).map_err(SourceError::later)?.iter().rev() {
            let (id, item) = self.item(progress, body.slice_ref(post.get().as_bytes()), now);
            turn.items.push(item);
            let Some(id) = id else { continue };
            progress.note(timeline, &id);
            last = last.filter(|last| !parse::is_newer(&id, last)).or(Some(id));
        }
        match last.filter(|last| after.as_ref().is_some_and(|after| after != last)) {
            Some(last) => drop(listening.behind.insert(index, Fill::After(last))),
            None => drop(listening.behind.remove(&index)),
        }
        Ok(turn)
    }

    /// Whether the stream is open to us, but what was before is not: a gap, and no reason to stop.
    pub(super) fn is_closed_to_us(&self, error: &ApiError) -> bool {
        let refused = |status: StatusCode| matches!(status.as_u16(), 403 | 422);
        self.config.token.is_some() && error.refusal().is_some_and(|(status, _)| refused(status))
    }

    /// After which id to go on: `overlap` before the newest one, for posts of other servers arrive late and are sorted
    /// in by their own time; and not before what is made good at most.
    pub(super) fn resume_after(
        &self,
        newest: &str,
        read_at: i64,
        overlap: Duration,
        now: Timestamp,
    ) -> (Option<String>, Option<Gap>) {
        let Some(at) = parse::time_of(newest) else { return (Some(newest.to_owned()), None) };
        let catch_up = i64::try_from(self.config.catch_up.duration().as_millis()).unwrap_or(i64::MAX);
        let oldest = Timestamp::from_millis(now.as_millis().saturating_sub(catch_up));
        if read_at < oldest.as_millis() {
            let why = format!("an interruption longer than {}", self.config.catch_up);
            return (Some(parse::id_at(oldest)), Some(Gap { from: Timestamp::from_millis(read_at), to: oldest, why }));
        }
        let overlap = i64::try_from(overlap.as_millis()).unwrap_or(i64::MAX);
        let start = Timestamp::from_millis(at.as_millis().saturating_sub(overlap));
        // Without an overlap it is the id itself, or the page would never be empty.
        (Some(if overlap == 0 { newest.to_owned() } else { parse::id_at(start) }), None)
    }

    /// Without a stream: when to look for news.
    pub(super) fn look_again(&self, listening: &mut Listening) -> Again {
        let now = Instant::now();
        if now < listening.next_look {
            return Again::After((listening.next_look - now).min(self.rechecks.pause()));
        }
        let interval = self.config.poll_interval.duration();
        listening.next_look = now + interval;
        let overlap = interval.min(self.config.overlap.duration());
        listening.behind = (0..self.timelines.len()).map(|index| (index, Fill::Since(overlap))).collect();
        Again::Now
    }
}
