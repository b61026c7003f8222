//! Comments and their answers, page by page.

use std::time::Duration;

use hark_mention::{DropReason, Timestamp};

use super::{
    CHANNEL, PAGE, REPLIES, YouTubeSource, is_gone, not_as_expected,
    parse::{self, OneThread, Read},
    reason,
    state::{OpenThread, Progress, video},
};
use crate::{
    source::{Again, Cursor, Item, Page, SourceError},
    walk::Shown,
};

/// Pages of answers to one comment.
const MAX_REPLY_PAGES: u32 = 10;

impl YouTubeSource {
    /// Reads the next page of the comments of a channel or a video.
    pub(super) async fn read(&mut self, name: &str, progress: &mut Progress) -> Result<Page, SourceError> {
        let position = progress.walks.entry(name.to_owned()).or_default().position().map(str::to_owned);
        let (limit, of) = (PAGE.to_string(), video(name).or_else(|| name.strip_prefix(CHANNEL)).unwrap_or_default());
        let filter = if video(name).is_some() { "videoId" } else { "allThreadsRelatedToChannelId" };
        let mut query = vec![
            ("part", "snippet,replies"),
            (filter, of),
            ("order", "time"),
            ("textFormat", "plainText"),
            ("maxResults", &limit),
        ];
        query.extend(position.as_deref().map(|token| ("pageToken", token)));
        let answer = match self.ask("commentThreads", &query).await {
            Ok(answer) => answer,
            Err(error) => match reason(&error).as_deref() {
                // Tokens of pages do not live for ever.
                Some("invalidPageToken") if position.is_some() => {
                    progress.walks.entry(name.to_owned()).or_default().restart();
                    return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::Now));
                }
                Some(why @ ("commentsDisabled" | "videoNotFound" | "channelNotFound")) => {
                    return self.is_closed(name, why, progress);
                }
                _ => return Err(error.into()),
            },
        };
        self.closed.remove(name);
        let now = Timestamp::now();
        let read = parse::threads(&answer.body, now).map_err(|error| not_as_expected(&answer, &error))?;
        let (mut page, has_more) = self.page(name, read, progress, now);
        page.works(name);
        let least = self.config.poll_interval.duration();
        let pause = match video(name).and_then(|id| progress.found.get(id)) {
            _ if has_more => Duration::ZERO,
            Some(found) => found.pause(least, now),
            None => least,
        };
        self.rota.looked(name, pause);
        Ok(self.finished(page, progress, now))
    }

    /// The items of a page; says whether the listing has further pages to read now.
    fn page(&self, name: &str, read: Read<OneThread>, progress: &mut Progress, now: Timestamp) -> (Page, bool) {
        let reach = self.reach(now);
        let only_wanted = self.config.only_wanted || !self.named.iter().any(|named| named == name);
        let title = video(name).and_then(|id| progress.found.get(id)).map(|found| found.title.clone());
        let mut shown = Vec::new();
        let mut items = Vec::new();
        let mut news = false;
        for thread in read.items {
            let thread = match thread {
                Ok(thread) => thread,
                Err(wrong) => {
                    items.push(self.rejected(wrong, name));
                    continue;
                }
            };
            let walk = progress.walks.entry(name.to_owned()).or_default();
            let is_new = walk.is_new(&thread.top.id, thread.top.at, reach.since);
            news |= is_new;
            shown.push((thread.top.id.clone(), thread.top.at));
            let mut all = self.thread(thread, is_new, only_wanted, title.as_deref(), progress, now);
            all.reverse();
            items.extend(all);
        }
        // Shown newest first, published oldest first.
        items.reverse();
        if let Some(found) = video(name).and_then(|id| progress.found.get_mut(id)).filter(|_| news) {
            found.news = now.as_millis();
        }
        let walk = progress.walks.entry(name.to_owned()).or_default();
        let gap = walk.advance(Shown { items: &shown, next: read.next }, reach, now);
        let has_more = walk.position().is_some();
        let mut page = Page::new(items, None, Again::Now);
        page.gaps.extend(gap);
        (page, has_more)
    }

    /// The comment of a thread and the answers that came along; the others are to be read later.
    pub(super) fn thread(
        &self,
        thread: OneThread,
        is_new: bool,
        only_wanted: bool,
        title: Option<&str>,
        progress: &mut Progress,
        now: Timestamp,
    ) -> Vec<Item> {
        let OneThread { top, replies, total, video } = thread;
        if total > replies.len() as u64 && (is_new || progress.watch.holds(&top.id)) {
            let open = OpenThread { id: top.id.clone(), video, only_wanted, next: None, pages: 0 };
            progress.threads.note(open, total);
        }
        let mut items = Vec::new();
        if is_new || progress.watch.holds(&top.id) {
            items.push(self.fate(top, only_wanted, title, progress, now));
        } else {
            items.push(Item::Drop(DropReason::Unchanged));
        }
        items.extend(replies.into_iter().map(|reply| self.fate(reply, only_wanted, title, progress, now)));
        items
    }

    /// Reads the next page of answers to one comment.
    pub(super) async fn read_replies(&mut self, progress: &mut Progress) -> Result<Page, SourceError> {
        let Some(mut thread) = progress.threads.open.pop_front() else {
            self.rota.looked(REPLIES, self.config.poll_interval.duration());
            return Ok(Page::new(Vec::new(), None, self.again(progress)));
        };
        let limit = PAGE.to_string();
        let mut query = vec![
            ("part", "snippet"),
            ("parentId", thread.id.as_str()),
            ("textFormat", "plainText"),
            ("maxResults", &limit),
        ];
        query.extend(thread.next.as_deref().map(|token| ("pageToken", token)));
        self.rota.looked(REPLIES, Duration::ZERO);
        let now = Timestamp::now();
        let answer = match self.ask("comments", &query).await {
            Ok(answer) => answer,
            // The comment went meanwhile, or the token of the page is too old: the next look shows what there is.
            Err(error) if is_gone(&error) || reason(&error).as_deref() == Some("invalidPageToken") => {
                return Ok(self.finished(Page::new(Vec::new(), None, Again::Now), progress, now));
            }
            Err(error) => return Err(error.into()),
        };
        let read = parse::comments(&answer.body, thread.video.as_deref(), now)
            .map_err(|error| not_as_expected(&answer, &error))?;
        let title = thread.video.as_ref().and_then(|id| progress.found.get(id)).map(|found| found.title.clone());
        let mut items = Vec::new();
        for one in read.items {
            items.push(match one {
                Ok(one) => self.fate(one, thread.only_wanted, title.as_deref(), progress, now),
                Err(wrong) => self.rejected(wrong, &thread.id),
            });
        }
        thread.pages += 1;
        if read.next.is_some() && thread.pages < MAX_REPLY_PAGES {
            thread.next = read.next;
            progress.threads.open.push_front(thread);
        }
        Ok(self.finished(Page::new(items, None, Again::Now), progress, now))
    }
}
