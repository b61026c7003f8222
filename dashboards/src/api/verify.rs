//! `/verify`: is everything accounted for?

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, extract::State, http::StatusCode};
use hark_mention::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    pipeline::{Pipeline, Verified},
    problem::Problem,
    server::Shared,
};

/// Most ranges of missing offsets that are named.
const NAMED: usize = 200;

/// The proof that nothing is lost, as it was made last.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// Whether one is being made now.
    running: bool,
    /// When the last one was made; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Whether nothing is missing; null before the first.
    complete: Option<bool>,
    /// Why it could not be made; null when it could.
    failure: Option<String>,
    /// How many records of the raw topic ended in which way.
    outcomes: Vec<Outcome>,
    /// Records that nothing tells about.
    missing: Vec<Gap>,
    /// Records that the topic had lost before the ledger began.
    lost_before: Vec<Gap>,
    /// Records that are still to be labelled.
    waiting: u64,
    /// Records that are labelled and still to be stored.
    on_the_way: u64,
    /// Mentions that the topic still holds and that were looked up.
    compared: u64,
    /// Those of them that are past their retention.
    expired: u64,
    /// Those of them that should be stored and are not.
    absent: u64,
    /// Some of their ids.
    absent_ids: Vec<String>,
}

/// How many records ended in one way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// stored, deleted, forgotten, dropped or dead.
    outcome: String,
    /// Why; empty when there is nothing to explain.
    reason: String,
    records: u64,
}

/// A range of records in the raw topic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Gap {
    partition: i32,
    /// First offset.
    first: i64,
    /// Last offset.
    last: i64,
}

/// The last proof, and whether another is being made.
#[derive(Clone, Default)]
pub(crate) struct Proof(Arc<Mutex<Verification>>);

impl Proof {
    fn now(&self) -> Verification {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins a proof unless one is being made.
    fn begin(&self, pipeline: Arc<dyn Pipeline>) {
        {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::replace(&mut now.running, true) {
                return;
            }
        }
        let proof = self.clone();
        tokio::spawn(async move {
            let verified = pipeline.verify().await;
            *proof.0.lock().unwrap_or_else(PoisonError::into_inner) = Verification::from(verified);
        });
    }
}

impl From<Result<Verified, String>> for Verification {
    fn from(verified: Result<Verified, String>) -> Self {
        let at = Some(Timestamp::now());
        let verified = match verified {
            Ok(verified) => verified,
            Err(failure) => return Self { at, failure: Some(failure), ..Self::default() },
        };
        let gap = |partition: i32, span: &Range<i64>| Gap { partition, first: span.start, last: span.end - 1 };
        let missing =
            verified.gaps.iter().flat_map(|(partition, spans)| spans.iter().map(|span| gap(*partition, span)));
        Self {
            running: false,
            at,
            complete: Some(verified.gaps.is_empty() && verified.absent == 0),
            failure: None,
            missing: missing.take(NAMED).collect(),
            lost_before: verified.before.iter().map(|(partition, span)| gap(*partition, span)).collect(),
            outcomes: verified
                .totals
                .into_iter()
                .map(|(outcome, reason, records)| Outcome { outcome, reason, records })
                .collect(),
            waiting: verified.waiting,
            on_the_way: verified.on_the_way,
            compared: verified.compared,
            expired: verified.expired,
            absent: verified.absent,
            absent_ids: verified.named,
        }
    }
}

/// The proof that nothing is lost, as it was made last.
#[utoipa::path(
    get, path = "/api/v1/verify", tag = "operation",
    responses((status = 200, description = "The last proof", body = Verification)),
)]
pub(crate) async fn get_verify(State(shared): State<Shared>) -> Json<Verification> {
    Json(shared.proof.now())
}

/// Begins a proof that nothing is lost; it takes as long as reading the raw topic does.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "operation",
    responses(
        (status = 202, description = "Begun, or being made already", body = Verification),
        (status = 503, description = "The pipeline cannot be asked", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_verify(State(shared): State<Shared>) -> Result<(StatusCode, Json<Verification>), Problem> {
    shared.proof.begin(Arc::clone(pipeline(&shared)?));
    Ok((StatusCode::ACCEPTED, Json(shared.proof.now())))
}

pub(crate) fn pipeline(shared: &Shared) -> Result<&Arc<dyn Pipeline>, Problem> {
    shared.pipeline.as_ref().ok_or_else(|| Problem::pipeline_away("these dashboards run without a pipeline"))
}
