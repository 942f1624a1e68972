//! What stands in a path: ids that are read by their rule; one that breaks it names nothing.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::{BookNo, InvalidValue, MemberId, ProcessId};

use super::problem::{
    BOOK_NOT_FOUND, CARD_NOT_FOUND, MEMBER_NOT_FOUND, NOT_FOUND, PROCESS_NOT_FOUND, Problem, ProblemKind,
};
use super::query::whole;

/// The one variable part of a path.
pub(super) struct PathSegment(String);

impl PathSegment {
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
        let nothing = |broken: InvalidValue| nothing(&BOOK_NOT_FOUND, &broken);
        let written = InvalidValue::Malformed { what: "the number of a book in a path", form: "12" };
        let number = whole(&self.0).and_then(|number| i64::try_from(number).ok());
        BookNo::parse(number.ok_or(written).map_err(nothing)?).map_err(nothing)
    }

    /// The process it names.
    pub(super) fn process(&self) -> Result<ProcessId, Problem> {
        self.0.parse().map_err(|broken| nothing(&PROCESS_NOT_FOUND, &broken))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathSegment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) =
            read.map_err(|_| Problem::new(&NOT_FOUND, "the path is not UTF-8; nothing has this name"))?;
        Ok(Self(text))
    }
}

fn nothing(kind: &'static ProblemKind, broken: &InvalidValue) -> Problem {
    Problem::new(kind, format!("nothing has such a name: {broken}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_not_said_to_be_zero() {
        for wrong in ["1e1", "", "-1", "+1", "0x1", "１", "99999999999999999999", "9223372036854775808"] {
            let problem = PathSegment(wrong.to_owned()).book().unwrap_err();
            let said = format!("{problem:?}");
            assert!(said.contains("must look like `12`") && !said.contains("this is 0"), "{wrong}: {said}");
        }
        assert_eq!(PathSegment("12".to_owned()).book().unwrap().value(), 12);
        let zero = format!("{:?}", PathSegment("0".to_owned()).book().unwrap_err());
        assert!(zero.contains("between 1 and 9007199254740991, and this is 0"), "{zero}");
    }
}
