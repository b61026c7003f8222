//! The topics and their logs. What topics there are, and with which settings, is the storage's business; the records
//! are kept here, below one directory a topic, named by the topic's id so that a topic made again begins empty.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tansu_broker::Error;
use tansu_sans_io::metadata_response::MetadataResponseTopic;
use tansu_sans_io::{ConfigResource, NULL_TOPIC_ID};
use tansu_storage::{Storage, StorageContainer, TopicId, Topition};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::warn;
use uuid::Uuid;

use crate::Reader;
use crate::log::{Log, Policy};

/// `retention.ms` of a topic that does not set it.
/// Source: <https://kafka.apache.org/documentation/#topicconfigs_retention.ms>, read 2026-11-22.
const DEFAULT_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A topic with its partitions.
pub(crate) struct Topic {
    pub(crate) id: Uuid,
    logs: Vec<Arc<Log>>,
    /// Changes whenever a record was added to any partition.
    news: watch::Sender<()>,
}

impl Topic {
    pub(crate) fn log(&self, partition: i32) -> Option<&Log> {
        self.logs.get(usize::try_from(partition).ok()?).map(Arc::as_ref)
    }

    /// Wakes whoever waits for records.
    pub(crate) fn announce(&self) {
        self.news.send_replace(());
    }

    pub(crate) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

/// All topics of the broker.
pub(crate) struct Topics {
    dir: PathBuf,
    pub(crate) storage: StorageContainer,
    readers: Vec<Reader>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// A log has one writer, so a topic that is open stays so until it is deleted.
    by_id: HashMap<Uuid, Arc<Topic>>,
    /// Forgotten whenever a topic was deleted.
    by_name: HashMap<String, Arc<Topic>>,
}

impl Topics {
    pub(crate) fn new(dir: PathBuf, storage: StorageContainer, readers: Vec<Reader>) -> Self {
        Self { dir, storage, readers, open: Mutex::default() }
    }

    /// Finds a topic by its name or id.
    pub(crate) async fn find(&self, wanted: &TopicId) -> Result<Option<Arc<Topic>>, Error> {
        let known = match wanted {
            TopicId::Name(name) => self.open().by_name.get(name).cloned(),
            TopicId::Id(id) => self.open().by_id.get(id).cloned(),
        };
        if known.is_some() {
            return Ok(known);
        }
        let metadata = self.storage.metadata(Some(std::slice::from_ref(wanted))).await?;
        Ok(metadata.topics().iter().find_map(|topic| self.opened(topic)).transpose()?)
    }

    /// To be called after a topic was deleted.
    pub(crate) fn forget_names(&self) {
        self.open().by_name.clear();
    }

    /// Applies each topic's settings to its logs, and removes the records of deleted topics.
    pub(crate) async fn maintain(&self) -> Result<(), Error> {
        let metadata = self.storage.metadata(None).await?;
        let mut exist = HashSet::new();
        for listed in metadata.topics() {
            let (Some(name), Some(topic)) = (&listed.name, self.opened(listed)) else { continue };
            let topic = topic?;
            exist.insert(topic.id);
            let policy = self.policy(name).await?;
            for (partition, log) in (0..).zip(topic.logs.clone()) {
                let policy = self.until_read(policy, name, partition).await?;
                blocking(move || log.maintain(policy, now())).await?;
            }
        }
        self.remove_all_but(&exist)?;
        Ok(())
    }

    /// Returns when all records stored so far have reached the disk.
    pub(crate) async fn sync(&self) -> Result<(), Error> {
        let open: Vec<_> = self.open().by_id.values().cloned().collect();
        blocking(move || open.iter().flat_map(|topic| &topic.logs).try_for_each(|log| log.sync())).await?;
        Ok(())
    }

    async fn policy(&self, topic: &str) -> Result<Policy, Error> {
        let described = self.storage.describe_config(topic, ConfigResource::Topic, None).await?;
        let settings: HashMap<_, _> = described
            .configs
            .unwrap_or_default()
            .into_iter()
            .filter_map(|setting| Some((setting.name, setting.value?)))
            .collect();
        Ok(Policy::of(|key| settings.get(key).map(String::as_str)))
    }

    /// For a topic that has a reader: what it has not committed is kept, and what it has goes soon.
    async fn until_read(&self, policy: Policy, topic: &str, partition: i32) -> Result<Policy, Error> {
        let Some(reader) = self.readers.iter().find(|reader| reader.topic == topic) else { return Ok(policy) };
        let asked = Topition::new(topic.to_owned(), partition);
        let committed = self.storage.offset_fetch(Some(&reader.group), std::slice::from_ref(&asked), None).await?;
        let keep_from = committed.get(&asked).map_or(0, |offset| (*offset).max(0));
        Ok(Policy { retention: Some(reader.keep), retention_bytes: None, keep_from: Some(keep_from), ..policy })
    }

    /// The open topic of this entry in the list of topics; `None` when the entry says that there is none.
    fn opened(&self, listed: &MetadataResponseTopic) -> Option<io::Result<Arc<Topic>>> {
        let id = listed.topic_id.filter(|id| *id != NULL_TOPIC_ID).map(Uuid::from_bytes)?;
        let (name, partitions) = (listed.name.clone()?, listed.partitions.as_ref()?.len());
        let mut open = self.open();
        let topic = match open.by_id.get(&id) {
            Some(topic) => topic.clone(),
            None => {
                let dir = self.dir.join(id.to_string());
                let logs = (0..partitions).map(|partition| Log::open(dir.join(partition.to_string())).map(Arc::new));
                match logs.collect() {
                    Ok(logs) => Arc::new(Topic { id, logs, news: watch::Sender::new(()) }),
                    Err(error) => return Some(Err(error)),
                }
            }
        };
        open.by_id.insert(id, topic.clone());
        open.by_name.insert(name, topic.clone());
        Some(Ok(topic))
    }

    fn remove_all_but(&self, exist: &HashSet<Uuid>) -> io::Result<()> {
        self.open().by_id.retain(|id, _| exist.contains(id));
        let Ok(entries) = fs::read_dir(&self.dir) else { return Ok(()) };
        for entry in entries {
            let path = entry?.path();
            let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| Uuid::parse_str(name).ok());
            if id.is_some_and(|id| !exist.contains(&id)) {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Policy {
    /// Reads a topic's settings; what is not set, or set to nonsense, is as in Kafka.
    fn of<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> Self {
        let cleanup = setting("cleanup.policy").unwrap_or("delete");
        let limit = |key| {
            let value = setting(key)?;
            value
                .parse::<i64>()
                .inspect_err(|error| warn!(key, value, %error, "not a number in a topic's settings"))
                .ok()
        };
        let delete = cleanup.contains("delete");
        let millis = |limit: i64| u64::try_from(limit).ok().map(Duration::from_millis);
        Self {
            retention: limit("retention.ms").map_or(Some(DEFAULT_RETENTION), millis).filter(|_| delete),
            retention_bytes: limit("retention.bytes").and_then(|limit| u64::try_from(limit).ok()).filter(|_| delete),
            compact: cleanup.contains("compact"),
            keep_from: None,
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
