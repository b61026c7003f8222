//! Lists of posts: what is new, what changed, and what has to be looked at closer.

use std::collections::BTreeSet;

use hark_mention::Timestamp;

use super::{List, MAX_PAGES, MetaSource, Progress, Task, graph::Parameters, parse::Post};
use crate::{
    source::{Item, SourceError},
    sources::known::{Compared, Thread, fate, fingerprint},
};

impl MetaSource {
    pub(super) async fn read_posts(
        &mut self,
        list: List,
        next: Option<Parameters>,
        pages: usize,
        mut seen: BTreeSet<String>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let now = Timestamp::now();
        let since = self.since(now);
        if self.back_to.is_some() {
            // There is room for so many posts only: history finishes each page with its comments.
            progress.known.lists.remove(&list.name);
        }
        let first = || {
            let since = list.has_since.then(|| ("since".to_owned(), (since / 1000).to_string()));
            list.parameters.iter().cloned().chain(since).collect()
        };
        let page = self.graph.list(&list.path, &next.unwrap_or_else(first)).await?;
        let mut items = Vec::new();
        let mut is_over = false;
        for json in &page.data {
            match self.network.post(json, &list.own, now) {
                Ok(post) if post.mention.published_at.as_millis() < since => is_over |= !list.has_since,
                Ok(post) => {
                    seen.insert(post.id.clone());
                    items.push(self.post_fate(post, &list, progress, now));
                }
                Err(rejection) => items.push(progress.known.reject(json, self.network.source(), rejection)),
            }
        }
        let has_room = pages + 1 < MAX_PAGES || self.back_to.is_some();
        match page.next.filter(|_| !is_over && has_room) {
            Some(next) if self.back_to.is_some() => {
                self.tasks.push_back(Task::Posts { list, next: Some(next), pages: pages + 1, seen: BTreeSet::new() });
            }
            Some(next) => self.first = Some(Task::Posts { list, next: Some(next), pages: pages + 1, seen }),
            None => {
                progress.known.trim(&list.name, since);
                let known = progress.known.lists.get(&list.name).into_iter().flat_map(|posts| posts.keys());
                let missing = known.filter(|id| list.verified && pages + 1 < MAX_PAGES && !seen.contains(*id));
                let verify =
                    |post: &String| Task::Verify { list: list.name.clone(), post: post.clone(), comment: None };
                self.tasks.extend(missing.map(verify));
            }
        }
        Ok(items)
    }

    /// How far back posts are read, in milliseconds since 1970.
    pub(super) fn since(&self, now: Timestamp) -> i64 {
        self.back_to.map_or(now.as_millis().saturating_sub(self.window), Timestamp::as_millis)
    }

    pub(super) fn post_fate(&mut self, post: Post, list: &List, progress: &mut Progress, now: Timestamp) -> Item {
        let Post { id, updated, comments, mention } = post;
        let posts = progress.known.lists.entry(list.name.clone()).or_default();
        let known = posts.get(&id);
        let print = fingerprint(&mention);
        let compared = Compared::of(known.map(|thread| thread.print), print);
        let thread = posts
            .entry(id.clone())
            .or_insert_with(|| Thread { at: mention.published_at.as_millis(), ..Thread::default() });
        let is_due = now.as_millis().saturating_sub(thread.read) >= self.recheck;
        let has_changed = (thread.updated, thread.count) != (updated, comments);
        if list.comments && (has_changed || is_due) {
            let (list, next, seen) = (list.clone(), None, BTreeSet::new());
            self.tasks.push_back(Task::Comments { list, post: id, next, pages: 0, seen });
        }
        (thread.print, thread.updated, thread.count) = (print, updated, comments);
        fate(mention, compared, now)
    }
}
