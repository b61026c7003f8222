//! What an answer that is no success means.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::StatusCode;

use super::Limited;
use crate::{
    http::{Answer, HttpError, MAX_RETRY_AFTER, retry_after},
    source::SourceError,
};

/// Most of what a server says that is repeated to a person. Unit: characters.
const MAX_WORDS: usize = 200;

/// Why a request brought nothing. As a [`SourceError`] it is what a source without further thoughts should say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The server answered, and not with success.
    #[error("{place} answers {status}{words}")]
    Refused {
        /// Address without secrets.
        place: String,
        /// Its status.
        status: StatusCode,
        /// How long to wait when it is a limit or an outage.
        wait: Option<Duration>,
        /// What the server said, for a person; begins with `: ` or is empty.
        words: String,
        /// What the server said, for the source.
        body: Bytes,
    },
    /// No answer.
    #[error("{0}")]
    Failed(String),
    /// An answer of another shape, such as the page of a proxy.
    #[error("{place} is not as expected: {error}")]
    NotAsExpected {
        /// Address without secrets.
        place: String,
        /// What is wrong with it.
        error: String,
    },
    /// It was not even asked: a secret that cannot be had, a budget that is used up.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl ApiError {
    pub(super) fn failed(error: HttpError, secret: &str) -> Self {
        match error {
            HttpError::Private { .. } => Self::Source(error.into()),
            _ => Self::Failed(hide(error.to_string(), secret)),
        }
    }

    pub(super) fn refused(place: String, answer: &Answer, limited: Limited, secret: &str) -> Self {
        let now = SystemTime::now();
        let wait = limited(answer, now).or_else(|| retry_after(&answer.headers, now));
        Self::Refused {
            place: hide(place, secret),
            status: answer.status,
            wait: wait.map(|wait| wait.min(MAX_RETRY_AFTER)),
            words: hide(words(&answer.body), secret),
            body: answer.body.clone(),
        }
    }

    /// Whether what was asked for is not there, or no longer.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND | StatusCode::GONE, .. })
    }

    /// The status of a refusal, and what the server said.
    pub(crate) fn refusal(&self) -> Option<(StatusCode, &Bytes)> {
        match self {
            Self::Refused { status, body, .. } => Some((*status, body)),
            _ => None,
        }
    }
}

impl From<ApiError> for SourceError {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            ApiError::Source(error) => error,
            ApiError::Failed(_) | ApiError::NotAsExpected { .. } => Self::later(text),
            ApiError::Refused { wait: wait @ Some(_), .. } => Self::Later { error: text, wait },
            ApiError::Refused { status, .. } => match status.as_u16() {
                401 | 403 => Self::Setup(format!(
                    "{text}; the token or key is not (or no longer) taken, or may not read this: make a new one"
                )),
                404 | 410 => Self::Setup(format!("{text}; there is no such thing (any more): look at its name")),
                408 | 421 | 425 | 429 | 500.. => Self::later(text),
                _ => Self::Setup(text),
            },
        }
    }
}

/// Takes a secret out of a text that people will read.
fn hide(text: String, secret: &str) -> String {
    if secret.is_empty() { text } else { text.replace(secret, "…") }
}

/// What a refusal says, in one line: the message of its JSON, or else its text; nothing of a web page.
fn words(body: &Bytes) -> String {
    let said = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(json) => message(&json).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if said.is_empty() || said.starts_with('<') {
        return String::new();
    }
    format!(": {}", said.chars().take(MAX_WORDS).collect::<String>())
}

/// The message in the shapes that APIs use: `{"error": {"message": …}}`, `{"errors": [{"detail": …}]}`, `{"message": …}`.
fn message(json: &serde_json::Value) -> Option<String> {
    const NAMES: [&str; 8] =
        ["message", "error_description", "error_message", "detail", "description", "title", "error", "errors"];
    match json {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(list) => message(list.first()?),
        serde_json::Value::Object(fields) => {
            NAMES.iter().find_map(|name| fields.get(*name).and_then(message).filter(|text| !text.is_empty()))
        }
        _ => None,
    }
}
