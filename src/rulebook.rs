//! New editions of the rules, and stored mentions labelled by them, as the dashboards ask for it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hark_bus::{Edition, Kafka, MAX_EDITION_BYTES};
use hark_dashboards::{Relabelling, Unpublished};
use hark_mention::config::Problem;
use hark_query::Segmenter;
use hark_store::Access;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{config::compile, editions::Current, relabel::Relabel};

/// Longest that somebody waits for Kafka.
const PATIENCE: Duration = Duration::from_secs(15);

/// The rules of this deployment.
pub(crate) struct Rulebook {
    current: watch::Receiver<Current>,
    kafka: Kafka,
    writer: Access,
    segmenter: Segmenter,
    at_work: Arc<Mutex<AtWork>>,
}

/// The labelling that this process does, or did last.
#[derive(Default)]
struct AtWork {
    state: Relabelling,
    cancel: CancellationToken,
}

impl Rulebook {
    pub(crate) fn new(
        current: watch::Receiver<Current>,
        kafka: &Kafka,
        writer: &Access,
        segmenter: &Segmenter,
    ) -> Self {
        let (kafka, writer, segmenter) = (kafka.clone(), writer.clone(), segmenter.clone());
        Self { current, kafka, writer, segmenter, at_work: Arc::default() }
    }

    fn relabel_of_now(&self) -> anyhow::Result<Relabel> {
        let config = Arc::clone(&self.current.borrow().config);
        Relabel::new(&config, self.segmenter.clone(), (None, None), false, None)
    }
}

fn late(what_then: &str) -> String {
    format!("Kafka did not answer within {} s{what_then}", PATIENCE.as_secs())
}

/// The state, whoever else failed while holding it.
fn locked(at_work: &Mutex<AtWork>) -> std::sync::MutexGuard<'_, AtWork> {
    at_work.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl hark_dashboards::Rulebook for Rulebook {
    async fn editions(&self) -> Result<Vec<Edition>, String> {
        let kafka = self.kafka.clone();
        let reading = tokio::task::spawn_blocking(move || hark_bus::editions(&kafka));
        let reading = tokio::time::timeout(PATIENCE, reading).await.map_err(|_| late(""))?;
        reading.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    async fn publish(&self, edition: Edition) -> Result<(), Unpublished> {
        let mut problems = Vec::new();
        if let Some(rules) = &edition.rules {
            compile(rules, Segmenter::default(), &mut problems);
            let bytes = serde_json::to_vec(&edition).map_or(0, |json| json.len());
            if bytes > MAX_EDITION_BYTES {
                let rule = format!("must have at most {MAX_EDITION_BYTES} bytes together, found {bytes}");
                problems.push(Problem::new("rules", rule));
            }
        }
        if !problems.is_empty() {
            return Err(Unpublished::Wrong(problems));
        }
        let number = edition.number;
        // A producer waits for its broker for as long as it takes; a person does not.
        let published = tokio::time::timeout(PATIENCE, hark_bus::publish_edition(&self.kafka, edition)).await;
        match published.map_err(|_| Unpublished::Away(late("; the list of editions tells whether this one counts")))? {
            Ok(true) => {}
            Ok(false) => return Err(Unpublished::Outdated),
            Err(error) => return Err(Unpublished::Away(error.to_string())),
        }
        // Whoever asks next is to see it.
        drop(self.current.clone().wait_for(|current| current.edition >= number).await);
        Ok(())
    }

    async fn relabelling(&self) -> Result<Relabelling, String> {
        let state = locked(&self.at_work).state.clone();
        if state.running {
            return Ok(state);
        }
        let left = async { self.relabel_of_now()?.left(&self.writer).await };
        let older = left.await.map_err(|error| format!("{error:#}"))?;
        Ok(Relabelling { older, ..state })
    }

    fn relabel(&self) -> Result<(), String> {
        let relabel = self.relabel_of_now().map_err(|error| format!("{error:#}"))?;
        let cancel = CancellationToken::new();
        {
            let mut at_work = locked(&self.at_work);
            if at_work.state.running {
                return Ok(());
            }
            let state = Relabelling { running: true, ..Relabelling::default() };
            *at_work = AtWork { state, cancel: cancel.clone() };
        }
        let (at_work, writer) = (Arc::clone(&self.at_work), self.writer.clone());
        tokio::spawn(async move {
            let told = Arc::clone(&at_work);
            let tell = |progress: &crate::relabel::Progress| {
                let state = &mut locked(&told).state;
                (state.done, state.total) = (progress.before + progress.done, progress.total);
                (state.per_second, state.seconds_left) = (progress.speed(), progress.seconds_left());
            };
            let relabelled = relabel.run(&writer, tell, &cancel).await;
            let state = &mut locked(&at_work).state;
            state.running = false;
            state.failure = relabelled.err().map(|error| format!("{error:#}"));
        });
        Ok(())
    }

    fn stop(&self) {
        locked(&self.at_work).cancel.cancel();
    }
}
