//! What became of one event at each processor.

use application::control::{Delivery, DeliveryState};
use application::ports::event_store::Position;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::cursor::Listed;
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::super::query::whole;
use super::no_event;

/// What is asked of deliveries.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(deliveries))
}

/// What became of an event at one processor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub(in super::super) struct DeliveryDocument {
    processor: String,
    /// HANDLED; WAITING, while the processor has not come to it; PARKED, ABANDONED or REJECTED, where it failed; IGNORED,
    /// where it is of a type that does not concern the processor; SKIPPED, where an operator evicted it.
    state: &'static str,
    /// How often it was tried in vain.
    attempts: u32,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<String>,
}

/// What became of an event at each processor of this process that follows the log.
#[utoipa::path(get, path = "/v1/events/{position}/deliveries", tag = "log",
    params(("position" = values::Position, Path)),
    responses(
        (status = 200, description = "Each processor", body = Listed<DeliveryDocument>),
        (status = 404, description = "event-not-found", body = ProblemBody)))]
pub(in super::super) async fn deliveries(
    State(api): State<Api>,
    position: PathSegment,
) -> Result<Json<Listed<DeliveryDocument>>, Problem> {
    let named = whole(position.text()).filter(|position| i64::try_from(*position).is_ok());
    let position = named.map(Position::new).ok_or_else(no_event)?;
    let found = api.actions.deliveries(position).await?;
    Ok(Json(Listed::all(found.into_iter().map(DeliveryDocument::of).collect())))
}

impl DeliveryDocument {
    fn of(delivery: Delivery) -> Self {
        let state = match delivery.state {
            DeliveryState::Handled => "HANDLED",
            DeliveryState::Waiting => "WAITING",
            DeliveryState::Parked => "PARKED",
            DeliveryState::Abandoned => "ABANDONED",
            DeliveryState::Rejected => "REJECTED",
            DeliveryState::Ignored => "IGNORED",
            DeliveryState::Skipped => "SKIPPED",
        };
        let Delivery { processor, attempts, cause, .. } = delivery;
        Self { processor: processor.to_string(), state, attempts, cause }
    }
}
