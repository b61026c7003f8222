//! Reading the comments below a post, and the answers to them.

use std::collections::BTreeSet;

use hark_mention::Timestamp;

use super::{
    Answers, COUNT, LinkedInSource, MAX_PAGES, Progress, Task,
    api::List,
    encoded, name,
    parse::{self, SOURCE},
};
use crate::{
    source::{Item, SourceError},
    sources::known::{Compared, fate, fingerprint},
};

impl LinkedInSource {
    /// Reads a page of the comments on `post`, or of the answers to one of them.
    pub(super) async fn read_comments(
        &mut self,
        organisation: String,
        post: String,
        (pages, mut seen, mut answers): (usize, BTreeSet<String>, Answers),
        progress: &mut Progress,
    ) -> Result<Vec<Item>, SourceError> {
        let own = format!("urn:li:organization:{organisation}");
        let place = answers.now.as_ref().unwrap_or(&post);
        let request = self.get(&format!("socialActions/{}/comments", encoded(place)));
        let page: List = match request.query("start", pages * COUNT).query("count", COUNT).json().await {
            Ok(page) => page,
            // It went meanwhile: what is missing is asked for by its name.
            Err(error) if error.is_gone() => List { elements: Vec::new() },
            Err(error) => return Err(error.into()),
        };
        let now = Timestamp::now();
        let (mut items, mut comments) = (Vec::new(), Vec::new());
        for json in &page.elements {
            match parse::comment(json, &post, &own, now) {
                Ok(comment) => comments.push(comment),
                Err(rejection) => items.push(progress.known.reject(json, SOURCE, rejection)),
            }
        }
        let Some(thread) = progress.known.thread(&organisation, &post) else { return Ok(items) };
        for comment in comments {
            let (name, print) = (name(&comment), fingerprint(&comment.mention));
            // Answers have no answers of their own.
            if comment.answers > 0 && answers.now.is_none() {
                answers.later.push(comment.urn.clone());
            }
            let compared = Compared::of(thread.comments.insert(name.clone(), print), print);
            seen.insert(name);
            items.push(fate(comment.mention, compared, now));
        }
        let goes_on = page.elements.len() >= COUNT;
        if goes_on && pages + 1 < MAX_PAGES {
            self.first = Some(Task::Comments { organisation, post, pages: pages + 1, seen, answers });
            return Ok(items);
        }
        answers.now = answers.later.pop();
        if answers.now.is_some() {
            self.first = Some(Task::Comments { organisation, post, pages: 0, seen, answers });
            return Ok(items);
        }
        thread.read = now.as_millis();
        let missing = thread.comments.keys().filter(|name| !goes_on && !seen.contains(*name));
        let verify = |name: &String| Task::Verify {
            organisation: organisation.clone(),
            post: post.clone(),
            comment: Some(name.clone()),
        };
        self.tasks.extend(missing.map(verify));
        Ok(items)
    }
}
