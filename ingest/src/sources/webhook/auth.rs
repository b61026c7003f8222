//! Who may send: a token, a signature, or both. Compared in a time that tells nothing.

use std::time::Duration;

use hark_mention::config::{Secret, SecretError};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::config::WebhookConfig;

/// What a sender has to prove.
#[derive(Debug)]
pub(super) struct Guard {
    token: Option<Secret>,
    secrets: Vec<Secret>,
    signature_header: String,
    timestamp_header: Option<String>,
    max_age: Duration,
}

/// Why a request is refused. It says nothing of what would have been right.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The sender is unknown.
    #[error("{0}")]
    Sender(&'static str),
    /// The secret cannot be had here.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl Guard {
    pub(super) fn new(config: &WebhookConfig) -> Self {
        Self {
            token: config.token.clone(),
            secrets: config.secrets.clone(),
            signature_header: config.signature_header().to_owned(),
            timestamp_header: config.timestamp_header.clone(),
            max_age: config.max_age.duration(),
        }
    }

    /// Checks what can be checked before the body is read, so that strangers cost nothing.
    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let Some(token) = &self.token else { return Ok(()) };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given =
            given.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let (_, given) = given.ok_or(Refused::Sender("a bearer token is needed"))?;
        // Of hashes, so that not even the length is told.
        let (right, given) = (Sha256::digest(token.reveal()?), Sha256::digest(given.trim()));
        if bool::from(right.as_slice().ct_eq(given.as_slice())) {
            Ok(())
        } else {
            Err(Refused::Sender("the token is wrong"))
        }
    }

    /// Checks the signature of `body`; `now` is in seconds since 1970.
    pub(super) fn check_signature(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), Refused> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text(&self.signature_header).ok_or(Refused::Sender("a signature is needed"))?;
        let given = given.trim();
        let given =
            hex(given.strip_prefix("sha256=").unwrap_or(given)).ok_or(Refused::Sender("the signature is none"))?;
        let time = match &self.timestamp_header {
            None => None,
            Some(name) => Some(self.fresh(text(name), now)?),
        };
        for secret in &self.secrets {
            // Keys of any length are good for HMAC.
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal()?.as_bytes()) else { continue };
            if let Some(time) = time {
                mac.update(time.as_bytes());
                mac.update(b".");
            }
            mac.update(body);
            if mac.verify_slice(&given).is_ok() {
                return Ok(());
            }
        }
        Err(Refused::Sender("the signature is wrong"))
    }

    /// The time of sending as it was signed, when it is near enough.
    fn fresh<'a>(&self, time: Option<&'a str>, now: i64) -> Result<&'a str, Refused> {
        let time = time.ok_or(Refused::Sender("a time of sending is needed"))?;
        let seconds: i64 = time.trim().parse().map_err(|_| Refused::Sender("the time of sending is none"))?;
        let is_near = seconds.abs_diff(now) <= self.max_age.as_secs();
        is_near.then_some(time).ok_or(Refused::Sender("the time of sending is too far from now"))
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn guard(config: WebhookConfig) -> Guard {
        Guard::new(&config)
    }

    #[test]
    fn only_the_right_token_is_taken() {
        let guard = guard(WebhookConfig { token: Some(Secret::given("right")), ..WebhookConfig::default() });
        let with = |value: &str| guard.check_token(&headers(&[("authorization", value)])).is_ok();
        assert!(with("Bearer right") && with("bearer  right"));
        for wrong in ["Bearer wrong", "Bearer rightx", "Bearer ", "Basic right", "right"] {
            assert!(!with(wrong), "{wrong}");
        }
        assert!(guard.check_token(&HeaderMap::new()).is_err());
    }

    /// RFC 4231, test case 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let guard = guard(WebhookConfig {
            secrets: vec![Secret::given("another"), Secret::given("Jefe")],
            ..WebhookConfig::default()
        });
        let body = b"what do ya want for nothing?";
        let right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let check =
            |value: &str, body: &[u8]| guard.check_signature(&headers(&[("x-signature", value)]), body, 0).is_ok();
        assert!(check(right, body) && check(&format!("sha256={right}"), body) && check(&right.to_uppercase(), body));
        assert!(!check(right, b"what do ya want for nothing!"));
        let short = right.strip_prefix('5').unwrap();
        for wrong in ["", "5b", "sha256=", "zz", short] {
            assert!(!check(wrong, body), "{wrong}");
        }
    }

    #[test]
    fn a_signed_time_must_be_near() {
        let config = WebhookConfig {
            secrets: vec![Secret::given("key")],
            timestamp_header: Some("x-timestamp".into()),
            ..WebhookConfig::default()
        };
        let guard = guard(config);
        let signed = |time: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
            mac.update(format!("{time}.body").as_bytes());
            let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            headers(&[("x-signature", &digits), ("x-timestamp", time)])
        };
        let check = |time: &str| guard.check_signature(&signed(time), b"body", 1_795_000_000).is_ok();
        assert!(check("1795000000") && check("1794999800") && check("1795000200"));
        assert!(!check("1794999000") && !check("1795001000") && !check("-9223372036854775808"));
        let mut moved = signed("1795000000");
        moved.insert("x-timestamp", "1795000001".parse().unwrap());
        assert!(guard.check_signature(&moved, b"body", 1_795_000_000).is_err(), "the time is signed too");
    }
}
