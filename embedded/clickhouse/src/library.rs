//! Finds the engine library. It is not part of the build: npm installs it, pinned by hash in `npm/package-lock.json`.

use std::path::{Path, PathBuf};

/// Names the library file and nothing else; set by those who keep the library elsewhere.
const VARIABLE: &str = "HARK_CHDB_LIB";
const FILE: &str = "libchdb.so";
/// Where npm puts the file below the folder that holds `package.json`.
const IN_NPM: &str = "npm/node_modules/@chdb/lib-linux-x64-gnu";

/// The engine library was not found.
#[derive(Debug, thiserror::Error)]
#[error(
    "the clickhouse engine {FILE} was not found in {}; install it with `make engine` \
     (that is `npm ci --prefix embedded/clickhouse/npm`) or name the file in {VARIABLE}",
    .looked_at.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
)]
pub struct LibraryMissing {
    /// Every place that was tried, in order.
    pub looked_at: Vec<PathBuf>,
}

/// Looks for the library: the file named by `HARK_CHDB_LIB`, else npm's folder below the current directory, npm's folder
/// in the source tree, `lib/` beside the executable, `/usr/local/lib`, `/usr/lib`.
///
/// # Errors
/// [`LibraryMissing`] names every place and the command that installs the library.
pub fn find_library() -> Result<PathBuf, LibraryMissing> {
    first_file(match std::env::var_os(VARIABLE) {
        // A wrong name is an error, not a reason to load something else.
        Some(named) => vec![PathBuf::from(named)],
        None => places(),
    })
}

fn places() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("lib")));
    [Path::new("embedded/clickhouse").join(IN_NPM), Path::new(env!("CARGO_MANIFEST_DIR")).join(IN_NPM)]
        .into_iter()
        .chain(beside)
        .chain(["/usr/local/lib".into(), "/usr/lib".into()])
        .map(|folder| folder.join(FILE))
        .collect()
}

fn first_file(candidates: Vec<PathBuf>) -> Result<PathBuf, LibraryMissing> {
    match candidates.iter().find_map(|path| path.canonicalize().ok().filter(|path| path.is_file())) {
        Some(path) => Ok(path),
        None => Err(LibraryMissing { looked_at: candidates }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_names_every_place_and_the_command() {
        let error = first_file(vec!["/nowhere/a.so".into(), "/nowhere/b.so".into()]).map(|_| ()).expect_err("none");
        let text = error.to_string();
        for part in ["/nowhere/a.so", "/nowhere/b.so", "make engine", "HARK_CHDB_LIB"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_npm_folder_is_searched_first() {
        let places = places();
        assert!(places[0].starts_with("embedded/clickhouse/npm"), "{places:?}");
        assert!(places.iter().any(|p| p == Path::new("/usr/local/lib/libchdb.so")));
    }
}
