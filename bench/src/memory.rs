//! Resident memory of a process and its children, from Linux's `/proc`.

use anyhow::{Context as _, Result};

/// Resident memory, in MiB.
pub(crate) struct Memory {
    pub(crate) own: u64,
    pub(crate) children: u64,
}

impl Memory {
    pub(crate) fn total(&self) -> u64 {
        self.own + self.children
    }
}

/// The memory of process `pid` and of its children.
///
/// # Errors
///
/// When the process is gone.
pub(crate) fn of(pid: u32) -> Result<Memory> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let mut others = 0;
    for child in children.split_whitespace() {
        others += resident(child.parse()?)?;
    }
    // A child belongs to the thread that started it, which need not be the first.
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))?.filter_map(Result::ok) {
        if task.file_name().to_str() == Some(&pid.to_string()) {
            continue;
        }
        for child in std::fs::read_to_string(task.path().join("children")).unwrap_or_default().split_whitespace() {
            others += resident(child.parse()?)?;
        }
    }
    Ok(Memory { own: resident(pid)?, children: others })
}

fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024)
}
