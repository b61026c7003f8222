//! `/metrics`: counts for Prometheus, of the dashboards' own address or of one for a stage alone.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Error, pipeline::Pipeline, server::Shared};

/// The content type of the OpenMetrics text format, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers on the dashboards' own address.
pub(crate) async fn get_metrics(State(shared): State<Shared>) -> Response {
    match &shared.pipeline {
        Some(pipeline) => text(pipeline.metrics().await),
        None => text("# EOF\n".to_owned()),
    }
}

fn text(metrics: String) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics).into_response()
}

/// Serves `/metrics`, and nothing else, until `cancel`: for a stage that runs without dashboards.
///
/// # Errors
///
/// [`Error::Serve`] when the listening socket fails.
pub async fn serve_metrics(
    listener: TcpListener,
    pipeline: Arc<dyn Pipeline>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let answer = |State(pipeline): State<Arc<dyn Pipeline>>| async move { text(pipeline.metrics().await) };
    let router = Router::new().route("/metrics", get(answer)).with_state(pipeline);
    axum::serve(listener, router).with_graceful_shutdown(cancel.cancelled_owned()).await.map_err(Error::Serve)
}
