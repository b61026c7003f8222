//! What is done to the processes, and that it was done.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    process::{Command, ExitStatus},
};

use hark_tests::hark::{child_of, wait_until};

/// SIGABRT, by which a process ends at a crash point.
const ABORTED: i32 = 6;

/// Whether a process ended at a crash point.
pub(crate) fn crashed(status: ExitStatus) -> bool {
    status.signal() == Some(ABORTED)
}

/// Sends a signal: `KILL`, `STOP`, `CONT`.
pub(crate) fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill runs");
    assert!(sent.success(), "no process {pid} to send SIG{name}");
}

/// Freezes a process until `until` holds, and sees that it was frozen.
pub(crate) fn freeze(pid: u32, until: impl FnMut() -> bool) {
    signal("STOP", pid);
    wait_until("the process is frozen", || state(pid) == Some('T'));
    wait_until("the freeze is over", until);
    signal("CONT", pid);
}

/// Kills the engine below `parent` and waits until there is another.
pub(crate) fn kill_engine(parent: u32) {
    let engine = engine(parent).expect("an engine runs");
    signal("KILL", engine);
    wait_until("a new engine runs", || child_of(parent).is_some_and(|new| new != engine));
}

/// The engine below `parent`.
pub(crate) fn engine(parent: u32) -> Option<u32> {
    let mut found = None;
    wait_until("an engine runs", || {
        found = child_of(parent);
        found.is_some()
    });
    found
}

fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.chars().next()
}
