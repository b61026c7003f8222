//! Searching: what was active since the last look.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use hark_mention::{Gap, Timestamp};

use super::{MAX_PAGES, PAGE, Place, Progress, StackExchangeSource, parse, posts::Form, question::Question};
use crate::source::{Item, SourceError};

/// One page of what a search found. Times in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) items: Vec<Item>,
    pub(super) has_more: bool,
    pub(super) newest_activity: i64,
    /// Those of the last one of the page.
    pub(super) oldest_activity: i64,
    pub(super) oldest_creation: i64,
}

impl StackExchangeSource {
    /// Reads one page of what was found for the next question.
    pub(super) async fn look(&mut self, progress: &mut Progress) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let question = self.questions[self.next_question].clone();
        let now = Timestamp::now();
        let first =
            now.as_millis() / 1000 - i64::try_from(self.config.history.duration().as_secs()).unwrap_or(i64::MAX);
        let mut place = progress.places.get(&question.key()).copied().unwrap_or(Place { since: first, look: None });
        let (page, mut newest) = place.look.unwrap_or((1, place.since));
        let query = [
            ("sort", "activity".to_owned()),
            ("order", "desc".to_owned()),
            ("min", place.since.to_string()),
            ("page", page.to_string()),
        ];
        let hits = self.search(progress, &question, &query).await?;
        newest = newest.max(hits.newest_activity.min(now.as_millis() / 1000));
        let goes_on = hits.has_more && page < MAX_PAGES;
        let gap = (hits.has_more && !goes_on).then(|| Gap {
            from: Timestamp::from_seconds(place.since),
            to: Timestamp::from_seconds(hits.oldest_activity),
            why: format!("more than {} posts were found for {}", MAX_PAGES as usize * PAGE, question.key()),
        });
        place = match goes_on {
            true => Place { look: Some((page + 1, newest)), ..place },
            false => Place { since: newest, look: None },
        };
        progress.places.insert(question.key(), place);
        if !goes_on {
            self.end_look();
        }
        Ok((hits.items, gap))
    }

    fn end_look(&mut self) {
        self.next_question += 1;
        if self.next_question >= self.questions.len() {
            self.next_question = 0;
            self.next_look = Instant::now() + self.config.poll_interval.duration();
        }
    }

    /// Reads one page of what the search finds for `question`, and the texts of that.
    pub(super) async fn search(
        &mut self,
        progress: &mut Progress,
        question: &Question,
        query: &[(&'static str, String)],
    ) -> Result<Hits, SourceError> {
        let query = [&question.asked()[..], query].concat();
        let body = self.ask("search/excerpts", "search/excerpts", &query).await?;
        let around = parse::wrapper(&body).map_err(SourceError::later)?;
        let mut hits = Hits { has_more: around.has_more, ..Hits::default() };
        let mut titles: BTreeMap<Form, HashMap<u64, String>> = BTreeMap::new();
        for found in around.items {
            match parse::found(found.get().as_bytes()) {
                Ok(found) => {
                    hits.newest_activity = hits.newest_activity.max(found.last_activity_date);
                    hits.oldest_activity = found.last_activity_date;
                    hits.oldest_creation = found.creation_date;
                    let (form, id) = match found.answer_id {
                        Some(answer) => (Form::Answer, answer),
                        None => (Form::Question, found.question_id),
                    };
                    titles.entry(form).or_default().insert(id, found.title);
                }
                Err(rejection) => hits.items.push(self.reject(body.slice_ref(found.get().as_bytes()), rejection)),
            }
        }
        for (form, titles) in titles {
            let ids: Vec<u64> = titles.keys().copied().collect();
            let (found, _) = self.posts(progress, form, &question.site, &ids, &titles).await?;
            hits.items.extend(found);
        }
        Ok(hits)
    }
}
