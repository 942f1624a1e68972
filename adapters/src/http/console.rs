//! The console: one page and its assets, which `adapters/console` builds and the binary carries.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;

use super::Api;
use super::conditional::IfNoneMatch;
use super::path::PathSegment;
use super::problem::{NOT_FOUND, Problem};

/// The build as it lies in the tree.
#[derive(RustEmbed)]
#[folder = "console/dist"]
struct ConsoleBuild;

/// The page's own files only: nothing inline, nothing from elsewhere.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// The page names the assets of its build, so a browser asks whether it is still the same.
const ASKED_AGAIN: &str = "no-cache";
/// An asset's name has the hash of its content: another content is another asset.
const KEPT: &str = "public, max-age=31536000, immutable";

/// The page and its assets; they are no part of the described API.
pub(super) fn routes() -> OpenApiRouter<Api> {
    let files = Router::new().route("/", get(page)).route("/assets/{file}", get(asset));
    files.layer(CompressionLayer::new()).into()
}

async fn page(known: IfNoneMatch) -> Result<Response, Problem> {
    answer("index.html", ASKED_AGAIN, &known)
}

async fn asset(name: PathSegment, known: IfNoneMatch) -> Result<Response, Problem> {
    answer(&format!("assets/{}", name.text()), KEPT, &known)
}

fn answer(path: &str, caching: &'static str, known: &IfNoneMatch) -> Result<Response, Problem> {
    let missing =
        || Problem::new(&NOT_FOUND, "the console of this version has no such file; load the page `/` anew");
    let file = ConsoleBuild::get(path).ok_or_else(missing)?;
    let tag = tag_of(&file);
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, media_type(path)),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::ETAG, &tag),
    ];
    if known.names(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, Body::from(file.data)).into_response())
}

/// A tag that changes with the content.
fn tag_of(file: &EmbeddedFile) -> String {
    let digits: String = file.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// What the build consists of; browsers are told not to guess, so another kind of file would not be used.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_build_has_a_media_type_and_a_tag_of_its_own() {
        let files: Vec<_> = ConsoleBuild::iter().collect();
        let mut tags: Vec<_> = files.iter().map(|path| tag_of(&ConsoleBuild::get(path).unwrap())).collect();
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), files.len());
        assert!(files.iter().all(|path| media_type(path) != "application/octet-stream"), "{files:?}");
    }
}
