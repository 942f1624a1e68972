//! Answers that go on for as long as the client likes: how many there may be, how they show life, and when they end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::HttpSettings;
use super::peer::Peer;
use super::problem::{Problem, STOPPING, TOO_BUSY};

/// Asks proxies not to hold events back.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const EVENT_STREAM: &str = "text/event-stream";
/// What a comment says that only shows life.
const HEARTBEAT: &str = "heartbeat";

/// The places there are for streams.
#[derive(Clone)]
pub(super) struct Streams {
    places: Arc<Semaphore>,
    draining: watch::Receiver<bool>,
    heartbeat: Duration,
    peer: Option<Peer>,
}

/// A place for one stream; free again when the stream is dropped.
pub(super) struct StreamPermit {
    _permit: OwnedSemaphorePermit,
    draining: watch::Receiver<bool>,
    heartbeat: Duration,
    peer: Option<Peer>,
}

impl Streams {
    /// As many as the settings allow, until `draining` says that the service is stopping.
    pub(super) fn new(settings: &HttpSettings, draining: watch::Receiver<bool>) -> Self {
        let places = Semaphore::new(settings.streams_max.min(Semaphore::MAX_PERMITS));
        Self { places: Arc::new(places), draining, heartbeat: settings.heartbeat, peer: None }
    }

    /// A place, if one is free.
    pub(super) fn place(&self) -> Result<StreamPermit, Problem> {
        if *self.draining.borrow() {
            return Err(Problem::new(&STOPPING, "the service is stopping and starts no more streams"));
        }
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_none_free| {
            Problem::new(&TOO_BUSY, "as many streams are open as fit; close one, or try again in a second")
        })?;
        metrics::gauge!("rental_http_streams").increment(1.0);
        let Self { draining, heartbeat, peer, .. } = self.clone();
        Ok(StreamPermit { _permit: permit, draining, heartbeat, peer })
    }
}

impl StreamPermit {
    /// Sends events as they come, each when the client has taken those before it, until there are no more or the
    /// service stops.
    pub(super) fn answer(self, events: impl Stream<Item = Event> + Send + 'static) -> Response {
        let mut draining = self.draining.clone();
        // Nobody who could say it is left: that is the end too.
        let stopping = async move { drop(draining.wait_for(|stopping| *stopping).await) };
        let heartbeat = KeepAlive::new().interval(self.heartbeat).text(HEARTBEAT);
        let events = events.take_until(Box::pin(stopping));
        let events = stream::unfold((Box::pin(events), self), |(mut events, mut place)| async {
            let next = select! {
                event = events.next() => event?,
                () = place.probe_due() => Event::default().comment(HEARTBEAT),
            };
            Some((Ok::<_, Infallible>(next), (events, place)))
        });
        let mut answer = Sse::new(events).keep_alive(heartbeat).into_response();
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.headers_mut().insert(BUFFERING, HeaderValue::from_static("no"));
        answer
    }
}

impl StreamPermit {
    /// When a client that has closed its side has to show whether it still reads.
    async fn probe_due(&mut self) {
        match &mut self.peer {
            Some(peer) => peer.probe_due().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        metrics::gauge!("rental_http_streams").decrement(1.0);
    }
}

impl<S: Sync> FromRequestParts<S> for Streams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let streams = parts.extensions.get::<Self>().cloned();
        let streams = streams.ok_or_else(|| Problem::new(&TOO_BUSY, "no streams are served here"))?;
        Ok(Self { peer: Peer::of(&parts.extensions), ..streams })
    }
}

/// Whether the client asks for a stream rather than one answer: of the two media types it names the stream, and first.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut named = accepted.flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next()?.to_ascii_lowercase();
        let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        (!refused && matches!(media.as_str(), EVENT_STREAM | "application/json")).then_some(media)
    });
    named.next().is_some_and(|media| media == EVENT_STREAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_sent_only_to_those_who_name_it_first() {
        let read = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            is_wanted(&headers)
        };
        for wanted in
            ["text/event-stream", "Text/Event-Stream;q=0.9, */*", "text/event-stream, application/json"]
        {
            assert!(read(wanted), "{wanted}");
        }
        for other in ["", "*/*", "text/*", "application/json, text/event-stream", "text/event-stream;q=0"] {
            assert!(!read(other), "{other}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn a_stream_too_many_is_turned_away_until_one_ends() {
        let settings = HttpSettings { streams_max: 1, ..HttpSettings::default() };
        let streams = Streams::new(&settings, watch::channel(false).1);
        let first = streams.place().unwrap();
        assert_eq!(streams.place().err().unwrap().kind().slug, "too-busy");
        drop(first);
        assert!(streams.place().is_ok());
    }

    #[test]
    fn no_stream_is_started_while_the_service_stops() {
        let streams = Streams::new(&HttpSettings::default(), watch::channel(true).1);
        assert_eq!(streams.place().err().unwrap().kind().slug, "stopping");
    }
}
