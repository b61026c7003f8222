//! Issues and comments of a repository, by the time of their last change.

use std::time::Duration;

use hark_mention::Timestamp;
use reqwest::StatusCode;

use super::{
    COMMENTS, GitHubSource, ISSUES, PAGE, is_closed, is_status,
    limits::{next_page, pause},
    not_as_expected,
    parse::{self, One, PullRequests, mention_id},
    state::{Progress, written},
};
use crate::{
    client::Validators,
    source::{Again, Cursor, Page, SourceError},
    watch::Reading,
};

/// Issues of comments that are asked for in one call, and remembered.
const MAX_LOOK_UPS: usize = 20;
const MAX_NUMBERS: usize = 20_000;

impl GitHubSource {
    /// Reads the next page of what changed in a repository.
    pub(super) async fn read_updates(
        &mut self,
        name: &str,
        path: &str,
        progress: &mut Progress,
    ) -> Result<Page, SourceError> {
        let first = written(self.reach(Timestamp::now()).since);
        let updates = progress.updates.entry(name.to_owned()).or_default();
        let since = updates.since.get_or_insert(first).clone();
        let request = match &updates.next {
            Some(next) => self.api.get_url(next),
            None => self
                .api
                .get(path)
                .query("since", since)
                .query("sort", "updated")
                .query("direction", "asc")
                .query("per_page", PAGE),
        };
        let is_first = updates.next.is_none();
        // Pull requests are issues; `state` means nothing to comments.
        let request = if is_first && name.starts_with(ISSUES) { request.query("state", "all") } else { request };
        let request = if is_first { request.if_changed(&updates.validators) } else { request };
        let answer = match self.ask(request).await {
            Ok(answer) => answer,
            // Pages end at some depth; the next question begins with the latest change seen.
            Err(error) if !is_first && is_status(&error, StatusCode::UNPROCESSABLE_ENTITY) => {
                updates.skip_pages();
                return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::Now));
            }
            Err(error) if is_closed(&error) => return self.closed(name, &error, progress),
            Err(error) => return Err(error.into()),
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        if answer.status == StatusCode::NOT_MODIFIED {
            self.rota.looked(name, self.config.poll_interval.duration());
            let mut page = Page::new(Vec::new(), None, self.again(progress, pause(&answer.headers)));
            page.works(name);
            return Ok(page);
        }
        let pulls = if self.config.pull_requests { PullRequests::Read } else { PullRequests::Skip };
        let read = if name.starts_with(ISSUES) { parse::issues } else { parse::comments };
        let read = read(&answer.body, pulls, now).map_err(|error| not_as_expected(&answer, &error))?;
        // Of a full page an unchanged answer would not tell that another follows by now.
        let is_whole = is_first && read.len() < PAGE;
        let validators = if is_whole { Validators::of(&answer) } else { Validators::default() };
        let changes: Vec<Timestamp> = read.iter().flatten().map(|one| one.updated).collect();
        let (mut items, read) = self.apart(read, name);
        let read = if name.starts_with(ISSUES) {
            self.note_numbers(name, &read);
            read
        } else {
            self.find_issues(name, read, progress).await
        };
        items.extend(read.into_iter().map(|one| self.fate(one, self.config.only_wanted, progress, now)));
        let updates = progress.updates.entry(name.to_owned()).or_default();
        updates.advance(&changes, next_page(&answer.headers), validators, now);
        let has_more = updates.next.is_some();
        self.rota.looked(name, if has_more { Duration::ZERO } else { self.config.poll_interval.duration() });
        let mut page = Page::new(items, None, Again::Now);
        page.works(name);
        Ok(self.finished(page, progress, pause(&answer.headers)))
    }

    fn note_numbers(&mut self, name: &str, read: &[One]) {
        let repository = name.trim_start_matches(ISSUES);
        for (one, number) in read.iter().filter_map(|one| Some((one, one.number?))) {
            self.note_number(repository, number, one.key.clone());
        }
    }

    fn note_number(&mut self, repository: &str, number: u64, key: String) {
        if self.numbers.len() >= MAX_NUMBERS {
            self.numbers.clear();
        }
        self.numbers.insert((repository.to_owned(), number), key);
    }

    /// Tells comments which issue they are on. One that cannot be found leaves its comments without.
    async fn find_issues(&mut self, name: &str, mut read: Vec<One>, progress: &Progress) -> Vec<One> {
        let repository = name.trim_start_matches(COMMENTS).to_owned();
        let mut look_ups = 0;
        for one in &mut read {
            let Some(number) = one.number else { continue };
            let Reading::Mention(mention) = &mut one.reading else { continue };
            let place = (repository.clone(), number);
            if !self.numbers.contains_key(&place) && look_ups < MAX_LOOK_UPS && !progress.watch.holds(&one.key) {
                look_ups += 1;
                let request = self.api.get(&format!("repos/{repository}/issues/{number}"));
                let found = self.ask(request).await.ok().and_then(|answer| parse::issue_key(&answer.body));
                if let Some((number, key)) = found {
                    self.note_number(&repository, number, key);
                }
            }
            let issue = self.numbers.get(&place).map(|key| mention_id(key));
            mention.parent_id.clone_from(&issue);
            mention.thread_id = issue;
        }
        read
    }
}
