//! Who may ask for what operators do: pages of this service only, and one day those who have the role for it.

use std::sync::Arc;

use application::codec::Actor;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::{FOREIGN_ORIGIN, Problem};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whoever asks for what operators do. Every route that changes something on their behalf takes one: here is the place
/// where the caller's role is looked at. So far nobody is asked who they are, and the service listens to its own
/// machine only unless it is told otherwise.
pub(super) struct Operator(Actor);

impl Operator {
    /// How the caller is named in what is recorded.
    pub(super) fn actor(self) -> Actor {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(Actor::Anonymous))
    }
}

/// The origins, beside the service's own, from whose pages requests are taken.
#[derive(Clone)]
pub(super) struct Origins(Arc<[String]>);

impl Origins {
    /// These.
    pub(super) fn new(origins: &[String]) -> Self {
        Self(origins.iter().map(|origin| origin.to_ascii_lowercase()).collect())
    }

    /// A browser says for which page it sends a request; programs that are no browsers say nothing, and nobody can make
    /// them say it.
    fn allow(&self, method: &Method, headers: &HeaderMap) -> bool {
        if let Some(origin) = headers.get(header::ORIGIN) {
            return self.names(origin, headers.get(header::HOST));
        }
        let says = |name, value: &str| headers.get(name).is_some_and(|said: &HeaderValue| said == value);
        let follows_a_link = *method == Method::GET && says(FETCH_MODE, "navigate");
        !says(FETCH_SITE, "cross-site") || follows_a_link
    }

    fn names(&self, origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
        let (Ok(origin), host) = (origin.to_str(), host.and_then(|host| host.to_str().ok())) else {
            return false;
        };
        let origin = origin.to_ascii_lowercase();
        let own = own_origins(&host.unwrap_or_default().to_ascii_lowercase());
        own.contains(&origin) || self.0.contains(&origin)
    }
}

/// Refuses what a browser sends for a page of somebody else.
pub(super) async fn from_own_pages(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    if origins.allow(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let detail = "the request was sent for a page of another origin; use a page of this service or, if it is \
        behind a proxy that serves it under that origin, name the origin in `http.origins`";
    Problem::new(&FOREIGN_ORIGIN, detail).into_response()
}

/// The origins of pages that were served under this host; TLS may have ended before the service. An origin leaves out
/// the port that its scheme implies.
fn own_origins(host: &str) -> [String; 2] {
    [("http", ":80"), ("https", ":443")].map(|(scheme, implied)| {
        let host = host.strip_suffix(implied).unwrap_or(host);
        format!("{scheme}://{host}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(method: Method, sent: &[(HeaderName, &'static str)]) -> bool {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:8080"))]);
        headers.extend(sent.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))));
        Origins::new(&["https://Desk.example".to_owned()]).allow(&method, &headers)
    }

    #[test]
    fn pages_of_the_service_and_of_named_origins_may_send_requests() {
        for own in ["http://localhost:8080", "https://LOCALHOST:8080", "https://desk.example"] {
            assert!(allows(Method::POST, &[(header::ORIGIN, own)]), "{own}");
        }
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:80801",
            "http://localhost:8080.evil.example",
            "http://evil.example",
            "file://localhost:8080",
            "http://desk.example",
        ] {
            assert!(!allows(Method::POST, &[(header::ORIGIN, foreign)]), "{foreign}");
        }
    }

    #[test]
    fn a_program_that_names_no_origin_may_send_requests() {
        assert!(allows(Method::POST, &[]));
    }

    #[test]
    fn from_another_site_a_link_may_lead_here_and_nothing_else() {
        let link = [(FETCH_SITE, "cross-site"), (FETCH_MODE, "navigate")];
        assert!(allows(Method::GET, &link));
        assert!(!allows(Method::POST, &link));
        assert!(!allows(Method::GET, &[(FETCH_SITE, "cross-site"), (FETCH_MODE, "no-cors")]));
        assert!(allows(Method::POST, &[(FETCH_SITE, "same-origin")]));
    }

    #[test]
    fn an_origin_leaves_out_the_port_that_its_scheme_implies() {
        assert_eq!(own_origins("a.example:443"), ["http://a.example:443", "https://a.example"]);
    }
}
