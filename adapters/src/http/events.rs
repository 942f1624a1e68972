//! The log as an operator reads it.

pub(super) mod causation;
pub(super) mod deliveries;
pub(super) mod live;
pub(super) mod states;

mod document;

use application::ports::event_store::{Position, Recorded, StreamName, TypeName, Version};
use application::queries::EventQuery;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::ProcessId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::current_log::{CurrentLog, InLog};
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::path::PathSegment;
use super::problem::{EVENT_NOT_FOUND, Problem, STREAM_NOT_FOUND};
use super::query::{Parameters, passed_head, whole, wrong};
use super::resumed::{position_of, version_of};
pub(super) use document::EventDocument;

/// What is asked of the log.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(events))
        .routes(routes!(live::live))
        .routes(routes!(event))
        .routes(routes!(stream))
}

const PARAMETERS: [&str; 9] =
    ["after", "before", "type", "stream", "correlation", "limit", "cursor", "minPosition", "logId"];
const TYPE_CHARACTERS_MAX: usize = 100;

/// Which way the log is read.
#[derive(Clone, Copy)]
enum Way {
    /// Upwards, after this position.
    After(u64),
    /// Downwards, newest first, before this position or from the end.
    Before(Option<u64>),
}

/// The log: upwards with `after` (or nothing), newest first with `before` (a position, or empty for the end). A
/// filtered read looks at a bounded piece of the log and gives the cursor to go on with, also when it found nothing
/// there. A position that the log does not reach, and one of another log where `logId` names it, is refused.
#[utoipa::path(get, path = "/v1/events", tag = "log",
    params(("after" = Option<values::Position>, Query, description = "a position; the events after it"),
        ("before" = Option<values::PositionOrEnd>, Query, description = "a position, or nothing for the end of the log; the events before it"),
        ("type" = Option<values::TypeName>, Query),
        ("stream" = Option<values::StreamName>, Query), ("correlation" = Option<values::ProcessId>, Query), ("limit" = Option<values::Limit>, Query),
        ("cursor" = Option<values::Cursor>, Query), ("minPosition" = Option<values::Position>, Query), ("logId" = Option<values::Id>, Query)),
    responses((status = 200, description = "A piece of the log", body = Listed<EventDocument>)))]
pub(super) async fn events(
    State(api): State<Api>,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<EventDocument>>, Problem> {
    let query = Parameters::read(&uri, &PARAMETERS)?;
    let (wanted, limit) = (filters(&query)?, query.limit()?);
    passed_head(&api, log, &query).await?;
    let way = way(&query)?;
    let list = ListName::of("events", (matches!(way, Way::After(_)), &wanted));
    let cursor = match query.text("cursor") {
        Some(cursor) => Some(position_of(&api, &list, cursor).await?),
        None => None,
    };
    let page = match (way, cursor) {
        (Way::After(after), cursor) => {
            let after = cursor.unwrap_or(Position::new(after));
            api.queries.events_after(after, &wanted, limit).await?
        }
        (Way::Before(before), cursor) => {
            api.queries.events_before(cursor.or(before.map(Position::new)), &wanted, limit).await?
        }
    };
    let log = CurrentLog::of(page.log);
    let next = page.next.map(|next| list.in_log(log).cursor_at(next.position.value(), next.event));
    let items = page.events.into_iter().map(EventDocument::of).collect();
    Ok(Json(Listed::with_cursor(items, next).of_log(log)))
}

/// One event.
#[utoipa::path(get, path = "/v1/events/{position}", tag = "log", params(("position" = values::Position, Path)),
    responses(
        (status = 200, description = "The event", body = InLog<EventDocument>),
        (status = 404, description = "event-not-found", body = ProblemBody)))]
pub(super) async fn event(
    State(api): State<Api>,
    position: PathSegment,
) -> Result<Json<InLog<EventDocument>>, Problem> {
    let named = whole(position.text()).filter(|position| i64::try_from(*position).is_ok());
    let found = match named {
        Some(position) => api.queries.event(Position::new(position)).await?,
        None => None,
    };
    match found {
        Some((log, event)) => Ok(Json(CurrentLog::of(log).shows(EventDocument::of(event)))),
        None => Err(no_event()),
    }
}

/// One stream, oldest first.
#[utoipa::path(get, path = "/v1/streams/{name}/events", tag = "log",
    params(("name" = values::StreamName, Path), ("after" = Option<values::Version>, Query, description = "a version; the events after it"),
        ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query), ("minPosition" = Option<values::Position>, Query),
        ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "A piece of the stream", body = Listed<EventDocument>),
        (status = 404, description = "stream-not-found", body = ProblemBody)))]
pub(super) async fn stream(
    State(api): State<Api>,
    name: PathSegment,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<EventDocument>>, Problem> {
    let stream = StreamName::parse(name.text()).ok_or_else(no_stream)?;
    let query = Parameters::read(&uri, &["after", "limit", "cursor", "minPosition", "logId"])?;
    let (limit, list) = (query.limit()?, ListName::of("stream", stream.as_str()).in_log(log));
    passed_head(&api, log, &query).await?;
    let after = match query.text("cursor") {
        Some(cursor) => version_of(&api, &list, &stream, cursor).await?,
        None => Version::new(query.place("after")?.unwrap_or_default()),
    };
    let events = api.queries.stream(&stream, after, limit + 1).await?;
    if events.is_empty() && api.queries.stream(&stream, Version::START, 1).await?.is_empty() {
        return Err(no_stream());
    }
    let cursor = |event: &Recorded| list.cursor_at(event.version.value(), Some(event.id));
    Ok(Json(Listed::of(events, limit, cursor, EventDocument::of).of_log(log)))
}

fn filters(query: &Parameters) -> Result<EventQuery, Problem> {
    let kind = query.parsed("type", |raw| {
        let named = (1..=TYPE_CHARACTERS_MAX).contains(&raw.chars().count());
        if named {
            Ok(TypeName::stored(raw.to_owned()))
        } else {
            Err("it is a type's name, as events show it")
        }
    })?;
    let stream = query
        .parsed("stream", |raw| StreamName::parse(raw).ok_or("it is a stream's name, as events show it"))?;
    let correlation = query.parsed("correlation", str::parse::<ProcessId>)?;
    Ok(EventQuery { kind, stream, correlation })
}

fn way(query: &Parameters) -> Result<Way, Problem> {
    match (query.text("after"), query.text("before")) {
        (Some(_), Some(_)) => Err(wrong("`after` reads upwards and `before` downwards; give one of them")),
        (None, Some("")) => Ok(Way::Before(None)),
        (None, Some(_)) => Ok(Way::Before(query.place("before")?)),
        (Some(_), None) => Ok(Way::After(query.place("after")?.unwrap_or_default())),
        (None, None) => Ok(Way::After(0)),
    }
}

fn no_event() -> Problem {
    let detail = "the log has no event at this position; positions are 1, 2, 3 …";
    Problem::new(&EVENT_NOT_FOUND, detail)
}

fn no_stream() -> Problem {
    Problem::new(&STREAM_NOT_FOUND, "no event was recorded in a stream of this name; /v1/events shows names")
}
