//! What a fake server answers.

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use tokio::sync::broadcast;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// What follows the body, for ever.
    wire: Option<broadcast::Receiver<Bytes>>,
}

impl Reply {
    /// 200 with these bytes.
    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: body.into(), wire: None }
    }

    /// 200 with JSON.
    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::ok(body.to_string()).header("content-type", "application/json")
    }

    /// An empty body with this status.
    pub(crate) fn status(status: u16) -> Self {
        Self::ok("").with_status(status)
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap();
        self
    }

    /// The same with a header more.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        self
    }

    /// The same, followed by everything that is put on `wire` from now on; it ends when the wire is cut.
    pub(crate) fn then(mut self, wire: &Wire) -> Self {
        self.wire = Some(wire.0.lock().unwrap().subscribe());
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.body
    }
}

/// What a stream sends to all who listen: server-sent events, JSON lines.
pub(crate) struct Wire(std::sync::Mutex<broadcast::Sender<Bytes>>);

impl Default for Wire {
    fn default() -> Self {
        Self(std::sync::Mutex::new(broadcast::channel(1024).0))
    }
}

impl Wire {
    /// Sends to all who listen now.
    pub(crate) fn send(&self, bytes: impl Into<Bytes>) {
        // Nobody listens: then nobody hears it, as in life.
        let _ = self.0.lock().unwrap().send(bytes.into());
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.0.lock().unwrap().receiver_count()
    }

    /// Ends the connections of all who listen.
    pub(crate) fn cut(&self) {
        *self.0.lock().unwrap() = broadcast::channel(1024).0;
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let start = stream::iter([Ok::<_, std::io::Error>(self.body.clone())]);
        let body = match self.wire {
            None => Body::from(self.body),
            Some(wire) => Body::from_stream(start.chain(stream::unfold(wire, |mut wire| async {
                let bytes = wire.recv().await.ok()?;
                Some((Ok(bytes), wire))
            }))),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}
