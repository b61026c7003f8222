//! Points in time: UTC, in milliseconds, written as RFC 3339.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time in UTC, with a resolution of one millisecond.
///
/// Range: years -9999 to 9999. On the wire it is RFC 3339 with three fractional digits and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not a point in time.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not an RFC 3339 time such as `2026-11-22T08:00:00Z`")]
pub struct BadTimestamp {
    text: String,
}

impl Timestamp {
    /// The beginning of 1970.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The last second that can be written: what is deleted at this time never comes back.
    pub const END: Self = Self(jiff::Timestamp::constant(253_402_207_200, 0));

    /// The current time by the system's clock.
    pub fn now() -> Self {
        Self::from_jiff(jiff::Timestamp::now())
    }

    /// The time `millis` milliseconds after 1970 began; clamped to the years that can be written.
    pub fn from_millis(millis: i64) -> Self {
        let (min, max) = (jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        Self(jiff::Timestamp::from_millisecond(millis.clamp(min, max)).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// The time `seconds` seconds after 1970 began; clamped to the years that can be written.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Drops what is finer than a millisecond.
    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self::from_millis(timestamp.as_millisecond())
    }

    /// Milliseconds since 1970 began; negative before that.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Reads an RFC 3339 time with any offset.
    ///
    /// # Errors
    ///
    /// [`BadTimestamp`] when the text is no such time; a time without an offset is refused.
    pub fn parse(text: &str) -> Result<Self, BadTimestamp> {
        text.trim().parse().map(Self::from_jiff).map_err(|_| BadTimestamp { text: text.chars().take(64).collect() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn reads_any_offset_and_writes_utc_with_three_digits() {
        let cases = [
            ("2026-11-22T08:00:00.123Z", "2026-11-22T08:00:00.123Z"),
            ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000Z"),
            ("2026-11-22T10:00:00.1234567+02:00", "2026-11-22T08:00:00.123Z"),
        ];
        for (given, written) in cases {
            assert_eq!(Timestamp::parse(given).unwrap().to_string(), written);
        }
        assert!(Timestamp::parse("2026-11-22 08:00").is_err());
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string().len(), "9999-12-30T22:00:00.000Z".len());
    }
}
