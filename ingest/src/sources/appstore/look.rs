//! Reading a list of reviews page by page: the public feed of a country, or those of App Store Connect.

use std::time::Instant;

use bytes::Bytes;
use hark_mention::Timestamp;

use super::{
    AppStoreSource, CONNECT_PAGE, FEED_PAGES, Found, LATE, List, Look, Place, Progress,
    parse::{self, Reading},
};
use crate::{
    http::place,
    source::{Item, SourceError},
    walk::NEVER,
};

impl AppStoreSource {
    /// Reads one page of the list that is looked at.
    pub(super) async fn look(&mut self, progress: &mut Progress) -> Result<Vec<Item>, SourceError> {
        let list = self.lists[self.next_list].clone();
        let mut at = progress.lists.get(&list.key()).cloned().unwrap_or_default();
        if self.back_to.is_some() && at.look.is_none() && at.newest.is_some() {
            // An earlier process read it to its end.
            self.end_look();
            return Ok(Vec::new());
        }
        let mut look = at.look.take().unwrap_or_default();
        let horizon = self.horizon(&list, &at);
        self.next_request = Instant::now() + self.config.pause.duration();
        let found = match &list.country {
            Some(country) => self.feed_page(progress, &list.app, country, look.pages + 1, horizon).await?,
            None => self.connect_page(progress, &list.app, look.next.as_deref(), horizon).await?,
        };
        look.pages += 1;
        look.newest = look.newest.max(found.newest);
        look.oldest = found.oldest.or(look.oldest);
        let is_down = found.oldest.is_some_and(|oldest| oldest < horizon);
        let has_more = match &list.country {
            Some(_) => found.count > 0 && look.pages < FEED_PAGES,
            None => found.next.is_some(),
        };
        if has_more && !is_down {
            at.look = Some(Look { next: found.next, ..look });
        } else {
            at.newest = at.newest.max(look.newest);
            self.end_look();
        }
        progress.lists.insert(list.key(), at);
        Ok(found.items)
    }

    /// Down to when to read. Unit: milliseconds since 1970.
    fn horizon(&self, list: &List, at: &Place) -> i64 {
        let history = i64::try_from(self.config.history.duration().as_millis()).unwrap_or(i64::MAX);
        if let Some(from) = self.back_to {
            return from.as_millis();
        }
        match (at.newest, &list.country) {
            (Some(newest), _) => newest.min(Timestamp::now().as_millis()).saturating_sub(LATE),
            (None, Some(_)) => i64::MIN,
            (None, None) => Timestamp::now().as_millis().saturating_sub(history),
        }
    }

    fn end_look(&mut self) {
        self.next_list += 1;
        if self.next_list >= self.lists.len() {
            self.next_list = 0;
            self.next_look = Instant::now() + self.back_to.map_or(self.config.poll_interval.duration(), |_| NEVER);
        }
    }

    async fn feed_page(
        &self,
        progress: &mut Progress,
        app: &str,
        country: &str,
        page: u32,
        horizon: i64,
    ) -> Result<Found, SourceError> {
        // The first page is more often there under an address without its number.
        let numbered = format!("{country}/rss/customerreviews/page={page}/id={app}/sortBy=mostRecent/json");
        let plain = format!("{country}/rss/customerreviews/id={app}/sortBy=mostRecent/json");
        let mut body = self.api.get(if page == 1 { &plain } else { &numbered }).send().await?.body;
        if page == 1 && parse::feed(&body).map_err(SourceError::later)?.reviews.is_empty() {
            body = self.api.get(&numbered).send().await?.body;
        }
        let read = parse::feed(&body).map_err(SourceError::later)?;
        let judge = |bytes: &[u8], now| parse::entry(bytes, app, country, now);
        Ok(self.judge(progress, app, &body, read, horizon, judge))
    }

    async fn connect_page(
        &self,
        progress: &mut Progress,
        app: &str,
        next: Option<&str>,
        horizon: i64,
    ) -> Result<Found, SourceError> {
        let request = match next {
            Some(next) => self.api.get_url(next),
            None => {
                let request = self.api.get(&format!("v1/apps/{app}/customerReviews")).query("sort", "-createdDate");
                request.query("limit", CONNECT_PAGE).query("include", "response")
            }
        };
        let answer = request.send().await?;
        let told = answer.headers.get("x-rate-limit").and_then(|told| told.to_str().ok());
        if let Some(left) = told.and_then(parse::left) {
            self.budget.note_left(left);
        }
        let body = answer.body;
        let read = parse::reviews(&body).map_err(SourceError::later)?;
        let replies = read.replies.clone();
        let judge = |bytes: &[u8], now| parse::connect(bytes, app, &replies, now);
        Ok(self.judge(progress, app, &body, read, horizon, judge))
    }

    /// What becomes of the reviews of a page that are newer than `horizon`.
    pub(super) fn judge(
        &self,
        progress: &mut Progress,
        app: &str,
        body: &Bytes,
        page: parse::Page<'_>,
        horizon: i64,
        read: impl Fn(&[u8], Timestamp) -> Result<Reading, hark_mention::Rejection>,
    ) -> Found {
        let now = Timestamp::now();
        let mut found =
            Found { items: Vec::new(), count: page.reviews.len(), newest: None, oldest: None, next: page.next };
        // The newest stands first.
        for json in page.reviews.iter().rev() {
            let bytes = body.slice_ref(json.get().as_bytes());
            let item = match read(&bytes, now) {
                Ok(Reading::Mention(mention)) => {
                    let at = mention.published_at.as_millis();
                    found.newest = found.newest.max(Some(at));
                    found.oldest = Some(found.oldest.map_or(at, |oldest| oldest.min(at)));
                    if at < horizon {
                        continue;
                    }
                    let key = format!("{app}/{}", mention.id);
                    progress.known.judge(&key, *mention, true, now)
                }
                Ok(Reading::Nothing(reason)) => Item::Drop(reason),
                Err(rejection) => Item::Reject { raw: bytes, place: place(self.api.base()), rejection },
            };
            found.items.push(item);
        }
        found
    }
}
