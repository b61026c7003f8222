//! Whether a mention says the same as before, in 64 bits.

use hark_mention::Mention;
use sha2::{Digest, Sha256};

/// The fingerprint of what is gone. No mention has it.
pub(crate) const GONE: u64 = 0;

/// What a mention says and by whom (48 bits), and how much others reacted (16 bits): likes and replies count as changed when
/// they have about doubled, so that a popular mention is not published anew every minute. Never [`GONE`].
pub(crate) fn fingerprint(mention: &Mention) -> u64 {
    let rating = mention.rating.map(|rating| rating.to_string());
    let author = mention.author.id.as_ref().or(mention.author.handle.as_ref());
    let parts = [mention.title.as_ref(), Some(&mention.text), rating.as_ref(), author];
    let content = hash(parts.map(|part| part.map_or("", String::as_str)));
    let magnitude = |count: Option<u64>| u64::from(count.unwrap_or_default().checked_ilog2().map_or(0, |log| log + 1));
    let print = content << 16 | magnitude(mention.engagement.likes) << 8 | magnitude(mention.engagement.replies);
    print.max(GONE + 1)
}

/// Whether two fingerprints differ in nothing but the reactions.
pub(crate) fn same_words(one: u64, other: u64) -> bool {
    one >> 16 == other >> 16
}

/// 48 bits that differ when the texts do.
pub(crate) fn hash<const N: usize>(parts: [&str; N]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(6).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
