//! Pinning: a mention keeps the publication time under which it was first seen.
//!
//! Rows are sorted by that time, and only rows with the same key replace each other. So every state of a mention, and
//! its deletion, must carry the same time, whatever a later event says. Claims are inserted first and read back after;
//! the earliest claim counts, so that two workers with the same mention agree.

use std::collections::HashMap;

use clickhouse::{Client, Row, error::Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::row::MentionRow;

#[derive(Row, Serialize, Deserialize)]
struct Key {
    id_hash: u128,
    published_at: i64,
}

/// The first 128 bits of the id's SHA-256: even among billions of mentions no two share it.
fn id_hash(id: &str) -> u128 {
    let digest = Sha256::digest(id.as_bytes());
    let (first, _) = digest.split_first_chunk::<16>().expect("SHA-256 has 32 bytes");
    u128::from_be_bytes(*first)
}

/// Gives each row the publication time under which its mention was first seen.
pub(crate) async fn pin(client: &Client, rows: &mut [MentionRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let hashes: Vec<u128> = rows.iter().map(|row| id_hash(&row.id)).collect();
    let mut claims = HashMap::with_capacity(rows.len());
    for (id_hash, row) in hashes.iter().zip(rows.iter()) {
        claims.entry(*id_hash).or_insert(row.published_at);
    }
    let known = known(client, claims.keys()).await?;
    claims.retain(|id_hash, _| !known.contains_key(id_hash));
    let pinned = if claims.is_empty() {
        known
    } else {
        let new: Vec<u128> = claims.keys().copied().collect();
        claim(client, claims).await?;
        let mut pinned = known;
        pinned.extend(self::known(client, new.iter()).await?);
        pinned
    };
    for (id_hash, row) in hashes.iter().zip(rows) {
        if let Some(published_at) = pinned.get(id_hash) {
            row.published_at = *published_at;
        }
    }
    Ok(())
}

async fn claim(client: &Client, claims: HashMap<u128, i64>) -> Result<()> {
    let mut insert = client.insert::<Key>("mention_keys").await?;
    for (id_hash, published_at) in claims {
        insert.write(&Key { id_hash, published_at }).await?;
    }
    insert.end().await
}

async fn known(client: &Client, hashes: impl Iterator<Item = &u128>) -> Result<HashMap<u128, i64>> {
    let hashes: Vec<String> = hashes.map(u128::to_string).collect();
    let keys = client
        .query("SELECT id_hash, published_at FROM mention_keys FINAL WHERE id_hash IN ({hashes:Array(UInt128)})")
        .param("hashes", format!("[{}]", hashes.join(",")))
        .fetch_all::<Key>()
        .await?;
    Ok(keys.into_iter().map(|key| (key.id_hash, key.published_at)).collect())
}
