//! What an event follows from, and what followed from it.

use application::ports::event_store::Position;
use application::queries::CausedEvent;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::current_log::{CurrentLog, InLog};
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::super::query::whole;
use super::document::EventDocument;
use super::no_event;

/// What is asked of causes.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(causation))
}

/// Events that belong together.
#[derive(Serialize, ToSchema)]
#[schema(as = Causation)]
pub(in super::super) struct CausationDocument {
    /// In the order of the log.
    events: Vec<CausedDocument>,
    /// Whether these are all that this log has of them: 200 are shown at most.
    whole: bool,
}

/// An event, and what it follows from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CausedEvent)]
struct CausedDocument {
    #[serde(flatten)]
    event: EventDocument,
    /// Where the event stands that it follows from; null for one that somebody asked for, or that follows from an event
    /// of another service's log.
    caused_by: Option<u64>,
}

/// What the event at a position follows from and what followed from it: of an attempt all of it; else what followed from
/// this event. Found by the ids of commands, so the length of the log makes no difference.
#[utoipa::path(get, path = "/v1/events/{position}/causation", tag = "log",
    params(("position" = values::Position, Path)),
    responses(
        (status = 200, description = "The events", body = InLog<CausationDocument>),
        (status = 404, description = "event-not-found", body = ProblemBody)))]
pub(in super::super) async fn causation(
    State(api): State<Api>,
    position: PathSegment,
) -> Result<Json<InLog<CausationDocument>>, Problem> {
    let named = whole(position.text()).filter(|position| i64::try_from(*position).is_ok());
    let position = named.map(Position::new).ok_or_else(no_event)?;
    let found = api.queries.causation(position).await?.ok_or_else(no_event)?;
    let events = found.events.into_iter().map(CausedDocument::of).collect();
    Ok(Json(CurrentLog::of(found.log).shows(CausationDocument { events, whole: found.is_whole })))
}

impl CausedDocument {
    fn of(caused: CausedEvent) -> Self {
        let CausedEvent { event, caused_by } = caused;
        Self { event: EventDocument::of(event), caused_by: caused_by.map(Position::value) }
    }
}
