//! What sources read from outside: the body of a fuzz target, also run by a test of `hark-ingest` on random bytes.

/// The parsers of one source.
pub(crate) fn one(kind: &str, bytes: &[u8]) {
    hark_ingest::fuzz(kind, bytes);
}

/// The parsers of all sources.
pub(crate) fn all(bytes: &[u8]) {
    hark_ingest::source_kinds().for_each(|(kind, _)| hark_ingest::fuzz(kind, bytes));
}
