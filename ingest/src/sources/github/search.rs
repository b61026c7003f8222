//! Issues that searches find.

use std::time::Duration;

use hark_mention::{DropReason, Timestamp};

use super::{
    GitHubSource, PAGE,
    limits::{next_page, pause},
    not_as_expected,
    parse::{self, One, PullRequests},
    state::{Progress, written},
};
use crate::{
    source::{Again, Item, Page, SourceError},
    walk::Shown,
};

/// Pages of a search: it shows 1,000 results.
const SEARCH_PAGES: u32 = 10;

impl GitHubSource {
    /// Reads the next page of a search.
    pub(super) async fn search(
        &mut self,
        name: &str,
        words: &str,
        progress: &mut Progress,
    ) -> Result<Page, SourceError> {
        let walk = progress.walks.entry(name.to_owned()).or_default();
        // Searches are for issues or for pull requests.
        let has_kind = ["is:", "type:"].iter().any(|kind| words.contains(kind));
        let words = if has_kind { words.to_owned() } else { format!("{words} is:issue") };
        let request = match walk.position() {
            Some(next) => self.api.get_url(next),
            None => self.api.get("search/issues").query("q", words).query("sort", "updated").query("per_page", PAGE),
        };
        let answer = self.ask(request).await?;
        let now = Timestamp::now();
        let pulls = if self.config.pull_requests { PullRequests::Read } else { PullRequests::Skip };
        let read = parse::found(&answer.body, pulls, now).map_err(|error| not_as_expected(&answer, &error))?;
        let (mut items, read) = self.apart(read, name);
        let reach = self.rota.reach(now, self.config.history.duration(), SEARCH_PAGES);
        let mut shown = Vec::new();
        for one in read {
            let version = version(&one);
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&version, one.updated, reach.since);
            shown.push((version, one.updated));
            items.push(if is_new { self.fate(one, true, progress, now) } else { Item::Drop(DropReason::Unchanged) });
        }
        items.reverse();
        let shown = Shown { items: &shown, next: next_page(&answer.headers) };
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(shown, reach, now);
        let has_more = walk.position().is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        Ok(self.finished(page, progress, pause(&answer.headers)))
    }
}

/// A name for one state of a thing: a later state is another item of a listing by the last change.
pub(super) fn version(one: &One) -> String {
    format!("{} {}", one.key, written(one.updated))
}
