//! The loop that the sink is measured beside: the same reading, the same rows, the same batches, and no care at all.
//! A batch that comes twice is stored twice, and nothing is known of deletions, stories or offsets.

use anyhow::Result;
use hark_bus::{BatchLimits, Consumer, ENRICHED, Kafka};
use hark_mention::EnrichedEvent;
use hark_sink::{MentionRow, SinkConfig};
use hark_store::Access;

/// The table that it fills.
pub(crate) const TABLE: &str = "plain_rows";

/// Makes its table: the columns of the sink's, with no second thought about rows of one mention.
///
/// # Errors
///
/// When the database refuses.
pub(crate) async fn prepare(access: &Access) -> Result<()> {
    let statement = format!(
        "CREATE TABLE {TABLE} AS mention_states ENGINE = MergeTree PARTITION BY toYYYYMM(published_at)
         ORDER BY (published_at, id_hash)"
    );
    Ok(access.client().query(&statement).execute().await?)
}

/// Stores what arrives on the enriched topic until it is dropped.
///
/// # Errors
///
/// When Kafka or the database fails.
pub(crate) async fn run(kafka: &Kafka, access: &Access) -> Result<()> {
    let config = SinkConfig::default();
    let bytes = usize::try_from(config.batch_bytes.bytes())?;
    let limits = BatchLimits { records: config.batch_rows, bytes, age: config.batch_age.duration() };
    let consumer = Consumer::new(kafka, "bench.plain", ENRICHED)?;
    let client = access.client();
    loop {
        let batch = consumer.next_batch(limits).await?;
        let mut insert = client.insert::<MentionRow>(TABLE).await?.with_setting("max_partitions_per_insert_block", "0");
        for record in &batch.records {
            if let EnrichedEvent::Upsert(enriched) = EnrichedEvent::decode(&record.payload)? {
                insert.write(&MentionRow::upsert(*enriched, (record.partition, record.offset))).await?;
            }
        }
        insert.end().await?;
        consumer.commit(&batch).await?;
    }
}
