//! Taking the port, and answering on it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, middleware};
use hark_bus::Kafka;
use hark_mention::config::{Brand, Product};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use crate::{
    DashboardsConfig, Error, api, assets,
    config::not_loopback,
    database::Database,
    security::{AnyHost, add_headers, check_host},
};

/// How long requests under way may go on once the dashboards are told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What the dashboards need to know.
#[derive(Clone)]
pub struct Options {
    /// The database, as its read-only user.
    pub access: hark_store::Access,
    /// Kafka, for the dead letters; without it they are not listed.
    pub kafka: Option<Kafka>,
    /// `[dashboards]`.
    pub config: DashboardsConfig,
    /// Configured brands: the filter lists them before there is a mention of them.
    pub brands: Vec<Brand>,
    /// Configured products, likewise.
    pub products: Vec<Product>,
}

/// What every request can reach.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) kafka: Option<Kafka>,
    pub(crate) brands: Arc<[Brand]>,
    pub(crate) products: Arc<[Product]>,
}

/// Dashboards that have their port and wait to be served.
pub struct Dashboards {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

/// Takes the port. The database need not be there yet: until it is, requests are answered with status 503.
///
/// # Errors
///
/// [`Error::Address`] for an address that is refused, [`Error::PortTaken`] and [`Error::Bind`] when the operating
/// system does not give it.
pub async fn bind(options: Options) -> Result<Dashboards, Error> {
    let listen = &options.config.listen;
    let address: SocketAddr = listen.parse().map_err(|_| {
        Error::Address(format!("must be an address and port such as `127.0.0.1:8080`, found `{listen}`"))
    })?;
    let loopback = address.ip().is_loopback();
    if !loopback && !options.config.trusted_network {
        return Err(Error::Address(not_loopback(address)));
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::PortTaken(address),
        _ => Error::Bind { address, error },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let app = App {
        database: Database::new(&options.access),
        kafka: options.kafka,
        brands: options.brands.into(),
        products: options.products.into(),
    };
    Ok(Dashboards { listener, address, router: router(app, AnyHost(!loopback)) })
}

fn router(app: App, any_host: AnyHost) -> Router {
    Router::new()
        .nest("/api/v1", api::router())
        .with_state(app)
        .fallback(assets::serve)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(any_host, check_host))
        .layer(middleware::map_response(add_headers))
}

impl Dashboards {
    /// Where they listen, with the port that the operating system chose for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `cancel`; those under way then have 3 seconds to end.
    ///
    /// # Errors
    ///
    /// [`Error::Serve`] when the listening socket fails.
    pub async fn serve(self, cancel: CancellationToken) -> Result<(), Error> {
        tracing::info!(address = %self.address, "dashboards listen");
        let stopping = cancel.clone().cancelled_owned();
        let serve = axum::serve(self.listener, self.router).with_graceful_shutdown(stopping);
        tokio::select! {
            ended = serve.into_future() => ended.map_err(Error::Serve),
            () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    }
}
