//! The two users of the embedded engine and their passwords.
//!
//! The rule it keeps: passwords live in one file that only its owner may read; they never appear in arguments or logs.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// Who a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    /// May do everything the engine can.
    Admin,
    /// May read what the [gate](crate::gate) lets through.
    Analyst,
}

/// The passwords of both users.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Users {
    admin: String,
    analyst: String,
}

impl Users {
    /// Where the passwords are kept below the engine's data directory.
    pub(crate) fn file(data: &Path) -> PathBuf {
        data.join("users.json")
    }

    /// Reads the passwords, or makes random ones at the first start.
    pub(crate) fn load_or_create(data: &Path) -> io::Result<Users> {
        let file = Users::file(data);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let users = Users { admin: random_password(), analyst: random_password() };
                write_private(&file, &serde_json::to_vec_pretty(&users)?)?;
                Ok(users)
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn password(&self, user: User) -> &str {
        match user {
            User::Admin => &self.admin,
            User::Analyst => &self.analyst,
        }
    }

    /// The user with this name and password. Takes the same time for every wrong password of one length.
    pub(crate) fn authenticate(&self, name: &str, password: &str) -> Option<User> {
        let user = User::from_name(name)?;
        bool::from(self.password(user).as_bytes().ct_eq(password.as_bytes())).then_some(user)
    }
}

impl User {
    pub(crate) fn name(self) -> &'static str {
        match self {
            User::Admin => "admin",
            User::Analyst => "analyst",
        }
    }

    fn from_name(name: &str) -> Option<User> {
        [User::Admin, User::Analyst].into_iter().find(|user| user.name() == name)
    }
}

/// 122 random bits from the operating system, as 32 hexadecimal digits.
fn random_password() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Writes a file that only its owner can read, whole or not at all.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    let partial = file.with_extension("partial");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    out.write_all(content)?;
    out.sync_all()?;
    std::fs::rename(partial, file)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn passwords_stay_and_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = Users::load_or_create(dir.path()).unwrap();
        let again = Users::load_or_create(dir.path()).unwrap();
        assert_eq!(first.password(User::Admin), again.password(User::Admin));
        assert_ne!(first.password(User::Admin), first.password(User::Analyst));
        let mode = Users::file(dir.path()).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn only_the_right_password_opens() {
        let users = Users { admin: "aa".into(), analyst: "bb".into() };
        assert_eq!(users.authenticate("admin", "aa"), Some(User::Admin));
        assert_eq!(users.authenticate("analyst", "bb"), Some(User::Analyst));
        for (name, password) in [("admin", "bb"), ("admin", ""), ("default", ""), ("Admin", "aa")] {
            assert_eq!(users.authenticate(name, password), None);
        }
    }
}
