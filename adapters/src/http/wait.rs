//! Waiting for the end of a process, as the header `Prefer: wait=N` asks.

use std::time::Duration;

use application::ports::process_view::ProcessRow;
use application::queries::QueryError;
use application::reactions::PROCESSES;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::ProcessId;
use domain::rental_card::attempt::Status;
use tokio::time::Instant;

use super::Api;
use super::edge::RequestPermit;
use super::problem::Problem;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// The most seconds that can be waited.
const SECONDS_MAX: u64 = 10;
/// How long it goes without looking by itself: what another process wrote gives no hint.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long the caller would like to wait; zero when nothing was said.
pub(super) struct Prefer {
    seconds: u64,
    turn: RequestPermit,
}

impl Prefer {
    /// The process when it has ended one way or the other by then; none when it has not, or nobody wants to wait. The
    /// command is done already: whatever keeps this from waiting must not look as if it were not.
    pub(super) async fn ended(&self, api: &Api, process: ProcessId) -> Option<ProcessRow> {
        let limit = Duration::from_secs(self.seconds);
        if limit.is_zero() || self.turn.wait_apart(limit).is_err() {
            return None;
        }
        let until = Instant::now() + limit;
        match tokio::time::timeout_at(until, end_of(api, process)).await {
            Ok(Ok(row)) => Some(row),
            Ok(Err(error)) => {
                let cause: &dyn std::error::Error = &error;
                tracing::warn!(cause, "waiting for a process was given up");
                None
            }
            Err(_elapsed) => None,
        }
    }

    /// The answer, saying that the wish was heard.
    pub(super) fn heard(&self, mut answer: Response) -> Response {
        if self.seconds > 0
            && let Ok(applied) = HeaderValue::from_str(&format!("wait={}", self.seconds))
        {
            answer.headers_mut().insert(PREFERENCE_APPLIED, applied);
        }
        answer
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let turn = RequestPermit::from_request_parts(parts, state).await?;
        Ok(Self { seconds: seconds(&parts.headers), turn })
    }
}

async fn end_of(api: &Api, process: ProcessId) -> Result<ProcessRow, QueryError> {
    let (mut here, view) = (api.queries.progress_of_process(process), PROCESSES);
    loop {
        // Read before looking, so that a move in between is not missed.
        let stored = match here.reached() {
            Some(_) => None,
            None => Some(api.queries.progress(&view).await?),
        };
        match api.queries.process_as_seen(process).await? {
            Some(row) if has_ended(row.status) => return Ok(row),
            Some(_) | None => {}
        }
        // A hint that does not come in time only means to look again.
        let moved = async {
            match stored {
                None => here.moved().await,
                Some(reached) => api.queries.progressed(&view, reached).await,
            }
        };
        let _ = tokio::time::timeout(POLL_INTERVAL, moved).await; // it is looked again
    }
}

/// Whether what was asked for has happened or will not; what is still being undone does not matter here.
const fn has_ended(status: Status) -> bool {
    match status {
        Status::Completed | Status::Compensating | Status::Compensated | Status::Resolved => true,
        Status::Started | Status::NeedsReview => false,
    }
}

/// The wish, at most [`SECONDS_MAX`]. A preference that is not understood is passed over, as the standard asks.
fn seconds(headers: &HeaderMap) -> u64 {
    let given = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let mut wishes = given.flat_map(|value| value.split(',')).filter_map(|wish| {
        let (name, value) = wish.split(';').next()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
    });
    wishes.next().and_then(super::query::whole).map_or(0, |seconds| seconds.min(SECONDS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_at_most_ten_seconds_and_what_is_not_understood_is_passed_over() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(PREFER, HeaderValue::from_static(value));
            seconds(&headers)
        };
        assert_eq!((read("wait=5"), read("respond-async, Wait=\"3\""), read("wait=99")), (5, 3, 10));
        for nothing in ["", "wait", "wait=-1", "wait=x", "waiting=5", "wait=1.5"] {
            assert_eq!(read(nothing), 0, "{nothing}");
        }
    }
}
