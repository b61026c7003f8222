//! The contract between a place where people publish and the runner that publishes to Kafka.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
pub use hark_mention::Gap;
use hark_mention::{DropReason, Event, Mention, Rejection, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{PrivateHosts, budget::Budget};

/// Reads what people publish in one place.
///
/// A source keeps no progress of its own: the runner stores [`Page::next`] once the page is durable and hands it back
/// after a restart, so a source may be asked for the same page twice.
#[async_trait]
pub trait Source: Send {
    /// Reads what follows `after`, or begins when there is no cursor yet.
    ///
    /// Returns within seconds even when nothing arrives: a stream gives what came in the last second.
    /// "Nothing new" is an empty page, never an error.
    ///
    /// # Errors
    ///
    /// [`SourceError::Later`] for a limit or an outage; the runner calls again.
    /// [`SourceError::Setup`] when only the operator can help.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped half-way loses nothing: the next one begins at the stored cursor.
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError>;

    /// Asks for something harmless, to see whether the other side is there and takes our key; gives what a person
    /// should know. Nothing of what comes is published.
    ///
    /// # Errors
    ///
    /// As [`Source::fetch`].
    async fn probe(&mut self) -> Result<String, SourceError> {
        let page = self.fetch(None).await?;
        Ok(format!("{} items at the first look", page.items.len()))
    }

    /// What it would take to read all of `period`.
    ///
    /// # Errors
    ///
    /// As [`Source::backfill`].
    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        Err(no_history(period))
    }

    /// Reads what was published in `period`, piece by piece: what follows `after`, or the first piece. The last one says
    /// [`Again::Never`].
    ///
    /// # Errors
    ///
    /// As [`Source::fetch`]; [`SourceError::Setup`] when the other side has no history, or is not asked for words.
    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        let _ = after;
        Err(no_history(period))
    }
}

fn no_history(period: Period) -> SourceError {
    SourceError::Setup(format!("it cannot be asked for what was published since {}", period.from))
}

/// A stretch of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, which is not part of it.
    pub to: Timestamp,
}

/// What reading a stretch of history would take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Mentions that would come, where the other side tells.
    pub mentions: Option<u64>,
    /// Requests, about.
    pub requests: u64,
    /// What they cost of the budget, in its unit; none where requests cost nothing.
    pub units: Option<u64>,
    /// What else a person should know, such as what is not found that way.
    pub note: Option<String>,
}

/// A piece of history.
#[derive(Debug)]
pub struct Backfilled {
    /// What it holds. Its cursor is for the next piece.
    pub page: Page,
    /// How much of the whole stretch is read with it: 0 to 1.
    pub done: f64,
}

#[async_trait]
impl Source for Box<dyn Source> {
    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        (**self).fetch(after).await
    }

    async fn probe(&mut self) -> Result<String, SourceError> {
        (**self).probe().await
    }

    async fn estimate(&mut self, period: Period) -> Result<Estimate, SourceError> {
        (**self).estimate(period).await
    }

    async fn backfill(&mut self, period: Period, after: Option<&Cursor>) -> Result<Backfilled, SourceError> {
        (**self).backfill(period, after).await
    }
}

/// Tells whether a mention is listened for.
pub type Wanted = Arc<dyn Fn(&Mention) -> bool + Send + Sync>;

/// What every source is told besides its own configuration.
#[derive(Clone, Default)]
pub struct SourceContext {
    /// How the operator can be reached, a URL or a mail address: goes into the `User-Agent`. Default: none.
    pub contact: Option<String>,
    /// Which hosts may be asked although they are in a private network. Default: none.
    pub private_hosts: PrivateHosts,
    /// Which mentions of a firehose to keep. Default: all. Sources that the operator chose one by one keep everything.
    pub wanted: Option<Wanted>,
    /// What is listened for, in words, to ask a site for no more than that.
    pub terms: Terms,
    /// What this source may spend, and has spent. Default: unlimited, and forgotten at the end.
    pub budget: Budget,
}

/// What is listened for, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Every wanted mention holds at least one of these words or phrases; none when that cannot be told.
    pub words: Vec<String>,
    /// Why it cannot be told, for a person: `the query of brand `A` is only about ratings`.
    pub because: Option<String>,
}

impl Terms {
    /// What to search a site for when the operator named nothing: the words, and phrases in quotes.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when there are none, or more than the `most` that are searched for.
    pub(crate) fn searches(&self, most: usize) -> Result<Vec<String>, SourceError> {
        match (self.words.len(), &self.because) {
            (0, because) => {
                let because = because.as_deref().unwrap_or("no brand is configured");
                Err(SourceError::Setup(format!("there is nothing to search for: {because}; name something to read")))
            }
            (count, _) if count > most => Err(SourceError::Setup(format!(
                "the brands listen for {count} words and phrases, and at most {most} are searched for; name something to read"
            ))),
            _ => Ok(self.words.iter().map(|word| quoted(word)).collect()),
        }
    }

