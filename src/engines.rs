//! Kafka and ClickHouse: those of the configuration, those of a running `hark up`, or embedded ones started here.

use std::path::Path;

use anyhow::{Context as _, Result};
use hark_bus::Kafka;
use hark_store::Access;

use crate::{
    config::Config,
    running::{self, Folder, Held, Login, Running},
};

/// How long the embedded Kafka keeps a mention that is stored already.
#[cfg(feature = "embedded")]
const KEEP_STORED: std::time::Duration = std::time::Duration::from_secs(3600);

/// Kafka and ClickHouse, ready to use.
pub(crate) struct Engines {
    pub(crate) kafka: Kafka,
    /// The user that writes.
    pub(crate) writer: Access,
    /// The user that reads.
    pub(crate) analyst: Access,
    embedded: Embedded,
}

/// The Kafka of the configuration, or that of a running `hark up`; none is started.
///
/// # Errors
///
/// When a secret cannot be read.
pub(crate) fn reachable_kafka(config: &Config, data: &Path) -> Result<Option<Kafka>> {
    if config.kafka.brokers.is_some() {
        return Ok(Some(Kafka::new(&config.kafka, None)?));
    }
    let running = running::look(data);
    Ok(running.map(|running| Kafka::new(&config.kafka, Some(&running.kafka))).transpose()?)
}

/// Who runs the engines.
enum Embedded {
    /// Real servers, or another process.
    Elsewhere,
    #[cfg(feature = "embedded")]
    Here(Box<Here>),
}

#[cfg(feature = "embedded")]
struct Here {
    kafka: Option<hark_embedded_kafka::Broker>,
    clickhouse: Option<hark_embedded_clickhouse::Engine>,
    /// Let go last, when both are stopped.
    _held: Held,
}

impl Engines {
    /// Finds or starts what the configuration asks for.
    ///
    /// # Errors
    ///
    /// When an embedded engine cannot start or the data folder cannot be used.
    pub(crate) async fn open(config: &Config, data: &Path) -> Result<Self> {
        if config.kafka.brokers.is_some() && config.clickhouse.url.is_some() {
            return Self::configured(config);
        }
        match running::take(data).await? {
            Folder::Theirs(running) => Self::assemble(config, &running, Embedded::Elsewhere),
            Folder::Ours(held) => Self::start(config, held).await,
        }
    }

    /// The servers that the configuration names.
    ///
    /// # Errors
    ///
    /// When it names none, or a secret cannot be read.
    pub(crate) fn configured(config: &Config) -> Result<Self> {
        let how = "a stage on its own needs real servers: set `[kafka] brokers` and `[clickhouse] url` in hark.toml; \
                   `hark up` runs everything in one process without them";
        config.kafka.brokers.as_ref().context(how)?;
        Ok(Self {
            kafka: Kafka::new(&config.kafka, None)?,
            writer: Access::writer(&config.clickhouse)?.context(how)?,
            analyst: Access::analyst(&config.clickhouse)?.context(how)?,
            embedded: Embedded::Elsewhere,
        })
    }

    /// Whether the engines belong to this process, so that no stages work on them unless it runs them.
    pub(crate) fn are_ours(&self) -> bool {
        !matches!(self.embedded, Embedded::Elsewhere)
    }

    fn assemble(config: &Config, running: &Running, embedded: Embedded) -> Result<Self> {
        let access = |login: &Login| Access {
            url: running.clickhouse.clone(),
            database: config.clickhouse.database.clone(),
            user: login.user.clone(),
            password: login.password.clone(),
            timeout: config.clickhouse.timeout.duration(),
        };
        Ok(Self {
            kafka: Kafka::new(&config.kafka, Some(&running.kafka))?,
            writer: Access::writer(&config.clickhouse)?.unwrap_or_else(|| access(&running.admin)),
            analyst: Access::analyst(&config.clickhouse)?.unwrap_or_else(|| access(&running.analyst)),
            embedded,
        })
    }

    #[cfg(not(feature = "embedded"))]
    async fn start(_: &Config, _: Held) -> Result<Self> {
        anyhow::bail!(
            "this build has no embedded engines: set `[kafka] brokers` and `[clickhouse] url` in hark.toml, \
             or build with `--features embedded`"
        )
    }

