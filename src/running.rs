//! How a second command finds the embedded engines that a first one runs: a lock and a note in the data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// How long a second command waits for engines that are just starting.
const STARTING: Duration = Duration::from_secs(60);

/// Where running embedded engines can be reached. The file is readable by its owner only: it holds passwords.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) kafka: String,
    pub(crate) clickhouse: String,
    pub(crate) admin: Login,
    pub(crate) analyst: Login,
}

/// A user of the embedded ClickHouse.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.user)
    }
}

/// The data folder, held by this process. The operating system lets go of it when the process ends, however it ends.
pub(crate) struct Held {
    folder: PathBuf,
    _lock: File,
}

/// Who has the data folder.
pub(crate) enum Folder {
    /// This process, from now on.
    Ours(Held),
    /// Another process, whose engines can be used.
    Theirs(Running),
}

/// Takes the data folder, or finds out where its engines are.
///
/// # Errors
///
/// When the folder cannot be written, or another process holds it without telling where its engines are.
pub(crate) async fn take(folder: &Path) -> Result<Folder> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("cannot use the data folder {}", folder.display()))?;
    let path = folder.join("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("cannot write in the data folder {}", folder.display()))?;
    let deadline = tokio::time::Instant::now() + STARTING;
    loop {
        match lock.try_lock() {
            Ok(()) => {
                remove_note(&folder);
                return Ok(Folder::Ours(Held { folder, _lock: lock }));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        if let Ok(note) = std::fs::read(note(&folder))
            && let Ok(running) = serde_json::from_slice(&note)
        {
            return Ok(Folder::Theirs(running));
        }
        if tokio::time::Instant::now() > deadline {
            bail!("another process holds the data folder {} but does not say where its engines are", folder.display());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Where the engines of another process are, if one runs them now.
pub(crate) fn look(folder: &Path) -> Option<Running> {
    let lock = File::open(folder.join("lock")).ok()?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => serde_json::from_slice(&std::fs::read(note(folder)).ok()?).ok(),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

impl Held {
    /// The folder, as an absolute path.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells other commands where the engines are.
    ///
    /// # Errors
    ///
    /// When the note cannot be written.
    pub(crate) fn announce(&self, running: &Running) -> Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let (path, unfinished) = (note(&self.folder), self.folder.join("running.unfinished"));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
        file.write_all(&serde_json::to_vec_pretty(running)?)?;
        std::fs::rename(&unfinished, &path).with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        remove_note(&self.folder);
    }
}

fn note(folder: &Path) -> PathBuf {
    folder.join("running.json")
}

fn remove_note(folder: &Path) {
    if let Err(error) = std::fs::remove_file(note(folder))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "cannot remove the note about running engines");
    }
}
