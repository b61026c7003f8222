//! Videos that searches find.

use std::time::{Duration, SystemTime};

use hark_mention::Timestamp;

use super::{IDS, SEARCH, YouTubeSource, not_as_expected, parse, reason, state::Progress, until_midnight};
use crate::{
    source::{Again, Page, SourceError},
    walk::before,
};

/// Searched again, because a search finds a video some time after its publication.
const SEARCH_OVERLAP: Duration = Duration::from_secs(24 * 3600);

impl YouTubeSource {
    /// Searches for new videos, when it is time; for history, page by page for all that there are.
    pub(super) async fn search(
        &mut self,
        name: &str,
        words: &str,
        progress: &mut Progress,
    ) -> Result<Page, SourceError> {
        let (now, interval) = (Timestamp::now(), self.config.search_interval.duration());
        let is_history = self.rota.looks_back_to().is_some();
        let last = progress.searched.get(words).copied();
        let token = progress.search_pages.remove(words);
        let since_last =
            last.filter(|_| token.is_none()).and_then(|last| u64::try_from(now.as_millis().saturating_sub(last)).ok());
        if let Some(early) = since_last.and_then(|passed| interval.checked_sub(Duration::from_millis(passed))) {
            self.rota.looked(name, early);
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        }
        let first = self.reach(now).since;
        let since = last.filter(|_| !is_history).map_or(first, Timestamp::from_millis);
        let (since, limit) = (before(since, SEARCH_OVERLAP).to_string(), IDS.to_string());
        let mut query = vec![
            ("part", "snippet"),
            ("type", "video"),
            ("order", "date"),
            ("q", words),
            ("publishedAfter", &since),
            ("maxResults", &limit),
        ];
        query.extend(token.as_deref().map(|token| ("pageToken", token)));
        let answer = match self.ask("search", &query).await {
            Ok(answer) => answer,
            // Searches have a quota of their own: comments can still be read.
            Err(error) if reason(&error).as_deref() == Some("quotaExceeded") && !is_history => {
                tracing::warn!(words, "no more searches today");
                let pause = until_midnight(SystemTime::now());
                self.named
                    .iter()
                    .filter(|name| name.starts_with(SEARCH))
                    .for_each(|name| self.rota.looked(name, pause));
                return Ok(Page::new(Vec::new(), None, self.again(progress)));
            }
            Err(error) => return Err(error.into()),
        };
        let read = parse::found(&answer.body).map_err(|error| not_as_expected(&answer, &error))?;
        let (mut items, mut videos) = (Vec::new(), Vec::new());
        for video in read.items {
            match video {
                Ok(video) => videos.push(video),
                Err(wrong) => items.push(self.rejected(wrong, name)),
            }
        }
        let new = progress.note_found(videos.into_iter(), now);
        tracing::debug!(words, new, "searched for videos");
        progress.searched.insert(words.to_owned(), now.as_millis());
        let next = read.next.filter(|_| is_history);
        self.rota.looked(name, if next.is_some() { Duration::ZERO } else { interval });
        progress.search_pages.extend(next.map(|next| (words.to_owned(), next)));
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }
}
