//! What `[privacy]` asks for, ready to use, and the key of the names that stand for authors.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use hark_privacy::{Privacy, Pseudonyms};

use crate::config::Config;

/// File in the data folder that keeps the key when none is configured.
const KEY_FILE: &str = "pseudonym.key";
/// Shortest key that nobody guesses. Unit: bytes.
const MIN_KEY: usize = 16;

/// What is done to events; a key that is not configured is kept in the folder `data`.
///
/// # Errors
///
/// When authors are to be replaced and there is no key.
pub(crate) fn privacy(config: &Config, data: Option<&Path>) -> Result<Privacy> {
    let masker = config.privacy.masker();
    if !config.privacy.pseudonymise_authors {
        return Ok(Privacy { masker, pseudonyms: None });
    }
    let key = match (&config.privacy.key, data) {
        (Some(key), _) => key.reveal().context("`privacy.key`")?.into_bytes(),
        (None, Some(data)) => key_of(data)?,
        (None, None) => anyhow::bail!("`privacy.key` is needed to replace authors"),
    };
    ensure!(key.len() >= MIN_KEY, "`privacy.key` is too short: take at least {MIN_KEY} random characters");
    Ok(Privacy { masker, pseudonyms: Some(Pseudonyms::new(&key)) })
}

/// The key that the folder keeps; made when there is none.
fn key_of(data: &Path) -> Result<Vec<u8>> {
    let path = data.join(KEY_FILE);
    match fs::read(&path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let cannot = || format!("cannot write {}", path.display());
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let key: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let unfinished = data.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(cannot)?;
    file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)?;
    // Of two processes that make a key at once, the first one's counts.
    let linked = fs::hard_link(&unfinished, &path);
    fs::remove_file(&unfinished).with_context(cannot)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).with_context(cannot),
        _ => fs::read(&path).with_context(|| format!("cannot read {}", path.display())),
    }
}
