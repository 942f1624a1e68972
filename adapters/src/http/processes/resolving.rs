//! Deciding by hand a process that is in review.

use application::codec::Named;
use application::commands::Executed;
use application::queries::{QueryError, VIEW_WAIT};
use application::reactions::PROCESSES;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::rental_card::attempt::Direction;
use domain::rental_card::{RentalCard, RentalCardCommand};
use domain::{ProcessId, Reason};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::body::{Body, spelled, text};
use super::super::command::{CommandHeaders, Written, done};
use super::super::current_log::CurrentLog;
use super::super::docs::{ProblemBody, values};
use super::super::edge::RequestPermit;
use super::super::origins::Operator;
use super::super::path::PathSegment;
use super::super::problem::{Problem, VIEW_BEHIND};
use super::document::{AnsweredProcess, ProcessDocument};
use super::no_process;

/// Deciding by hand.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(resolve))
}

/// How a process in review shall end.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewResolution {
    /// `confirm` or `cancel`.
    #[schema(pattern = "^(confirm|cancel)$", example = "cancel")]
    r#as: String,
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = values::Reason)]
    reason: String,
}

/// Decides by hand a process that is in review. What participants have done against the decision is undone; what they
/// answer later follows it.
#[utoipa::path(post, path = "/v1/processes/{id}/resolve", tag = "processes", request_body = NewResolution,
    params(("id" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "The process as it is then", body = AnsweredProcess),
        (status = 404, description = "process-not-found", body = ProblemBody),
        (status = 409, description = "not-in-review, cannot-confirm", body = ProblemBody),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(in super::super) async fn resolve(
    State(api): State<Api>,
    id: PathSegment,
    operator: Operator,
    turn: RequestPermit,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let (id, log) = (id.process()?, headers.log);
    let (direction, reason) = wanted(&body)?;
    // Before anything is done, so that a place that is not free is not found out afterwards.
    turn.wait_apart(VIEW_WAIT)?;
    let row = api.queries.process(id).await?.ok_or_else(|| no_process(id))?;
    let mut context = headers.context(&body);
    context.actor = operator.actor();
    let command = RentalCardCommand::ResolveAttempt { process: id, direction, reason };
    let executed = api.cards.ask(&row.member_id, command, context).await?;
    shown(&api, id, &executed, log).await
}

fn wanted(body: &Body) -> Result<(Direction, Reason), Problem> {
    let mut fields = body.fields(&["as", "reason"])?;
    let direction = fields.required("as", spelled(Direction::column_name));
    let reason = fields.required("reason", text(Reason::parse));
    fields.finish(|| Some((direction?, reason?)))
}

/// The process once its view has seen the decision. Whatever keeps that from being shown must not look as if the
/// decision were not taken.
async fn shown(
    api: &Api,
    id: ProcessId,
    executed: &Executed<RentalCard>,
    log: CurrentLog,
) -> Result<Response, Problem> {
    let (version, position) = (executed.version.value(), executed.position.value());
    let row = match api.queries.wait_for(&PROCESSES, executed.position).await {
        Ok(()) => api.queries.process(id).await,
        Err(error) => Err(error),
    };
    match row {
        Ok(Some(row)) => {
            let process = ProcessDocument::of(row);
            Ok(done(executed, StatusCode::OK, AnsweredProcess::new(process, Written::of(executed, log))))
        }
        Ok(None) => Err(no_process(id)),
        Err(QueryError::ViewBehind { reached, wanted, .. }) => {
            let detail = "the process is resolved; its view does not show that yet, read it in a moment";
            Err(Problem::new(&VIEW_BEHIND, detail)
                .with("view", PROCESSES.as_str())
                .with("position", reached.value())
                .with("minPosition", wanted.value()))
        }
        Err(error) => Err(Problem::from(error).with("version", version).with("position", position)),
    }
}
