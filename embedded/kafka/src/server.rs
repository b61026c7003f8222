//! Accepts connections, keeps the storage tidy, and ends when the storage does.
//!
//! One rule: it runs until it is told to stop; any other end is a failure that the host hears of.

use std::time::{Duration, SystemTime};

use rama::{Context, Service};
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_broker::service::services;
use tansu_broker::{Error, NODE_ID};
use tansu_storage::{BrokerRegistrationRequest, Storage, StorageContainer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use url::Url;
use uuid::Uuid;

/// How often the storage is asked for a sign of life.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// A broker that owns its socket and its storage but does not run yet.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) cluster_id: String,
    pub(crate) storage: StorageContainer,
    pub(crate) maintenance_interval: Duration,
}

/// Opens the storage below `url` and enters this broker into it.
pub(crate) async fn open_storage(url: Url, cluster_id: &str, advertised: Url) -> Result<StorageContainer, Error> {
    let storage = StorageContainer::builder()
        .cluster_id(cluster_id)
        .node_id(NODE_ID)
        .advertised_listener(advertised)
        .storage(url)
        .silent(true)
        .build()
        .await?;
    storage
        .register_broker(BrokerRegistrationRequest {
            broker_id: NODE_ID,
            cluster_id: cluster_id.to_owned(),
            incarnation_id: Uuid::now_v7(),
            rack: None,
        })
        .await?;
    Ok(storage)
}

impl Server {
    /// Serves until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let groups = Controller::with_storage(self.storage.clone())?;
        let mut health = interval(HEALTH_INTERVAL);
        let mut maintenance = interval(self.maintenance_interval);
        maintenance.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        stream.set_nodelay(true)?;
                        let connection = services(&self.cluster_id, groups.clone(), self.storage.clone(), None)?;
                        tasks.spawn(async move {
                            if let Err(error) = connection.serve(Context::default(), stream).await {
                                debug!(%peer, %error, "kafka connection closed");
                            }
                        });
                    }
                    // Out of file descriptors, or a client that was gone before it was let in: the next one may do better.
                    Err(error) => warn!(%error, "cannot accept a kafka connection"),
                },
                _ = maintenance.tick() => {
                    let storage = self.storage.clone();
                    tasks.spawn(async move {
                        if let Err(error) = storage.maintain(SystemTime::now()).await {
                            warn!(%error, "kafka retention and compaction failed, will try again");
                        }
                    });
                }
                _ = health.tick() => self.storage.ping().await?,
                Some(_) = tasks.join_next() => {}
            }
        }
    }
}
