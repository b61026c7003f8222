//! Reading a list of posts or comments page by page, the newest first.

use std::time::Instant;

use hark_mention::{Gap, Timestamp};

use super::{LemmySource, Look, MAX_PAGES, PAGE, Place, Progress, parse};
use crate::{
    source::{Item, SourceError},
    walk::NEVER,
};

impl LemmySource {
    /// Reads one page of the list that is looked at.
    pub(super) async fn look(&mut self, progress: &mut Progress) -> Result<(Vec<Item>, Option<Gap>), SourceError> {
        let (now, list) = (Timestamp::now(), self.lists[self.next_list].clone());
        let mut at = progress.lists.get(&list.key()).cloned().unwrap_or_default();
        if self.back_to.is_some() && at.look.is_none() && at.last_id > 0 {
            // An earlier process read it to its end.
            self.end_look();
            return Ok((Vec::new(), None));
        }
        let mut look = at.look.take().unwrap_or_default();
        let body = self.page(&list, &look.page).await?;
        let page = parse::list(&body, list.of_posts).map_err(SourceError::later)?;
        let mut items = Vec::with_capacity(page.views.len());
        let mut oldest = None;
        // The newest stands first.
        for view in page.views.iter().rev() {
            let bytes = body.slice_ref(view.get().as_bytes());
            let read = self.read(&bytes, now);
            let id = read.as_ref().map_or_else(|_| parse::id_of(&bytes), |read| Some(read.id));
            let published = read.as_ref().ok().and_then(|read| read.published);
            // A clock that is ahead must not hide what comes after.
            let published = published.map(|at| at.min(now).as_millis());
            oldest = oldest.or(published);
            look.newest_at = look.newest_at.max(published.unwrap_or_default());
            look.highest = look.highest.max(id.unwrap_or_default());
            let item = self.fate(progress, list.of_posts, read, bytes, now);
            // What was read before counts only if it changed since.
            if id.is_none_or(|id| id > at.last_id) || matches!(item, Item::Keep(_)) {
                items.push(item);
            }
        }
        look.pages += 1;
        look.reached_at = oldest.or(look.reached_at);
        let is_down = match self.horizon(&at) {
            Some(horizon) => oldest.is_some_and(|oldest| oldest <= horizon),
            None => true,
        };
        let next =
            if list.of_posts { page.next } else { (page.views.len() >= PAGE).then(|| (look.pages + 1).to_string()) };
        let goes_on = next.filter(|_| !is_down && !page.views.is_empty());
        let gap =
            goes_on.is_some().then_some(()).filter(|()| look.pages >= MAX_PAGES && self.back_to.is_none()).map(|()| {
                Gap {
                    from: Timestamp::from_millis(at.newest_at),
                    to: Timestamp::from_millis(oldest.unwrap_or(at.newest_at)),
                    why: format!(
                        "more than {} new {} on {}",
                        MAX_PAGES as usize * PAGE,
                        list.key(),
                        self.config.instance
                    ),
                }
            });
        match goes_on.filter(|_| gap.is_none()) {
            Some(page) => at.look = Some(Look { page, ..look }),
            None => {
                at.last_id = at.last_id.max(look.highest);
                at.newest_at = at.newest_at.max(look.newest_at);
                self.end_look();
            }
        }
        progress.lists.insert(list.key(), at);
        Ok((items, gap))
    }

    /// Down to when a look goes, in milliseconds since 1970: into what is known, or as far as history goes. The first
    /// look reads one page.
    fn horizon(&self, at: &Place) -> Option<i64> {
        let overlap = i64::try_from(self.config.overlap.duration().as_millis()).unwrap_or(i64::MAX);
        match self.back_to {
            Some(from) => Some(from.as_millis()),
            None => (at.last_id > 0).then(|| at.newest_at.saturating_sub(overlap)),
        }
    }

    fn end_look(&mut self) {
        self.next_list += 1;
        if self.next_list >= self.lists.len() {
            self.next_list = 0;
            self.next_look = Instant::now() + self.back_to.map_or(self.config.poll_interval.duration(), |_| NEVER);
        }
    }
}
