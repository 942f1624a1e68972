//! Problems: what a request is answered when it cannot be done, as RFC 9457 documents.

mod actions;
mod catalogue;
mod page;
mod refusals;
mod troubles;

use std::error::Error;
use std::fmt::Display;

use application::processing::cause_of;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

pub(super) use catalogue::{
    CONTENDED, DEAD_LETTER_NOT_FOUND, EVENT_NOT_FOUND, EVENT_TOO_LARGE, FOREIGN_HOST, FOREIGN_ORIGIN,
    FOREIGN_POSITION, IDEMPOTENCY_KEY_REUSED, INTERNAL, INVALID_CURSOR, INVALID_FIELDS, INVALID_HOST,
    INVALID_IDEMPOTENCY_KEY, INVALID_IF_MATCH, INVALID_QUERY, METHOD_NOT_ALLOWED, NOT_FOUND, NOT_SERVED_HERE,
    OUTCOME_UNKNOWN, PAYLOAD_TOO_LARGE, PROCESS_NOT_FOUND, PROCESSOR_NOT_FOUND, ProblemKind, STOPPING,
    STORE_UNAVAILABLE, STREAM_NOT_FOUND, STREAM_UNREADABLE, TIMED_OUT, TOO_BUSY, UNKNOWN_FIELD,
    UNREADABLE_BODY, UNSUPPORTED_MEDIA_TYPE, VERSION_MISMATCH, VIEW_BEHIND, VIEW_OF_ANOTHER_LOG,
};
pub(super) use page::page;
pub(super) use refusals::{
    BOOK_NOT_FOUND, CARD_NOT_FOUND, CLEARING_REFUSED, MEMBER_NOT_FOUND, RENTAL_CANCELLED, RETURN_CANCELLED,
};
pub(super) use troubles::displaced_detail;

/// The media type of a problem.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Every kind of problem.
pub(super) fn all() -> impl Iterator<Item = &'static ProblemKind> {
    catalogue::KINDS.iter().chain(refusals::KINDS).chain(actions::KINDS).copied()
}

/// One problem that a request met.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    kind: &'static ProblemKind,
    detail: String,
    extensions: Map<String, Value>,
    cause: Option<Box<str>>,
}

impl Problem {
    /// A problem of this kind; `detail` says what was found and what to do.
    pub(super) fn new(kind: &'static ProblemKind, detail: impl Display) -> Self {
        Self { kind, detail: detail.to_string(), extensions: Map::new(), cause: None }
    }

    /// The same with one more member of the document.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// The same with the chain of errors behind it: for the log, never for the answer.
    pub(super) fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        self.cause = Some(cause_of(error).into_boxed_str());
        self
    }

    /// Its kind.
    pub(super) const fn kind(&self) -> &'static ProblemKind {
        self.kind
    }

    /// The chain of errors behind it, if there are any.
    pub(super) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The answer, for the request with this id.
    pub(super) fn answer(&self, request_id: &str) -> Response {
        let mut document = json!({
            "type": self.kind.path(),
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": request_id,
        });
        if let Value::Object(members) = &mut document {
            members.extend(self.extensions.clone());
        }
        let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        let mut response = (self.kind.code(), [content_type], document.to_string()).into_response();
        if self.kind.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Only the edge knows the request's id, so the problem travels to it inside an empty answer.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.code().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_of_problem_has_a_name_of_its_own_and_a_status_of_an_error() {
        let slugs: BTreeSet<&str> = all().map(|kind| kind.slug).collect();
        assert_eq!(slugs.len(), all().count());
        assert!(all().all(|kind| (400..=599).contains(&kind.status)));
    }

    #[test]
    fn a_cause_that_stands_in_the_text_before_it_is_said_once() {
        let broken = axum::Error::new(std::io::Error::other("connection reset"));
        let problem = Problem::new(&UNREADABLE_BODY, "the body broke off").caused_by(&broken);
        assert_eq!(problem.cause(), Some("connection reset"));
    }

    #[test]
    fn the_causes_of_a_problem_are_not_in_its_answer() {
        let cause = std::io::Error::other("password=hunter2");
        let problem = Problem::defect(&cause);
        assert_eq!(problem.cause(), Some("password=hunter2"));
        assert!(!format!("{:?}", problem.answer("r-1").body()).contains("hunter2"));
    }
}
