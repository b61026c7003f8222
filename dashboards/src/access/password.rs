//! Passwords: argon2id, with the parameters that OWASP recommends (19 MiB, two passes, one lane).
//!
//! Source: <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>, read 2026-11-22.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Fewest and most characters of a password.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 10..=1000;
/// Each check takes 19 MiB and some 30 ms of a core: no more than so many at once, whoever asks.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// What the password of somebody unknown is held against, so that it takes as long as that of somebody known.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Whether a password may be chosen.
///
/// # Errors
///
/// The rule, for a person.
pub fn check_password(password: &str) -> Result<(), String> {
    let characters = password.chars().count();
    if PASSWORD_LENGTH.contains(&characters) {
        return Ok(());
    }
    Err(format!("must have {} to {} characters", PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end()))
}

/// The argon2id hash of a password, as a PHC string.
///
/// # Errors
///
/// When the operating system gives no random bytes.
pub fn hash(password: &str) -> Result<String, String> {
    let hashed: PasswordHash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hashed.to_string())
}

/// Whether the text is a hash already.
pub(crate) fn is_hash(text: &str) -> bool {
    text.starts_with("$argon2id$") && PasswordHash::new(text).is_ok()
}

/// Whether `password` is the one behind `hash`. Without a hash it takes as long, and is not.
pub(crate) async fn matches(password: String, hash: Option<String>) -> bool {
    let Ok(_permit) = AT_ONCE.acquire().await else { return false };
    let check = move || {
        let known = hash.is_some();
        let against = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&against);
        let right = parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        right && known
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_its_hash() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(is_hash(&hashed) && !is_hash("correct horse") && !is_hash("$argon2id$"));
        assert_ne!(hashed, hash("correct horse").unwrap(), "each has its own salt");
        assert!(matches("correct horse".to_owned(), Some(hashed.clone())).await);
        assert!(!matches("correct horsf".to_owned(), Some(hashed)).await);
        assert!(!matches("nobody has this password".to_owned(), None).await);
    }
}
