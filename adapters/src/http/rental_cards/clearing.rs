//! Paying the late fee.

use axum::extract::State;
use axum::response::Response;
use domain::rental_card::RentalCardEvent;
use domain::{Amount, ProcessId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::body::{Body, number};
use super::super::command::{CommandHeaders, Written, no_effect};
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::super::processes::AnsweredProcess;
use super::super::wait::Prefer;
use super::started::started;

/// Paying.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(clear_overdue))
}

/// A payment of the late fee.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewClearing {
    /// The late fee, exactly.
    points: values::Amount,
}

/// A payment that was started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ClearingStarted {
    #[schema(value_type = values::Id)]
    clearing_id: String,
    #[schema(value_type = values::ProcessId)]
    process_id: String,
    #[serde(flatten)]
    written: Written,
}

/// Starts the payment of the late fee; the member's points answer later. `Prefer: wait=N` waits for that, up to ten
/// seconds.
#[utoipa::path(post, path = "/v1/rental-cards/{memberId}/clear-overdue", tag = "rental cards", request_body = NewClearing,
    params(("memberId" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header),
        ("prefer" = Option<String>, Header, example = "wait=5")),
    responses(
        (status = 202, description = "Started; Location is the process", body = ClearingStarted,
            links(("process" = (operation_id = "process", parameters(("id" = "$response.body#/processId")))))),
        (status = 200, description = "Completed while waiting", body = AnsweredProcess),
        (status = 404, description = "card-not-found", body = ProblemBody),
        (status = 409, description = "no-fee, books-still-held, fee-mismatch, clearing-pending, clearing-refused", body = ProblemBody)))]
pub(in super::super) async fn clear_overdue(
    State(api): State<Api>,
    member: PathSegment,
    headers: CommandHeaders,
    prefer: Prefer,
    body: Body,
) -> Result<Response, Problem> {
    let (member, log) = (member.card()?, headers.log);
    let mut fields = body.fields(&["points"])?;
    let points = fields.required("points", number(Amount::parse));
    let points = fields.finish(|| points)?;

    let executed = api.cards.clear_overdue(&member, points, headers.context(&body)).await?;
    let clearing = executed.events.iter().find_map(|event| {
        let RentalCardEvent::ClearingRequested { asked } = event else { return None };
        Some(asked.what.clearing_id)
    });
    let clearing = clearing.ok_or_else(|| no_effect("paying the late fee"))?;
    let process = ProcessId::Clearing(clearing);
    let accepted = ClearingStarted {
        clearing_id: clearing.to_string(),
        process_id: process.to_string(),
        written: Written::of(&executed, log),
    };
    started(&api, &prefer, &executed, log, process, accepted).await
}
