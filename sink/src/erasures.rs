//! Erasing on request: what is meant, how many mentions that are, and the notes about it.
//!
//! What is erased is hidden by events, as everything that goes: only sinks hide mentions. This tells which.

use clickhouse::{Client, Row, query::Query};
use hark_mention::{Delete, Event, ForgetAuthor, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, row::time_in_range};

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One mention, for good: no later edit brings it back.
    Mention {
        /// Its id.
        id: String,
        /// Type name of its source.
        source: String,
    },
    /// All that an author published up to now.
    Author {
        /// Type name of the source.
        source: String,
        /// Id of the account at the source.
        id: String,
        /// Now.
        at: Timestamp,
    },
    /// All that was published before a time.
    OlderThan {
        /// That time.
        before: Timestamp,
        /// Only of this source.
        source: Option<String>,
    },
}

/// A request to erase, as it is noted.
#[derive(Clone, Debug, Row, Serialize, Deserialize)]
pub struct Erasure {
    asked_at: i64,
    what: String,
    source: String,
    which: String,
    /// Mentions that were shown until then.
    pub mentions: u64,
    hidden_at: Option<i64>,
    gone_at: Option<i64>,
}

#[derive(Row, Deserialize)]
struct Id {
    id: String,
    source: String,
}

impl Target {
    /// How many mentions that are which are shown now.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn count(&self, client: &Client) -> Result<u64, Error> {
        let counted = self.query(client, "count()").fetch_one::<u64>().await;
        counted.map_err(|error| Error::Store { action: "count what would be erased".to_owned(), error })
    }

    /// Gives the events that hide them, lot by lot of at most `lot`, to `publish`.
    ///
    /// # Errors
    ///
    /// What `publish` says, or [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn events<E: From<Error>>(
        &self,
        client: &Client,
        lot: usize,
        mut publish: impl AsyncFnMut(Vec<Event>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Mention { id, source } => publish(vec![delete(id.clone(), source.clone())]).await,
            Self::Author { source, id, at } => {
                let forget = ForgetAuthor { author_id: id.clone(), source: source.clone(), at: *at };
                publish(vec![Event::ForgetAuthor(forget)]).await
            }
            Self::OlderThan { .. } => {
                let failed = |error| Error::Store { action: "list what is to be erased".to_owned(), error };
                let mut ids = self.query(client, "id, toString(source) AS source").fetch::<Id>().map_err(failed)?;
                let mut events = Vec::new();
                while let Some(Id { id, source }) = ids.next().await.map_err(failed)? {
                    events.push(delete(id, source));
                    if events.len() == lot {
                        publish(std::mem::take(&mut events)).await?;
                    }
                }
                publish(events).await
            }
        }
    }

    fn query(&self, client: &Client, what: &str) -> Query {
        let of = |condition: &str| {
            let shown = "FROM mention_states FINAL WHERE NOT is_expired AND";
            client.query(&format!("SELECT {what} {shown} {condition}"))
        };
        let before = "published_at < fromUnixTimestamp64Milli({before:Int64})";
        match self {
            Self::Mention { id, .. } => of("id = {id:String}").param("id", id),
            Self::Author { source, id, at } => {
                let author = "source = {source:String} AND author_id = {id:String}";
                let by_then = "published_at <= fromUnixTimestamp64Milli({at:Int64})";
                of(&format!("{author} AND {by_then}"))
                    .param("source", source)
                    .param("id", id)
                    .param("at", time_in_range(*at))
            }
            Self::OlderThan { before: time, source: None } => of(before).param("before", time_in_range(*time)),
            Self::OlderThan { before: time, source: Some(source) } => {
                of(&format!("{before} AND source = {{source:String}}"))
                    .param("before", time_in_range(*time))
                    .param("source", source)
            }
        }
    }
}

/// The event that hides a mention for good.
fn delete(id: String, source: String) -> Event {
    Event::Delete(Delete { id, source, reason: Some("erased".to_owned()), at: Timestamp::END })
}

impl Erasure {
    /// Notes that `target` was asked to be erased, with how many mentions that are.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn ask(client: &Client, target: &Target, mentions: u64) -> Result<Self, Error> {
        let (what, source, which) = match target {
            Target::Mention { id, source } => ("mention", source.clone(), id.clone()),
            Target::Author { source, id, .. } => ("author", source.clone(), id.clone()),
            Target::OlderThan { before, source } => {
                ("older_than", source.clone().unwrap_or_default(), before.to_string())
            }
        };
        let (what, asked_at) = (what.to_owned(), Timestamp::now().as_millis());
        let erasure = Self { asked_at, what, source, which, mentions, hidden_at: None, gone_at: None };
        erasure.note(client).await?;
        Ok(erasure)
    }

    /// Notes that no answer shows them any more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn hidden(mut self, client: &Client) -> Result<(), Error> {
        self.hidden_at = Some(Timestamp::now().as_millis());
        self.note(client).await
    }

    async fn note(&self, client: &Client) -> Result<(), Error> {
        let noted = async {
            let mut insert = client.insert::<Self>("erasures").await?;
            insert.write(self).await?;
            insert.end().await
        };
        noted.await.map_err(|error| Error::Store { action: "note the erasure".to_owned(), error })
    }
}
