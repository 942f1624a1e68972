//! The log as it grows: server-sent events.

use application::ports::event_store::{Position, Recorded};
use application::queries::Following;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::response::sse::Event;
use futures::{Stream, StreamExt, stream};

use super::super::Api;
use super::super::docs::ProblemBody;
use super::super::problem::Problem;
use super::super::query::{Parameters, whole, wrong};
use super::super::streams::Streams;
use super::document::EventDocument;
use super::filters;

const LAST_EVENT_ID: &str = "last-event-id";

/// The log as it grows, from now on or after a position: `id` is the position, `event` the type, `data` the event. Nothing is
/// left out between the events that were read before and those that come. A client that reconnects says with `Last-Event-ID`
/// where it was, which counts more than `after`.
#[utoipa::path(get, path = "/v1/events/live", tag = "log",
    params(("after" = Option<u64>, Query, description = "a position; now when left out"), ("type" = Option<String>, Query),
        ("stream" = Option<String>, Query), ("correlation" = Option<String>, Query),
        ("last-event-id" = Option<u64>, Header)),
    responses(
        (status = 200, description = "Events until the client or the service has enough; a comment each 15 s shows that it still goes on",
            body = String, content_type = "text/event-stream"),
        (status = 400, description = "invalid-query", body = ProblemBody),
        (status = 503, description = "too-busy, stopping, store-unavailable", body = ProblemBody)))]
pub(in super::super) async fn live(
    State(api): State<Api>,
    streams: Streams,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Parameters::read(&uri, &["after", "type", "stream", "correlation"])?;
    let (wanted, after) = (filters(&query)?, query.place("after")?);
    let after = last_event_id(&headers)?.or(after).map(Position::new);
    let place = streams.place()?;
    let head = api.queries.store.head().await?.position;
    if after.is_some_and(|after| after > head) {
        let detail = format!("the log ends at {head}, before the position to go on after; read it anew");
        return Err(wrong(detail));
    }
    Ok(place.answer(shown(api.queries.follow(after.unwrap_or(head), wanted))))
}

/// Events one by one. A log that cannot be read ends the stream: the client comes back and is told why.
fn shown(following: Following) -> impl Stream<Item = Event> + Send {
    let pieces = stream::unfold(following, |mut following| async {
        match following.next().await {
            Ok(events) => Some((events, following)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream of the log was ended");
                None
            }
        }
    });
    pieces.flat_map(stream::iter).filter_map(|event| std::future::ready(event_of(event)))
}

fn event_of(event: Recorded) -> Option<Event> {
    let (position, kind) = (event.position.to_string(), event.kind.to_string());
    let data = serde_json::to_string(&EventDocument::of(event));
    let data =
        data.inspect_err(|error| tracing::error!(%error, position, "an event cannot be shown")).ok()?;
    // A type's name comes from the store as it stands there; a line break in it would begin another field.
    Some(Event::default().id(position).event(kind.replace(['\r', '\n'], " ")).data(data))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    let (Some(id), another) = (given.next(), given.next()) else { return Ok(None) };
    let position = id.to_str().ok().and_then(whole).filter(|position| i64::try_from(*position).is_ok());
    match (position, another) {
        (Some(position), None) => Ok(Some(position)),
        (_, _) => Err(wrong("Last-Event-ID has to be one position, as the `id` of an event gave it")),
    }
}
