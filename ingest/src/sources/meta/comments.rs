//! Comments on a post, and whether what no longer appears is gone.

use std::collections::BTreeSet;

use hark_mention::{Delete, Event, Timestamp};

use super::{
    List, MAX_PAGES, MetaSource, Progress, Task,
    graph::{self, Parameters},
    parameters,
    parse::{Comment, Network},
};
use crate::{
    source::{Item, SourceError},
    sources::known::{Compared, fate, fingerprint},
};

const FACEBOOK_COMMENT: &str = "id,message,created_time,from,permalink_url,like_count,comment_count,parent{id}";
const INSTAGRAM_COMMENT: &str =
    "id,text,timestamp,username,from,like_count,replies{id,text,timestamp,username,from,like_count}";

impl MetaSource {
    pub(super) async fn read_comments(
        &mut self,
        list: List,
        post: String,
        next: Option<Parameters>,
        (pages, mut seen): (usize, BTreeSet<String>),
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let now = Timestamp::now();
        let first = || match self.network {
            Network::Facebook => parameters(&[
                ("fields", FACEBOOK_COMMENT),
                ("filter", "stream"),
                ("order", "reverse_chronological"),
                ("limit", "100"),
            ]),
            Network::Instagram => parameters(&[("fields", INSTAGRAM_COMMENT), ("limit", "50")]),
        };
        let page = match self.graph.list(&format!("{post}/comments"), &next.unwrap_or_else(first)).await {
            Ok(page) => page,
            // The post went meanwhile: the next look finds out.
            Err(error) if graph::is_gone(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let (mut items, mut comments) = (Vec::new(), Vec::new());
        for json in &page.data {
            for read in self.network.comments(json, &post, &list.own, now) {
                match read {
                    Ok(comment) => comments.push(comment),
                    Err(rejection) => items.push(progress.known.reject(json, self.network.source(), rejection)),
                }
            }
        }
        let Some(thread) = progress.known.thread(&list.name, &post) else { return Ok(items) };
        for Comment { id, mention } in comments {
            let print = fingerprint(&mention);
            let compared = Compared::of(thread.comments.insert(id.clone(), print), print);
            seen.insert(id);
            items.push(fate(mention, compared, now));
        }
        match page.next.filter(|_| pages + 1 < MAX_PAGES) {
            Some(next) => {
                self.first = Some(Task::Comments { list, post, next: Some(next), pages: pages + 1, seen });
            }
            None => {
                thread.read = now.as_millis();
                let missing = thread.comments.keys().filter(|id| pages + 1 < MAX_PAGES && !seen.contains(*id));
                let verify = |id: &String| Task::Verify {
                    list: list.name.clone(),
                    post: post.clone(),
                    comment: Some(id.clone()),
                };
                self.tasks.extend(missing.map(verify));
            }
        }
        Ok(items)
    }

    pub(super) async fn verify(
        &mut self,
        list: &str,
        post: &str,
        comment: Option<&str>,
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        if self.graph.exists(comment.unwrap_or(post)).await? {
            return Ok(Vec::new());
        }
        let gone = match comment {
            Some(comment) => {
                let known = progress.known.thread(list, post).and_then(|thread| thread.comments.remove(comment));
                known.map(|_| comment.to_owned()).into_iter().collect()
            }
            // A post takes its comments along.
            None => match progress.known.lists.get_mut(list).and_then(|posts| posts.remove(post)) {
                Some(thread) => thread.comments.into_keys().chain([post.to_owned()]).collect(),
                None => Vec::new(),
            },
        };
        let at = Timestamp::now();
        let delete = |id: String| {
            let (id, source) = (self.network.mention_id(&id), self.network.source().to_owned());
            Item::Keep(Event::Delete(Delete { id, source, reason: None, at }))
        };
        Ok(gone.into_iter().map(delete).collect())
    }
}
