//! What the edge noted of a request when it came, and does with its answer when it goes.

use std::time::Duration;

use application::ports::Ids;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use tokio::time::Instant;

use super::super::peer::Peer;
use super::super::problem::Problem;
use super::turned_away::TurnedAway;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// By it a request asks to be answered later than it could be.
const PREFER: HeaderName = HeaderName::from_static("prefer");
const REQUEST_ID_CHARACTERS_MAX: usize = 64;

/// Headers of every answer that does not set them itself.
const DRESS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];
/// What the pages of `/docs` may load: their own files, and the styles and pictures they make themselves.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// A request as it came.
pub(super) struct SeenRequest {
    id: String,
    route: String,
    method: &'static str,
    started: Instant,
    is_patient: bool,
    peer: Option<Peer>,
}

/// That somebody waits for an answer. Ends when the answer is there; whoever goes away before it does is counted.
pub(super) struct Waiting<'a>(Option<&'a SeenRequest>);

impl SeenRequest {
    /// Notes a request.
    pub(super) fn of(request: &Request, ids: &dyn Ids) -> Self {
        Self {
            id: given_id(request.headers()).unwrap_or_else(|| ids.next().to_string()),
            route: request
                .extensions()
                .get::<MatchedPath>()
                .map_or("unmatched", MatchedPath::as_str)
                .to_owned(),
            method: known(request.method()),
            started: Instant::now(),
            is_patient: request.headers().contains_key(PREFER),
            peer: Peer::of(request.extensions()),
        }
    }

    /// Its client waits from now on.
    pub(super) const fn waiting(&self) -> Waiting<'_> {
        Waiting(Some(self))
    }

    /// Whether it counts against the requests under way; probes, metrics and pages are answered under load too.
    pub(super) fn is_counted(&self) -> bool {
        self.route.starts_with("/v1/")
    }

    /// How long it has taken until now, if it says that something shall be done, and did not ask to wait for more.
    pub(super) fn time_of_command(&self) -> Option<Duration> {
        (self.method == "POST" && self.is_counted() && !self.is_patient).then(|| self.started.elapsed())
    }

    /// The answer as it goes out; counted, and logged when the service failed.
    pub(super) fn finish(&self, answer: Response, turned_away: &TurnedAway) -> Response {
        let mut answer = self.rendered(answer, turned_away);
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(REQUEST_ID, id);
        }
        if self.route.starts_with("/docs") {
            headers.insert(header::CONTENT_SECURITY_POLICY, DOCS_POLICY);
        }
        for (name, value) in DRESS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        self.count(&answer);
        answer
    }

    /// A problem as its document; what was set beside it, such as `Allow`, stays.
    fn rendered(&self, mut answer: Response, turned_away: &TurnedAway) -> Response {
        let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
        self.log(&problem, turned_away);
        let mut document = problem.answer(&self.id);
        for (name, value) in answer.headers() {
            if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
                document.headers_mut().insert(name, value.clone());
            }
        }
        document
    }

    fn log(&self, problem: &Problem, turned_away: &TurnedAway) {
        let (request, route, kind) = (&self.id, &self.route, problem.kind());
        let (slug, cause) = (kind.slug, problem.cause());
        let turned_away = if kind.status == 503 { turned_away.due(kind, Instant::now()) } else { None };
        match (kind.status, turned_away) {
            (500, _) => tracing::error!(request, route, problem = slug, cause, "a request failed"),
            (_, Some(requests)) => {
                tracing::warn!(request, route, problem = slug, cause, requests, "a request was turned away");
            }
            (503, None) => {
                tracing::debug!(request, route, problem = slug, cause, "a request was turned away")
            }
            (_, None) => tracing::debug!(request, route, problem = slug, cause, "a request was refused"),
        }
    }

    fn count_given_up(&self) {
        let labels =
            [("route", metrics::SharedString::from(self.route.clone())), ("method", self.method.into())];
        metrics::counter!("rental_http_given_up_total", &labels).increment(1);
    }

    /// Labels are patterns of routes, methods that are known, and statuses: there are only so many, whatever is sent.
    fn count(&self, answer: &Response) {
        let (route, status) = (self.route.clone(), answer.status().as_u16().to_string());
        let labels = [
            ("route", metrics::SharedString::from(route)),
            ("method", self.method.into()),
            ("status", status.into()),
        ];
        let seconds = self.started.elapsed().as_secs_f64();
        metrics::counter!("rental_http_requests_total", &labels).increment(1);
        metrics::histogram!("rental_http_request_seconds", &labels).record(seconds);
    }
}

impl Waiting<'_> {
    /// The answer is there. A client that has closed its side gets it all the same, if it still reads; most do not.
    pub(super) fn end(mut self) {
        let seen = self.0.take();
        let closed = |seen: &&SeenRequest| seen.peer.as_ref().is_some_and(Peer::has_closed_its_side);
        if let Some(seen) = seen.filter(closed) {
            seen.count_given_up();
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(seen) = self.0.take() {
            seen.count_given_up();
        }
    }
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=REQUEST_ID_CHARACTERS_MAX).contains(&given.len());
    let plain = given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (fits && plain).then(|| given.to_owned())
}

fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_taken_over_only_when_it_is_plain() {
        let read = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
            given_id(&headers)
        };
        assert_eq!(read("abc-1.2_3").as_deref(), Some("abc-1.2_3"));
        for wrong in ["", "a b", "a\"b", "é", &"x".repeat(65)] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    /// T92.
    #[test]
    fn an_unknown_method_has_one_label_whatever_it_is() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
