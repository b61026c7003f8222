//! What GitHub says about its answers besides their content: further pages and limits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use super::parse;
use crate::http::Answer;

/// Pause after a limit that does not say how long it lasts.
///
/// Source: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
pub(super) const LIMIT_PAUSE: Duration = Duration::from_secs(60);

pub(super) fn next_page(headers: &HeaderMap) -> Option<String> {
    parse::next_link(headers.get("link")?.to_str().ok()?)
}

pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// How long until requests are free again, when none is left.
pub(super) fn until_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    number(headers, "x-ratelimit-remaining").filter(|left| *left == 0)?;
    let reset = UNIX_EPOCH + Duration::from_secs(number(headers, "x-ratelimit-reset")?);
    // The reset is told in whole seconds.
    Some(reset.duration_since(now).unwrap_or_default() + Duration::from_secs(1))
}

/// How long to wait so that the limit is not met.
pub(super) fn pause(headers: &HeaderMap) -> Duration {
    until_reset(headers, SystemTime::now()).unwrap_or_default()
}

/// How long a limit lasts: a 403 may be one, and another for doing too much at once has words only.
pub(super) fn limited(answer: &Answer, now: SystemTime) -> Option<Duration> {
    if !matches!(answer.status.as_u16(), 403 | 429) || answer.headers.contains_key("retry-after") {
        return None;
    }
    let says_so = String::from_utf8_lossy(&answer.body).contains("rate limit");
    until_reset(&answer.headers, now).or_else(|| (says_so || answer.status == 429).then_some(LIMIT_PAUSE))
}
