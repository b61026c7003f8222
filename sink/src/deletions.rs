//! Deletions, in whichever order they and their mentions arrive.
//!
//! A deletion hides the rows of a mention that is stored. One of a mention that is not stored is noted apart. A worker
//! with the deletion notes it before it looks for the mention a second time; a worker with the mention claims its key
//! before it looks for the deletion. So one of the two sees the other.

use std::collections::HashMap;

use clickhouse::{Client, Row, error::Result};
use hark_mention::{Delete, deletion_version};
use serde::Serialize;

use crate::{
    keys::{id_hash, pinned},
    known::Known,
    row::{MentionRow, Origin, time_in_range},
};

#[derive(Row, Serialize)]
struct Early {
    id_hash: u128,
    at: i64,
}

/// The rows that hide what `deletions` delete; those of mentions that are not stored are noted for later.
pub(crate) async fn apply(client: &Client, deletions: &[(Delete, Origin)], known: &Known) -> Result<Vec<MentionRow>> {
    if deletions.is_empty() {
        return Ok(Vec::new());
    }
    let hashed: Vec<(u128, &(Delete, Origin))> =
        deletions.iter().map(|deletion| (id_hash(&deletion.0.id), deletion)).collect();
    let in_doubt = hashed.iter().map(|(hash, _)| hash).filter(|hash| known.may_hold_id(**hash));
    let mut stored = pinned(client, in_doubt).await?;
    let early: HashMap<u128, i64> = hashed
        .iter()
        .filter(|(hash, _)| !stored.contains_key(hash))
        .map(|(hash, (delete, _))| (*hash, time_in_range(delete.at)))
        .collect();
    if !early.is_empty() {
        note(client, &early, known).await?;
        if !known.alone() {
            stored.extend(pinned(client, early.keys()).await?);
        }
    }
    let gone = |(hash, (delete, origin)): (u128, &(Delete, Origin))| {
        let published_at = *stored.get(&hash)?;
        Some(hide(delete.id.clone(), delete.source.clone(), published_at, time_in_range(delete.at), *origin))
    };
    Ok(hashed.into_iter().filter_map(gone).collect())
}

async fn note(client: &Client, early: &HashMap<u128, i64>, known: &Known) -> Result<()> {
    let mut insert = client.insert::<Early>("early_deletions").await?;
    for (id_hash, at) in early {
        known.add_id(*id_hash);
        insert.write(&Early { id_hash: *id_hash, at: *at }).await?;
    }
    insert.end().await
}

/// The row that hides a mention that was gone at `at`.
pub(crate) fn hide(id: String, source: String, published_at: i64, at: i64, origin: Origin) -> MentionRow {
    MentionRow::gone(id, source, published_at, deletion_version(u64::try_from(at).unwrap_or_default()), origin)
}
