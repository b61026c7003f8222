//! Accepts connections, keeps the logs tidy, and ends when the storage does.
//!
//! One rule: it runs until it is told to stop; any other end is a failure that the host hears of.

use std::sync::Arc;
use std::time::Duration;

use rama::{Context, Layer, Service};
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_broker::service::{coordinator, storage};
use tansu_broker::{Error, NODE_ID};
use tansu_service::{BytesFrameLayer, FrameRouteService, TcpBytesLayer, TcpContext, TcpContextLayer};
use tansu_storage::{BrokerRegistrationRequest, GroupDetail, GroupState, Storage, StorageContainer, UpdateError};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use url::Url;
use uuid::Uuid;

use crate::requests::RecordRequests;
use crate::topics::Topics;

/// How often records are brought to the disk and the storage is asked for a sign of life.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// A broker that owns its socket and its data but does not run yet.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) cluster_id: String,
    pub(crate) topics: Arc<Topics>,
    pub(crate) maintenance_interval: Duration,
}

/// Opens the database of topics, groups and committed offsets, and enters this broker into it.
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
    dismiss_members(&storage).await?;
    Ok(storage)
}

/// Empties all consumer groups; their committed offsets stay.
///
/// No membership outlives the broker's connections. But the storage remembers members that could not take their leave,
/// and they would go on being given partitions that nobody then reads.
async fn dismiss_members(storage: &StorageContainer) -> Result<(), Error> {
    for group in storage.list_groups(None).await? {
        // The default names an empty protocol, which no member speaks.
        let state = GroupState::Forming { protocol_type: None, protocol_name: None, leader: None };
        let (mut empty, mut version) = (GroupDetail { state, ..GroupDetail::default() }, None);
        loop {
            match storage.update_group(&group.group_id, empty.clone(), version.clone()).await {
                Ok(_) => break,
                Err(UpdateError::Outdated { current, version: newest }) => {
                    if current.members.is_empty() {
                        break;
                    }
                    empty.generation_id = current.generation_id;
                    version = Some(newest);
                }
                Err(error) => return Err(Error::Message(format!("cannot empty a consumer group: {error:?}"))),
            }
        }
    }
    Ok(())
}

impl Server {
    /// Serves until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let connection = self.connection()?;
        let mut sync = interval(SYNC_INTERVAL);
        let mut maintenance = interval(self.maintenance_interval);
        for ticks in [&mut sync, &mut maintenance] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut connections = JoinSet::new();
        let mut background = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        stream.set_nodelay(true)?;
                        let connection = connection.clone();
                        connections.spawn(async move {
                            if let Err(error) = connection.serve(Context::default(), stream).await {
                                debug!(%peer, %error, "kafka connection closed");
                            }
                        });
                    }
                    // Out of file descriptors, or a client that was gone before it was let in: the next one may do better.
                    Err(error) => warn!(%error, "cannot accept a kafka connection"),
                },
                _ = maintenance.tick(), if background.is_empty() => {
                    let topics = self.topics.clone();
                    background.spawn(async move {
                        if let Err(error) = topics.maintain().await {
                            warn!(%error, "kafka retention and compaction failed, will try again");
                        }
                    });
                }
                _ = sync.tick() => {
                    self.topics.storage.ping().await?;
                    self.topics.sync().await?;
                }
                Some(_) = background.join_next() => {}
                Some(_) = connections.join_next() => {}
            }
        }
        connections.shutdown().await;
        background.shutdown().await;
        self.topics.sync().await
    }

    /// What serves one connection. Requests that are not named here are not offered to clients: transactions, which
    /// the storage cannot end, and the deletion of single records, which would end the storage.
    fn connection(&self) -> Result<impl Service<(), TcpStream, Response = (), Error = Error> + Clone + use<>, Error> {
        let database = &self.topics.storage;
        let routes = [
            storage::consumer_group_describe,
            storage::create_topics,
            storage::delete_groups,
            storage::describe_cluster,
            storage::describe_configs,
            storage::describe_groups,
            storage::describe_topic_partitions,
            storage::find_coordinator,
            storage::incremental_alter_configs,
            storage::init_producer_id,
            storage::list_groups,
            storage::metadata,
        ];
        let routes = routes
            .iter()
            .try_fold(FrameRouteService::<(), Error>::builder(), |all, route| route(all, database.clone()))?;
        let routes = coordinator::services(routes, Controller::with_storage(database.clone())?)?;
        let records = RecordRequests(self.topics.clone());
        let routes = RecordRequests::KEYS
            .into_iter()
            .try_fold(routes, |all, key| all.with_route(key, records.clone().boxed()))?;
        let context = TcpContext::default().cluster_id(Some(self.cluster_id.clone()));
        let layers = (TcpContextLayer::new(context), TcpBytesLayer::<()>::default(), BytesFrameLayer::default());
        Ok(layers.into_layer(routes.build()?))
    }
}
