//! How often somebody may try: log-ins that fail, and requests a minute.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failed log-ins that cost nothing, of one name and of one address.
const FREE: u32 = 5;
/// The wait after the next one; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// After so long without a failure all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(30 * 60);
/// Most names, addresses and callers that are remembered; when there are more, the oldest go.
const MOST: usize = 50_000;

#[derive(Clone, Copy)]
struct Failures {
    times: u32,
    last: Instant,
}

impl Failures {
    /// How long until the next try.
    fn wait(self, now: Instant) -> Option<Duration> {
        let over = self.times.checked_sub(FREE)?;
        let wait = FIRST_WAIT.saturating_mul(1 << over.min(12)).min(LONGEST_WAIT);
        (self.last + wait).checked_duration_since(now).filter(|wait| !wait.is_zero())
    }
}

/// Remembers failed log-ins by name and by address.
#[derive(Default)]
pub(crate) struct LogIns {
    failures: Mutex<HashMap<String, Failures>>,
}

impl LogIns {
    /// How long this name or this address has to wait, if at all.
    pub(crate) fn wait(&self, name: &str, address: IpAddr, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(name, address).iter().filter_map(|key| failures.get(key)?.wait(now)).max()
    }

    /// Notes a failed log-in.
    pub(crate) fn failed(&self, name: &str, address: IpAddr, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            failures.retain(|_, failure| now.duration_since(failure.last) < FORGOTTEN / 10);
        }
        for key in keys(name, address) {
            let failure = failures.entry(key).or_insert(Failures { times: 0, last: now });
            if now.duration_since(failure.last) > FORGOTTEN {
                failure.times = 0;
            }
            *failure = Failures { times: failure.times + 1, last: now };
        }
    }

    /// Forgets the failures of a name that has logged in; those of the address stay, for it may try other names.
    pub(crate) fn succeeded(&self, name: &str, address: IpAddr) {
        let [name, _] = keys(name, address);
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    }
}

fn keys(name: &str, address: IpAddr) -> [String; 2] {
    // A name may be as long as a request.
    let name: String = name.chars().take(100).collect();
    [format!("name {name}"), format!("address {address}")]
}

/// A bucket of requests for each caller: it holds a minute's worth, and fills evenly.
pub(crate) struct Requests {
    a_minute: f64,
    buckets: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Requests {
    pub(crate) fn new(a_minute: u32) -> Self {
        Self { a_minute: f64::from(a_minute), buckets: Mutex::default() }
    }

    /// Takes one request out of the caller's bucket; the wait until there is one, when it is empty.
    pub(crate) fn take(&self, caller: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|_, (_, last)| now.duration_since(*last) < Duration::from_secs(60));
        }
        let (left, last) = buckets.entry(caller.to_owned()).or_insert((self.a_minute, now));
        *left = (*left + now.duration_since(*last).as_secs_f64() * self.a_minute / 60.0).min(self.a_minute);
        *last = now;
        if *left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *left) * 60.0 / self.a_minute));
        }
        *left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn after_five_failures_each_try_waits_twice_as_long() {
        let (log_ins, start) = (LogIns::default(), Instant::now());
        for _ in 0..FREE - 1 {
            log_ins.failed("jan", HERE, start);
        }
        assert_eq!(log_ins.wait("jan", HERE, start), None);
        log_ins.failed("jan", HERE, start);
        assert_eq!(log_ins.wait("jan", HERE, start), Some(FIRST_WAIT));
        assert_eq!(log_ins.wait("jan", THERE, start), Some(FIRST_WAIT), "the name waits wherever it comes from");
        assert_eq!(log_ins.wait("els", HERE, start), Some(FIRST_WAIT), "the address waits whatever name it tries");
        assert_eq!(log_ins.wait("els", THERE, start), None);
        log_ins.failed("jan", HERE, start);
        assert_eq!(log_ins.wait("jan", HERE, start), Some(FIRST_WAIT * 2));
        assert_eq!(log_ins.wait("jan", HERE, start + FIRST_WAIT * 2), None);
        for _ in 0..40 {
            log_ins.failed("jan", HERE, start);
        }
        assert_eq!(log_ins.wait("jan", HERE, start), Some(LONGEST_WAIT));
        log_ins.succeeded("jan", HERE);
        assert_eq!(log_ins.wait("jan", THERE, start), None);
        assert_eq!(log_ins.wait("jan", HERE, start), Some(LONGEST_WAIT), "a right password does not free the address");
    }

    #[test]
    fn a_bucket_holds_a_minute_and_fills_evenly() {
        let (requests, start) = (Requests::new(60), Instant::now());
        assert!((0..60).all(|_| requests.take("a", start).is_ok()));
        assert_eq!(requests.take("a", start), Err(Duration::from_secs(1)));
        assert_eq!(requests.take("b", start), Ok(()));
        assert_eq!(requests.take("a", start + Duration::from_secs(1)), Ok(()));
        assert!(requests.take("a", start + Duration::from_secs(1)).is_err());
    }
}
