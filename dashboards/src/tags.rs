//! Entity tags: an answer that is the same as before is not sent again.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use twox_hash::XxHash64;

use crate::problem::Problem;

/// Largest answer that gets a tag; no JSON of this API comes near it.
const LARGEST: usize = 64 << 20;

/// Gives JSON answers a tag, and answers 304 to who has the same one.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if !reads || response.status() != StatusCode::OK || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else { return Problem::query_failed().into_response() };
    // Weak, because the same answer is also sent compressed.
    let tag = format!("W/\"{:016x}\"", XxHash64::oneshot(0, &bytes));
    let same = known.is_some_and(|known| is_among(&tag, &known));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn is_among(tag: &str, known: &HeaderValue) -> bool {
    known.to_str().is_ok_and(|known| known.split(',').any(|known| known.trim() == tag))
}
