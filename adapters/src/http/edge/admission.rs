//! AdmissionControl: how many requests may be under way at once, and how long each may take.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::super::problem::{Problem, TOO_BUSY};

/// The turns there are.
#[derive(Clone)]
pub(in super::super) struct AdmissionControl {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    limit: Duration,
}

/// One request's turn; ends when its last clone goes.
#[derive(Clone)]
pub(in super::super) struct RequestPermit {
    place: Arc<Mutex<Allowance>>,
    waiting: Arc<Semaphore>,
}

struct Allowance {
    permit: Option<OwnedSemaphorePermit>,
    end: Instant,
}

impl AdmissionControl {
    /// So many requests at once, so many more that wait for something, and so long for each.
    pub(in super::super) fn new(running: usize, waiting: usize, limit: Duration) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self { running: places(running), waiting: places(waiting), limit }
    }

    /// A turn, if one is free.
    pub(in super::super) fn take(&self) -> Result<RequestPermit, Problem> {
        match Arc::clone(&self.running).try_acquire_owned() {
            Ok(permit) => Ok(self.turn(Some(permit))),
            Err(_none_free) => Err(too_busy()),
        }
    }

    /// A turn for what has to be answered under load too.
    pub(in super::super) fn uncounted(&self) -> RequestPermit {
        self.turn(None)
    }

    fn turn(&self, permit: Option<OwnedSemaphorePermit>) -> RequestPermit {
        let place = Allowance { permit, end: Instant::now() + self.limit };
        RequestPermit { place: Arc::new(Mutex::new(place)), waiting: Arc::clone(&self.waiting) }
    }
}

impl RequestPermit {
    /// Goes over to those that wait for something: the turn lasts so much longer, and its place is free for others.
    pub(in super::super) fn wait_apart(&self, longer: Duration) -> Result<(), Problem> {
        let permit = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_none_free| too_busy())?;
        let mut place = self.place();
        place.permit = Some(permit);
        place.end += longer;
        Ok(())
    }

    /// When it ends.
    pub(super) fn end(&self) -> Instant {
        self.place().end
    }

    fn place(&self) -> MutexGuard<'_, Allowance> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestPermit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(too_busy)
    }
}

fn too_busy() -> Problem {
    Problem::new(
        &TOO_BUSY,
        "as many requests are under way as fit; this one did nothing, send it again in a second",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_too_many_is_turned_away_until_one_ends_or_waits_apart() {
        let turns = AdmissionControl::new(1, 1, Duration::from_secs(10));
        let first = turns.take().unwrap();
        assert_eq!(turns.take().err().unwrap().kind().slug, "too-busy");
        first.wait_apart(Duration::from_secs(1)).unwrap();
        let second = turns.take().unwrap();
        assert!(second.wait_apart(Duration::from_secs(1)).is_err());
        drop(second);
        assert!(turns.take().is_ok());
    }
}
