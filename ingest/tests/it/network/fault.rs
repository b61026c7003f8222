//! What can go wrong between us and a server.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{Response as HttpResponse, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::{Reply, never};

/// What happens instead of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Another status, without a body.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    Limit(u64),
    /// 429 with `Retry-After` as a date so many seconds from now.
    LimitUntil(u64),
    /// The answer ends in its middle.
    Cut,
    /// The page of a proxy, with the status 200.
    Garbage,
    /// The answer never comes.
    Hang,
    /// The answer comes in single bytes, with pauses, and does come to its end.
    Trickle,
}

impl Fault {
    pub(super) async fn instead_of(self, reply: Reply) -> Response {
        match self {
            Self::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Self::Limit(seconds) => limit(seconds.to_string()),
            Self::LimitUntil(seconds) => {
                let end = std::time::SystemTime::now() + Duration::from_secs(seconds);
                limit(httpdate::fmt_http_date(end))
            }
            Self::Cut => {
                let half = reply.bytes().len() / 2;
                let start = reply.bytes()[..half].to_vec();
                let cut = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
                body(stream::iter([Ok(Bytes::from(start)), cut]))
            }
            Self::Garbage => "<html><body>We are busy. Please come back.</body></html>".into_response(),
            Self::Hang => never().await,
            Self::Trickle => {
                let bytes = Bytes::from(reply.bytes().to_vec());
                let pieces = (0..bytes.len()).map(move |at| Ok(bytes.slice(at..=at)));
                let slow = stream::iter(pieces).enumerate().then(|(at, piece)| async move {
                    if at % 64 == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    piece
                });
                body(slow)
            }
        }
    }
}

fn limit(wait: String) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, wait)], "slow down").into_response()
}

fn body(pieces: impl stream::Stream<Item = std::io::Result<Bytes>> + Send + 'static) -> Response {
    HttpResponse::new(Body::from_stream(pieces))
}
