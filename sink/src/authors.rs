//! Forgotten authors: their mentions go, those stored already and those that arrive later.

use std::collections::{HashMap, HashSet};

use clickhouse::{Client, Row, error::Result};
use hark_mention::{ForgetAuthor, erased_version};
use serde::{Deserialize, Serialize};

use crate::row::{MentionRow, Origin, time_in_range};

/// Authors who are to be forgotten, each with the time up to which.
#[derive(Default)]
pub(crate) struct Forgotten(HashMap<(String, String), i64>);

#[derive(Row, Serialize, Deserialize)]
struct Author {
    source: String,
    author_id: String,
    at: i64,
}

#[derive(Row, Deserialize)]
struct Known {
    id: String,
    published_at: i64,
}

/// Notes the authors for good, and gives the rows that hide what they published before.
pub(crate) async fn forget(client: &Client, authors: &[(ForgetAuthor, Origin)]) -> Result<Vec<MentionRow>> {
    if authors.is_empty() {
        return Ok(Vec::new());
    }
    // Noted first: a mention that another worker stores meanwhile is then found by one of the two.
    let mut insert = client.insert::<Author>("forgotten_authors").await?;
    for (forget, _) in authors {
        let (source, author_id) = (forget.source.clone(), forget.author_id.clone());
        insert.write(&Author { source, author_id, at: time_in_range(forget.at) }).await?;
    }
    insert.end().await?;
    let mut gone = Vec::new();
    for (forget, origin) in authors {
        let at = time_in_range(forget.at);
        let mentions = client
            .query("SELECT id, published_at FROM mention_states FINAL WHERE source = {source:String} AND author_id = {author:String} AND published_at <= fromUnixTimestamp64Milli({at:Int64})")
            .param("source", &forget.source)
            .param("author", &forget.author_id)
            .param("at", at)
            .fetch_all::<Known>()
            .await?;
        gone.extend(
            mentions.into_iter().map(|known| erase(known.id, forget.source.clone(), known.published_at, *origin)),
        );
    }
    Ok(gone)
}

impl Forgotten {
    /// Those of `rows`' authors who are to be forgotten.
    pub(crate) async fn among(client: &Client, rows: &[MentionRow]) -> Result<Self> {
        // Most sources never forget anybody; only the authors of those that do are looked up.
        let sources = client.query("SELECT DISTINCT source FROM forgotten_authors").fetch_all::<String>().await?;
        let mut forgotten = HashMap::new();
        for source in sources {
            let authors: HashSet<&str> = rows
                .iter()
                .filter(|row| row.source == source && !row.author_id.is_empty())
                .map(|row| row.author_id.as_str())
                .collect();
            if authors.is_empty() {
                continue;
            }
            let found = client
                .query("SELECT source, author_id, max(at) AS at FROM forgotten_authors WHERE source = {source:String} AND author_id IN ({authors:Array(String)}) GROUP BY source, author_id")
                .param("source", &source)
                .param("authors", authors.into_iter().collect::<Vec<_>>())
                .fetch_all::<Author>()
                .await?;
            forgotten.extend(found.into_iter().map(|author| ((author.source, author.author_id), author.at)));
        }
        Ok(Self(forgotten))
    }

    /// The rows that hide those of `rows` whose authors are to be forgotten.
    pub(crate) fn hide(&self, rows: &[MentionRow]) -> Vec<MentionRow> {
        let hidden = |row: &MentionRow| {
            let at = *self.0.get(&(row.source.clone(), row.author_id.clone()))?;
            (row.published_at <= at).then(|| erase(row.id.clone(), row.source.clone(), row.published_at, row.origin()))
        };
        if self.0.is_empty() { Vec::new() } else { rows.iter().filter_map(hidden).collect() }
    }
}

/// The row that hides a mention for good: no later edit of it brings a forgotten author back.
fn erase(id: String, source: String, published_at: i64, origin: Origin) -> MentionRow {
    MentionRow::gone(id, source, published_at, erased_version(), origin)
}
