//! `GET /dead-letters`: what could not be used, and why, the newest first.

use axum::{Json, http::Uri};
use hark_bus::{Letter, LetterFilter, LetterState, Replayed, Stage, newest_letters};
use hark_mention::{PersonalData, RejectReason, Timestamp};
use hark_privacy::{Masker, Tally};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::limit;
use crate::{parameters::Parameters, problem::Problem, server::App};

/// Most bytes of an original that are shown.
const PREVIEW: usize = 2000;

/// What could not be used, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetters {
    /// How many dead letters are kept, whatever was asked for.
    total: u64,
    letters: Vec<DeadLetter>,
}

/// An item that a stage gave up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// Partition and offset among the dead letters: `0:17`.
    id: String,
    /// When it was given up.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// ingest, enrich or sink.
    stage: String,
    /// Why: not_an_event, unknown_version, wrong_shape, bad_encoding, bad_time, too_large or store_refused.
    reason: String,
    /// What exactly was wrong, with personal data masked.
    error: String,
    /// Where the original stood: topic, partition and offset, or a file and line.
    place: String,
    /// Key of the original record, mostly the id of a mention; empty when there was none.
    key: String,
    /// Size of the original in bytes.
    bytes: u64,
    /// waiting, replayed, failed_again, cut (too large to be kept whole) or of_source (read the source again).
    state: String,
    /// The beginning of the original as text, with personal data masked.
    preview: String,
    /// Whether there is more of it.
    preview_cut: bool,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct LetterParameters {
    /// Only those of this stage: ingest, enrich or sink.
    stage: Option<String>,
    /// Only those with this reason.
    reason: Option<String>,
    /// Most letters. Default: 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What could not be used, and why, the newest first.
#[utoipa::path(
    get, path = "/api/v1/dead-letters", tag = "operation", params(LetterParameters),
    responses(
        (status = 200, description = "The newest dead letters", body = DeadLetters),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Kafka is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_dead_letters(app: App, uri: Uri) -> Result<Json<DeadLetters>, Problem> {
    let mut parameters = Parameters::read(uri.query());
    let limit = limit(&mut parameters, 50, 200) as usize;
    let filter = LetterFilter {
        stage: parameters.take_as("stage", "must be ingest, enrich or sink", Stage::named),
        reason: parameters.take_as("reason", &reasons(), RejectReason::named),
    };
    parameters.finish()?;
    let Some(kafka) = app.kafka else {
        return Err(Problem::kafka_away("the dashboards were not told where it is: set `[kafka] brokers`"));
    };
    let read = move || Ok((newest_letters(&kafka, filter, limit, PREVIEW)?, Replayed::load(&kafka)?));
    let read: Result<_, hark_bus::BusError> = tokio::task::spawn_blocking(read).await.map_err(Problem::kafka_away)?;
    let ((letters, total), replayed) = read.map_err(Problem::kafka_away)?;
    let letters = letters.into_iter().map(|letter| shown(replayed.state(&letter), letter)).collect();
    Ok(Json(DeadLetters { total, letters }))
}

fn reasons() -> String {
    format!("must be one of {}", RejectReason::ALL.map(RejectReason::as_str).join(", "))
}

fn shown(state: LetterState, letter: Letter) -> DeadLetter {
    // What reaches the dead letters was masked by nobody: it could not be read.
    let masked = |mut text: String| {
        Masker::new(&PersonalData::ALL).text(&mut text, &mut Tally::default());
        text
    };
    DeadLetter {
        id: format!("{}:{}", letter.at.0, letter.at.1),
        at: letter.given_up_at,
        preview_cut: !letter.is_whole(),
        stage: letter.stage,
        reason: letter.reason,
        error: masked(letter.error),
        place: letter.place,
        key: String::from_utf8_lossy(&letter.key).into_owned(),
        bytes: letter.size,
        state: state.as_str().to_owned(),
        preview: masked(String::from_utf8_lossy(&letter.original).into_owned()),
    }
}
