//! What a service answers: a status with a body, or a problem.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

/// An answer that is no problem.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it is the answer to an earlier request with the same key.
    pub replayed: bool,
    /// The body.
    pub body: Bytes,
}

/// A problem, as RFC 9457 has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The status.
    pub status: u16,
    /// The last part of its type.
    pub slug: String,
    /// What was found and what to do.
    pub detail: String,
    /// Whether it is the answer to an earlier request with the same key.
    pub replayed: bool,
    /// What else it says.
    pub more: Map<String, Value>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl Problem {
    /// The problem of an answer with this status. A body that is none, as something between may send it, leaves the
    /// status.
    pub(super) fn of(status: u16, replayed: bool, body: &[u8]) -> Self {
        match serde_json::from_slice::<Document>(body) {
            Ok(Document { kind, title, detail, more }) => {
                let slug = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let detail = if detail.is_empty() { title } else { detail };
                Self { status, slug, detail, replayed, more }
            }
            Err(_no_problem_document) => Self {
                status,
                slug: format!("status-{status}"),
                detail: "the answer does not say why".to_owned(),
                replayed,
                more: Map::new(),
            },
        }
    }

    /// A number that it says beside the rest.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.more.get(name).and_then(Value::as_i64)
    }

    /// A text that it says beside the rest.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.more.get(name).and_then(Value::as_str)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.status, self.slug, self.detail)?;
        // Of which fields it speaks, and what is wrong with each.
        let errors = self.more.get("errors").and_then(Value::as_array);
        for error in errors.into_iter().flatten() {
            let said = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            write!(f, "; `{}` {}", said("field"), said("message"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_with_all_it_says() {
        let body = br#"{"type": "/problems/card-suspended", "title": "t", "status": 409, "detail": "d", "lateFee": 30}"#;
        let problem = Problem::of(409, false, body);
        assert_eq!((problem.slug.as_str(), problem.number("lateFee")), ("card-suspended", Some(30)));
        assert_eq!(problem.to_string(), "409 card-suspended, d");
    }

    #[test]
    fn what_is_wrong_with_each_field_is_said() {
        let body = br#"{"type": "/problems/invalid-fields", "title": "t", "status": 422, "detail": "see `errors`",
            "errors": [{"field": "to", "message": "must be `head`"}, {"field": "reason", "message": "is required"}]}"#;
        let said = Problem::of(422, false, body).to_string();
        assert_eq!(said, "422 invalid-fields, see `errors`; `to` must be `head`; `reason` is required");
    }

    #[test]
    fn an_error_that_is_no_problem_document_keeps_its_status() {
        for body in [&b"<html>"[..], b"", b"{}"] {
            assert_eq!(Problem::of(502, false, body).slug, "status-502");
        }
    }
}
