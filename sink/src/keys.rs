//! Pinning: a mention keeps the publication time under which it was first seen.
//!
//! Rows are sorted by that time, and only rows with the same key replace each other. So every state of a mention, and
//! its deletion, must carry the same time, whatever a later event says. Claims are inserted first and read back after;
//! the earliest claim counts, so that two workers with the same mention agree.

use std::collections::HashMap;

use clickhouse::{Client, Row, error::Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{deletions::hide, known::Known, look_up::look_up, row::MentionRow};

#[derive(Row, Serialize, Deserialize)]
struct Key {
    id_hash: u128,
    published_at: i64,
}

/// The first 128 bits of the id's SHA-256: even among billions of mentions no two share it.
pub(crate) fn id_hash(id: &str) -> u128 {
    let digest = Sha256::digest(id.as_bytes());
    let (first, _) = digest.split_first_chunk::<16>().expect("SHA-256 has 32 bytes");
    u128::from_be_bytes(*first)
}

/// Gives each row the publication time under which its mention was first seen, and returns the rows that hide those
/// whose deletion came before them.
pub(crate) async fn pin(client: &Client, rows: &mut [MentionRow], known: &Known) -> Result<Vec<MentionRow>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let hashes: Vec<u128> = rows.iter().map(|row| id_hash(&row.id)).collect();
    let mut claims = HashMap::with_capacity(rows.len());
    for (id_hash, row) in hashes.iter().zip(rows.iter()) {
        claims.entry(*id_hash).or_insert(row.published_at);
    }
    let in_doubt: Vec<u128> = claims.keys().copied().filter(|id_hash| known.may_hold_id(*id_hash)).collect();
    // Known ids are claimed again: such a claim counts for nothing, and costs less than asking first.
    claim(client, &claims, known).await?;
    let mut noted: HashMap<u128, Noted> = HashMap::with_capacity(in_doubt.len());
    for answer in look_up::<Answer, _>(client, LOOK_UP, &in_doubt).await? {
        let noted = noted.entry(answer.id_hash).or_default();
        if answer.is_deletion {
            noted.deleted_at = Some(answer.at);
        } else {
            noted.published_at = Some(answer.at);
        }
    }
    let mut gone = Vec::new();
    for (id_hash, row) in hashes.iter().zip(rows) {
        let noted = noted.get_mut(id_hash);
        row.published_at = noted.as_ref().and_then(|noted| noted.published_at).unwrap_or(claims[id_hash]);
        if let Some(at) = noted.and_then(|noted| noted.deleted_at.take()) {
            gone.push(hide(row.id.clone(), row.source.clone(), row.published_at, at, row.origin()));
        }
    }
    Ok(gone)
}

/// What is noted of an id: when it was published, and when it was deleted, if that came first.
#[derive(Default)]
struct Noted {
    published_at: Option<i64>,
    deleted_at: Option<i64>,
}

const LOOK_UP: &str = "
    SELECT id_hash, published_at AS at, false AS is_deletion
    FROM mention_keys FINAL WHERE id_hash IN (CAST({keys}, 'Array(UInt128)'))
    UNION ALL
    SELECT id_hash, max(early_deletions.at) AS at, true AS is_deletion
    FROM early_deletions WHERE id_hash IN (CAST({keys}, 'Array(UInt128)')) GROUP BY id_hash";

#[derive(Row, Deserialize)]
struct Answer {
    id_hash: u128,
    at: i64,
    is_deletion: bool,
}

async fn claim(client: &Client, claims: &HashMap<u128, i64>, known: &Known) -> Result<()> {
    // Each id is there once: nothing to fold.
    let mut insert = client.insert::<Key>("mention_keys").await?.with_setting("optimize_on_insert", "0");
    for (id_hash, published_at) in claims {
        known.add_id(*id_hash);
        insert.write(&Key { id_hash: *id_hash, published_at: *published_at }).await?;
    }
    insert.end().await
}

/// The pinned publication times of those of `hashes` that have one.
pub(crate) async fn pinned(client: &Client, hashes: impl Iterator<Item = &u128>) -> Result<HashMap<u128, i64>> {
    let query =
        "SELECT id_hash, published_at FROM mention_keys FINAL WHERE id_hash IN (CAST({keys}, 'Array(UInt128)'))";
    let keys: Vec<Key> = look_up(client, query, hashes).await?;
    Ok(keys.into_iter().map(|key| (key.id_hash, key.published_at)).collect())
}
