//! What a server still has of a stretch of time, the oldest first.

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MastodonSource, Progress, parse};
use crate::source::{Again, Backfilled, Cursor, Estimate, Item, Page, Period, SourceError};

/// How far the stretch was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    timeline: usize,
    /// The id after which the next page begins.
    after: String,
}

impl MastodonSource {
    /// What reading a stretch takes at least: a server does not tell how many posts there are.
    pub(super) fn guess_history(&self, _: Period) -> Estimate {
        let note =
            "one request more for every 40 posts, 300 in 15 minutes; posts that the server does not know are not found";
        Estimate { requests: self.timelines.len() as u64, note: Some(note.to_owned()), ..Estimate::default() }
    }

    /// Reads one page.
    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let first = |timeline| Place { timeline, after: parse::id_at(period.from) };
        let at: Place = after.map(Cursor::read).transpose()?.unwrap_or_else(|| first(0));
        let Some(timeline) = self.timelines.get(at.timeline) else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let body = self.requests.page(timeline, Some(&at.after)).await?;
        let (mut items, mut last, mut is_over) = (Vec::new(), at.after.clone(), false);
        // The newest stands first.
        for post in parse::list(&body).map_err(SourceError::later)?.iter().rev() {
            let (id, item) =
                self.item(&mut Progress::default(), body.slice_ref(post.get().as_bytes()), Timestamp::now());
            if let Some(id) = id {
                let Some(at) = parse::time_of(&id) else {
                    return Err(SourceError::Setup("the ids of this server do not tell the time".to_owned()));
                };
                is_over |= at >= period.to;
                if parse::is_newer(&id, &last) {
                    last = id;
                }
            }
            // Deletions of what this stretch does not know are no news.
            if !is_over && !matches!(item, Item::Keep(hark_mention::Event::Delete(_))) {
                items.push(item);
            }
        }
        let ends = is_over || last == at.after;
        let next = if ends { first(at.timeline + 1) } else { Place { timeline: at.timeline, after: last } };
        let span = (period.to.as_millis() - period.from.as_millis()).max(1) as f64;
        let reached = parse::time_of(&next.after).map_or(0, |reached| reached.as_millis() - period.from.as_millis());
        let read = if ends { 1.0 } else { reached as f64 / span };
        let again = if next.timeline >= self.timelines.len() { Again::Never } else { Again::Now };
        let done = ((at.timeline as f64 + read) / self.timelines.len() as f64).clamp(0.0, 1.0);
        Ok(Backfilled { page: Page::new(items, Some(Cursor::new(&next)), again), done })
    }
}
