//! The requests to the Graph API: its proof, its limits, its pages.

use std::time::{Duration, SystemTime};

use hark_mention::config::Secret;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use serde_json::Value;
use sha2::Sha256;
use url::Url;

use super::api::{Failure, FailureDetails, List};
use crate::{
    client::{Api, ApiError, Auth, read_json},
    http::{Answer, Limits},
    source::{SourceContext, SourceError},
};

/// Most time that one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 16 << 20;

/// How long nothing is asked after a limit that does not tell its end; limits are counted over an hour.
const LIMITED: Duration = Duration::from_secs(600);

/// How long nothing is asked after a passing fault of theirs.
const TRANSIENT: Duration = Duration::from_secs(30);

/// From this share of an hour's allowance on, the rest is left to the app's other users. Unit: per cent.
const NEARLY_USED: f64 = 90.0;

/// Parameters of a request, without secrets.
pub(super) type Parameters = Vec<(String, String)>;

#[derive(Debug)]
pub(super) struct Graph {
    api: Api,
    token: Secret,
    app_secret: Option<Secret>,
    version: String,
    /// How much of the allowance the last answer says is used. Unit: per cent.
    used: f64,
}

/// A page of a list, and the parameters of the next one.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) data: Vec<Value>,
    pub(super) next: Option<Parameters>,
}

impl Graph {
    pub(super) fn new(
        base_url: &str,
        version: &str,
        token: Option<Secret>,
        app_secret: Option<Secret>,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        let token = token.ok_or_else(|| SourceError::setup("`token` is needed"))?;
        let limits = Limits { timeout: TIMEOUT, max_bytes: MAX_BYTES };
        let api = Api::new(base_url, Auth::Bearer(token.clone()), context, limits)?.limited_by(limit);
        Ok(Self { api, token, app_secret, version: version.to_owned(), used: 0.0 })
    }

    /// Reads one page of the list at `path`.
    pub(super) async fn list(&mut self, path: &str, parameters: &Parameters) -> Result<Page, ApiError> {
        let List { data, paging } = read_json(&self.get(path, parameters).await?)?;
        Ok(Page { data, next: paging.next.as_deref().and_then(next_parameters) })
    }

    /// Whether the object `id` can still be seen.
    pub(super) async fn exists(&mut self, id: &str) -> Result<bool, ApiError> {
        let fields = vec![("fields".to_owned(), "id".to_owned())];
        match self.get(id, &fields).await {
            Ok(_) => Ok(true),
            Err(error) if is_gone(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn get(&mut self, path: &str, parameters: &Parameters) -> Result<Answer, ApiError> {
        let proof = self.proof().map_err(ApiError::Source)?;
        let mut request = self.api.get(&format!("{}/{path}", self.version)).query_if("appsecret_proof", proof);
        for (key, value) in parameters {
            request = request.query(key, value);
        }
        let answer = request.send().await?;
        self.used = used(&answer.headers);
        Ok(answer)
    }

    /// What proves that the app itself uses the token.
    fn proof(&self) -> Result<Option<String>, SourceError> {
        let Some(app_secret) = &self.app_secret else { return Ok(None) };
        let (app_secret, token) =
            (app_secret.reveal().map_err(SourceError::setup)?, self.token.reveal().map_err(SourceError::setup)?);
        let mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).map_err(SourceError::setup)?;
        let proof = mac.chain_update(token.as_bytes()).finalize().into_bytes();
        Ok(Some(proof.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// How long to leave the rest of the hour's allowance to others, when it is nearly used.
    pub(super) fn pause(&self) -> Option<Duration> {
        (self.used >= NEARLY_USED).then_some(LIMITED)
    }
}

/// The address of the next page without its secrets.
fn next_parameters(next: &str) -> Option<Parameters> {
    let url = Url::parse(next).ok()?;
    let is_secret = |key: &str| matches!(key, "access_token" | "appsecret_proof");
    Some(url.query_pairs().into_owned().filter(|(key, _)| !is_secret(key)).collect())
}

fn failure(body: &[u8]) -> FailureDetails {
    serde_json::from_slice::<Failure>(body).unwrap_or_default().error
}

/// Whether what was asked for is not there, or not for us, any more.
///
/// Source: <https://developers.facebook.com/docs/graph-api/guides/error-handling>.
pub(super) fn is_gone(error: &ApiError) -> bool {
    let Some((_, body)) = error.refusal() else { return false };
    let FailureDetails { code, error_subcode, .. } = failure(body);
    error.is_gone() || (code == 100 && error_subcode == 33) || code == 803
}

/// Limits come as 400 with a code of their own.
///
/// Source: <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>.
fn limit(answer: &Answer, _: SystemTime) -> Option<Duration> {
    let FailureDetails { code, is_transient, .. } = failure(&answer.body);
    match code {
        4 | 17 | 32 | 613 | 80_000..=80_014 => Some(regain(&answer.headers).unwrap_or(LIMITED)),
        1 | 2 => Some(TRANSIENT),
        _ => is_transient.then_some(TRANSIENT),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<Value> {
    serde_json::from_slice(headers.get(name)?.as_bytes()).ok()
}

/// The entries of `X-Business-Use-Case-Usage`, of all accounts.
fn use_cases(headers: &HeaderMap) -> Vec<Value> {
    let accounts = header(headers, "x-business-use-case-usage");
    let accounts = accounts.as_ref().and_then(Value::as_object).into_iter().flat_map(|accounts| accounts.values());
    accounts.filter_map(Value::as_array).flatten().cloned().collect()
}

/// When requests are taken again.
fn regain(headers: &HeaderMap) -> Option<Duration> {
    let minutes = |usage: &Value| usage.get("estimated_time_to_regain_access")?.as_u64();
    let longest = use_cases(headers).iter().filter_map(minutes).max().filter(|minutes| *minutes > 0)?;
    Some(Duration::from_secs(longest.saturating_mul(60)))
}

/// The highest share of any allowance that the answer tells. Unit: per cent.
fn used(headers: &HeaderMap) -> f64 {
    let flat = ["x-app-usage", "x-page-usage"].into_iter().filter_map(|name| header(headers, name));
    let shares = flat.chain(use_cases(headers)).filter_map(|usage| {
        let share = |name| usage.get(name).and_then(Value::as_f64);
        ["call_count", "total_time", "total_cputime"].into_iter().filter_map(share).reduce(f64::max)
    });
    shares.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn the_next_page_is_known_without_its_secrets() {
        let next = "https://graph.facebook.com/v24.0/1/feed?access_token=SECRET&appsecret_proof=P&fields=id%2Cmessage&after=abc";
        let parameters = next_parameters(next).unwrap();
        assert_eq!(parameters, [("fields", "id,message"), ("after", "abc")].map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(next_parameters("no address"), None);
    }

    #[test]
    fn headers_tell_what_is_used_and_when_it_is_free_again() {
        assert!(
            (used(&headers("x-app-usage", r#"{"call_count":28,"total_time":95,"total_cputime":25}"#)) - 95.0).abs()
                < 0.1
        );
        let business = r#"{"123":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}"#;
        let business = headers("x-business-use-case-usage", business);
        assert!(used(&business) >= 100.0);
        assert_eq!(regain(&business), Some(Duration::from_secs(19 * 60)));
        assert_eq!((used(&headers("x-app-usage", "oops")), regain(&HeaderMap::new())), (0.0, None));
    }
}
