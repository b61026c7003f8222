//! The vocabulary of Hark: what a mention is, how it travels, what became of it.
//!
//! Every other crate speaks these types; this one knows no network, no broker and no database.
//! The one rule: whatever is decoded here can be encoded again without losing a field.

pub mod config;
mod enriched;
mod event;
mod health;
mod personal;
mod time;
mod verdict;
mod version;

pub use enriched::{Ending, Enriched, EnrichedEvent, Intent, Labels, Sentiment, StoryKeys, TopicLabel};
pub use event::{
    Author, Delete, Engagement, Event, ForgetAuthor, Kind, MAX_EVENT_BYTES, Mention, WIRE_VERSION, WireError,
};
pub use health::{ErrorClass, ErrorCounts, Gap, SourceHealth, SourceState, Trouble};
pub use personal::PersonalData;
pub use time::{BadTimestamp, Timestamp};
pub use verdict::{DropReason, Fallback, RejectReason, Rejection, Verdict};
pub use version::{deletion_version, erased_version, relabelled_version, row_version};
