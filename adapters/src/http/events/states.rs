//! Time travel: how a stream stood, and what its events changed.

use application::codec::Aggregate;
use application::operations::Operations;
use application::ports::event_store::{StreamName, Version};
use application::queries::{ChangedField, PastState, StateAt, StateChange};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::current_log::{CurrentLog, InLog};
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::{Problem, STREAM_NOT_FOUND};
use super::super::query::{Parameters, wrong};
use super::no_stream;

/// What is asked of past states.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(state))
}

/// How a stream stood.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StreamState)]
pub(in super::super) struct StateDocument {
    /// The version that it had then; 0 before its first event.
    version: u64,
    /// The version that it has now.
    head_version: u64,
    /// When the last event of it had happened.
    at: Option<String>,
    /// The state, in the form of its snapshots; null before its first event.
    #[schema(value_type = Option<Object>)]
    state: Value,
    /// What the last events before that changed, oldest first.
    changes: Vec<ChangeDocument>,
}

/// What one event changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StateChange)]
struct ChangeDocument {
    version: u64,
    position: u64,
    #[serde(rename = "type")]
    kind: String,
    at: String,
    changed: Vec<FieldDocument>,
}

/// A field that an event changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangedField)]
struct FieldDocument {
    /// Where it stands in the state: a JSON pointer.
    path: String,
    /// Null where there was none.
    before: Value,
    /// Null where there is none any more.
    after: Value,
}

/// How a stream stood at a version or a time, or stands now, with what its last `limit` events changed.
#[utoipa::path(get, path = "/v1/streams/{name}/state", tag = "log",
    params(("name" = values::StreamName, Path),
        ("version" = Option<values::Version>, Query, description = "as it was with this version"),
        ("at" = Option<values::Moment>, Query, description = "as it was at this time"),
        ("limit" = Option<values::Limit>, Query, description = "of how many events it is said what they changed")),
    responses(
        (status = 200, description = "The state", body = InLog<StateDocument>),
        (status = 404, description = "stream-not-found", body = ProblemBody)))]
pub(in super::super) async fn state(
    State(api): State<Api>,
    name: PathSegment,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<InLog<StateDocument>>, Problem> {
    let query = Parameters::read(&uri, &["version", "at", "limit"])?;
    let limit = query.limit()?;
    let at = match (query.text("version"), query.text("at")) {
        (None, None) => StateAt::Now,
        (Some(_), None) => StateAt::Version(Version::new(query.place("version")?.unwrap_or_default())),
        (None, Some(time)) => StateAt::Time(
            time.parse::<Timestamp>()
                .map_err(|_unreadable| wrong("`at` has to be a time such as 2026-03-02T08:15:30Z"))?,
        ),
        (Some(_), Some(_)) => return Err(wrong("`version` and `at` cannot both be given; choose one")),
    };
    let stream = StreamName::parse(name.text()).ok_or_else(no_stream)?;
    let found = api.queries.state_at(&stream, at, limit).await?.ok_or_else(|| no_state(&stream))?;
    Ok(Json(log.shows(StateDocument::of(found))))
}

fn no_state(stream: &StreamName) -> Problem {
    let is_of_operators = stream.as_str().starts_with(Operations::CATEGORY);
    let detail =
        "what operators did has no state; /v1/audit lists it, and /v1/streams/{name}/events its events";
    if is_of_operators { Problem::new(&STREAM_NOT_FOUND, detail) } else { no_stream() }
}

impl StateDocument {
    fn of(found: PastState) -> Self {
        Self {
            version: found.version.value(),
            head_version: found.head.value(),
            at: found.at.map(|at| at.to_string()),
            state: found.state,
            changes: found.changes.into_iter().map(ChangeDocument::of).collect(),
        }
    }
}

impl ChangeDocument {
    fn of(change: StateChange) -> Self {
        Self {
            version: change.version.value(),
            position: change.position.value(),
            kind: change.kind.to_string(),
            at: change.at.to_string(),
            changed: change.changed.into_iter().map(FieldDocument::of).collect(),
        }
    }
}

impl FieldDocument {
    fn of(ChangedField { path, before, after }: ChangedField) -> Self {
        Self { path, before, after }
    }
}
