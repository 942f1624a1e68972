//! What operators' requests have in common: who asks, why, and the answer that says where it is recorded.

use std::error::Error;

use application::codec::Fingerprint;
use application::commands::Context;
use application::control::{Acted, STOP_WAIT};
use application::queries::VIEW_WAIT;
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Reason;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::body::{Body, BodyFields, text};
use super::command::{CommandHeaders, etag, replayed_when};
use super::current_log::CurrentLog;
use super::docs::values;
use super::edge::RequestPermit;
use super::origins::Operator;
use super::problem::{Problem, STORE_UNAVAILABLE};

/// A request for something that operators do.
pub(super) struct ActionRequest {
    operator: Operator,
    turn: RequestPermit,
    headers: CommandHeaders,
    body: Body,
    said_elsewhere: Option<Fingerprint>,
}

/// Why; where it may be left out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(super) struct OptionalReason {
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = Option<values::Reason>)]
    reason: Option<String>,
}

/// Why; it has to be said.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(super) struct RequiredReason {
    /// Why, 1–500 characters; it is recorded.
    #[schema(value_type = values::Reason)]
    reason: String,
}

/// Where an action is recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Action)]
pub(super) struct ActedDocument {
    /// The event that says what was asked for.
    id: String,
    version: u64,
    position: u64,
    /// The log that the position is of.
    #[schema(value_type = values::Id)]
    log_id: String,
}

impl ActionRequest {
    /// The fields of the body, which may be left out when all of them may.
    pub(super) fn fields(&self, known: &[&'static str]) -> Result<BodyFields, Problem> {
        self.body.fields_if_any(known)
    }

    /// The body has no field but perhaps the reason.
    pub(super) fn reason_alone(&self) -> Result<Option<Reason>, Problem> {
        let mut fields = self.fields(&["reason"])?;
        let reason = fields.optional("reason", text(Reason::parse));
        fields.finish(|| Some(reason))
    }

    /// The body has the reason, and no other field.
    pub(super) fn required_reason(&self) -> Result<Reason, Problem> {
        let mut fields = self.fields(&["reason"])?;
        let reason = fields.required("reason", text(Reason::parse));
        fields.finish(|| reason)
    }

    /// The same request, of which this was said in another place than the body: a repeat says it too.
    pub(super) fn saying(self, text: &str) -> Self {
        Self { said_elsewhere: Some(Fingerprint::of(text.as_bytes())), ..self }
    }

    /// The log as the request found it, and what goes with the command. From here on it may wait, as long as an action
    /// may take.
    pub(super) fn begin(self, pauses: bool) -> Result<(CurrentLog, Context), Problem> {
        // Before anything is done, so that a place that is not free is not found out afterwards.
        self.turn.wait_apart(if pauses { VIEW_WAIT + STOP_WAIT } else { VIEW_WAIT })?;
        let log = self.headers.log;
        let mut context = self.headers.context(&self.body);
        context.actor = self.operator.actor();
        if let Some(said) = self.said_elsewhere {
            (context.fingerprint, context.former_fingerprint) = (said, None);
        }
        Ok((log, context))
    }
}

impl FromRequest<Api> for ActionRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let operator = Operator::from_request_parts(&mut parts, api).await?;
        let turn = RequestPermit::from_request_parts(&mut parts, api).await?;
        let headers = CommandHeaders::from_request_parts(&mut parts, api).await?;
        let body = Body::from_request(Request::from_parts(parts, body), api).await?;
        Ok(Self { operator, turn, headers, body, said_elsewhere: None })
    }
}

impl ActedDocument {
    /// The place of an action in this log.
    pub(super) fn of(acted: Acted, log: CurrentLog) -> Self {
        Self {
            id: acted.event.to_string(),
            version: acted.version.value(),
            position: acted.position.value(),
            log_id: log.written(),
        }
    }
}

/// An action was applied, and what it was done to cannot be shown.
pub(super) fn done_unseen(error: &(dyn Error + 'static)) -> Problem {
    let detail = "the action is recorded and applied; how things stand cannot be asked now. Send the same again with the \
        same Idempotency-Key for the whole answer";
    Problem::new(&STORE_UNAVAILABLE, detail).caused_by(error)
}

/// The answer to an action that was applied: this document, and where the action is recorded.
pub(super) fn applied(acted: Acted, document: impl Serialize) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(&format!("/v1/events/{}", acted.position));
    let place = place.map_err(|error| Problem::defect(&error))?;
    let headers = [(header::ETAG, etag(acted.version)), (header::LOCATION, place)];
    let response = (StatusCode::OK, headers, Json(document)).into_response();
    Ok(replayed_when(acted.repeated, response))
}
