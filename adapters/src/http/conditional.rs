//! Reading again what may not have changed: the entity tag of what is read, and `If-None-Match`.

use std::convert::Infallible;

use application::ports::event_store::Version;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::command::etag;

/// The tags of what the caller has already.
pub(super) struct IfNoneMatch(HeaderMap);

impl IfNoneMatch {
    /// The answer to a read: the document, or nothing but its tag when the caller has this version.
    pub(super) fn answer(&self, version: Version, document: impl Serialize) -> Response {
        let tag = [(header::ETAG, etag(version))];
        if self.names(&format!("\"{version}\"")) {
            return (StatusCode::NOT_MODIFIED, tag).into_response();
        }
        (tag, Json(document)).into_response()
    }

    /// Whether this tag is among them. Tags are compared weakly, as the standard asks of reads; what is no tag of ours
    /// names nothing.
    pub(super) fn names(&self, current: &str) -> bool {
        let lists = self.0.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
        let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let tags = parts.headers.get_all(header::IF_NONE_MATCH).iter().cloned();
        Ok(Self(tags.map(|tag| (header::IF_NONE_MATCH, tag)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_version_is_named_by_its_tag_however_a_proxy_wrote_it_or_by_a_star() {
        let names = |list: &'static str| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(list))]);
            IfNoneMatch(headers).names("\"9\"")
        };
        for naming in ["\"9\"", "W/\"9\"", "\"8\", W/\"9\"", "*"] {
            assert!(names(naming), "{naming}");
        }
        for other in ["", "9", "\"8\"", "\"99\"", "w/\"9\"", "\"\""] {
            assert!(!names(other), "{other}");
        }
        assert!(!IfNoneMatch(HeaderMap::new()).names("\"9\""));
    }
}
