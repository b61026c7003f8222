//! A key of App Store Connect → the signed tokens that its requests show.
//!
//! Source: <https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests>.

use std::time::Duration;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hark_mention::Timestamp;
use serde_json::json;

use super::config::ConnectConfig;
use crate::{client::Token, source::SourceError};

/// How long a token is good; Apple takes 20 minutes at most.
const GOOD: Duration = Duration::from_secs(15 * 60);

/// Tokens of the key in `config`; it is read anew for each, so a new key needs no restart.
pub(super) fn tokens(config: &ConnectConfig) -> Token {
    let config = config.clone();
    Token::signed(move || Ok((sign(&config, Timestamp::now())?, GOOD)))
}

/// A JSON Web Token, signed by ECDSA with P-256 and SHA-256.
fn sign(config: &ConnectConfig, now: Timestamp) -> Result<String, SourceError> {
    let pem = config.private_key.reveal().map_err(SourceError::setup)?;
    let wrong = || {
        SourceError::Setup("`connect.private_key` is no key of App Store Connect (a file `AuthKey_….p8`)".to_owned())
    };
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = STANDARD.decode(lines).map_err(|_| wrong())?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).map_err(|_| wrong())?;
    let issued = now.as_millis() / 1000;
    let expires = issued + i64::try_from(GOOD.as_secs()).unwrap_or_default();
    let mut claims = json!({"iat": issued, "exp": expires, "aud": "appstoreconnect-v1"});
    match &config.issuer_id {
        Some(issuer) => claims["iss"] = issuer.as_str().into(),
        None => claims["sub"] = "user".into(),
    }
    let header = json!({"alg": "ES256", "kid": config.key_id, "typ": "JWT"});
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| wrong())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey};
    use hark_mention::config::Secret;

    use super::*;

    #[test]
    fn a_token_is_signed_and_says_who_and_how_long() {
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&der));
        let mut config = ConnectConfig {
            key_id: "KEY".into(),
            issuer_id: Some("57246542-96fe".into()),
            private_key: Secret::given(pem),
            base_url: String::new(),
        };
        let now = Timestamp::from_seconds(1_795_000_000);
        let token = sign(&config, now).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let json = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(json(parts[0]), json!({"alg": "ES256", "kid": "KEY", "typ": "JWT"}));
        let claims = json(parts[1]);
        assert_eq!(
            (claims["iss"].as_str(), claims["aud"].as_str()),
            (Some("57246542-96fe"), Some("appstoreconnect-v1"))
        );
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 20 * 60);
        let public = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap();
        let verifier = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public.public_key().as_ref());
        let signed = format!("{}.{}", parts[0], parts[1]);
        verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
        config.private_key = Secret::given("not a key at all");
        let error = sign(&config, now).unwrap_err().to_string();
        assert!(error.contains("AuthKey") && !error.contains("not a key"), "{error}");
    }
}