    #[cfg(feature = "embedded")]
    async fn start(config: &Config, held: Held) -> Result<Self> {
        let kafka = match config.kafka.brokers {
            Some(_) => None,
            None => Some(start_kafka(config, held.folder()).await?),
        };
        let clickhouse = match config.clickhouse.url {
            Some(_) => None,
            None => Some(start_clickhouse(config, held.folder()).await?),
        };
        let login = |credentials: hark_embedded_clickhouse::Credentials| Login {
            user: credentials.user,
            password: credentials.password,
        };
        let nobody = || Login { user: String::new(), password: String::new() };
        let running = Running {
            kafka: kafka.as_ref().map(hark_embedded_kafka::Broker::address).unwrap_or_default(),
            clickhouse: clickhouse.as_ref().map(|engine| engine.admin().url).unwrap_or_default(),
            admin: clickhouse.as_ref().map_or_else(nobody, |engine| login(engine.admin())),
            analyst: clickhouse.as_ref().map_or_else(nobody, |engine| login(engine.analyst())),
        };
        held.announce(&running)?;
        Self::assemble(config, &running, Embedded::Here(Box::new(Here { kafka, clickhouse, _held: held })))
    }

    /// Returns when an embedded engine has failed for good, with the reason; never when there is none.
    pub(crate) async fn failed(&self) -> anyhow::Error {
        match &self.embedded {
            Embedded::Elsewhere => std::future::pending().await,
            #[cfg(feature = "embedded")]
            Embedded::Here(here) => here.failed().await,
        }
    }

    /// Stops the embedded engines that this process runs.
    pub(crate) async fn shutdown(self) {
        match self.embedded {
            Embedded::Elsewhere => {}
            #[cfg(feature = "embedded")]
            Embedded::Here(here) => {
                if let Some(clickhouse) = here.clickhouse {
                    clickhouse.shutdown().await;
                }
                if let Some(kafka) = here.kafka {
                    kafka.shutdown().await;
                }
            }
        }
    }
}

#[cfg(feature = "embedded")]
impl Here {
    async fn failed(&self) -> anyhow::Error {
        let kafka = async {
            match &self.kafka {
                Some(broker) => anyhow::Error::new(broker.died().await),
                None => std::future::pending().await,
            }
        };
        let clickhouse = async {
            let Some(engine) = &self.clickhouse else { std::future::pending().await };
            let mut health = engine.health();
            let failed = |health: &_| matches!(health, hark_embedded_clickhouse::Health::Failed { .. });
            match health.wait_for(failed).await {
                Ok(health) => anyhow::anyhow!("the embedded clickhouse is given up: {:?}", *health),
                Err(_) => anyhow::anyhow!("the embedded clickhouse is gone"),
            }
        };
        tokio::select! { error = kafka => error, error = clickhouse => error }
    }
}

#[cfg(feature = "embedded")]
async fn start_kafka(config: &Config, folder: &Path) -> Result<hark_embedded_kafka::Broker> {
    let mut options = hark_embedded_kafka::Options::new(folder.join("kafka"));
    options.listen = config.kafka.listen.parse().context("`kafka.listen`")?;
    // A mention leaves the log when it is stored, an hour later at the earliest: not before, however long that takes.
    let reader = |reader: hark_bus::Reader| hark_embedded_kafka::Reader {
        topic: reader.topic.to_owned(),
        group: reader.group.to_owned(),
        keep: KEEP_STORED,
    };
    options.readers = crate::pipeline::READERS.map(reader).into();
    let how = "change it with `[kafka] listen` in hark.toml";
    hark_embedded_kafka::start(options).await.with_context(|| format!("cannot start the embedded kafka ({how})"))
}

#[cfg(feature = "embedded")]
async fn start_clickhouse(config: &Config, folder: &Path) -> Result<hark_embedded_clickhouse::Engine> {
    let mut options = hark_embedded_clickhouse::Options::new(folder.join("clickhouse"));
    options.listen = config.clickhouse.listen.parse().context("`clickhouse.listen`")?;
    options.database.clone_from(&config.clickhouse.database);
    options.memory = config.clickhouse.memory.bytes();
    hark_embedded_clickhouse::start(options)
        .await
        .context("cannot start the embedded clickhouse (its address is `[clickhouse] listen` in hark.toml)")
}
