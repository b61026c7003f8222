//! Reading the texts of a period, and noting those that match.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clickhouse::Row;
use hark_mention::Kind;
use hark_query::{Document, Segmenter};
use serde::{Deserialize, Serialize};

use super::{
    candidates::Candidates,
    query::{Buffers, SearchQuery},
};
use crate::{database::failed, filter::database_time, period::Period, problem::Problem};

/// Longest time that a search may take.
const LONGEST: Duration = Duration::from_secs(30);
/// After so many texts others get their turn. Unit: texts.
const TURN: usize = 256;

#[derive(Row, Deserialize)]
struct Candidate<'a> {
    key: u64,
    title: &'a str,
    text: &'a str,
    source: &'a str,
    site: &'a str,
    url: &'a str,
    author_handle: &'a str,
    author_name: &'a str,
    author_id: &'a str,
    lang: &'a str,
    country: &'a str,
    kind: &'a str,
    rating: Option<f32>,
    author_followers: Option<u64>,
}

#[derive(Row, Serialize)]
struct Key {
    search: u64,
    key: u64,
}

/// Notes the mentions of `period` that match, and gives the number under which they are noted.
pub(super) async fn scan(
    client: &clickhouse::Client,
    segmenter: &Segmenter,
    query: &SearchQuery,
    period: Period,
) -> Result<u64, Problem> {
    let search = number();
    let noted = note(client, segmenter, query, period, search);
    match tokio::time::timeout(LONGEST, noted).await {
        Ok(noted) => noted.map_err(|error| failed(&error)).map(|()| search),
        Err(_) => Err(Problem::search_too_long(LONGEST)),
    }
}

async fn note(
    client: &clickhouse::Client,
    segmenter: &Segmenter,
    query: &SearchQuery,
    period: Period,
    search: u64,
) -> clickhouse::error::Result<()> {
    let candidates = Candidates::of(&query.query);
    let sql = include_str!("../../queries/candidates.sql").replace("$candidate", &candidates.condition);
    let sql = client.query(&sql).param("from", database_time(period.from)).param("to", database_time(period.to));
    let mut rows = candidates.bind(sql).fetch::<Candidate<'_>>()?;
    let mut keys = client.insert::<Key>("search_keys").await?;
    let (mut buffers, mut read) = (Buffers::default(), 0);
    while let Some(row) = rows.next().await? {
        let key = row.key;
        if query.matches(&document(&row), segmenter, &mut buffers) {
            keys.write(&Key { search, key }).await?;
        }
        read += 1;
        if read % TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
    keys.end().await
}

fn document<'a>(row: &Candidate<'a>) -> Document<'a> {
    Document {
        title: known(row.title),
        text: row.text,
        source: Some(row.source),
        site: known(row.site),
        url: known(row.url),
        author_handle: known(row.author_handle),
        author_name: known(row.author_name),
        author_id: known(row.author_id),
        lang: Some(row.lang),
        country: known(row.country),
        kind: Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind),
        rating: row.rating,
        followers: row.author_followers,
    }
}

/// The database has an empty text where nothing is known.
pub(crate) fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A number that no other search has, of this process or another: nanoseconds since 1970, and a count.
fn number() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanoseconds = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
    nanoseconds ^ COUNT.fetch_add(1, Ordering::Relaxed).rotate_right(16) ^ (u64::from(std::process::id()) << 40)
}
