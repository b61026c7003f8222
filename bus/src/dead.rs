//! Dead letters: what could not be used, with the reason, the place and the original bytes.

use hark_mention::Rejection;
use rdkafka::message::{Header, OwnedHeaders};

use crate::{Outgoing, topics::DEAD};

/// Most bytes of an original that a dead letter keeps. Unit: bytes. More than this does not fit into a record.
const MAX_ORIGINAL: usize = 768 * 1024;

/// The stage that gave an item up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading from a source.
    Ingest,
    /// Labelling.
    Enrich,
    /// Storing.
    Sink,
}

impl Stage {
    /// The stage's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Enrich => "enrich",
            Self::Sink => "sink",
        }
    }
}

/// An item that a stage gave up.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Which stage.
    pub stage: Stage,
    /// Why.
    pub rejection: Rejection,
    /// Where the original stood: `hark.mentions.raw/2:17`, or a file and line.
    pub place: String,
    /// Key of the original record, if it had one.
    pub key: Vec<u8>,
    /// The original bytes.
    pub original: Vec<u8>,
}

impl DeadLetter {
    /// The record for the topic of dead letters: the original bytes, everything else in headers.
    pub fn record(self) -> Outgoing {
        let mut payload = self.original;
        let size = payload.len().to_string();
        payload.truncate(MAX_ORIGINAL);
        let header = |headers: OwnedHeaders, key, value: &str| headers.insert(Header { key, value: Some(value) });
        let mut headers = OwnedHeaders::new();
        headers = header(headers, "stage", self.stage.as_str());
        headers = header(headers, "reason", self.rejection.reason.as_str());
        headers = header(headers, "error", &self.rejection.error);
        headers = header(headers, "place", &self.place);
        headers = header(headers, "size", &size);
        Outgoing { topic: DEAD, key: self.key, payload: Some(payload), headers: Some(headers) }
    }
}
