//! The users of the embedded engine and their passwords: the admin, the analyst, and a reader for each database.
//!
//! The rule it keeps: passwords live in one file that only its owner may read; they never appear in arguments or logs.
//! Those of readers are in no file: `reader_of_<database>` has the HMAC-SHA256 of its name under the admin's password, so
//! that whoever may do everything can also hand out a part of it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Name of the user who may do everything.
pub(crate) const ADMIN: &str = "admin";
/// Name of the user who may read.
pub(crate) const ANALYST: &str = "analyst";
/// How the names of readers begin.
const READER: &str = "reader_of_";

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum User {
    /// May do everything the engine can.
    Admin,
    /// May read what the [gate](crate::gate) lets through.
    Analyst,
    /// May read what the gate lets through, in this database instead of the analyst's.
    Reader(String),
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

    pub(crate) fn admin(&self) -> &str {
        &self.admin
    }

    pub(crate) fn analyst(&self) -> &str {
        &self.analyst
    }

    /// The password of the reader with this name.
    fn reader(&self, name: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.admin.as_bytes()).expect("a key may have any length");
        mac.update(name.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The user with this name and password. Takes the same time for every wrong password of one length.
    pub(crate) fn authenticate(&self, name: &str, password: &str) -> Option<User> {
        let (user, right) = match (name, name.strip_prefix(READER)) {
            (ADMIN, _) => (User::Admin, self.admin.clone()),
            (ANALYST, _) => (User::Analyst, self.analyst.clone()),
            (_, Some(database)) if !database.is_empty() => (User::Reader(database.to_owned()), self.reader(name)),
            _ => return None,
        };
        bool::from(right.as_bytes().ct_eq(password.as_bytes())).then_some(user)
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
        assert_eq!(first.admin(), again.admin());
        assert_ne!(first.admin(), first.analyst());
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

    #[test]
    fn a_reader_has_a_password_for_one_database() {
        let users = Users { admin: "aa".into(), analyst: "bb".into() };
        let password = users.reader("reader_of_team");
        assert_eq!(users.authenticate("reader_of_team", &password), Some(User::Reader("team".into())));
        assert_eq!(users.authenticate("reader_of_hark", &password), None);
        assert_eq!(users.authenticate("reader_of_", &users.reader("reader_of_")), None);
        assert_eq!(users.authenticate("reader_of_team", "aa"), None);
        let other = Users { admin: "cc".into(), analyst: "bb".into() };
        assert_eq!(other.authenticate("reader_of_team", &password), None);
    }
}
