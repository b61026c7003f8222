//! The requests to X.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hark_mention::Timestamp;
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    api::{Counts, Job, JobData, Rule, Rules, SearchPage},
    config::XConfig,
    state::Start,
};
use crate::{
    client::{Api, ApiError, Auth, Lines},
    http::{Answer, Ask, Http, Limits, place},
    source::{SourceContext, SourceError},
};

/// Most time that one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 32 << 20;

/// Longest line of the stream. Unit: bytes.
const MAX_LINE: usize = 1 << 20;

/// How long nothing is asked for when a cap of the whole account is reached, which only time or money mends.
const CAPPED: Duration = Duration::from_secs(3600);

/// What is asked for of each post.
const POST_FIELDS: &str = "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,lang,\
                           note_tweet,possibly_sensitive,public_metrics,referenced_tweets";

#[derive(Debug)]
pub(super) struct Client {
    api: Api,
    /// For the addresses outside of the interface where lists of ids go.
    http: Http,
    authors: bool,
}

impl Client {
    pub(super) fn new(config: &XConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let token = config.token.clone().ok_or_else(|| SourceError::setup("`token` is needed"))?;
        let limits = Limits { timeout: TIMEOUT, max_bytes: MAX_BYTES };
        let api = Api::new(&config.base_url, Auth::Bearer(token), context, limits)?.limited_by(limit);
        let http = Http::new(context, limits)?;
        Ok(Self { api, http, authors: config.authors })
    }

    /// What is to be sent along with each post.
    fn expansions(&self) -> &'static str {
        if self.authors { "attachments.media_keys,author_id" } else { "attachments.media_keys" }
    }

    /// The newest posts, at most `most`, that `query` finds from `start` on and before the post `until`.
    pub(super) async fn search(
        &self,
        query: &str,
        start: Start,
        until: Option<u64>,
        most: u64,
    ) -> Result<SearchPage, ApiError> {
        let (since, from) = match start {
            Start::Post(post) => (Some(post), None),
            Start::Time(time) => (None, seconds(time)),
        };
        let request = self.api.get("tweets/search/recent").query("query", query).query("max_results", most);
        let request = request.query_if("since_id", since).query_if("start_time", from).query_if("until_id", until);
        let request = request.query("tweet.fields", POST_FIELDS).query("expansions", self.expansions());
        self.with_fields(request).json().await
    }

    /// How many posts `query` finds from `from` on and before the post `until`; asking costs none of the budget.
    ///
    /// Source: <https://developer.x.com/en/docs/x-api/tweets/counts/api-reference/get-tweets-counts-recent>.
    pub(super) async fn count(&self, query: &str, from: Timestamp, until: u64) -> Result<u64, ApiError> {
        let request = self.api.get("tweets/counts/recent").query("query", query).query("granularity", "day");
        let request = request.query_if("start_time", seconds(from)).query("until_id", until);
        Ok(request.json::<Counts>().await?.meta.total_tweet_count)
    }

    fn with_fields<'a>(&self, request: crate::client::Request<'a>) -> crate::client::Request<'a> {
        let request = request.query("media.fields", "alt_text");
        if self.authors { request.query("user.fields", "name,public_metrics,username") } else { request }
    }

    /// Opens the stream of all posts that match a rule.
    pub(super) async fn stream(&self) -> Result<Lines, ApiError> {
        let request = self.api.get("tweets/search/stream").query("tweet.fields", POST_FIELDS);
        self.with_fields(request.query("expansions", self.expansions())).lines(MAX_LINE).await
    }

    /// The rules that the project has.
    pub(super) async fn rules(&self) -> Result<Rules, ApiError> {
        self.api.get("tweets/search/stream/rules").json().await
    }

    /// Brings the project's rules with the tag `tag` to `wanted`; others are left alone.
    pub(super) async fn keep_rules(&self, wanted: &[String], tag: &str) -> Result<(), SourceError> {
        let known = self.rules().await?;
        let ours: Vec<&Rule> = known.data.iter().filter(|rule| rule.tag.as_deref() == Some(tag)).collect();
        let is_known = |value: &String| ours.iter().any(|rule| rule.value == *value);
        let add: Vec<Value> =
            wanted.iter().filter(|value| !is_known(value)).map(|value| json!({"value": value, "tag": tag})).collect();
        let gone: Vec<&str> =
            ours.iter().filter(|rule| !wanted.contains(&rule.value)).map(|rule| rule.id.as_str()).collect();
        if !add.is_empty() {
            let answer: Rules = self.api.post("tweets/search/stream/rules").body(&json!({"add": add})).json().await?;
            // A rule that is already there serves as well, whoever made it.
            let said = |error: &std::collections::HashMap<String, Value>, key: &str| {
                error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            if let Some(error) = answer.errors.iter().find(|error| said(error, "title") != "DuplicateRule") {
                let told = format!("X refuses a rule: {} {}", said(error, "title"), said(error, "detail"));
                return Err(SourceError::Setup(told));
            }
        }
        if !gone.is_empty() {
            let body = json!({"delete": {"ids": gone}});
            self.api.post("tweets/search/stream/rules").body(&body).send().await?;
        }
        Ok(())
    }

    /// Begins a job that looks which of `ids`, one a line, are gone.
    pub(super) async fn begin_check(&self, ids: String) -> Result<String, SourceError> {
        let body = json!({"type": "tweets", "name": "hark"});
        let job: Job = self.api.post("compliance/jobs").body(&body).json().await?;
        let upload =
            job.data.upload_url.ok_or_else(|| SourceError::later("a compliance job without an upload address"))?;
        let sent = self.elsewhere(Method::PUT, &upload, Some(ids.into())).await?;
        if !sent.status.is_success() {
            return Err(SourceError::later(format!("{} answers {}", place(&sent.url), sent.status)));
        }
        Ok(job.data.id)
    }

    /// How a job stands.
    pub(super) async fn check(&self, job: &str) -> Result<JobData, ApiError> {
        self.api.get(&format!("compliance/jobs/{job}")).json::<Job>().await.map(|job| job.data)
    }

    /// The result of a job, a JSON object a line.
    pub(super) async fn result(&self, address: &str) -> Result<Bytes, SourceError> {
        let answer = self.elsewhere(Method::GET, address, None).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        Err(SourceError::later(format!("{} answers {}", place(&answer.url), answer.status)))
    }

    /// A request to an address that X gave, without the token.
    async fn elsewhere(&self, method: Method, address: &str, body: Option<Bytes>) -> Result<Answer, SourceError> {
        let url = Url::parse(address).map_err(|_| SourceError::later("X gave an address that is none"))?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        Ok(self.http.send(Ask { method, url, headers, body }).await?)
    }
}

/// Whole seconds, as the interface writes them.
fn seconds(time: Timestamp) -> Option<String> {
    time.to_string().get(..19).map(|time| format!("{time}Z"))
}

/// When a limit ends: X tells the second, and of caps on money or connections nothing.
///
/// Source: <https://docs.x.com/x-api/fundamentals/rate-limits>.
fn limit(answer: &Answer, now: SystemTime) -> Option<Duration> {
    if answer.status != reqwest::StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let said = String::from_utf8_lossy(&answer.body);
    if said.contains("UsageCapExceeded") || said.contains("usage-capped") {
        return Some(CAPPED);
    }
    let number = |name| answer.headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    // Requests are left: the limit is another one, such as that on connections.
    if number("x-rate-limit-remaining").is_some_and(|left| left > 0) {
        return None;
    }
    let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(number("x-rate-limit-reset")?))?;
    Some(end.duration_since(now).unwrap_or_default() + Duration::from_secs(1))
}
