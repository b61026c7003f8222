//! Single sign-on with OpenID Connect: the authorization code flow with PKCE.
//!
//! The provider's configuration and keys are fetched when they are needed and kept for an hour. Whatever it answers is
//! checked here: issuer, audience, signature, expiry, nonce. Source: OpenID Connect Core 1.0, section 3.1.

use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded::Serializer};

use super::{Granted, OidcConfig, check_name, config::granted, secrets};

/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long its configuration and keys are kept.
const FRESH: Duration = Duration::from_secs(3600);
/// Longest answer of a provider.
const LONGEST: usize = 1 << 20;
/// Signatures that are taken: all with a public key, so that nobody who knows the client secret can make a token.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Why somebody could not log in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// The provider cannot be used now.
    #[error("the log-in provider {0}")]
    Provider(String),
    /// What the browser brought back does not belong to a log-in that it began.
    #[error("this log-in was not begun here, or too long ago; begin again")]
    Stray,
    /// The provider did not log the user in.
    #[error("the log-in provider says: {0}")]
    Denied(String),
    /// The token is not one for these dashboards.
    #[error("the log-in provider's token was refused: {0}")]
    Token(String),
    /// Whoever it is, they may not come in.
    #[error("{0}")]
    NotAdmitted(String),
}

/// A log-in that has begun: it waits in a cookie of the browser until the provider sends that back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LogIn {
    state: String,
    nonce: String,
    verifier: String,
    /// Where on the page to go afterwards.
    pub(crate) next: String,
}

