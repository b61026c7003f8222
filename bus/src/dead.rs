//! Dead letters: what could not be used, with the reason, the place and the original bytes.

use hark_mention::{MAX_EVENT_BYTES, Rejection};
use rdkafka::message::{Header, OwnedHeaders};

use crate::{Outgoing, topics::DEAD};

/// Most bytes of an original that a dead letter keeps, for a record has to hold it: all that an event may have. Of larger
/// ones, a record of 20 MB for example, the beginning is kept, and the size.
const MAX_ORIGINAL: usize = MAX_EVENT_BYTES;
/// Most bytes of its key, and of each text that is kept beside it.
const MAX_BESIDE: usize = 16 * 1024;

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
    /// All stages that give items up.
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Enrich, Self::Sink];

    /// The stage of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }

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
        let (mut payload, mut key) = (self.original, self.key);
        let (size, key_size) = (payload.len().to_string(), key.len());
        payload.truncate(MAX_ORIGINAL);
        key.truncate(MAX_BESIDE);
        let header = |headers: OwnedHeaders, key, value: &str| headers.insert(Header { key, value: Some(value) });
        let mut headers = OwnedHeaders::new();
        headers = header(headers, "stage", self.stage.as_str());
        headers = header(headers, "reason", self.rejection.reason.as_str());
        headers = header(headers, "error", beginning(&self.rejection.error));
        headers = header(headers, "place", beginning(&self.place));
        headers = header(headers, "size", &size);
        if key_size > MAX_BESIDE {
            headers = header(headers, "key_size", &key_size.to_string());
        }
        Outgoing { topic: DEAD, key, payload: Some(payload), headers: Some(headers) }
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_BESIDE)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use hark_mention::RejectReason;
    use rdkafka::message::Headers as _;

    use super::*;

    #[test]
    fn a_letter_always_fits_into_a_record_and_tells_what_it_lacks() {
        let rejection = Rejection::new(RejectReason::TooLarge, "é".repeat(1 << 20));
        let (key, original) = (vec![b'k'; 1 << 20], vec![b'x'; 20 << 20]);
        let letter = DeadLetter { stage: Stage::Enrich, rejection, place: "p".repeat(1 << 20), key, original };
        let record = letter.record();
        let headers = record.headers.unwrap();
        let texts: usize = headers.iter().filter_map(|header| header.value).map(<[u8]>::len).sum();
        assert!(record.key.len() + record.payload.unwrap().len() + texts < 1_000_000);
        let header = |name| headers.iter().find(|header| header.key == name).and_then(|header| header.value);
        assert_eq!(header("size"), Some(&b"20971520"[..]));
        assert_eq!(header("key_size"), Some(&b"1048576"[..]));
    }
}
