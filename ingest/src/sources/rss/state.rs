//! How far each feed has been read. It has to fit into one record of the cursor topic, so it is bounded:
//! at most [`MAX_FEEDS`] feeds and [`MAX_SEEN`] items, 28 bytes an item, about 700 KB in all.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Most feeds that one source reads.
pub(super) const MAX_FEEDS: usize = 400;

/// Most items that are remembered over all feeds of one source.
pub(super) const MAX_SEEN: usize = 20_000;

/// The cursor: what is known about each feed, by its configured address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) feeds: BTreeMap<String, FeedState>,
}

/// What is known about one feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FeedState {
    /// When to look again. Unit: milliseconds since 1970.
    pub(super) due: i64,
    /// `ETag` of the last document, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    /// `Last-Modified` of the last document, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
    /// Where the feed says that it has moved for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved: Option<Moved>,
    /// Looks in a row that failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) failures: u32,
    /// The server said 410: never look again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) gone: bool,
    /// The items of the last document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) seen: Vec<Seen>,
}

/// A permanent redirect; it is believed after it was met three times, for a hotel's log-in page sends them too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) url: String,
    pub(super) met: u32,
}

/// An item of the last document, written as `id-hash content-hash [first-seen]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: u64,
    pub(super) content: u64,
    /// When it was first seen, for items that do not say when they were published. Milliseconds since 1970.
    pub(super) first_seen: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde wants")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl FeedState {
    /// Where to look: the new address once it is believed.
    pub(super) fn address<'a>(&'a self, configured: &'a str) -> &'a str {
        self.moved.as_ref().filter(|moved| moved.met >= 3).map_or(configured, |moved| &moved.url)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x} {:x}", self.id, self.content)?;
        self.first_seen.map_or(Ok(()), |at| write!(f, " {at}"))
    }
}

impl FromStr for Seen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(' ');
        let mut hash = || parts.next().and_then(|part| u64::from_str_radix(part, 16).ok()).ok_or("not a seen item");
        let (id, content) = (hash()?, hash()?);
        let first_seen = parts.next().map(str::parse).transpose().map_err(|_| "not a time")?;
        Ok(Self { id, content, first_seen })
    }
}

impl Serialize for Seen {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_full_cursor_fits_into_one_record() {
        let seen = |id| Seen { id, content: 0xffff_ffff_ffff, first_seen: None };
        let feed = |n: usize| {
            let seen = (0..MAX_SEEN / MAX_FEEDS).map(|item| seen(0xffff_ffff_0000 + item as u64)).collect();
            let etag = Some("W/\"0123456789abcdef0123456789abcdef\"".to_owned());
            let last_modified = Some("Sun, 22 Nov 2026 08:00:00 GMT".to_owned());
            let state = FeedState { due: i64::MAX, etag, last_modified, seen, ..FeedState::default() };
            (format!("https://www.example.org/a/rather/long/path/of/a/feed/{n}.xml"), state)
        };
        let progress = Progress { feeds: (0..MAX_FEEDS).map(feed).collect() };
        let json = serde_json::to_string(&progress).unwrap();
        assert!(json.len() < 900_000, "{}", json.len());
        assert_eq!(serde_json::from_str::<Progress>(&json).unwrap().feeds, progress.feeds);
    }

    #[test]
    fn an_undated_item_keeps_its_first_time() {
        let seen = Seen { id: 10, content: 255, first_seen: Some(1_795_000_000_000) };
        assert_eq!(seen.to_string(), "a ff 1795000000000");
        assert_eq!(seen.to_string().parse(), Ok(seen));
        assert!("nonsense".parse::<Seen>().is_err());
    }
}
