//! What the tables of keys may hold: a filter that spares looking up what is new, which is nearly everything.
//!
//! It is whole only while this sink reads all partitions, for then nobody else adds keys. With others at work, or when the
//! keys outgrow it, every key is looked up.

use clickhouse::{Client, error::Result};
use fastbloom::AtomicBloomFilter;

/// Bits that a key needs for few false alarms: three in a hundred.
const BITS_PER_KEY: u64 = 8;
const HASHES: u32 = 3;
/// Keys are hashes already; the seed only has to be a number.
const SEED: u128 = 0;

/// The keys in `mention_keys`, `early_deletions` and `story_claims`, as far as they are known.
pub(crate) struct Known {
    bits: u64,
    filter: Option<AtomicBloomFilter>,
    alone_since: Option<u64>,
}

impl Known {
    /// Knows nothing yet, and will take at most `bytes` of memory.
    pub(crate) fn within(bytes: u64) -> Self {
        Self { bits: bytes.saturating_mul(8), filter: None, alone_since: None }
    }

    /// To be called before each batch with since when this sink is alone, if it is: forgets the filter when it was not
    /// all the time, and fills it anew.
    pub(crate) async fn refresh(&mut self, client: &Client, alone_since: Option<u64>) {
        if alone_since == self.alone_since {
            return;
        }
        self.filter = None;
        self.alone_since = alone_since;
        if self.alone() {
            match self.load(client).await {
                Ok(filter) => self.filter = filter,
                Err(error) => {
                    tracing::debug!(%error, "cannot read the keys; trying again with the next batch");
                    self.alone_since = None;
                }
            }
        }
    }

    async fn load(&self, client: &Client) -> Result<Option<AtomicBloomFilter>> {
        let keys: u64 = client
            .query(
                "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase()
                 AND table IN ('mention_keys', 'early_deletions', 'story_claims')",
            )
            .fetch_one()
            .await?;
        if keys.saturating_mul(BITS_PER_KEY) > self.bits {
            tracing::info!(keys, "too many keys for sink.filter_memory; each is looked up");
            return Ok(None);
        }
        let bits = usize::try_from(self.bits).unwrap_or(usize::MAX);
        let filter = AtomicBloomFilter::with_num_bits(bits).seed(&SEED).hashes(HASHES);
        let mut stored = client
            .query(
                "SELECT key FROM story_claims
                 UNION ALL SELECT toUInt64(id_hash) FROM mention_keys
                 UNION ALL SELECT toUInt64(id_hash) FROM early_deletions",
            )
            .fetch::<u64>()?;
        while let Some(key) = stored.next().await? {
            filter.insert(&key);
        }
        Ok(Some(filter))
    }

    /// Whether no other sink is at work.
    pub(crate) fn alone(&self) -> bool {
        self.alone_since.is_some()
    }

    /// Whether `key` has to be looked up.
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.contains(&key))
    }

    /// Whether the id with this hash has to be looked up.
    pub(crate) fn may_hold_id(&self, id_hash: u128) -> bool {
        self.may_hold(low(id_hash))
    }

    /// To be called with every key that is written.
    pub(crate) fn add(&self, key: u64) {
        if let Some(filter) = &self.filter {
            filter.insert(&key);
        }
    }

    /// To be called with the hash of every id that is written.
    pub(crate) fn add_id(&self, id_hash: u128) {
        self.add(low(id_hash));
    }
}

/// As `toUInt64` cuts it in the database.
fn low(id_hash: u128) -> u64 {
    (id_hash & u128::from(u64::MAX)) as u64
}
