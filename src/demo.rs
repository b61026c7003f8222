//! The bundled sample as a source.

use std::path::Path;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use hark_ingest::{Again, Cursor, Ingest, Item, Page, Source, SourceError};
use hark_mention::Timestamp;
use tokio_util::sync::CancellationToken;

/// Note in the data folder that the sample was loaded. Its dates count back from the day of loading.
const NOTE: &str = "demo-loaded";

struct DemoSource;

#[async_trait]
impl Source for DemoSource {
    async fn fetch(&mut self, _: Option<&Cursor>) -> Result<Page, SourceError> {
        let items = hark_demo::events(Timestamp::now()).into_iter().map(Item::Keep).collect();
        Ok(Page::new(items, None, Again::Never))
    }
}

/// Loads the sample into Kafka, once a data folder.
///
/// # Errors
///
/// When Kafka does not take it, or the note cannot be written.
pub(crate) async fn load(ingest: &Ingest, data: &Path, cancel: &CancellationToken) -> Result<()> {
    let note = data.join(NOTE);
    if let Ok(day) = std::fs::read_to_string(&note) {
        tracing::info!(loaded = day.trim(), "the sample is there already");
        return Ok(());
    }
    ingest.run_to_end("demo", &mut DemoSource, cancel).await?;
    std::fs::write(&note, Timestamp::now().to_string()).with_context(|| format!("cannot write {}", note.display()))
}
