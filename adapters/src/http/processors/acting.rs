//! What operators do to processors.

use application::control::{ProcessorRequest, ResetPlace};
use application::ports::event_store::Position;
use application::ports::token_store::ProcessorName;
use axum::extract::State;
use axum::response::Response;
use domain::Reason;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, Type};
use utoipa::openapi::{ObjectBuilder, Ref};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::acting::{ActedDocument, ActionRequest, OptionalReason, RequiredReason, applied};
use super::super::body::{text, whole};
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::{ProcessorDocument, standing};

/// What is done to processors.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(pause))
        .routes(routes!(start))
        .routes(routes!(reset))
        .routes(routes!(cancel_rebuild))
        .routes(routes!(finish_rebuild))
        .routes(routes!(split))
        .routes(routes!(merge))
        .routes(routes!(retry_all))
}

/// A processor after something was done to it.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ProcessorAfter {
    #[serde(flatten)]
    processor: ProcessorDocument,
    action: ActedDocument,
}

/// Where a processor shall go on from.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewPlace {
    #[schema(schema_with = new_place)]
    to: String,
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = values::Reason)]
    reason: String,
}

/// Which segment.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NamedSegment {
    /// The segment's id.
    #[schema(minimum = 0, maximum = 4_294_967_295_i64)]
    segment: u32,
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = Option<values::Reason>)]
    reason: Option<String>,
}

/// Lets a processor stand still, on all nodes; answered when none of its segments is worked on any more.
#[utoipa::path(post, path = "/v1/processors/{name}/pause", tag = "processors", request_body = Option<OptionalReason>,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 503, description = "action-not-applied, still-running", body = ProblemBody)))]
pub(in super::super) async fn pause(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.reason_alone()?;
    act(&api, name, ProcessorRequest::Pause, reason, request).await
}

/// Lets a paused processor run again, on all nodes.
#[utoipa::path(post, path = "/v1/processors/{name}/start", tag = "processors", request_body = Option<OptionalReason>,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn start(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.reason_alone()?;
    act(&api, name, ProcessorRequest::Start, reason, request).await
}

/// Lets a paused handler or relay go on from another place: what it meets again has its effect once all the same, and
/// what was lost has it now. A view is built anew beside the one that readers see (`beginning` only).
#[utoipa::path(post, path = "/v1/processors/{name}/reset", tag = "processors", request_body = NewPlace,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 409, description = "processor-running, rebuild-instead, no-such-place, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn reset(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let mut fields = request.fields(&["to", "reason"])?;
    let to = fields.required("to", place);
    let reason = fields.required("reason", text(Reason::parse));
    let (to, reason) = fields.finish(|| Some((to?, reason?)))?;
    act(&api, name, ProcessorRequest::Reset(to), Some(reason), request).await
}

/// Ends the building of a new view; readers never saw it.
#[utoipa::path(post, path = "/v1/processors/{name}/cancel-rebuild", tag = "processors", request_body = Option<OptionalReason>,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 409, description = "no-rebuild, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn cancel_rebuild(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.reason_alone()?;
    act(&api, name, ProcessorRequest::CancelRebuild, reason, request).await
}

/// Shows the new view although letters wait in it: what they are about is missing there until they are retried.
#[utoipa::path(post, path = "/v1/processors/{name}/finish-rebuild", tag = "processors", request_body = RequiredReason,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 409, description = "no-rebuild, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn finish_rebuild(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.required_reason()?;
    act(&api, name, ProcessorRequest::Switch, Some(reason), request).await
}

/// Lets a segment become two, which can be worked on beside one another.
#[utoipa::path(post, path = "/v1/processors/{name}/split", tag = "processors", request_body = NamedSegment,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 409, description = "cannot-split, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn split(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let (segment, reason) = named_segment(&request)?;
    act(&api, name, ProcessorRequest::Split(segment), reason, request).await
}

/// Joins a segment with its other half.
#[utoipa::path(post, path = "/v1/processors/{name}/merge", tag = "processors", request_body = NamedSegment,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 409, description = "cannot-merge, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn merge(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let (segment, reason) = named_segment(&request)?;
    act(&api, name, ProcessorRequest::Merge(segment), reason, request).await
}

/// Lets everything that a processor could not handle be tried now.
#[utoipa::path(post, path = "/v1/processors/{name}/dead-letters/retry", tag = "dead letters",
    request_body = Option<OptionalReason>,
    params(("name" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The processor as it stands", body = ProcessorAfter),
        (status = 404, description = "processor-not-found", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn retry_all(
    State(api): State<Api>,
    name: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.reason_alone()?;
    act(&api, name, ProcessorRequest::RetryAll, reason, request).await
}

async fn act(
    api: &Api,
    name: PathSegment,
    wanted: ProcessorRequest,
    reason: Option<Reason>,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let name = ProcessorName::stored(name.text().to_owned());
    let (log, context) = request.begin(wanted == ProcessorRequest::Pause)?;
    let acted = api.actions.ask(&name, wanted, reason, context).await?;
    let processor = standing(api, &name).await?;
    applied(acted, ProcessorAfter { processor, action: ActedDocument::of(acted, log) })
}

fn named_segment(request: &ActionRequest) -> Result<(u32, Option<Reason>), Problem> {
    let mut fields = request.fields(&["segment", "reason"])?;
    let segment = fields.required("segment", |value| {
        let number = whole(value).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| "must be the id of a segment, as /v1/processors shows it".to_owned())
    });
    let reason = fields.optional("reason", text(Reason::parse));
    fields.finish(|| Some((segment?, reason)))
}

fn new_place() -> AnyOfBuilder {
    let words = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["beginning", "head"]));
    let value = |name| Ref::from_schema_name(name);
    let either = AnyOfBuilder::new().item(words).item(value("Position")).item(value("Moment"));
    either.description(Some(
        "`beginning`, `head`, a position (after which it goes on), or a time (before which everything counts as handled)",
    ))
}

fn place(value: &Value) -> Result<ResetPlace, String> {
    let rule = "must be `beginning`, `head`, a position, or a time such as `2026-03-02T08:15:30Z`";
    if let Some(position) = whole(value).and_then(|position| u64::try_from(position).ok()) {
        return Ok(ResetPlace::Position(Position::new(position)));
    }
    match value.as_str() {
        Some("beginning") => Ok(ResetPlace::Beginning),
        Some("head") => Ok(ResetPlace::Head),
        Some(text) => text.parse::<Timestamp>().map(ResetPlace::Time).map_err(|_unreadable| rule.to_owned()),
        None => Err(rule.to_owned()),
    }
}
