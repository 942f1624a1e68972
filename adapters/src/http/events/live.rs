//! The log as it grows: server-sent events.

use application::ports::event_store::{EventId, Head, LogId, Position, Recorded};
use application::ports::message_source::Token;
use application::queries::{Following, QueryError};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::response::sse::Event;
use futures::{Stream, StreamExt, stream};

use super::super::Api;
use super::super::current_log::{CurrentLog, foreign};
use super::super::docs::{ProblemBody, values};
use super::super::problem::Problem;
use super::super::query::{Parameters, whole, wrong};
use super::super::streams::Streams;
use super::document::EventDocument;
use super::filters;

const LAST_EVENT_ID: &str = "last-event-id";

/// Where a client was: a position, and if an event of this stream said it, which event of which log stood there.
struct LastSeen {
    position: u64,
    mark: Option<(LogId, EventId)>,
}

/// The log as it grows, from now on or after a position: `id` is the position, the log's id and the event's, `event`
/// the type, `data` the event. Nothing is left out between the events that were read before and those that come. A
/// client that reconnects says with `Last-Event-ID` where it was, which counts more than `after`; where the log has
/// another event by then, it is refused.
#[utoipa::path(get, path = "/v1/events/live", tag = "log",
    params(("after" = Option<u64>, Query, description = "a position; now when left out"), ("type" = Option<String>, Query),
        ("stream" = Option<String>, Query), ("correlation" = Option<String>, Query), ("logId" = Option<values::Id>, Query),
        ("last-event-id" = Option<String>, Header, description = "the `id` of an event as it was sent, or a position")),
    responses(
        (status = 200, description = "Events until the client or the service has enough; a comment each 15 s shows that it still goes on",
            body = String, content_type = "text/event-stream"),
        (status = 400, description = "invalid-query, foreign-position", body = ProblemBody),
        (status = 503, description = "too-busy, stopping, store-unavailable", body = ProblemBody)))]
pub(in super::super) async fn live(
    State(api): State<Api>,
    log: CurrentLog,
    streams: Streams,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Parameters::read(&uri, &["after", "type", "stream", "correlation", "logId"])?;
    log.admit(&query)?;
    let (wanted, after) = (filters(&query)?, query.place("after")?);
    let after = last_event_id(&headers)?.or(after.map(|position| LastSeen { position, mark: None }));
    let place = streams.place()?;
    let from = match after {
        Some(seen) => resumed(&api, seen).await?,
        None => {
            let Head { log, position, event } = api.queries.head().await?;
            Token { log, position, event }
        }
    };
    Ok(place.answer(shown(api.queries.follow(from, wanted))))
}

/// The place to go on after, if the log has it, and has there what the client saw.
async fn resumed(api: &Api, seen: LastSeen) -> Result<Token, Problem> {
    let position = Position::new(seen.position);
    let Some(token) = api.queries.token_at(position).await? else {
        let head = api.queries.head().await?.position;
        return Err(QueryError::BeyondHead { position, head }.into());
    };
    match seen.mark {
        Some((log, event)) if (log, Some(event)) != (token.log, token.event) => {
            Err(foreign(CurrentLog::of(token.log)))
        }
        Some(_) | None => Ok(token),
    }
}

/// Events one by one. A log that cannot be read ends the stream: the client comes back and is told why.
fn shown(following: Following) -> impl Stream<Item = Event> + Send {
    let pieces = stream::unfold(following, |mut following| async {
        match following.next().await {
            Ok(events) => {
                let log = CurrentLog::of(following.log());
                let events: Vec<_> = events.into_iter().map(|event| (log, event)).collect();
                Some((events, following))
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream of the log was ended");
                None
            }
        }
    });
    pieces.flat_map(stream::iter).filter_map(|(log, event)| std::future::ready(event_of(log, event)))
}

fn event_of(log: CurrentLog, event: Recorded) -> Option<Event> {
    let position = event.position;
    let id = format!("{position}:{}:{}", log.id(), event.id);
    let kind = event.kind.to_string();
    let data = serde_json::to_string(&log.shows(EventDocument::of(event)));
    let data =
        data.inspect_err(|error| tracing::error!(%error, %position, "an event cannot be shown")).ok()?;
    // A type's name comes from the store as it stands there; a line break in it would begin another field.
    Some(Event::default().id(id).event(kind.replace(['\r', '\n'], " ")).data(data))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<LastSeen>, Problem> {
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    let (Some(id), another) = (given.next(), given.next()) else { return Ok(None) };
    match (id.to_str().ok().and_then(last_seen), another) {
        (Some(seen), None) => Ok(Some(seen)),
        (_, _) => Err(wrong("Last-Event-ID has to be the `id` that an event was sent with, or a position")),
    }
}

/// Reads `position:log:event`, or a position alone, as earlier versions sent it.
fn last_seen(id: &str) -> Option<LastSeen> {
    let mut parts = id.split(':');
    let position = whole(parts.next()?).filter(|position| i64::try_from(*position).is_ok())?;
    let mark = match (parts.next(), parts.next(), parts.next()) {
        (None, None, None) => None,
        (Some(log), Some(event), None) => {
            Some((LogId::new(log.parse().ok()?), EventId::new(event.parse().ok()?)))
        }
        (_, _, _) => return None,
    };
    Some(LastSeen { position, mark })
}
