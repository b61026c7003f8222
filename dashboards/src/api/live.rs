//! `GET /live`: new mentions as they are stored, as server-sent events.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use axum::{
    http::Uri,
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, stream};
use jiff::{SignedDuration, Timestamp};

use super::mentions::{self, Mention};
use crate::{
    filter::{Filter, FilterParameters, database_time},
    parameters::Parameters,
    period::now,
    problem::Problem,
    server::App,
};

/// How often the database is asked for new mentions.
const PAUSE: Duration = Duration::from_secs(2);
/// Most mentions of one look; what comes faster is left to the list.
const MOST_AT_ONCE: usize = 50;
/// A mention may be stored this long after it was collected, out of order with others.
const LATEST: SignedDuration = SignedDuration::from_mins(10);
/// What was published longer ago is no news, though it may be collected only now.
const PUBLISHED_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// Most ids that are remembered so that nothing is told twice.
const MOST_REMEMBERED: usize = 20_000;
/// Most readers at once.
const MOST_READERS: usize = 64;

/// How many readers there are.
#[derive(Clone, Default)]
pub(crate) struct Readers(Arc<AtomicUsize>);

/// A reader's place; it is free again when this is dropped.
struct Place(Readers);

impl Readers {
    fn take(&self) -> Result<Place, Problem> {
        let taken = self.0.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.clone());
        if taken >= MOST_READERS {
            return Err(Problem::too_many(format!("{MOST_READERS} are listening already; try again later")));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What was told to one reader.
struct Feed {
    app: App,
    filter: Filter,
    /// When the reader came: what was collected before is not new.
    since: Timestamp,
    told: HashSet<String>,
    /// The ids of `told`, in the order in which they were told.
    order: VecDeque<String>,
    waiting: VecDeque<Event>,
    _place: Place,
}

/// New mentions as they are stored: server-sent events named `mention`, each with one mention as JSON. Of the period only
/// the time zone counts, and searches (`q`) are not possible here. An event `problem` tells that the database is away.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "mentions", params(FilterParameters),
    responses(
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many readers", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_live(
    app: App,
    uri: Uri,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let mut parameters = Parameters::read(uri.query());
    let filter = Filter::take(&mut parameters, now());
    if let Some(query) = &filter.query {
        parameters.refuse("q", "is not possible in the live feed", &query.text);
    }
    parameters.finish()?;
    let place = app.readers.take()?;
    let (told, order, waiting) = Default::default();
    let feed = Feed { app, filter, since: Timestamp::now(), told, order, waiting, _place: place };
    let events = stream::unfold(feed, |mut feed| async move {
        loop {
            if let Some(event) = feed.waiting.pop_front() {
                return Some((Ok(event), feed));
            }
            tokio::time::sleep(PAUSE).await;
            feed.look().await;
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl Feed {
    /// Looks for mentions that were not told yet.
    async fn look(&mut self) {
        match self.new_mentions().await {
            Ok(mentions) => {
                for mention in mentions {
                    let Ok(event) = Event::default().event("mention").id(mention.id()).json_data(&mention) else {
                        continue;
                    };
                    self.remember(mention.id().to_owned());
                    self.waiting.push_back(event);
                }
            }
            Err(problem) => {
                if let Ok(event) = Event::default().event("problem").json_data(&problem) {
                    self.waiting.push_back(event);
                }
            }
        }
    }

    async fn new_mentions(&self) -> Result<Vec<Mention>, Problem> {
        let now = Timestamp::now();
        let collected = self.since.max(now.checked_sub(LATEST).unwrap_or(now));
        let mut filter = self.filter.clone();
        filter.asked.period.from = now.checked_sub(PUBLISHED_WITHIN).unwrap_or(now);
        filter.asked.period.to = now.checked_add(SignedDuration::from_hours(1)).unwrap_or(now);
        let query = filter.query(&self.app, include_str!("../../queries/live.sql"));
        let stored: Vec<String> = self.app.database.rows(query.param("collected", database_time(collected))).await?;
        let new = stored.iter().filter(|id| !self.told.contains(*id)).take(MOST_AT_ONCE);
        let new: Vec<&str> = new.map(String::as_str).collect();
        mentions::with_ids(&self.app, &filter, &new).await
    }

    fn remember(&mut self, id: String) {
        if self.told.insert(id.clone()) {
            self.order.push_back(id);
        }
        if self.order.len() > MOST_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.told.remove(&oldest);
        }
    }
}
