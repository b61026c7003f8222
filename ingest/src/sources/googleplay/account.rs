//! How a service account gets an access token: a statement signed with its key (RFC 7523).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hark_mention::config::Secret;
use rustls::{
    SignatureScheme,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use serde_json::json;

use super::api::ServiceAccount;
use crate::source::SourceError;

/// What may be read with the token.
///
/// Source: <https://developers.google.com/android-publisher/api-ref/rest/v3/reviews/list>.
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";

/// How long a statement is good; Google takes no more.
///
/// Source: <https://developers.google.com/identity/protocols/oauth2/service-account>.
const GOOD: Duration = Duration::from_secs(3600);

/// Where the account gets its tokens.
///
/// # Errors
///
/// [`SourceError::Setup`] when the key file cannot be had or is none.
pub(super) fn token_address(key_file: &Secret) -> Result<String, SourceError> {
    account(key_file).map(|account| account.token_uri)
}

/// The form that asks for a token, with a statement that is good from now on.
///
/// # Errors
///
/// [`SourceError::Setup`] when the key file cannot be had, is none, or has a key that cannot sign.
pub(super) fn form(key_file: &Secret, now: SystemTime) -> Result<Vec<(&'static str, String)>, SourceError> {
    let assertion = statement(&account(key_file)?, now)?;
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned();
    Ok(vec![("grant_type", grant), ("assertion", assertion)])
}

fn account(key_file: &Secret) -> Result<ServiceAccount, SourceError> {
    let json = key_file.reveal().map_err(SourceError::setup)?;
    // What is wrong is not told: it could be the key.
    serde_json::from_str(&json)
        .map_err(|_| SourceError::setup("`service_account` is not the JSON key file of a service account"))
}

fn statement(account: &ServiceAccount, now: SystemTime) -> Result<String, SourceError> {
    let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": account.private_key_id});
    let claims = json!({
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": issued.as_secs(),
        "exp": (issued + GOOD).as_secs(),
    });
    let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = sign(&account.private_key, signed.as_bytes())
        .ok_or_else(|| SourceError::setup("the private key of `service_account` cannot sign; make a new key"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
fn sign(pem: &str, message: &[u8]) -> Option<Vec<u8>> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?);
    let key = any_supported_type(&key).ok()?;
    key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])?.sign(message).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_wrong_with_a_key_file_is_told_without_the_key() {
        for wrong in
            ["", "{}", r#"{"client_email": "a", "private_key": "hunter2", "token_uri": "https://example.org"}"#]
        {
            let SourceError::Setup(told) = form(&Secret::given(wrong), SystemTime::now()).unwrap_err() else {
                panic!()
            };
            assert!(told.contains("service_account") && !told.contains("hunter2"), "{told}");
        }
    }
}
