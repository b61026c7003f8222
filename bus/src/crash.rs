//! Named points at which a test lets a process die, to see what the next one makes of what it left.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// `HARK_CRASH_AT=point:n`: the point, and how many times it is still passed.
struct Planned {
    point: String,
    left: AtomicU32,
}

static PLANNED: OnceLock<Option<Planned>> = OnceLock::new();

/// Ends the process at once, without any cleaning up, when the environment says `HARK_CRASH_AT=point:n` and this is the
/// n-th time that `point` is passed. Otherwise it does nothing. Only tests of recovery set the variable.
pub fn crash_point(point: &str) {
    let planned = PLANNED.get_or_init(|| {
        let planned = std::env::var("HARK_CRASH_AT").ok()?;
        let (point, times) = planned.split_once(':')?;
        Some(Planned { point: point.to_owned(), left: AtomicU32::new(times.parse().ok()?) })
    });
    if let Some(planned) = planned
        && planned.point == point
        && planned.left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}
