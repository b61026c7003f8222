//! The requests to both interfaces.

use bytes::Bytes;
use futures::{StreamExt, stream};

use super::{
    api::{SearchPage, Updates},
    config::HackerNewsConfig,
    state::Window,
};
use crate::{
    client::{Api, Auth},
    http::Limits,
    source::{SourceContext, SourceError},
};

/// Items of one search page. The search gives 1,000 at most for one question, so questions are cut by time instead.
pub(super) const HITS: usize = 200;

/// Largest answer that is read. Unit: bytes.
const MAX_BYTES: u64 = 8 << 20;

#[derive(Debug)]
pub(super) struct Client {
    live: Api,
    search: Api,
    concurrency: usize,
}

impl Client {
    pub(super) fn new(config: &HackerNewsConfig, context: &SourceContext) -> Result<Self, SourceError> {
        let limits = Limits { timeout: config.timeout.duration(), max_bytes: MAX_BYTES };
        Ok(Self {
            live: Api::new(&config.base_url, Auth::None, context, limits)?,
            search: Api::new(&config.search_url, Auth::None, context, limits)?,
            concurrency: config.concurrency,
        })
    }

    /// The newest id; the item itself may not be there yet.
    pub(super) async fn max_item(&self) -> Result<u64, SourceError> {
        Ok(self.live.get("maxitem.json").json().await?)
    }

    /// The ids of items that changed lately.
    pub(super) async fn updates(&self) -> Result<Vec<u64>, SourceError> {
        let updates: Updates = self.live.get("updates.json").json().await?;
        Ok(updates.items)
    }

    /// Items, in the order of their ids.
    pub(super) async fn items(&self, ids: Vec<u64>) -> Vec<(u64, Result<Bytes, SourceError>)> {
        let read = |id| async move { (id, self.item(id).await) };
        stream::iter(ids.into_iter().map(read)).buffered(self.concurrency).collect().await
    }

    /// One item, as it came.
    pub(super) async fn item(&self, id: u64) -> Result<Bytes, SourceError> {
        Ok(self.live.get(&format!("item/{id}.json")).send().await?.body)
    }

    /// The newest items within `window` that hold the phrase `term`.
    pub(super) async fn search(&self, term: &str, window: Window) -> Result<SearchPage, SourceError> {
        let request = self
            .search
            .get("search_by_date")
            .query("query", format!("\"{}\"", term.replace('"', " ")))
            .query("typoTolerance", false)
            .query("tags", "(story,comment,poll)")
            .query("numericFilters", format!("created_at_i>={},created_at_i<{}", window.since, window.until))
            .query("hitsPerPage", HITS);
        Ok(request.json().await?)
    }
}
