//! Taking the port, and answering on it.

use std::{io, net::SocketAddr, ops::Deref, sync::Arc, time::Duration};

use axum::{Router, extract::FromRequestParts, http::request::Parts, middleware, routing::get};
use hark_bus::Kafka;
use hark_mention::config::{Brand, Product, RuleSet};
use hark_query::Segmenter;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use crate::{
    Corrector, DashboardsConfig, Error,
    access::{Access, Caller, TeamConfig, UserConfig, guard},
    api::{self, Proof, Readers, Turns},
    assets,
    config::not_loopback,
    database::Database,
    metrics::get_metrics,
    pipeline::Pipeline,
    problem::Problem,
    rulebook::{Listening, Rulebook},
    search::Searches,
    security::{add_headers, check_host},
    store::Store,
};

/// How long requests under way may go on once the dashboards are told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What the dashboards need to know.
#[derive(Clone)]
pub struct Options {
    /// The database, as its read-only user.
    pub access: hark_store::Access,
    /// The database, as the user that writes: for what a search found, users, saved queries and the views of teams.
    /// Without it nothing can be searched for or kept, and only the users of `hark.toml` are known.
    pub writer: Option<hark_store::Access>,
    /// Notes corrected labels; without it, none can be corrected.
    pub corrector: Option<Arc<dyn Corrector>>,
    /// Cuts texts into words, for searches and to try listening queries.
    pub segmenter: Segmenter,
    /// Kafka, for the dead letters; without it they are not listed.
    pub kafka: Option<Kafka>,
    /// `[dashboards]`.
    pub config: DashboardsConfig,
    /// `[[user]]`.
    pub users: Vec<UserConfig>,
    /// `[[team]]`.
    pub teams: Vec<TeamConfig>,
    /// What is listened for: the filter lists brands and products before there is a mention of them.
    pub listening: watch::Receiver<Arc<Listening>>,
    /// Changes what is listened for; without it, nobody can.
    pub rulebook: Option<Arc<dyn Rulebook>>,
    /// What tells of the pipeline; without it, its health and the proof that nothing is lost are not shown.
    pub pipeline: Option<Arc<dyn Pipeline>>,
}

/// What every request can reach, whoever sends it.
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) analyst: hark_store::Access,
    pub(crate) searches: Arc<Searches>,
    pub(crate) corrector: Option<Arc<dyn Corrector>>,
    pub(crate) readers: Readers,
    pub(crate) kafka: Option<Kafka>,
    pub(crate) listening: watch::Receiver<Arc<Listening>>,
    pub(crate) rulebook: Option<Arc<dyn Rulebook>>,
    pub(crate) segmenter: Segmenter,
    pub(crate) access: Access,
    pub(crate) pipeline: Option<Arc<dyn Pipeline>>,
    pub(crate) proof: Proof,
    pub(crate) turns: Turns,
    /// For people's SQL, which is passed on as it is.
    pub(crate) http: reqwest::Client,
}

/// Shared by all requests.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

impl Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What one request can reach: the data that its caller may see, and nothing else.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) database: Database,
    /// As whom the caller's own SQL runs.
    pub(crate) analyst: hark_store::Access,
    pub(crate) searches: Arc<Searches>,
    pub(crate) corrector: Option<Arc<dyn Corrector>>,
    pub(crate) readers: Readers,
    pub(crate) kafka: Option<Kafka>,
    pub(crate) brands: Vec<Brand>,
    pub(crate) products: Vec<Product>,
    pub(crate) caller: Caller,
    /// What the dashboards keep for themselves; none where they may not write.
    pub(crate) store: Option<Store>,
}

impl FromRequestParts<Shared> for App {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, shared).await;
        let kafka = shared.kafka.clone();
        let RuleSet { mut brands, mut products, .. } = shared.listening.borrow().rules.clone();
        let (mut database, mut analyst) = (shared.database.clone(), shared.analyst.clone());
        if let Some(team) = &caller.team {
            (database, analyst) = team.database().await?;
            brands.retain(|brand| team.brands.contains(&brand.name));
            products.retain(|product| team.brands.contains(&product.brand));
        }
        Ok(Self {
            database,
            analyst,
            searches: Arc::clone(&shared.searches),
            corrector: shared.corrector.clone(),
            readers: shared.readers.clone(),
            kafka,
            brands,
            products,
            caller,
            store: shared.access.store().ok().cloned(),
        })
    }
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
/// [`Error::Address`] for an address that is refused, [`Error::Access`] when nobody could log in as configured,
/// [`Error::PortTaken`] and [`Error::Bind`] when the operating system does not give the port.
pub async fn bind(options: Options) -> Result<Dashboards, Error> {
    let listen = &options.config.listen;
    let address: SocketAddr = listen.parse().map_err(|_| {
        Error::Address(format!("must be an address and port such as `127.0.0.1:8080`, found `{listen}`"))
    })?;
    let loopback = address.ip().is_loopback();
    let access = Access::new(&options, loopback).map_err(Error::Access)?;
    if !loopback && !options.config.trusted_network && !access.is_configured() {
        match access.has_users().await {
            Ok(true) => {}
            Ok(false) => return Err(Error::Address(not_loopback(address))),
            Err(why) => {
                let unknown =
                    "is an address that other machines can reach, and it cannot be told whether there are users";
                return Err(Error::Address(format!("{unknown}: {why}")));
            }
        }
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::PortTaken(address),
        _ => Error::Bind { address, error },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let inner = Inner {
        database: Database::new(&options.access),
        analyst: options.access,
        searches: Arc::new(Searches::new(options.writer.map(|writer| writer.client()), options.segmenter.clone())),
        corrector: options.corrector,
        readers: Readers::default(),
        kafka: options.kafka,
        listening: options.listening,
        rulebook: options.rulebook,
        segmenter: options.segmenter,
        access,
        pipeline: options.pipeline,
        proof: Proof::default(),
        turns: Turns::default(),
        http: reqwest::Client::new(),
    };
    Ok(Dashboards { listener, address, router: router(Shared(Arc::new(inner))) })
}

fn router(shared: Shared) -> Router {
    Router::new()
        .nest("/api/v1", api::router())
        .route("/metrics", get(get_metrics))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared.clone())
        .fallback(assets::serve)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(shared, check_host))
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
        let router = self.router.into_make_service_with_connect_info::<SocketAddr>();
        let serve = axum::serve(self.listener, router).with_graceful_shutdown(stopping);
        tokio::select! {
            ended = serve.into_future() => ended.map_err(Error::Serve),
            () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    }
}
