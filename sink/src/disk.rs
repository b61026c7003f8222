//! Taking hidden texts from the disk within a time.
//!
//! A deletion hides the rows of a mention, and a merge that holds both drops what it hides; ClickHouse merges when it
//! likes. Its `min_age_to_force_merge_seconds` gives no bound, for the age of a part begins anew with each merge. So a sink
//! looks for hidden rows now and then, and merges the months that hold some.

use std::time::Duration;

use clickhouse::{Client, error::Result};
use hark_store::Access;

use crate::schema::run;

/// How often to look in the time in which texts are to be gone: what is left is for the merge, and for the old parts, which
/// ClickHouse keeps for eight minutes (`old_parts_lifetime`).
const LOOKS: u32 = 4;

/// Takes hidden texts from the disk, so that none stays for longer than `within`. Ends only when it is dropped.
pub async fn take_from_disk(access: &Access, within: Duration) -> std::convert::Infallible {
    let client = access.client();
    let mut looks = tokio::time::interval(within / LOOKS);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looked_before = None;
    loop {
        looks.tick().await;
        match sweep(&client, looked_before).await {
            Ok(started) => looked_before = Some(started),
            Err(error) => tracing::warn!(%error, "cannot take hidden texts from the disk yet; trying again"),
        }
    }
}

/// Merges the months that hold hidden texts, and notes which erasures are complete by that. Gives the time by the
/// database's clock at which it began, in milliseconds; `looked_before` is that of the look before.
async fn sweep(client: &Client, looked_before: Option<i64>) -> Result<i64> {
    let started: i64 = client.query("SELECT toUnixTimestamp64Milli(now64(3))").fetch_one().await?;
    for month in months_with_hidden_texts(client).await? {
        tracing::info!(month, "merging a month that holds hidden texts");
        if let Err(error) =
            run(client.clone(), &format!("OPTIMIZE TABLE mention_states PARTITION ID '{month}' FINAL")).await
        {
            tracing::warn!(%error, month, "cannot merge a month that holds hidden texts yet; trying again later");
        }
    }
    let months = months_with_hidden_texts(client).await?;
    if !months.is_empty() {
        tracing::debug!(?months, "there are hidden texts still, or again");
        return Ok(started);
    }
    note_deletions(client, looked_before.unwrap_or(started)).await?;
    client
        .query(
            "INSERT INTO erasures (asked_at, what, source, which, mentions, hidden_at, gone_at)
             SELECT asked_at, what, source, which, mentions, hidden_at, now64(3) FROM erasures FINAL
             WHERE hidden_at <= fromUnixTimestamp64Milli({started:Int64}) AND gone_at IS NULL",
        )
        .param("started", started)
        .execute()
        .await?;
    Ok(started)
}

/// Notes that what was deleted up to `until`, and is not noted yet, is gone from the disk: one row for all of it, from the
/// first notice on. `until` is when the look before this one began, or this process: no row of its own with an earlier
/// notice is still under way.
async fn note_deletions(client: &Client, until: i64) -> Result<()> {
    client
        .query(
            "INSERT INTO erasures (asked_at, what, source, which, mentions, hidden_at, gone_at)
             WITH (SELECT max(hidden_at) FROM erasures WHERE what = 'deletions') AS noted
             SELECT min(collected_at), 'deletions', '', '', uniqExact(id_hash), fromUnixTimestamp64Milli({until:Int64}), now64(3)
             FROM mention_states
             WHERE is_deleted = 1 AND collected_at > coalesce(noted, toDateTime64(0, 3, 'UTC'))
                 AND collected_at <= fromUnixTimestamp64Milli({until:Int64})
             HAVING count() > 0",
        )
        .param("until", until)
        .execute()
        .await
}

/// The partitions in which rows lie beneath a deletion.
async fn months_with_hidden_texts(client: &Client) -> Result<Vec<String>> {
    client
        .query(
            "SELECT DISTINCT _partition_id FROM mention_states
             INNER JOIN
             (
                 SELECT published_at, id_hash, max(version) AS gone FROM mention_states
                 WHERE is_deleted = 1 GROUP BY published_at, id_hash
             ) AS deletions
             ON mention_states.published_at = deletions.published_at AND mention_states.id_hash = deletions.id_hash
             WHERE mention_states.is_deleted = 0 AND mention_states.version < deletions.gone
                 AND mention_states.published_at IN (SELECT published_at FROM mention_states WHERE is_deleted = 1)",
        )
        .fetch_all::<String>()
        .await
}
