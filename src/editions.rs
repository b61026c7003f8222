//! The rules in force: those of `hark.toml`, until somebody makes another edition of them in the dashboards.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use hark_bus::{InForce, Kafka};
use hark_query::Segmenter;
use tokio::sync::watch;

use crate::config::{Config, compile};

/// Time between two tries while Kafka is away.
const AGAIN: Duration = Duration::from_secs(5);

/// A configuration with the rules in force.
#[derive(Clone)]
pub(crate) struct Current {
    /// Number of the edition; 0 is that of `hark.toml`, while nobody has made one.
    pub(crate) edition: u64,
    pub(crate) config: Arc<Config>,
}

/// The configuration as it is now, and whenever there is a new edition of the rules. Makes the topics if they are missing.
///
/// # Errors
///
/// When Kafka cannot be reached.
pub(crate) async fn follow(config: &Config, kafka: &Kafka) -> Result<watch::Receiver<Current>> {
    hark_bus::ensure_topics(kafka).await.context("cannot make the topics")?;
    let editions = hark_bus::follow_editions(kafka).await.context("cannot read the rules that people made")?;
    let file = Arc::new(config.clone());
    Ok(derive(editions, move |edition| current(&file, edition)))
}

/// As [`follow`], for a program that works without Kafka too: until it is there, the rules of the file are in force.
pub(crate) fn follow_when_there(config: &Config, kafka: Option<&Kafka>) -> watch::Receiver<Current> {
    let (sender, receiver) = watch::channel(Current { edition: 0, config: Arc::new(config.clone()) });
    let Some(kafka) = kafka.cloned() else { return receiver };
    let config = config.clone();
    tokio::spawn(async move {
        let mut current = loop {
            match follow(&config, &kafka).await {
                Ok(current) => break current,
                Err(error) => tracing::warn!(error = format!("{error:#}"), "until then, the rules of hark.toml hold"),
            }
            tokio::time::sleep(AGAIN).await;
        };
        loop {
            let now = current.borrow_and_update().clone();
            sender.send_replace(now);
            tokio::select! {
                () = sender.closed() => return,
                changed = current.changed() => if changed.is_err() { return },
            }
        }
    });
    receiver
}

/// The configuration as it is now, for a command that is soon done.
///
/// # Errors
///
/// When Kafka cannot be reached.
pub(crate) async fn in_force(config: Config, kafka: &Kafka) -> Result<Config> {
    let current = follow(&config, kafka).await?.borrow().clone();
    if current.edition > 0 {
        tracing::info!(edition = current.edition, "brands, products and topics are those of the dashboards");
    }
    Ok(Arc::unwrap_or_clone(current.config))
}

fn current(file: &Arc<Config>, edition: &InForce) -> Current {
    let Some(edition) = edition else { return Current { edition: 0, config: Arc::clone(file) } };
    let Some(rules) = &edition.rules else { return Current { edition: edition.number, config: Arc::clone(file) } };
    let mut problems = Vec::new();
    compile(rules, Segmenter::default(), &mut problems);
    for problem in problems {
        // Whoever made them had them checked; another version of Hark may have other words.
        tracing::error!(edition = edition.number, %problem, "a rule that this version does not understand is left out");
    }
    Current { edition: edition.number, config: Arc::new(Config { rules: rules.clone(), ..Config::clone(file) }) }
}

/// What `make` makes of a value, now and whenever that changes.
pub(crate) fn derive<T, U>(
    mut from: watch::Receiver<T>,
    make: impl Fn(&T) -> U + Send + Sync + 'static,
) -> watch::Receiver<U>
where
    T: Send + Sync + 'static,
    U: Send + Sync + 'static,
{
    let (sender, receiver) = watch::channel(make(&from.borrow_and_update()));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                changed = from.changed() => if changed.is_err() { return },
            }
            // Compiling thousands of queries takes a while; the other tasks of this thread are moved away.
            let made = tokio::task::block_in_place(|| make(&from.borrow_and_update()));
            sender.send_replace(made);
        }
    });
    receiver
}
