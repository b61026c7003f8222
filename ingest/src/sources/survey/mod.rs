//! Questionnaires: exports in a folder, each open answer of a respondent a mention of its own, with the score.
//!
//! A file is read once for each question, by the reader of `hark import`, so everything that reads there reads here: the
//! encodings, the delimiters, the extra header rows of Qualtrics. A file that changes is read again; answers keep their
//! ids, so that an export that holds all answers every day adds only what is new.

mod config;
mod folder;
mod parse;

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use hark_mention::{Event, RejectReason, Rejection, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::config::SurveyConfig;
use self::{
    folder::{Files, Stamp},
    parse::Reading,
};
use crate::{
    source::{Again, Cursor, Item, Page, Source, SourceError},
    sources::import::{self, ImportSource},
};

/// Reads exports.
pub struct SurveySource {
    folder: PathBuf,
    reading: Reading,
    poll_interval: Duration,
    settle: Duration,
    /// The reading that is under way.
    open: Option<(Current, ImportSource)>,
}

/// The cursor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// Files that were read to their end.
    done: Files,
    current: Option<Current>,
    /// How far the present reading is, as the reader of files tells it.
    position: Option<Value>,
}

/// One reading of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Current {
    name: String,
    stamp: Stamp,
    /// Number of the question.
    pass: usize,
}

impl SurveySource {
    /// Prepares to read; nothing is looked at yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the scale is none.
    pub fn new(config: SurveyConfig) -> Result<Self, SourceError> {
        let (folder, poll_interval) = (config.folder.clone(), config.poll_interval.duration());
        let settle = config.settle.duration();
        Ok(Self { folder, reading: Reading::new(config)?, poll_interval, settle, open: None })
    }

    /// Looks for a file to read; `None` when there is none.
    async fn look(&mut self, progress: &mut Progress) -> Result<Option<Current>, SourceError> {
        let folder = self.folder.clone();
        let listed = tokio::task::spawn_blocking(move || folder::exports(&folder)).await.map_err(SourceError::later)?;
        let files =
            listed.map_err(|error| SourceError::Setup(format!("cannot read `{}`: {error}", self.folder.display())))?;
        folder::tidy(&mut progress.done, &files);
        let settled = SystemTime::now().checked_sub(self.settle).unwrap_or(SystemTime::UNIX_EPOCH);
        let settled = settled.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let next = folder::next(&files, &progress.done, u64::try_from(settled).unwrap_or(u64::MAX));
        Ok(next.map(|(name, stamp)| Current { name, stamp, pass: 0 }))
    }

    /// The reader of the present reading, opened if it is not.
    async fn reader(&mut self, current: &Current) -> Result<ImportSource, String> {
        if let Some((open, source)) = self.open.take()
            && open == *current
        {
            return Ok(source);
        }
        let Some(question) = self.reading.question(current.pass) else { return Err("no such question".to_owned()) };
        let (path, options) = (self.folder.join(&current.name), self.reading.options(question));
        let opened = tokio::task::spawn_blocking(move || import::open(path, &options)).await;
        opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    /// Reads a page of the present reading.
    async fn read(&mut self, current: Current, progress: &mut Progress) -> Vec<Item> {
        let mut source = match self.reader(&current).await {
            Ok(source) => source,
            Err(error) => return give_up(current, &error, progress),
        };
        let after = progress.position.clone().map(Cursor::from_json);
        let page = match source.fetch(after.as_ref()).await {
            Ok(page) => page,
            Err(error) => return give_up(current, &error.to_string(), progress),
        };
        let items = page.items.into_iter().filter_map(|item| self.fate(item, &current)).collect();
        if page.again != Again::Never {
            progress.position = page.next.map(|next| next.as_json().clone());
            self.open = Some((current, source));
            return items;
        }
        progress.position = None;
        let next = Current { pass: current.pass + 1, ..current };
        if self.reading.question(next.pass).is_some() {
            progress.current = Some(next);
        } else {
            finish(next, progress);
        }
        items
    }

    /// What becomes of a row. A broken one is told once, when the file is read for its first question.
    fn fate(&self, item: Item, current: &Current) -> Option<Item> {
        let question = self.reading.question(current.pass)?;
        match item {
            Item::Keep(Event::Upsert(mention)) => {
                Some(match self.reading.answer(*mention, question, current.stamp.written) {
                    Verdict::Keep(mention) => Item::Keep(Event::Upsert(Box::new(mention))),
                    Verdict::Drop(reason) => Item::Drop(reason),
                    Verdict::Reject(rejection) => {
                        Item::Reject { raw: Bytes::new(), place: current.name.clone(), rejection }
                    }
                })
            }
            Item::Reject { .. } if current.pass > 0 => None,
            other => Some(other),
        }
    }
}

fn finish(current: Current, progress: &mut Progress) {
    progress.done.insert(current.name, current.stamp);
    progress.current = None;
    progress.position = None;
}

/// A file that cannot be read, told once until it changes.
fn give_up(current: Current, error: &str, progress: &mut Progress) -> Vec<Item> {
    tracing::error!(source = parse::SOURCE, file = current.name, error, "cannot read an export");
    let rejection = Rejection::new(RejectReason::WrongShape, error);
    let raw = Bytes::from(current.name.clone().into_bytes());
    let place = current.name.clone();
    finish(current, progress);
    vec![Item::Reject { raw, place, rejection }]
}

#[async_trait]
impl Source for SurveySource {
    async fn probe(&mut self) -> Result<String, SourceError> {
        let next = self.look(&mut Progress::default()).await?;
        Ok(next.map_or_else(
            || "the folder holds no exports yet".to_owned(),
            |file| format!("begins with `{}`", file.name),
        ))
    }

    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        let mut progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        if progress.current.is_none() {
            progress.current = self.look(&mut progress).await?;
        }
        let Some(current) = progress.current.clone() else {
            return Ok(Page::new(Vec::new(), Some(Cursor::new(&progress)), Again::After(self.poll_interval)));
        };
        let items = self.read(current, &mut progress).await;
        Ok(Page::new(items, Some(Cursor::new(&progress)), Again::Now))
    }
}
