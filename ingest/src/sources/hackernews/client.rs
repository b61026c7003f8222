//! The requests to both interfaces.

use std::time::SystemTime;

use bytes::Bytes;
use futures::{StreamExt, stream};
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    api::{SearchPage, Updates},
    config::{HackerNewsConfig, base},
    state::Window,
};
use crate::{
    http::{self, Http, Limits},
    source::{SourceContext, SourceError},
};

/// Items of one search page. The search gives 1,000 at most for one question, so questions are cut by time instead.
pub(super) const HITS: usize = 200;

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    base: Url,
    search: Url,
    concurrency: usize,
}

impl Client {
    pub(super) fn new(config: &HackerNewsConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let url = |text: &str| base(text).ok_or_else(|| SourceError::Setup(format!("`{text}` is no http address")));
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        Ok(Self {
            http: Http::new(context.contact.as_deref(), limits)?,
            base: url(&config.base_url)?,
            search: url(&config.search_url)?,
            concurrency: config.concurrency,
        })
    }

    /// The newest id; the item itself may not be there yet.
    pub(super) async fn max_item(&self) -> Result<u64, SourceError> {
        self.json(&self.base, "maxitem.json", &[]).await
    }

    /// The ids of items that changed lately.
    pub(super) async fn updates(&self) -> Result<Vec<u64>, SourceError> {
        self.json::<Updates>(&self.base, "updates.json", &[]).await.map(|updates| updates.items)
    }

    /// Items, in the order of their ids.
    pub(super) async fn items(&self, ids: Vec<u64>) -> Vec<(u64, Result<Bytes, SourceError>)> {
        let read = |id| async move { (id, self.item(id).await) };
        stream::iter(ids.into_iter().map(read)).buffered(self.concurrency).collect().await
    }

    /// One item, as it came.
    pub(super) async fn item(&self, id: u64) -> Result<Bytes, SourceError> {
        self.bytes(&self.base, &format!("item/{id}.json"), &[]).await
    }

    /// The newest items within `window` that hold the phrase `term`.
    pub(super) async fn search(&self, term: &str, window: Window) -> Result<SearchPage, SourceError> {
        let query = [
            ("query", format!("\"{}\"", term.replace('"', " "))),
            ("typoTolerance", "false".to_owned()),
            ("tags", "(story,comment,poll)".to_owned()),
            ("numericFilters", format!("created_at_i>={},created_at_i<{}", window.since, window.until)),
            ("hitsPerPage", HITS.to_string()),
        ];
        self.json(&self.search, "search_by_date", &query).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        base: &Url,
        name: &str,
        query: &[(&str, String)],
    ) -> Result<T, SourceError> {
        let bytes = self.bytes(base, name, query).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| SourceError::later(format!("{base}{name} is not as expected: {error}")))
    }

    async fn bytes(&self, base: &Url, name: &str, query: &[(&str, String)]) -> Result<Bytes, SourceError> {
        let mut url = base.join(name).map_err(|error| SourceError::Setup(error.to_string()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let answer = self.http.get(&url, base, HeaderMap::new()).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        let wait = http::retry_after(&answer.headers, SystemTime::now());
        Err(SourceError::Later { error: format!("{} answers {}", http::place(&url), answer.status), wait })
    }
}
