//! What changes, for those who watch: one stream for all that a screen shows.

use std::collections::{BTreeSet, VecDeque};
use std::error::Error;

use application::ports::event_store::{LogId, Position};
use application::queries::QueryError;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::response::sse::Event;
use futures::{Stream, stream};

use super::super::Api;
use super::super::docs::ProblemBody;
use super::super::health::RecentChecks;
use super::super::problem::Problem;
use super::super::query::{Parameters, whole, wrong};
use super::super::streams::Streams;
use super::changes::{Changes, Place};

const LAST_EVENT_ID: &str = "last-event-id";

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LiveTopic {
    Overview,
    Processors,
    Events,
    Processes,
    DeadLetters,
    Audit,
}

impl LiveTopic {
    const ALL: [Self; 6] =
        [Self::Overview, Self::Processors, Self::Events, Self::Processes, Self::DeadLetters, Self::Audit];

    /// What it is called in the query, and as the type of what is sent.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Processors => "processors",
            Self::Events => "events",
            Self::Processes => "processes",
            Self::DeadLetters => "dead-letters",
            Self::Audit => "audit",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// What changes, at most once a second for each topic: `overview` (as `/v1/overview`, with the newest point of its series
/// only) and `processors` (as `/v1/processors`) when they say something else than before, first at once; `events` with
/// what was appended, without payloads, the newest 200 of each second, and how many were left out (`skipped`);
/// `processes`, `dead-letters` and `audit` with `changed`: the list is to be asked for again. `id` says how far the log
/// was then; a client that comes back with it as `Last-Event-ID` is told of the events since.
#[utoipa::path(get, path = "/v1/live", tag = "health",
    params(("topics" = Option<String>, Query, description = "names of topics with commas between them; all when left out"),
        ("last-event-id" = Option<String>, Header, description = "the `id` of what was sent last")),
    responses(
        (status = 200, description = "Changes until the client or the service has enough; a comment each 15 s shows that it still goes on",
            body = String, content_type = "text/event-stream"),
        (status = 400, description = "invalid-query", body = ProblemBody),
        (status = 503, description = "too-busy, stopping, store-unavailable", body = ProblemBody)))]
pub(in super::super) async fn live(
    State(api): State<Api>,
    recent: RecentChecks,
    streams: Streams,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Parameters::read(&uri, &["topics"])?;
    let topics = topics(&query)?;
    let seen = last_seen(&headers)?;
    let permit = streams.place()?;
    let place = place(&api, seen).await?;
    Ok(permit.answer(sent(Changes::after(place, topics, api, recent))))
}

fn topics(query: &Parameters) -> Result<BTreeSet<LiveTopic>, Problem> {
    let Some(names) = query.text("topics") else { return Ok(LiveTopic::ALL.into()) };
    let known = || LiveTopic::ALL.map(LiveTopic::name).join(", ");
    let named = |name: &str| {
        LiveTopic::named(name)
            .ok_or_else(|| wrong(format!("`topics` has a name that is not known; known are {}", known())))
    };
    names.split(',').map(named).collect()
}

fn last_seen(headers: &HeaderMap) -> Result<Option<Place>, Problem> {
    let Some(given) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let read = || {
        let (position, log) = given.to_str().ok()?.split_once(':')?;
        let position = whole(position).filter(|position| i64::try_from(*position).is_ok())?;
        Some(Place { log: LogId::new(log.parse().ok()?), position: Position::new(position) })
    };
    match read() {
        Some(place) => Ok(Some(place)),
        None => Err(wrong("Last-Event-ID has to be the `id` of what was sent last on this stream")),
    }
}

/// Where the client was; of another log than this one, or beyond its end, that says nothing.
async fn place(api: &Api, seen: Option<Place>) -> Result<Place, QueryError> {
    let head = api.queries.head().await?;
    let here = Place { log: head.log, position: head.position };
    Ok(seen.filter(|seen| seen.log == here.log && seen.position <= here.position).unwrap_or(here))
}

/// What is sent, one after the other. When it cannot be found out what has changed, the stream ends: the client comes back
/// and is told why.
fn sent(changes: Changes) -> impl Stream<Item = Event> + Send {
    stream::unfold((changes, VecDeque::new()), |(mut changes, mut ready)| async {
        loop {
            if let Some(event) = ready.pop_front() {
                return Some((event, (changes, ready)));
            }
            match changes.next().await {
                Ok(Some(events)) => ready.extend(events),
                Ok(None) => return None,
                Err(problem) => {
                    let cause = problem.cause();
                    tracing::warn!(cause, "a stream of changes was ended");
                    return None;
                }
            }
        }
    })
}

/// What is sent about a topic.
pub(super) fn event(topic: LiveTopic, place: Place, data: &impl serde::Serialize) -> Result<Event, Problem> {
    let data = serde_json::to_string(data).map_err(|error| Problem::defect(&error as &dyn Error))?;
    let id = format!("{}:{}", place.position, place.log);
    Ok(Event::default().id(id).event(topic.name()).data(data))
}
