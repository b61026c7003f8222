//! Drives a source as the runner does: fetch, keep the items, then store the cursor.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use hark_ingest::{Again, Cursor, Gap, Item, Source, SourceError};
use hark_mention::{Delete, DropReason, Event, Mention};

/// Longer than any test takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A source, its stored cursor and what came of it.
pub(crate) struct Run<S> {
    pub(crate) source: S,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) items: Vec<Item>,
    pub(crate) errors: Vec<SourceError>,
    pub(crate) gaps: Vec<Gap>,
    /// What was last told of each part, by name: what is wrong with it.
    pub(crate) parts: BTreeMap<String, Option<String>>,
}

impl<S: Source> Run<S> {
    pub(crate) fn new(source: S) -> Self {
        Self { source, cursor: None, items: Vec::new(), errors: Vec::new(), gaps: Vec::new(), parts: BTreeMap::new() }
    }

    /// One turn of the runner. An error is kept, and its wait is what the other side asked for.
    pub(crate) async fn step(&mut self) -> Again {
        match self.source.fetch(self.cursor.as_ref()).await {
            Ok(page) => {
                self.items.extend(page.items);
                self.gaps.extend(page.gaps);
                let parts = page.parts.into_iter();
                self.parts.extend(parts.map(|part| (part.name, part.error.map(|error| error.to_string()))));
                self.cursor = page.next.or(self.cursor.take());
                page.again
            }
            Err(error) => {
                let wait = match &error {
                    SourceError::Later { wait, .. } => wait.unwrap_or(Duration::from_millis(10)),
                    SourceError::Setup(text) => panic!("{text}"),
                };
                self.errors.push(error);
                Again::After(wait)
            }
        }
    }

    /// Goes on until `done`, with the pauses that the source asks for.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < DEADLINE, "{what} never happened; errors: {:?}", self.last_errors());
            match self.step().await {
                Again::After(pause) => tokio::time::sleep(pause.min(Duration::from_millis(50))).await,
                Again::Now | Again::Never => {}
            }
        }
    }

    /// Goes on until several turns in a row bring nothing: all that was there has been read.
    pub(crate) async fn until_idle(&mut self) {
        let mut quiet = 0;
        while quiet < 3 {
            let before = (self.items.len(), self.errors.len());
            let again = self.step().await;
            quiet = if (self.items.len(), self.errors.len()) == before { quiet + 1 } else { 0 };
            if let Again::After(pause) = again {
                tokio::time::sleep(pause.min(Duration::from_millis(50))).await;
            }
        }
    }

    /// The newest errors: there can be thousands of the same.
    pub(crate) fn last_errors(&self) -> &[SourceError] {
        &self.errors[self.errors.len().saturating_sub(5)..]
    }

    pub(crate) fn mentions(&self) -> Vec<&Mention> {
        self.pick(|item| match item {
            Item::Keep(Event::Upsert(mention)) => Some(&**mention),
            _ => None,
        })
    }

    /// All states of one mention, in the order they came.
    pub(crate) fn states(&self, id: &str) -> Vec<&Mention> {
        self.mentions().into_iter().filter(|mention| mention.id == id).collect()
    }

    pub(crate) fn deletes(&self) -> Vec<&Delete> {
        self.pick(|item| match item {
            Item::Keep(Event::Delete(delete)) => Some(delete),
            _ => None,
        })
    }

    /// The raw bytes among the dead letters.
    pub(crate) fn rejected(&self) -> Vec<&[u8]> {
        self.pick(|item| match item {
            Item::Reject { raw, .. } => Some(&raw[..]),
            _ => None,
        })
    }

    pub(crate) fn dropped(&self, reason: DropReason) -> usize {
        self.items.iter().filter(|item| **item == Item::Drop(reason)).count()
    }

    fn pick<T: ?Sized>(&self, pick: impl Fn(&Item) -> Option<&T>) -> Vec<&T> {
        self.items.iter().filter_map(pick).collect()
    }
}
