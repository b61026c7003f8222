//! A webhook: other programs send what people wrote, as CloudEvents or plain JSON, and are answered when it is durable.
//!
//! **Nothing is lost and nothing is doubled.** A sender gets 200 only after its page is in Kafka: that is known when
//! the runner comes back with the cursor of that page. Whoever hears nothing sends again, and what is sent again has the
//! same id and changes nothing.
//!
//! **A signature covers the body.** Attributes in the headers of a binary CloudEvent are not signed; with a token, or in
//! structured mode, they are safe from strangers too.

mod api;
mod auth;
mod config;
mod fields;
mod parse;
mod server;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

pub use self::config::{Format, WebhookConfig};
use self::{
    parse::Reader,
    server::{Delivery, Server},
};
use crate::source::{Again, Cursor, Item, Page, Source, SourceError};

/// How long a call waits for the first request.
const PAGE_TIME: Duration = Duration::from_secs(1);

/// A page ends when it has so many items, or requests of so many bytes.
const PAGE_ITEMS: usize = 5_000;
const PAGE_BYTES: usize = 5 << 20;

/// Takes what is sent.
#[derive(Debug)]
pub struct WebhookSource {
    config: WebhookConfig,
    reader: Reader,
    /// Listens from the first call on.
    server: Option<Server>,
    /// The page that was handed out and is not known to be durable yet.
    handed: Option<Handed>,
}

#[derive(Debug)]
struct Handed {
    items: Vec<Item>,
    cursor: Cursor,
    /// Who waits for it.
    waiting: Vec<oneshot::Sender<()>>,
    /// Their places, which nobody else gets before.
    _places: Vec<tokio::sync::OwnedSemaphorePermit>,
}

/// The cursor: pages that were taken. It only tells one page from the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    pages: u64,
}

impl WebhookSource {
    /// Prepares to listen; the port is taken by the first call.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setup`] when nothing guards the address, or the rating scale is none.
    pub fn new(config: WebhookConfig) -> Result<Self, SourceError> {
        if config.token.is_none() && config.secrets.is_empty() {
            return Err(SourceError::setup("`token` or `secrets` is needed"));
        }
        let reader = Reader::new(&config)?;
        Ok(Self { config, reader, server: None, handed: None })
    }

    /// Waits for requests; `None` when there are none within a second.
    async fn deliveries(&mut self) -> Result<Option<Vec<Delivery>>, SourceError> {
        let server = match &mut self.server {
            Some(server) => server,
            empty => empty.insert(Server::start(&self.config, self.reader.clone()).await?),
        };
        let Ok(first) = tokio::time::timeout(PAGE_TIME, server.deliveries.recv()).await else { return Ok(None) };
        let Some(first) = first else {
            self.server = None;
            return Err(SourceError::later("the server stopped"));
        };
        let (mut items, mut bytes) = (first.items.len(), first.bytes);
        let mut deliveries = vec![first];
        while items < PAGE_ITEMS && bytes < PAGE_BYTES {
            let Ok(next) = server.deliveries.try_recv() else { break };
            items += next.items.len();
            bytes += next.bytes;
            deliveries.push(next);
        }
        Ok(Some(deliveries))
    }
}

#[async_trait]
impl Source for WebhookSource {
    async fn probe(&mut self) -> Result<String, SourceError> {
        // The port may be taken by the worker that listens already.
        Ok(format!("listens on http://{}{} when it runs", self.config.listen, self.config.path))
    }

    async fn fetch(&mut self, after: Option<&Cursor>) -> Result<Page, SourceError> {
        if let Some(handed) = self.handed.take_if(|handed| after == Some(&handed.cursor)) {
            // A sender that has gone meanwhile needs no answer.
            for done in handed.waiting {
                let _ = done.send(());
            }
        }
        if let Some(handed) = &self.handed {
            return Ok(Page::new(handed.items.clone(), Some(handed.cursor.clone()), Again::Now));
        }
        let progress: Progress = after.map(Cursor::read).transpose()?.unwrap_or_default();
        let Some(deliveries) = self.deliveries().await? else { return Ok(Page::new(Vec::new(), None, Again::Now)) };
        let cursor = Cursor::new(&Progress { pages: progress.pages.wrapping_add(1) });
        let mut handed = Handed { items: Vec::new(), cursor, waiting: Vec::new(), _places: Vec::new() };
        for Delivery { items, done, place, .. } in deliveries {
            handed.items.extend(items);
            handed.waiting.push(done);
            handed._places.push(place);
        }
        let page = Page::new(handed.items.clone(), Some(handed.cursor.clone()), Again::Now);
        self.handed = Some(handed);
        Ok(page)
    }
}