impl LogIn {
    pub(crate) fn to_cookie(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(crate) fn from_cookie(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// A provider, as it describes itself.
#[derive(Clone, Debug, Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Single sign-on with one provider.
pub(crate) struct Oidc {
    pub(crate) config: OidcConfig,
    secret: Option<String>,
    redirect: String,
    http: reqwest::Client,
    known: Mutex<Option<(Provider, JwkSet, Instant)>>,
}

impl Oidc {
    /// # Errors
    ///
    /// A rule for a person.
    pub(crate) fn new(config: &OidcConfig, public_url: Option<&str>) -> Result<Self, String> {
        let public = public_url.ok_or(
            "`[dashboards.oidc]` needs `public_url` under `[dashboards]`: the provider sends browsers back there",
        )?;
        let redirect = format!("{}/api/v1/session/oidc/callback", public.trim_end_matches('/'));
        let secret = config.client_secret.as_ref().map(hark_mention::config::Secret::reveal).transpose();
        let secret = secret.map_err(|error| format!("`[dashboards.oidc] client_secret`: {error}"))?;
        let http = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| error.to_string())?;
        Ok(Self { config: config.clone(), secret, redirect, http, known: Mutex::default() })
    }

    /// Begins a log-in: where to send the browser, and what it has to bring back.
    pub(crate) async fn begin(&self, next: String) -> Result<(String, LogIn), OidcError> {
        let (provider, _) = self.provider(false).await?;
        let [state, nonce, verifier] = [secrets::random(), secrets::random(), secrets::random()];
        let mut url: Url = provider.authorization_endpoint.parse().map_err(|_| unusable("has no usable address"))?;
        let scope = std::iter::once("openid").chain(self.config.scopes.iter().map(String::as_str));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("scope", &scope.collect::<Vec<_>>().join(" "))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &secrets::challenge(&verifier))
            .append_pair("code_challenge_method", "S256");
        Ok((url.into(), LogIn { state, nonce, verifier, next }))
    }

    /// Ends a log-in: the name of the user, and what the groups grant.
    pub(crate) async fn end(
        &self,
        log_in: &LogIn,
        state: &str,
        code: &str,
    ) -> Result<(String, Option<Granted>), OidcError> {
        if !bool::from(subtle::ConstantTimeEq::ct_eq(log_in.state.as_bytes(), state.as_bytes())) {
            return Err(OidcError::Stray);
        }
        let (provider, _) = self.provider(false).await?;
        let tokens = self.exchange(&provider, code, &log_in.verifier).await?;
        let mut claims = self.verified(&tokens.id_token, &log_in.nonce).await?;
        if let (Some(address), Some(token)) = (&provider.userinfo_endpoint, &tokens.access_token) {
            let more: Value = answer(self.http.get(address).bearer_auth(token)).await?;
            // Of somebody else it would be a mix-up.
            if let Value::Object(more) = more
                && more.get("sub") == claims.get("sub")
            {
                for (key, value) in more {
                    claims.entry(key).or_insert(value);
                }
            }
        }
        self.admit(&claims)
    }

    /// Trades the code for tokens.
    async fn exchange(&self, provider: &Provider, code: &str, verifier: &str) -> Result<Tokens, OidcError> {
        let methods = &provider.token_endpoint_auth_methods_supported;
        // What is not said means this one (OpenID Connect Discovery, section 3).
        let basic = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let mut request = self.http.post(&provider.token_endpoint);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("client_id", &self.config.client_id),
            ("code_verifier", verifier),
        ];
        match &self.secret {
            Some(secret) if basic => {
                let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                request = request.basic_auth(escaped(&self.config.client_id), Some(escaped(secret)));
            }
            Some(secret) => fields.push(("client_secret", secret)),
            None => {}
        }
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        answer(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
    }

    /// The claims of a token that is for these dashboards, of this log-in, signed by the provider.
    async fn verified(&self, token: &str, nonce: &str) -> Result<serde_json::Map<String, Value>, OidcError> {
        let refused = |error: jsonwebtoken::errors::Error| OidcError::Token(error.to_string());
        let header = decode_header(token).map_err(refused)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(OidcError::Token(format!("{:?} is no signature that is taken", header.alg)));
        }
        let key = |keys: &JwkSet| match &header.kid {
            Some(kid) => keys.find(kid).cloned(),
            None => keys.keys.first().filter(|_| keys.keys.len() == 1).cloned(),
        };
        let (provider, keys) = self.provider(false).await?;
        let key = match key(&keys) {
            Some(key) => Some(key),
            // The provider may have changed its keys.
            None => key(&self.provider(true).await?.1),
        };
        let key = key.ok_or_else(|| OidcError::Token("it is signed with an unknown key".to_owned()))?;
        let mut rules = Validation::new(header.alg);
        rules.set_audience(&[&self.config.client_id]);
        rules.set_issuer(&[&provider.issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let key = DecodingKey::from_jwk(&key).map_err(refused)?;
        let claims = decode::<serde_json::Map<String, Value>>(token, &key, &rules).map_err(refused)?.claims;
        if claims.get("nonce").and_then(Value::as_str) != Some(nonce) {
            return Err(OidcError::Token("it belongs to another log-in".to_owned()));
        }
        let shared = claims.get("aud").and_then(Value::as_array).is_some_and(|aud| aud.len() > 1);
        if shared && claims.get("azp").and_then(Value::as_str) != Some(&self.config.client_id) {
            return Err(OidcError::Token("it was made for another program".to_owned()));
        }
        Ok(claims)
    }

    fn admit(&self, claims: &serde_json::Map<String, Value>) -> Result<(String, Option<Granted>), OidcError> {
        let not_admitted = |why: String| Err(OidcError::NotAdmitted(why));
        let config = &self.config;
        let Some(name) = claims.get(&config.name_claim).and_then(Value::as_str) else {
            return not_admitted(format!("the log-in provider does not tell `{}`", config.name_claim));
        };
        if config.name_claim == "email" && claims.get("email_verified") == Some(&Value::Bool(false)) {
            return not_admitted(format!("the log-in provider has not verified the address {name}"));
        }
        if let Err(rule) = check_name(name) {
            return not_admitted(format!("the name {rule}"));
        }
        let groups = match claims.get(&config.groups_claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
            Some(Value::String(group)) => vec![group.clone()],
            _ => Vec::new(),
        };
        let granted = granted(&groups, &config.roles, &config.teams, config.default_role);
        Ok((name.to_owned(), granted.map(|(role, team)| Granted { role, team })))
    }

    /// The provider's configuration and keys, fetched again when they are old or `anew`.
    async fn provider(&self, anew: bool) -> Result<(Provider, JwkSet), OidcError> {
        let mut known = self.known.lock().await;
        if let Some((provider, keys, at)) = known.as_ref().filter(|(_, _, at)| !anew && at.elapsed() < FRESH) {
            let _ = at;
            return Ok((provider.clone(), keys.clone()));
        }
        let issuer = self.config.issuer.trim_end_matches('/');
        let provider: Provider = answer(self.http.get(format!("{issuer}/.well-known/openid-configuration"))).await?;
        if provider.issuer.trim_end_matches('/') != issuer {
            return Err(unusable(format!("calls itself `{}`, not `{issuer}`", provider.issuer)));
        }
        let keys: JwkSet = answer(self.http.get(&provider.jwks_uri)).await?;
        *known = Some((provider.clone(), keys.clone(), Instant::now()));
        Ok((provider, keys))
    }
}

fn unusable(what: impl Into<String>) -> OidcError {
    OidcError::Provider(what.into())
}

/// The JSON that the provider answers.
async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, OidcError> {
    let away = |error: reqwest::Error| unusable(format!("cannot be reached: {}", error.without_url()));
    let mut response = request.header("accept", "application/json").send().await.map_err(away)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(unusable("answered too much"));
        }
    }
    if !status.is_success() {
        let told: Option<Value> = serde_json::from_slice(&body).ok();
        let error = told.as_ref().and_then(|told| told.get("error_description").or(told.get("error"))?.as_str());
        return Err(OidcError::Denied(error.map_or_else(|| status.to_string(), ToOwned::to_owned)));
    }
    serde_json::from_slice(&body).map_err(|error| unusable(format!("answered something else: {error}")))
}