    /// What a source does that searches for them, for people.
    pub(crate) fn searched(&self, site: &str, most: usize) -> String {
        match self.searches(most) {
            Ok(searches) => {
                format!("asks {site} for {}, which your brands listen for; {}", searches.join(", "), self.kept())
            }
            Err(error) => format!("collects nothing: {error}"),
        }
    }

    /// What a source keeps that cannot ask for words, for people.
    pub(crate) fn kept(&self) -> String {
        match &self.because {
            Some(because) => format!("everything is kept: {because}"),
            None => "kept is what the brands' queries match".to_owned(),
        }
    }
}

/// Words that belong together stand in quotes.
fn quoted(words: &str) -> String {
    let words = words.trim();
    if words.contains(char::is_whitespace) && !words.contains('"') { format!("\"{words}\"") } else { words.to_owned() }
}

impl SourceContext {
    /// Whether `mention` is listened for.
    pub(crate) fn wants(&self, mention: &Mention) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted(mention))
    }
}

impl fmt::Debug for SourceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceContext").field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// What one call brought, in the order of publication.
#[derive(Debug)]
pub struct Page {
    /// Every item that was read, each with its fate.
    pub items: Vec<Item>,
    /// Where the next call begins, once this page is durable; `None` leaves the stored cursor as it is.
    pub next: Option<Cursor>,
    /// When to call again.
    pub again: Again,
    /// What is now known to be missing for good.
    pub gaps: Vec<Gap>,
    /// How those parts of the source are doing that were asked: a feed, a listing. One that fails stops no other.
    pub parts: Vec<Part>,
}

/// How a part of a source is doing.
#[derive(Debug)]
pub struct Part {
    /// What it is called, for a person.
    pub name: String,
    /// What is wrong with it; `None` when it was read.
    pub error: Option<SourceError>,
}

impl Page {
    /// A page from which nothing is missing.
    pub fn new(items: Vec<Item>, next: Option<Cursor>, again: Again) -> Self {
        Self { items, next, again, gaps: Vec::new(), parts: Vec::new() }
    }

    /// Adds that a part was read.
    pub(crate) fn works(&mut self, name: &str) {
        self.parts.push(Part { name: name.to_owned(), error: None });
    }

    /// Adds that a part cannot be read until a person changes something.
    pub(crate) fn fails(&mut self, name: &str, error: impl fmt::Display) {
        self.parts.push(Part { name: name.to_owned(), error: Some(SourceError::setup(error)) });
    }
}

/// When a source wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At once: more is ready.
    Now,
    /// After this time.
    After(Duration),
    /// Never: the source is exhausted.
    Never,
}

/// What became of one item that a source read. There is no fourth way out.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An event to publish.
    Keep(Event),
    /// Read, understood and left out on purpose.
    Drop(DropReason),
    /// Cannot be used: goes to the dead letters.
    Reject {
        /// The bytes as they came.
        raw: Bytes,
        /// Where they stood, for a person: `reviews.csv:17`, a URL.
        place: String,
        /// What is wrong with them.
        rejection: Rejection,
    },
}

/// How far a source has been read: JSON that only the source itself understands.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(serde_json::Value);

impl Cursor {
    /// Writes the source's own progress type.
    pub fn new(progress: &impl Serialize) -> Self {
        Self(serde_json::to_value(progress).expect("a cursor is JSON"))
    }

    /// Reads the source's own progress type.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when the cursor was written by something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SourceError> {
        T::deserialize(&self.0).map_err(|error| SourceError::Setup(format!("stored cursor cannot be read: {error}")))
    }

    /// The cursor as stored.
    pub(crate) fn as_json(&self) -> &serde_json::Value {
        &self.0
    }

    /// A cursor read back from where the runner stored it.
    pub(crate) fn from_json(json: serde_json::Value) -> Self {
        Self(json)
    }
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The same call may work later: a rate limit, an outage, a cut connection.
    #[error("{error}")]
    Later {
        /// What happened.
        error: String,
        /// How long the other side asked us to wait, if it did.
        wait: Option<Duration>,
    },
    /// A person has to change something: an address, a key, a setting.
    #[error("{0}")]
    Setup(String),
}

impl SourceError {
    /// A fault that only a person can mend.
    pub fn setup(error: impl std::fmt::Display) -> Self {
        Self::Setup(error.to_string())
    }

    /// A fault that may pass by itself, without a wait that was asked for.
    pub fn later(error: impl std::fmt::Display) -> Self {
        Self::Later { error: error.to_string(), wait: None }
    }
}
