//! Secrets never stand in the configuration file: a reference says where they are.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Deserializer, de};

/// Where a secret is kept: `${env:NAME}` or `${file:PATH}`. It prints as that reference, never as what it holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// In an environment variable.
    Env(String),
    /// In a file; white space at its end does not count. It is read anew each time, so a new token needs no restart.
    File(PathBuf),
    /// In memory: made by the program itself, such as an access token. A configuration cannot hold one.
    Given(Hidden),
}

/// A secret in memory, which never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A secret that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("environment variable `{0}` is not set")]
    Unset(String),
    /// There is nothing in it.
    #[error("`{0}` is empty")]
    Empty(String),
    /// The file cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

impl Secret {
    /// Reads a reference.
    ///
    /// # Errors
    ///
    /// A rule for a person, when the text is no reference; the text itself is not repeated, for it may be the secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        match inner.and_then(|inner| inner.split_once(':')) {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err("must be `${env:NAME}` or `${file:PATH}`, never the secret itself".to_owned()),
        }
    }

    /// A secret that the program itself made or was told.
    pub fn given(secret: impl Into<String>) -> Self {
        Self::Given(Hidden(secret.into()))
    }

    /// Reads the secret itself. Do not log or store it.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when the variable is not set, the file cannot be read, or there is nothing in it.
    pub fn reveal(&self) -> Result<String, SecretError> {
        let secret = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Unset(name.clone()))?,
            Self::File(path) => std::fs::read_to_string(path)
                .map(|text| text.trim_end().to_owned())
                .map_err(|error| SecretError::Unreadable { path: path.clone(), error })?,
            Self::Given(hidden) => return Ok(hidden.0.clone()),
        };
        if secret.is_empty() { Err(SecretError::Empty(format!("{self:?}"))) } else { Ok(secret) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "${{env:{name}}}"),
            Self::File(path) => write!(f, "${{file:{}}}", path.display()),
            Self::Given(hidden) => hidden.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_references_are_taken_and_nothing_else_is_repeated() {
        assert_eq!(Secret::parse("${env:TOKEN}"), Ok(Secret::Env("TOKEN".into())));
        assert_eq!(format!("{:?}", Secret::parse("${file:/run/token}").ok()), "Some(${file:/run/token})");
        let refused = Secret::parse("hunter2").err().unwrap_or_default();
        assert!(!refused.contains("hunter2") && refused.contains("${env:NAME}"), "{refused}");
        assert_eq!(format!("{:?}", Secret::given("hunter2")), "…");
    }

    #[test]
    fn a_file_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let secret = Secret::parse(&format!("${{file:{}}}", path.display())).unwrap();
        assert!(matches!(secret.reveal(), Err(SecretError::Unreadable { .. })));
        for token in ["first", "second"] {
            std::fs::write(&path, format!("{token}\n")).unwrap();
            assert_eq!(secret.reveal().unwrap(), token);
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(secret.reveal(), Err(SecretError::Empty(_))));
    }
}
