//! Reading the posts of an organisation.

use std::collections::BTreeSet;

use hark_mention::{DropReason, Timestamp};

use super::{
    Answers, COUNT, LinkedInSource, MAX_PAGES, Progress, Task, YOUNG,
    api::List,
    millis,
    parse::{self, SOURCE},
};
use crate::{
    source::{Item, SourceError},
    sources::known::{Compared, Thread, fate, fingerprint},
};

impl LinkedInSource {
    pub(super) async fn read_posts(
        &mut self,
        organisation: String,
        pages: usize,
        mut seen: BTreeSet<String>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let own = format!("urn:li:organization:{organisation}");
        let request = self.get("posts").query("q", "author").query("author", &own).query("sortBy", "LAST_MODIFIED");
        let page: List = request.query("start", pages * COUNT).query("count", COUNT).json().await?;
        let now = Timestamp::now();
        let window = now.as_millis().saturating_sub(millis(self.config.window.duration()));
        let since = self.back_to.map_or(window, Timestamp::as_millis);
        if self.back_to.is_some() {
            // There is room for so many posts only: history finishes each page with its comments.
            progress.known.lists.remove(&organisation);
        }
        let (mut items, mut old) = (Vec::new(), 0);
        for json in &page.elements {
            let mention = match parse::post(json, &own, now) {
                Ok(Some(mention)) => mention,
                Ok(None) => {
                    items.push(Item::Drop(DropReason::NotAMention));
                    continue;
                }
                Err(rejection) => {
                    items.push(progress.known.reject(json, SOURCE, rejection));
                    continue;
                }
            };
            let at = mention.published_at.as_millis();
            if at < since {
                old += 1;
                continue;
            }
            let urn = mention.id.strip_prefix("linkedin:").unwrap_or_default().to_owned();
            seen.insert(urn.clone());
            let posts = progress.known.lists.entry(organisation.clone()).or_default();
            let print = fingerprint(&mention);
            let compared = Compared::of(posts.get(&urn).map(|thread| thread.print), print);
            let thread = posts.entry(urn.clone()).or_insert_with(|| Thread { at, ..Thread::default() });
            thread.print = print;
            let is_young = now.as_millis().saturating_sub(at) < YOUNG;
            let is_due = now.as_millis().saturating_sub(thread.read) >= millis(self.config.recheck.duration());
            if is_young || is_due {
                let (organisation, seen, answers) = (organisation.clone(), BTreeSet::new(), Answers::default());
                self.tasks.push_back(Task::Comments { organisation, post: urn, pages: 0, seen, answers });
            }
            items.push(fate(mention, compared, now));
        }
        // The list is in the order of changes: a page of old posts only means that the rest is older still.
        let goes_on = page.elements.len() >= COUNT && old < page.elements.len();
        if goes_on && self.back_to.is_some() {
            self.tasks.push_back(Task::Posts { organisation, pages: pages + 1, seen: BTreeSet::new() });
            return Ok(items);
        }
        if goes_on && pages + 1 < MAX_PAGES {
            self.first = Some(Task::Posts { organisation, pages: pages + 1, seen });
            return Ok(items);
        }
        progress.known.trim(&organisation, since);
        let known = progress.known.lists.get(&organisation).into_iter().flat_map(|posts| posts.keys());
        let missing = known.filter(|urn| !goes_on && !seen.contains(*urn));
        let verify =
            |post: &String| Task::Verify { organisation: organisation.clone(), post: post.clone(), comment: None };
        self.tasks.extend(missing.map(verify));
        Ok(items)
    }
}
