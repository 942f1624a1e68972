//! What operators do with what could not be handled, and with single events.

use application::control::LetterRequest;
use application::ports::dead_letters::DeadLetterId;
use application::ports::event_store::Position;
use application::ports::token_store::ProcessorName;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use domain::Reason;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::Api;
use super::super::acting::{
    ActedDocument, ActionRequest, OptionalReason, RequiredReason, applied, done_unseen,
};
use super::super::body::text;
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::{EVENT_NOT_FOUND, INVALID_FIELDS, Problem};
use super::super::query::{Parameters, whole};
use super::document::DeadLetterShown;
use super::no_letter;

/// What is done with letters and events.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(retry)).routes(routes!(edit)).routes(routes!(redeliver))
}

/// A letter after something was done with it.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct LetterAfter {
    /// The letter as it is now; null when it is gone, since its event was handled.
    letter: Option<DeadLetterShown>,
    action: ActedDocument,
}

/// How an event shall be handled from now on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct EditedLetter {
    #[schema(schema_with = any_payload)]
    payload: Value,
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = values::Reason)]
    reason: String,
}

/// Lets a letter and what waits behind it be tried now.
#[utoipa::path(post, path = "/v1/dead-letters/{id}/retry", tag = "dead letters", request_body = Option<OptionalReason>,
    params(("id" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The letter as it is then", body = LetterAfter),
        (status = 404, description = "dead-letter-not-found", body = ProblemBody),
        (status = 409, description = "not-again, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn retry(
    State(api): State<Api>,
    id: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.reason_alone()?;
    act(&api, &id, LetterRequest::Retry, reason, request).await
}

/// Lets a letter's event be handled as if it had another payload, now and whenever it is met again; the log keeps what
/// it has.
#[utoipa::path(post, path = "/v1/dead-letters/{id}/edit", tag = "dead letters", request_body = EditedLetter,
    params(("id" = String, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The letter as it is then", body = LetterAfter),
        (status = 404, description = "dead-letter-not-found", body = ProblemBody),
        (status = 409, description = "not-again, action-refused", body = ProblemBody),
        (status = 422, description = "payload-unusable", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn edit(
    State(api): State<Api>,
    id: PathSegment,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let mut fields = request.fields(&["payload", "reason"])?;
    let payload = fields.required("payload", |value| {
        // A text is what came over a broker, where every byte may be meant.
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let reason = fields.required("reason", text(Reason::parse));
    let (payload, reason) = fields.finish(|| Some((payload?, reason?)))?;
    act(&api, &id, LetterRequest::Edit(payload.into()), Some(reason), request).await
}

/// Lets a letter's event be passed over, now and whenever it is met again; what waits behind it goes on.
#[utoipa::path(delete, path = "/v1/dead-letters/{id}", tag = "dead letters",
    params(("id" = String, Path), ("reason" = values::Reason, Query),
        ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "The letter as it is then", body = LetterAfter),
        (status = 404, description = "dead-letter-not-found", body = ProblemBody),
        (status = 409, description = "action-refused", body = ProblemBody),
        (status = 422, description = "invalid-fields", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn evict(
    State(api): State<Api>,
    id: PathSegment,
    uri: Uri,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let query = Parameters::read(&uri, &["reason"])?;
    let given = query.text("reason").ok_or_else(|| unusable_reason("is required"))?;
    let reason = Reason::parse(given).map_err(|error| unusable_reason(&error.to_string()))?;
    let request = request.saying(given);
    act(&api, &id, LetterRequest::Evict, Some(reason), request).await
}

/// Lets one processor handle an event once more; what it did before stays done once.
#[utoipa::path(post, path = "/v1/events/{position}/deliveries/{processor}/redeliver", tag = "dead letters",
    request_body = RequiredReason,
    params(("position" = u64, Path), ("processor" = String, Path),
        ("idempotency-key" = Option<values::IdempotencyKey>, Header)),
    responses(
        (status = 200, description = "Where the action is recorded", body = LetterAfter),
        (status = 404, description = "event-not-found, processor-not-found", body = ProblemBody),
        (status = 409, description = "rebuild-instead, not-concerned, not-again, action-refused", body = ProblemBody),
        (status = 503, description = "action-not-applied", body = ProblemBody)))]
pub(in super::super) async fn redeliver(
    State(api): State<Api>,
    Path((position, processor)): Path<(String, String)>,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let reason = request.required_reason()?;
    let position = whole(&position).filter(|position| i64::try_from(*position).is_ok());
    let position = position.ok_or_else(|| {
        Problem::new(
            &EVENT_NOT_FOUND,
            "a position is a whole number from 1 on, and the log has an event at each",
        )
    })?;
    let processor = ProcessorName::stored(processor);
    let (log, context) = request.begin(false)?;
    let acted = api.actions.redeliver(Position::new(position), &processor, reason, context).await?;
    applied(acted, LetterAfter { letter: None, action: ActedDocument::of(acted, log) })
}

async fn act(
    api: &Api,
    id: &PathSegment,
    wanted: LetterRequest,
    reason: Option<Reason>,
    request: ActionRequest,
) -> Result<Response, Problem> {
    let Ok(id) = Uuid::try_parse(id.text()) else { return Err(no_letter()) };
    let id = DeadLetterId::new(id);
    let (log, context) = request.begin(false)?;
    let acted = api.actions.ask_for_letter(id, wanted, reason, context).await?;
    let letter = api.operators.dead_letter(id).await.map_err(|error| done_unseen(&error))?;
    let letter = letter.as_ref().map(DeadLetterShown::of);
    applied(acted, LetterAfter { letter, action: ActedDocument::of(acted, log) })
}

/// Anything but null, which is no payload.
fn any_payload() -> ObjectBuilder {
    let kinds = [Type::Object, Type::Array, Type::String, Type::Number, Type::Boolean];
    ObjectBuilder::new().schema_type(SchemaType::Array(kinds.to_vec())).description(Some(
        "What stands for the event's payload; the things that it is about stay the same. A text stands for itself, byte \
         for byte.",
    ))
}

fn unusable_reason(message: &str) -> Problem {
    let errors = serde_json::json!([{ "field": "reason", "message": message }]);
    Problem::new(&INVALID_FIELDS, "1 field of the query cannot be used; see `errors`").with("errors", errors)
}
