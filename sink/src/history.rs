//! Stored mentions read in the order of their keys, and written again with newer labels.
//!
//! A row with newer labels has the same revision and a version above that of the row it was made of, and below every later
//! edit or deletion. So the view shows each mention once at every moment, and what arrives meanwhile wins.

use std::time::Duration;

use clickhouse::{
    Client, Row,
    error::Error as StoreError,
    query::{Query, RowCursor},
};
use hark_mention::{Enriched, Labels};
use hark_store::Access;
use serde::{Deserialize, Serialize};

use crate::{Error, insert::insert, row::MentionRow};

/// Most rows and bytes of text in one piece.
const PIECE: (usize, usize) = (25_000, 32 << 20);
/// Mentions that are labelled at a time: few enough that the memory of one share does for the next.
const SHARE: usize = 2_500;

/// What is tried when a lot is read, for errors.
const READ: &str = "read stored mentions";
/// First and last day that the type `Date` holds.
const DAYS: (&str, &str) = ("1970-01-01", "2149-06-06");

/// Which mentions are to get which labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The model that gives the new labels.
    pub model_version: String,
    /// Fingerprint of the rules that give them.
    pub rules_version: String,
    /// First and last day of publication, as `2026-11-22`; `None` without a limit.
    pub days: (Option<String>, Option<String>),
    /// Also those that have labels of this model and these rules already.
    pub all: bool,
}

/// Stored mentions, and how far they are labelled again.
pub struct History {
    client: Client,
    timeout: Duration,
    scope: Scope,
    checkpoint: Checkpoint,
}

#[derive(Clone, Debug, Default, Row, Serialize, Deserialize)]
struct Checkpoint {
    model_version: String,
    rules_version: String,
    scope: String,
    day: u16,
    id: String,
    done: u64,
    is_finished: u8,
}

/// Mentions that lie together: of some days, or of a part of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// First and last day, since 1970.
    days: (u16, u16),
    /// On a single day, ids after the first and up to the second; empty without a limit.
    ids: (String, String),
}

/// A lot as it is read.
pub struct Pieces {
    cursor: RowCursor<MentionRow>,
    rows: usize,
}

/// Mentions that are labelled and written together.
pub struct Piece {
    rows: Vec<MentionRow>,
}

#[derive(Row, Deserialize)]
struct Day {
    day: u16,
    rows: u64,
}

