//! What was published in a period, by the site's search: term by term, the newest first.

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    HackerNewsSource,
    client::HITS,
    state::{Progress, Window},
};
use crate::source::{Again, Backfilled, Cursor, Estimate, Page, Period, SourceError};

/// What is still to be searched: the terms, and of the first one this window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Left {
    terms: Vec<String>,
    window: Window,
}

impl HackerNewsSource {
    pub(super) async fn estimate_history(&mut self, period: Period) -> Result<Estimate, SourceError> {
        let (mut mentions, mut pages) = (0, 0);
        for term in self.history_terms()? {
            let count = self.client.search(&term, window(period)).await?.count;
            mentions += count;
            pages += count / HITS as u64 + 1;
        }
        let note = "a mention that several terms find is counted for each; comments need some requests more for their \
                    story; the site's search knows no wildcards";
        Ok(Estimate { mentions: Some(mentions), requests: pages + mentions, units: None, note: Some(note.to_owned()) })
    }

    pub(super) async fn read_history(
        &mut self,
        period: Period,
        after: Option<&Cursor>,
    ) -> Result<Backfilled, SourceError> {
        let all = self.history_terms()?;
        let mut left = match after {
            Some(after) => after.read()?,
            None => Left { terms: all.clone(), window: window(period) },
        };
        let Some(term) = left.terms.first().cloned() else {
            return Ok(Backfilled { page: Page::new(Vec::new(), None, Again::Never), done: 1.0 });
        };
        let (items, window_left) = self.search_piece(&mut Progress::default(), &term, left.window).await?;
        left.window = window_left;
        if left.window.is_empty() {
            left.terms.remove(0);
            left.window = window(period);
        }
        let again = if left.terms.is_empty() { Again::Never } else { Again::Now };
        let done = done(&left, all.len(), window(period));
        Ok(Backfilled { page: Page::new(items, Some(Cursor::new(&left)), again), done })
    }

    /// What to search for: what the operator wrote, or else what brands and products listen for.
    fn history_terms(&self) -> Result<Vec<String>, SourceError> {
        let configured = &self.config.search;
        let terms = if configured.is_empty() { &self.context.terms.words } else { configured };
        if terms.is_empty() {
            let because = self.context.terms.because.as_deref().unwrap_or("no brand is configured");
            let error =
                format!("history is searched by words, and there are none to search for: {because}; set `search`");
            return Err(SourceError::Setup(error));
        }
        Ok(terms.clone())
    }
}

fn window(period: Period) -> Window {
    let seconds = |time: Timestamp| time.as_millis().div_euclid(1000);
    Window { since: seconds(period.from), until: seconds(period.to) }
}

fn done(left: &Left, terms: usize, whole: Window) -> f64 {
    let seconds = |window: Window| (window.until - window.since).max(0) as f64;
    let (all, rest) = (seconds(whole) * terms as f64, left.terms.len().saturating_sub(1) as f64 * seconds(whole));
    let current = if left.terms.is_empty() { 0.0 } else { seconds(left.window) };
    if all > 0.0 { 1.0 - (rest + current) / all } else { 1.0 }
}
