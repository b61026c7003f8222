//! How far GitHub has been read.

use std::collections::{BTreeMap, VecDeque};

use hark_mention::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    client::Validators,
    walk::{Walk, share},
    watch::Watch,
};

/// Most discussions whose older comments wait to be read.
const MAX_OPEN: usize = 500;

/// The cursor. Bounded: some 700 KB at most, most of it the mentions to look at again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Issues and comments, by listing.
    pub(super) updates: BTreeMap<String, Updates>,
    /// Discussions and searches, by listing.
    pub(super) walks: BTreeMap<String, Walk>,
    /// Discussions whose older comments are still to be read.
    pub(super) open: VecDeque<OpenDiscussion>,
    pub(super) watch: Watch,
}

/// A listing of what changed, the change that is longest ago first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Updates {
    /// Everything that changed before this moment has been read; as GitHub writes times.
    pub(super) since: Option<String>,
    /// The latest change seen in the pages that are being read.
    newest: Option<String>,
    /// The address of the next page.
    pub(super) next: Option<String>,
    /// Of the last answer to the same question.
    pub(super) validators: Validators,
}

/// A discussion and where its older comments end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenDiscussion {
    pub(super) node: String,
    pub(super) key: String,
    pub(super) before: String,
}

impl Updates {
    /// Notes a page whose items changed at these times. A time from the future would hide what follows.
    pub(super) fn advance(
        &mut self,
        changes: &[Timestamp],
        next: Option<String>,
        validators: Validators,
        now: Timestamp,
    ) {
        let latest = changes.iter().max().map(|at| written((*at).min(now)));
        self.newest = self.newest.take().max(latest);
        self.next = next;
        if self.next.is_none() {
            self.finish(validators);
        }
    }

    /// How much of the time from `from` until now has been read, 0 to 1.
    pub(super) fn share(&self, from: Timestamp) -> f64 {
        let reached = self.newest.as_ref().or(self.since.as_ref()).and_then(|at| Timestamp::parse(at).ok());
        reached.map_or(0.0, |reached| share(reached.as_millis() - from.as_millis(), from))
    }

    /// Goes on by time when GitHub has no more pages to give.
    pub(super) fn skip_pages(&mut self) {
        self.next = None;
        self.finish(Validators::default());
    }

    fn finish(&mut self, validators: Validators) {
        let newest = self.newest.take().max(self.since.clone());
        // What an answer is recognised by belongs to one question.
        self.validators = if newest == self.since { validators } else { Validators::default() };
        self.since = newest;
    }
}

/// A time in whole seconds, as GitHub writes it.
pub(super) fn written(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or(text.clone(), |seconds| format!("{seconds}Z"))
}

impl Progress {
    /// Notes that older comments of a discussion are to be read.
    pub(super) fn open(&mut self, discussion: OpenDiscussion) {
        if self.open.len() < MAX_OPEN && !self.open.iter().any(|open| open.node == discussion.node) {
            self.open.push_back(discussion);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_page_by_page_and_then_from_the_latest_on() {
        let at = |seconds: i64| Timestamp::from_seconds(1_795_000_000 + seconds);
        let etag = || Validators { etag: Some("\"x\"".to_owned()), ..Validators::default() };
        let mut updates = Updates { since: Some(written(at(0))), ..Updates::default() };
        updates.advance(&[at(1), at(5)], Some("page 2".to_owned()), etag(), at(10));
        assert_eq!((updates.since.as_deref(), updates.next.as_deref()), (Some(&*written(at(0))), Some("page 2")));
        updates.advance(&[at(5), at(3)], None, etag(), at(10));
        assert_eq!((updates.since.as_deref(), updates.next.as_deref()), (Some(&*written(at(5))), None));
        assert_eq!(updates.validators, Validators::default(), "another question");
        updates.advance(&[at(5)], None, etag(), at(10));
        assert_eq!(updates.validators, etag());
        assert_eq!(written(at(5)).len(), "2026-11-18T22:26:45Z".len());
        updates.advance(&[at(9)], Some("page 2".to_owned()), etag(), at(10));
        updates.skip_pages();
        assert_eq!((updates.since.as_deref(), updates.next.as_deref()), (Some(&*written(at(9))), None));
    }
}
