//! What stands in a path: ids that are read by their rule; one that breaks it names nothing.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::{BookNo, InvalidValue, MemberId, ProcessId};

use super::problem::{
    BOOK_NOT_FOUND, CARD_NOT_FOUND, Kind, MEMBER_NOT_FOUND, NOT_FOUND, PROCESS_NOT_FOUND, Problem,
};
use super::query::whole;

/// The one variable part of a path.
pub(super) struct Segment(String);

impl Segment {
    /// The text, decoded.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The member it names.
    pub(super) fn member(&self) -> Result<MemberId, Problem> {
        MemberId::parse(&self.0).map_err(|broken| nothing(&MEMBER_NOT_FOUND, &broken))
    }

    /// The member whose card it names.
    pub(super) fn card(&self) -> Result<MemberId, Problem> {
        MemberId::parse(&self.0).map_err(|broken| nothing(&CARD_NOT_FOUND, &broken))
    }

    /// The book it names.
    pub(super) fn book(&self) -> Result<BookNo, Problem> {
        let number = whole(&self.0).and_then(|number| i64::try_from(number).ok()).unwrap_or_default();
        BookNo::parse(number).map_err(|broken| nothing(&BOOK_NOT_FOUND, &broken))
    }

    /// The process it names.
    pub(super) fn process(&self) -> Result<ProcessId, Problem> {
        self.0.parse().map_err(|broken| nothing(&PROCESS_NOT_FOUND, &broken))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) =
            read.map_err(|_| Problem::new(&NOT_FOUND, "the path is not UTF-8; nothing has this name"))?;
        Ok(Self(text))
    }
}

fn nothing(kind: &'static Kind, broken: &InvalidValue) -> Problem {
    Problem::new(kind, format!("nothing has such a name: {broken}"))
}
