//! The files in a folder, and which of them are to be read.

use std::{collections::BTreeMap, io, path::Path, time::SystemTime};

use serde::{Deserialize, Serialize};

/// How the names of exports end, before a packing.
const ENDINGS: [&str; 6] = ["csv", "tsv", "txt", "json", "jsonl", "ndjson"];
const PACKINGS: [&str; 3] = [".gz", ".zst", ".zstd"];

/// Most files that are remembered as read.
const MAX_FILES: usize = 5_000;

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// When it was written. Milliseconds since 1970.
    pub(super) written: u64,
    /// Bytes.
    pub(super) size: u64,
}

/// Files by name.
pub(super) type Files = BTreeMap<String, Stamp>;

/// The exports in `folder`.
///
/// # Errors
///
/// What the system says when the folder cannot be read.
pub(super) fn exports(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A file can go between the listing and the look at it.
        let Ok(metadata) = entry.metadata() else { continue };
        if !metadata.is_file() || !is_export(&name) {
            continue;
        }
        let written = metadata.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let written = written.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
        files.insert(name, Stamp { written, size: metadata.len() });
    }
    Ok(files)
}

/// Names that begin with a point are those of files that are still being copied.
fn is_export(name: &str) -> bool {
    let lower = name.to_lowercase();
    let bare = PACKINGS.iter().find_map(|packing| lower.strip_suffix(packing)).unwrap_or(&lower);
    !name.starts_with('.') && bare.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// The oldest file that was not read in its present state and was left alone since `settled`.
pub(super) fn next(files: &Files, done: &Files, settled: u64) -> Option<(String, Stamp)> {
    let is_new = |(name, stamp): &(&String, &Stamp)| done.get(*name) != Some(*stamp) && stamp.written <= settled;
    let next = files.iter().filter(is_new).min_by_key(|(name, stamp)| (stamp.written, (*name).clone()));
    next.map(|(name, stamp)| (name.clone(), *stamp))
}

/// Forgets files that are gone, and the oldest when there are too many.
pub(super) fn tidy(done: &mut Files, files: &Files) {
    done.retain(|name, _| files.contains_key(name));
    while done.len() > MAX_FILES {
        let Some(oldest) = done.iter().min_by_key(|(_, stamp)| **stamp).map(|(name, _)| name.clone()) else { break };
        done.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exports_are_read() {
        for name in ["nps.csv", "NPS 2026.CSV", "a.b.jsonl", "x.csv.gz", "y.json.zst"] {
            assert!(is_export(name), "{name}");
        }
        for name in [".nps.csv", "nps.csv.part", "notes.docx", "csv", "x.gz"] {
            assert!(!is_export(name), "{name}");
        }
    }

    #[test]
    fn files_are_read_in_the_order_they_were_written_and_again_when_they_change() {
        let stamp = |written| Stamp { written, size: 10 };
        let files = Files::from([("a".into(), stamp(30)), ("b".into(), stamp(20)), ("c".into(), stamp(90))]);
        let mut done = Files::new();
        let mut order = Vec::new();
        while let Some((name, stamp)) = next(&files, &done, 50) {
            order.push(name.clone());
            done.insert(name, stamp);
        }
        assert_eq!(order, ["b", "a"], "c was touched just now");
        let changed = Files::from([("a".into(), Stamp { written: 40, size: 12 })]);
        assert_eq!(next(&changed, &done, 50).map(|(name, _)| name), Some("a".into()));
        tidy(&mut done, &changed);
        assert_eq!(done.len(), 1);
    }
}
