//! The search box: a listening query on the stored mentions, answered by the engine that also labels the live stream.
//!
//! The database only narrows down which texts to look at ([`candidates`]); `hark_query` decides. What it finds is noted by
//! the hash of its id in the table `search_keys`, so that every number and list of a page has the same condition.

mod candidates;
mod query;
mod scan;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use hark_query::Segmenter;
use tokio::sync::{OnceCell, Semaphore};

pub(crate) use query::{Marks, SearchQuery};
pub(crate) use scan::known;

use crate::{
    period::{Asked, Period},
    problem::Problem,
};

/// How long the results of a search are used again. The requests of one page come within a second.
const OPEN_FOR: Duration = Duration::from_secs(10);
/// The same for a period that is over, into which seldom anything comes.
const CLOSED_FOR: Duration = Duration::from_secs(60);
/// Most searches that read texts at once.
const AT_ONCE: usize = 2;

/// Searches that have run, and what they need to run.
pub(crate) struct Searches {
    writer: Option<clickhouse::Client>,
    segmenter: Segmenter,
    recent: Mutex<Vec<Arc<Recent>>>,
    permits: Semaphore,
}

/// A search that others may wait for or use again.
struct Recent {
    query: String,
    from: jiff::Timestamp,
    /// `None`: up to the present.
    to: Option<jiff::Timestamp>,
    begun: Instant,
    found: OnceCell<u64>,
}

impl Searches {
    /// `writer` notes what is found; without it, nothing can be searched for.
    pub(crate) fn new(writer: Option<clickhouse::Client>, segmenter: Segmenter) -> Self {
        Self { writer, segmenter, recent: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }

    /// What cuts texts into words.
    pub(crate) fn segmenter(&self) -> &Segmenter {
        &self.segmenter
    }

    /// The number under which `search_keys` has the mentions that the query finds in this period.
    ///
    /// # Errors
    ///
    /// When the database is away, or the search would take too long.
    pub(crate) async fn find(&self, query: &SearchQuery, asked: &Asked) -> Result<u64, Problem> {
        let Some(writer) = &self.writer else { return Err(Problem::no_writer("search")) };
        let recent = self.recent(query, asked);
        let search = recent.found.get_or_try_init(|| async {
            let _permit = self.permits.acquire().await;
            scan::scan(writer, &self.segmenter, query, asked.period).await
        });
        search.await.copied()
    }

    /// The same search, if it ran a moment ago or is under way; else a new one.
    fn recent(&self, query: &SearchQuery, asked: &Asked) -> Arc<Recent> {
        let Period { from, to } = asked.period;
        let to = (!asked.is_open).then_some(to);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let lasts = |search: &Recent| if search.to.is_none() { OPEN_FOR } else { CLOSED_FOR };
        recent.retain(|search| search.begun.elapsed() < lasts(search));
        let same = |search: &&Arc<Recent>| search.query == query.text && search.from == from && search.to == to;
        if let Some(search) = recent.iter().find(same) {
            return Arc::clone(search);
        }
        let begun = Instant::now();
        let search = Arc::new(Recent { query: query.text.clone(), from, to, begun, found: OnceCell::new() });
        recent.push(Arc::clone(&search));
        search
    }
}