impl History {
    /// The history in `scope`, from where the last labelling in this scope stopped.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn open(access: &Access, scope: Scope) -> Result<Self, Error> {
        let client = access.client();
        let name = scope.name();
        let found = client
            .query(
                "SELECT model_version, rules_version, scope, day, id, done, is_finished FROM relabels FINAL
                 WHERE model_version = {model:String} AND rules_version = {rules:String} AND scope = {scope:String}
                     AND NOT is_finished",
            )
            .param("model", &scope.model_version)
            .param("rules", &scope.rules_version)
            .param("scope", &name)
            .fetch_optional::<Checkpoint>()
            .await
            .map_err(failed("read how far labelling got"))?;
        let begin = || Checkpoint {
            model_version: scope.model_version.clone(),
            rules_version: scope.rules_version.clone(),
            scope: name,
            ..Checkpoint::default()
        };
        let checkpoint = found.unwrap_or_else(begin);
        Ok(Self { client, timeout: access.timeout, scope, checkpoint })
    }

    /// Mentions labelled by those before who stopped.
    pub fn done(&self) -> u64 {
        self.checkpoint.done
    }

    /// How many mentions are still to be labelled.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn left(&self) -> Result<u64, Error> {
        let counted = self.select("count()", "FINAL", "").fetch_one::<u64>().await;
        counted.map_err(failed("count the mentions"))
    }

    /// What is to be read, in order, in lots of about `rows` mentions.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn lots(&self, rows: u64) -> Result<Vec<Lot>, Error> {
        let failed = failed("list the days");
        let days = self.select("toDate(published_at) AS day, count() AS rows", "", "GROUP BY day ORDER BY day");
        let mut lots: Vec<Lot> = Vec::new();
        let mut filled = 0;
        for Day { day, rows: of_day } in days.fetch_all::<Day>().await.map_err(failed)? {
            let checkpoint = if day == self.checkpoint.day { self.checkpoint.id.clone() } else { String::new() };
            if of_day > rows || !checkpoint.is_empty() {
                lots.extend(self.parts_of_day(day, checkpoint, rows).await?);
                filled = rows;
            } else if let Some(last) = lots.last_mut().filter(|_| filled + of_day <= rows) {
                last.days.1 = day;
                filled += of_day;
            } else {
                lots.push(Lot { days: (day, day), ids: Default::default() });
                filled = of_day;
            }
        }
        Ok(lots)
    }

    /// A day with many mentions, cut between ids.
    async fn parts_of_day(&self, day: u16, after: String, rows: u64) -> Result<Vec<Lot>, Error> {
        let cuts = self
            .client
            .query(
                "SELECT arrayFilter((id, place) -> place % {rows:UInt64} = 0, arraySort(groupArray(id)) AS ids, arrayEnumerate(ids))
                 FROM mention_rows WHERE toDate(published_at) = toDate({day:UInt16}) AND id > {after:String}",
            )
            .param("rows", rows)
            .param("day", day)
            .param("after", &after)
            .fetch_one::<Vec<String>>()
            .await
            .map_err(failed("cut a day into parts"))?;
        let mut lots = Vec::with_capacity(cuts.len() + 1);
        let mut begin = after;
        for end in cuts {
            lots.push(Lot { days: (day, day), ids: (begin, end.clone()) });
            begin = end;
        }
        lots.push(Lot { days: (day, day), ids: (begin, String::new()) });
        Ok(lots)
    }

    /// Begins to read a lot, in pieces of at most `rows` mentions.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub fn read(&self, lot: &Lot, rows: usize) -> Result<Pieces, Error> {
        let of_lot = "AND toDate(published_at) BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})
            AND id > {after:String} AND ({up_to:String} = '' OR id <= {up_to:String})";
        let cursor = self
            .select("?fields", "FINAL", of_lot)
            // Blocks of 65,000 rows, one for each part that is folded, would take much of the database's memory.
            .with_setting("max_block_size", "8192")
            .param("first", lot.days.0)
            .param("last", lot.days.1)
            .param("after", &lot.ids.0)
            .param("up_to", &lot.ids.1)
            .fetch::<MentionRow>()
            .map_err(failed(READ))?;
        Ok(Pieces { cursor, rows: rows.min(PIECE.0) })
    }

    /// Writes mentions with their newer labels, and returns when the database has confirmed them.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn write(&self, piece: &Piece) -> Result<(), Error> {
        insert(&self.client, &piece.rows, self.timeout).await.map_err(failed("store newer labels"))
    }

    /// Notes that all up to the end of `lot` is done.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn note(&self, lot: &Lot, done: u64) -> Result<(), Error> {
        let (day, id) = (lot.days.1, lot.ids.1.clone());
        self.save(Checkpoint { day, id, done, ..self.checkpoint.clone() }).await
    }

    /// Notes that everything is done: the next labelling in this scope begins anew.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn finish(&self) -> Result<(), Error> {
        self.save(Checkpoint { is_finished: 1, ..self.checkpoint.clone() }).await
    }

    async fn save(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        let saved = async {
            let mut insert = self.client.insert::<Checkpoint>("relabels").await?;
            insert.write(&checkpoint).await?;
            insert.end().await
        };
        saved.await.map_err(failed("note how far labelling got"))
    }

    /// A question about what is still to be labelled: behind the checkpoint, and with other labels if that is asked.
    fn select(&self, what: &str, how: &str, more: &str) -> Query {
        let Scope { model_version, rules_version, days: (from, to), all } = &self.scope;
        let Checkpoint { day, id, .. } = &self.checkpoint;
        let stale = "({all:UInt8} OR model_version != {model:String} OR rules_version != {rules:String})";
        let days = "toDate(published_at) BETWEEN toDate({from:String}) AND toDate({to:String})";
        // A checkpoint without an id is at the end of its day; the day 0 of one that has not begun is still to be read.
        let behind = if self.checkpoint.done == 0 {
            "1"
        } else {
            "(toDate(published_at) > toDate({day:UInt16})
              OR (toDate(published_at) = toDate({day:UInt16}) AND {id:String} != '' AND id > {id:String}))"
        };
        self.client
            .query(&format!(
                "SELECT {what} FROM mention_rows {how} WHERE NOT is_expired AND is_deleted = 0 AND {stale} AND {days} AND {behind} {more}"
            ))
            .param("all", u8::from(*all))
            .param("model", model_version)
            .param("rules", rules_version)
            .param("from", from.as_deref().unwrap_or(DAYS.0))
            .param("to", to.as_deref().unwrap_or(DAYS.1))
            .param("day", *day)
            .param("id", id)
    }
}

impl Pieces {
    /// The next piece; `None` at the end of the lot.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn next(&mut self) -> Result<Option<Piece>, Error> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < self.rows && bytes < PIECE.1 {
            let Some(row) = self.cursor.next().await.map_err(failed(READ))? else { break };
            bytes += row.bytes();
            rows.push(row);
        }
        Ok((!rows.is_empty()).then_some(Piece { rows }))
    }
}

impl Scope {
    fn name(&self) -> String {
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        format!("{}{}..{}", if self.all { "all " } else { "" }, day(&self.days.0), day(&self.days.1))
    }
}

impl Piece {
    /// How many mentions it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Puts the labels that `label` gives in the place of the old ones. It is given mentions as far as labels depend on them,
    /// with the labels that they have, a share at a time.
    pub fn relabel(&mut self, mut label: impl FnMut(&[Enriched]) -> Vec<Labels>) {
        let mut stored = Vec::with_capacity(SHARE);
        for rows in self.rows.chunks_mut(SHARE) {
            stored.clear();
            stored.extend(rows.iter().map(|row| Enriched { mention: row.mention(), labels: row.labels() }));
            for (row, labels) in rows.iter_mut().zip(label(&stored)) {
                row.relabel(labels);
            }
        }
    }
}

fn failed(action: &'static str) -> impl Fn(StoreError) -> Error + Copy {
    move |error| Error::Store { action: action.to_owned(), error }
}
