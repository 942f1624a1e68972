//! What every request passes first and every answer last: an id, a look at its host, its body, a turn, a limit, a catch
//! for panics, headers, a count.

mod admission;
mod bodies;
mod host;
mod seen;
mod turned_away;

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use application::monitoring::CommandTimes;
use application::ports::Ids;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use thiserror::Error;

use super::problem::{Problem, TIMED_OUT};
pub(super) use admission::{AdmissionControl, RequestPermit};
pub(super) use bodies::{Arrived, Bodies};
pub(super) use host::Hosts;
use seen::SeenRequest;
pub(super) use turned_away::TurnedAway;

/// What the edge needs.
#[derive(Clone)]
pub(super) struct Edge {
    /// Ids of requests.
    pub(super) ids: Arc<dyn Ids>,
    /// Under which names the service is asked for.
    pub(super) hosts: Hosts,
    /// How many bodies may be on their way.
    pub(super) bodies: Bodies,
    /// How many requests may be under way.
    pub(super) turns: AdmissionControl,
    /// How many were turned away.
    pub(super) turned_away: TurnedAway,
    /// How long commands take.
    pub(super) times: CommandTimes,
}

/// Lets a request through to its handler, and dresses the answer.
pub(super) async fn pass(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let seen = SeenRequest::of(&request, &*edge.ids);
    let waiting = seen.waiting();
    let answer = match edge.hosts.admit(&request) {
        Ok(()) if seen.is_counted() => edge.in_turn(request, next).await,
        Ok(()) => within(&edge.turns.uncounted(), request, next).await,
        Err(problem) => problem.into_response(),
    };
    waiting.end();
    if let Some(time) = seen.time_of_command() {
        edge.times.answered_after(time);
    }
    seen.finish(answer, &edge.turned_away)
}

impl Edge {
    /// The answer to a request that counts: its turn begins when its body is there.
    async fn in_turn(&self, request: Request, next: Next) -> Response {
        let request = self.bodies.read(request).await;
        match self.turns.take() {
            Ok(turn) => within(&turn, request, next).await,
            Err(problem) => problem.into_response(),
        }
    }
}

/// The answer of the handler in this turn.
async fn within(turn: &RequestPermit, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(turn.clone());
    before_the_end(turn, next.run(request)).await
}

/// The answer of a handler, unless it takes longer than its turn lasts, or panics.
async fn before_the_end(turn: &RequestPermit, handling: impl Future<Output = Response>) -> Response {
    let handling = AssertUnwindSafe(handling).catch_unwind();
    tokio::pin!(handling);
    loop {
        let end = turn.end();
        match tokio::time::timeout_at(end, &mut handling).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(panic)) => return Problem::defect(&HandlerPanicked(said(&*panic))).into_response(),
            Err(_elapsed) if turn.end() > end => {}
            Err(_elapsed) => return timed_out().into_response(),
        }
    }
}

fn timed_out() -> Problem {
    Problem::new(
        &TIMED_OUT,
        "no answer in time; a command may be done all the same, so send it again with the same Idempotency-Key",
    )
}

#[derive(Debug, Error)]
#[error("a handler panicked: {0}")]
struct HandlerPanicked(String);

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a text".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn slug(answer: &Response) -> &'static str {
        answer.extensions().get::<Problem>().unwrap().kind().slug
    }

    #[tokio::test]
    async fn a_panic_is_answered_as_a_defect_and_its_text_goes_to_the_log_only() {
        let turn = AdmissionControl::new(1, 1, Duration::from_secs(10)).take().unwrap();
        let answer = before_the_end(&turn, async { panic!("secret") }).await;
        let problem = answer.extensions().get::<Problem>().unwrap();
        assert_eq!((slug(&answer), problem.cause()), ("internal", Some("a handler panicked: secret")));
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up() {
        let turn = AdmissionControl::new(1, 1, Duration::from_millis(1)).take().unwrap();
        assert_eq!(slug(&before_the_end(&turn, std::future::pending()).await), "timed-out");
    }

    #[tokio::test]
    async fn a_wait_that_was_asked_for_has_a_limit_of_its_own() {
        let turn = AdmissionControl::new(1, 1, Duration::from_millis(1)).take().unwrap();
        let first = turn.end();
        let slow = async {
            turn.wait_apart(Duration::from_secs(60)).unwrap();
            let never = std::future::pending::<()>();
            tokio::time::timeout_at(first + Duration::from_millis(5), never).await.unwrap_err();
            Response::default()
        };
        assert_eq!(before_the_end(&turn, slow).await.status(), 200);
    }
}
