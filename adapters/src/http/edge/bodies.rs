//! Bodies of requests: read to their end before the request takes its turn, so that whoever sends one slowly keeps
//! nobody else from being served; within limits of their own.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::problem::{PAYLOAD_TOO_LARGE, Problem, TIMED_OUT, TOO_BUSY, UNREADABLE_BODY};

/// The most bytes of a body: 64 KiB.
pub(in super::super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// How many bodies may be on their way at once, how much of them is kept, and how long each may take.
#[derive(Clone)]
pub(in super::super) struct Bodies {
    places: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    limit: Duration,
}

/// A body that has come to its end, or why it has not: whoever wants the body has to say so, after what is wrong
/// besides.
#[derive(Clone)]
pub(in super::super) struct Arrived(pub(in super::super) Result<Bytes, Problem>);

impl Bodies {
    /// So many at once, so many bytes of them, and so long for each.
    pub(in super::super) fn new(places: usize, bytes: usize, limit: Duration) -> Self {
        let room = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self { places: room(places), bytes: room(bytes), limit }
    }

    /// The request with its body read, where it is of a kind that has one.
    pub(super) async fn read(&self, request: Request) -> Request {
        if !matches!(*request.method(), Method::POST | Method::DELETE) {
            return request;
        }
        let (mut parts, body) = request.into_parts();
        let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let too_much = |length: u64| length > BODY_BYTES_MAX as u64;
        let arrived = if announced.and_then(|length| length.parse().ok()).is_some_and(too_much) {
            Err(too_large())
        } else {
            self.within_limits(body).await
        };
        parts.extensions.insert(Arrived(arrived));
        Request::from_parts(parts, Body::empty())
    }

    async fn within_limits(&self, body: Body) -> Result<Bytes, Problem> {
        if body.is_end_stream() {
            return Ok(Bytes::new()); // nothing comes, so nobody waits for it
        }
        let _place = Arc::clone(&self.places).try_acquire_owned().map_err(|_none_free| too_busy())?;
        tokio::time::timeout(self.limit, self.whole(body)).await.unwrap_or_else(|_elapsed| {
            let detail =
                format!("the body did not come to its end within {:?}; this request did nothing", self.limit);
            Err(Problem::new(&TIMED_OUT, detail))
        })
    }

    async fn whole(&self, mut body: Body) -> Result<Bytes, Problem> {
        let (mut read, mut room) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
        while let Some(frame) = body.frame().await {
            // What is no data is trailers, which say nothing here.
            let Ok(data) = frame.map_err(|error| broken_off(&error))?.into_data() else { continue };
            if read.len() + data.len() > BODY_BYTES_MAX {
                return Err(too_large());
            }
            let taken = self.room_for(data.len())?;
            match &mut room {
                Some(room) => room.merge(taken),
                None => room = Some(taken),
            }
            read.extend_from_slice(&data);
        }
        Ok(read.freeze())
    }

    fn room_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let bytes = u32::try_from(bytes).map_err(|_beyond_any_body| too_large())?;
        Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_none_left| too_busy())
    }
}

fn too_busy() -> Problem {
    let detail =
        "as many bodies are on their way as fit; this request did nothing, send it again in a second";
    Problem::new(&TOO_BUSY, detail)
}

fn too_large() -> Problem {
    let detail = format!("a body may have at most {BODY_BYTES_MAX} bytes, and this has more; send less");
    Problem::new(&PAYLOAD_TOO_LARGE, detail)
}

fn broken_off(error: &axum::Error) -> Problem {
    Problem::new(&UNREADABLE_BODY, "the body broke off before its end; send it again").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bodies: &Bodies, body: Body) -> Result<Bytes, &'static str> {
        let request = Request::builder().method(Method::POST).body(body).unwrap();
        let request = bodies.read(request).await;
        let Arrived(arrived) = request.extensions().get::<Arrived>().unwrap().clone();
        arrived.map_err(|problem| problem.kind().slug)
    }

    fn pieces(pieces: Vec<&'static str>) -> Body {
        Body::from_stream(futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)))
    }

    fn endless() -> Body {
        Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>())
    }

    #[tokio::test]
    async fn a_body_is_read_whole_however_it_is_cut() {
        let bodies = Bodies::new(1, 10, Duration::from_secs(10));
        for cut in [vec!["abc", "", "def"], vec!["abcdef"], vec!["a", "bcdef"]] {
            assert_eq!(read(&bodies, pieces(cut)).await.unwrap(), "abcdef");
        }
        assert_eq!(read(&bodies, Body::empty()).await.unwrap(), "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_a_body_needs_no_place() {
        let bodies = Bodies::new(1, 10, Duration::from_secs(10));
        let (slow, meanwhile) = tokio::join!(read(&bodies, endless()), read(&bodies, Body::empty()));
        assert_eq!((slow, meanwhile), (Err("timed-out"), Ok(Bytes::new())));
    }

    #[tokio::test]
    async fn more_bytes_than_are_kept_of_all_together_are_turned_away_and_given_back() {
        let bodies = Bodies::new(9, 10, Duration::from_secs(10));
        for _ in 0..3 {
            assert_eq!(read(&bodies, pieces(vec!["abcdef", "ghijk"])).await, Err("too-busy"));
            assert_eq!(read(&bodies, pieces(vec!["abcdef", "ghij"])).await.unwrap(), "abcdefghij");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_gives_its_place_back_in_time() {
        let bodies = Bodies::new(1, 10, Duration::from_secs(10));
        let (slow, meanwhile) = tokio::join!(read(&bodies, endless()), read(&bodies, pieces(vec!["a"])));
        assert_eq!((slow, meanwhile), (Err("timed-out"), Err("too-busy")));
        assert!(read(&bodies, pieces(vec!["a"])).await.is_ok());
    }

    #[tokio::test]
    async fn a_request_of_another_kind_keeps_its_body() {
        let bodies = Bodies::new(0, 0, Duration::ZERO);
        let request = bodies.read(Request::builder().body(Body::from("abc")).unwrap()).await;
        assert!(request.extensions().get::<Arrived>().is_none());
    }
}
