//! The web page, embedded into the program.

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;

/// What `npm run build` made; empty when it has not run.
#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Web;

/// The page for a program that was compiled without it.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Hark</title><h1>The web page is not built</h1>\
    <p>This program was compiled without it. Run <code>make web</code>, then compile again.</p>\
    <p>The API works: <a href=\"/api/v1/health\">/api/v1/health</a>.</p></html>";

/// Answers everything that is not the API: a file, or the page itself, which reads the rest of the address.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed().into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match Web::get(path) {
        Some(file) if path != "index.html" && !path.is_empty() => file_response(path, &file, &headers),
        _ if path.starts_with("api/") || path.starts_with("assets/") => Problem::not_found(uri.path()).into_response(),
        _ => match Web::get("index.html") {
            Some(page) => file_response("index.html", &page, &headers),
            None => (StatusCode::SERVICE_UNAVAILABLE, axum::response::Html(NOT_BUILT)).into_response(),
        },
    }
}

fn file_response(path: &str, file: &EmbeddedFile, request: &HeaderMap) -> Response {
    let digest: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Weak, because the same file is also sent compressed.
    let tag = format!("W/\"{digest}\"");
    // Vite puts a hash into the names of all files in this folder.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, file.metadata.mimetype().to_owned())], file.data.to_vec()).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
