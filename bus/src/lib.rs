//! How the stages use Kafka: batches in, batches out, and progress that moves only after the work is durable.
//!
//! Delivery is at least once: a batch whose offsets were not committed comes again. Nothing here needs transactions.

mod consumer;
mod counts;
mod crash;
mod dead;
mod editions;
mod health;
mod kafka;
mod letters;
mod membership;
mod producer;
mod progress;
mod replay;
mod scan;
mod table;
mod topics;
mod trim;

pub use consumer::{Batch, BatchLimits, Consumer, Record};
pub use counts::{Counts, Snapshot};
pub use crash::crash_point;
pub use dead::{DeadLetter, Stage};
pub use editions::{Edition, InForce, MAX_EDITION_BYTES, editions, follow_editions, publish_edition};
pub use health::source_health;
pub use kafka::{BusError, Kafka};
pub use letters::{Letter, LetterFilter, letter_at, newest_letters};
pub use membership::{Membership, Share};
pub use producer::{Outgoing, Producer};
pub use progress::{Ends, Progress};
pub use replay::{LetterState, ReplayReport, Replayed, replay, replay_plan};
pub use scan::{Passing, scan};
pub use table::read_table;
pub use topics::{CURSORS, DEAD, ENRICHED, HEALTH, RAW, REPLAYED, RULES, SOURCES, ensure as ensure_topics};
pub use trim::{Reader, keep_trimmed, trim};
