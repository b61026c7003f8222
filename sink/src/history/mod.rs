//! Stored mentions read in the order of their keys, and written again with newer labels.
//!
//! A row with newer labels has the same revision and a version above that of the row it was made of, and below every later
//! edit or deletion. So the view shows each mention once at every moment, and what arrives meanwhile wins.

mod place;

use std::time::Duration;

use clickhouse::{
    Client, Row,
    error::Error as StoreError,
    query::{Query, RowCursor},
};
use hark_mention::{Enriched, Labels};
use hark_store::Access;
use serde::{Deserialize, Serialize};

pub use self::place::Lot;
use self::place::{LAST, Place, between, within};
use crate::{
    Error,
    insert::insert,
    row::{MentionRow, TIME_RANGE},
};

/// Most rows and bytes of text in one piece.
const PIECE: (usize, usize) = (50_000, 32 << 20);
/// Mentions that are labelled at a time: few enough that the memory of one share does for the next.
const SHARE: usize = 2_500;

/// What is tried when a lot is read, for errors.
const READ: &str = "read stored mentions";
/// First and last day that the type `Date` holds.
const DAYS: (&str, &str) = ("1970-01-01", "2149-06-06");
/// A day in milliseconds.
const DAY: i64 = 86_400_000;

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
    published_at: i64,
    id_hash: u128,
    done: u64,
    is_finished: u8,
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
                "SELECT model_version, rules_version, scope, published_at, id_hash, done, is_finished FROM relabels FINAL
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
            published_at: TIME_RANGE.0,
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
        let counted = self.ask(&format!("SELECT count() {}", left("FINAL"))).fetch_one::<u64>().await;
        counted.map_err(failed("count the mentions"))
    }

    /// What is to be read, in order, in lots of about `rows` mentions.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub async fn lots(&self, rows: u64) -> Result<Vec<Lot>, Error> {
        let days =
            format!("SELECT toDate(published_at) AS day, count() AS rows {} GROUP BY day ORDER BY day", left(""));
        let days = self.ask(&days).fetch_all::<Day>().await.map_err(failed("list the days"))?;
        let mut lots: Vec<Lot> = Vec::new();
        let (mut after, mut filled) = (self.checkpoint.place(), 0);
        for Day { day, rows: of_day } in days {
            let end = Place { published_at: (i64::from(day) + 1) * DAY - 1, id_hash: u128::MAX };
            if of_day > rows {
                for cut in self.cuts(day, rows).await? {
                    lots.push(Lot { after, up_to: cut });
                    after = cut;
                }
                lots.push(Lot { after, up_to: end });
                filled = rows;
            } else if let Some(last) = lots.last_mut().filter(|_| filled + of_day <= rows) {
                last.up_to = end;
                filled += of_day;
            } else {
                lots.push(Lot { after, up_to: end });
                filled = of_day;
            }
            after = end;
        }
        // Days after the last that the type `Date` holds count as that.
        if let Some(last) = lots.last_mut() {
            last.up_to.published_at = TIME_RANGE.1;
        }
        Ok(lots)
    }

    /// Where to cut a day with many mentions: after each `rows` of them.
    async fn cuts(&self, day: u16, rows: u64) -> Result<Vec<Place>, Error> {
        let places = format!(
            "SELECT published_at, id_hash {} AND toDate(published_at) = toDate({{of_day:UInt16}}) ORDER BY published_at, id_hash",
            left("")
        );
        let every = "SELECT published_at, id_hash FROM (SELECT *, rowNumberInAllBlocks() AS place FROM";
        self.ask(&format!("{every} ({places})) WHERE place % {{rows:UInt64}} = {{rows:UInt64}} - 1"))
            .param("of_day", day)
            .param("rows", rows)
            .fetch_all::<Place>()
            .await
            .map_err(failed("cut a day into parts"))
    }

    /// Begins to read a lot, in pieces of at most `rows` mentions.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the database cannot be reached or refuses.
    pub fn read(&self, lot: &Lot, rows: usize) -> Result<Pieces, Error> {
        let of_lot = format!("SELECT ?fields {} AND {}", left("FINAL"), within("lot_after", "lot_up_to"));
        let cursor = self
            .ask(&of_lot)
            // Blocks of 65,000 rows, one for each part that is folded, would take much of the database's memory.
            .with_setting("max_block_size", "8192");
        let cursor = between(cursor, ("lot_after", lot.after), ("lot_up_to", lot.up_to))
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
        let Place { published_at, id_hash } = lot.up_to;
        self.save(Checkpoint { published_at, id_hash, done, ..self.checkpoint.clone() }).await
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

    /// A question with [`left`] in it.
    fn ask(&self, question: &str) -> Query {
        let Scope { model_version, rules_version, days: (from, to), all } = &self.scope;
        let query = self
            .client
            .query(question)
            .param("all", u8::from(*all))
            .param("model", model_version)
            .param("rules", rules_version)
            .param("from", from.as_deref().unwrap_or(DAYS.0))
            .param("to", to.as_deref().unwrap_or(DAYS.1));
        between(query, ("after", self.checkpoint.place()), ("up_to", LAST))
    }
}

/// What is still to be labelled: behind the checkpoint, and with other labels if that is asked.
fn left(how: &str) -> String {
    let stale = "({all:UInt8} OR model_version != {model:String} OR rules_version != {rules:String})";
    let days = "toDate(published_at) BETWEEN toDate({from:String}) AND toDate({to:String})";
    let behind = within("after", "up_to");
    format!("FROM mention_states {how} WHERE NOT is_expired AND is_deleted = 0 AND {stale} AND {days} AND {behind}")
}

impl Checkpoint {
    fn place(&self) -> Place {
        Place { published_at: self.published_at, id_hash: self.id_hash }
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
