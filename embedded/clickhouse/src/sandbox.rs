//! Confines the engine's process with Landlock, because SQL can name files and addresses.
//!
//! The rule it keeps: it must be entered in a thread before that thread starts others and before the engine is loaded, since
//! Landlock binds the calling thread and those it starts.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest rules asked for (Linux 6.12: files, TCP, devices, abstract sockets, signals). Older kernels give what they can.
const WANTED: ABI = ABI::V6;

/// What the engine reads of the system: time zones, random numbers, its own process, memory and processor counts.
const SYSTEM: &[&str] = &[
    "/dev/random",
    "/dev/urandom",
    "/etc/localtime",
    "/etc/timezone",
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup",
    "/sys/kernel/mm",
    "/usr/share/zoneinfo",
];

/// Confines this thread and those it starts: read and write below `writable`, read `readable` and what the engine needs of
/// the system, no TCP connections out and no new listening ports (the listening socket is already open).
///
/// Says what the kernel enforces, for the log. A kernel without Landlock enforces nothing, which is not an error.
pub(crate) fn enter(writable: &[&Path], readable: &[&Path]) -> String {
    match restrict(writable, readable) {
        Ok(status) => match status.ruleset {
            RulesetStatus::FullyEnforced => {
                "landlock: files, tcp, devices, abstract sockets and signals confined".into()
            }
            RulesetStatus::PartiallyEnforced => {
                format!("landlock: confined as far as this kernel can ({:?})", status.landlock)
            }
            RulesetStatus::NotEnforced => "landlock: this kernel enforces nothing, the engine is not confined".into(),
        },
        Err(error) => format!("landlock: not confined: {error}"),
    }
}

fn restrict(writable: &[&Path], readable: &[&Path]) -> Result<RestrictionStatus, RulesetError> {
    let read: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
    let all = AccessFs::from_all(WANTED) & !BitFlags::from(AccessFs::Execute);
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?
        .add_rules(path_beneath_rules(writable, all))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(LIBRARY_FOLDERS, read | AccessFs::Execute))?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .restrict_self()
}

/// Where the dynamic loader finds what the engine library itself needs.
const LIBRARY_FOLDERS: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"];
