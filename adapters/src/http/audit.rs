//! What operators did.

use application::operations::{ActionOutcome, AuditLine, AuditPlace};
use application::ports::event_store::Version;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Month;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::current_log::CurrentLog;
use super::cursor::{ListName, Listed, not_of_this_list};
use super::docs::values;
use super::problem::Problem;
use super::query::Parameters;

/// What is asked of the operators' actions.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Something that an operator did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditLineDocument {
    /// The event that says so.
    id: String,
    position: u64,
    at: String,
    /// PAUSE, START, RESET, REBUILD, CANCEL_REBUILD, SWITCH, SPLIT, MERGE, RETRY, EDIT, EVICT, REDELIVER or RESOLVE; null
    /// where the event cannot be read.
    what: Value,
    /// What it was done to: `processor`, `segment`, `sequence`, `letter`, `event`, `position`, `process`, as far as it
    /// has them.
    #[schema(value_type = Option<Object>)]
    target: Value,
    /// Null when nobody said why.
    #[schema(value_type = Option<values::Reason>)]
    reason: Option<String>,
    #[schema(value_type = Option<Object>)]
    actor: Value,
    /// What went with it, such as the payload of an edit or the place of a reset; left out when nothing did.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>, nullable = false)]
    detail: Value,
    /// APPLIED; REFUSED, when it turned out to be impossible; WAITING, while it is not applied yet; UNREADABLE, where the
    /// event was damaged.
    outcome: &'static str,
    /// Why it was refused, or cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<String>,
}

/// What operators did, newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "log",
    params(("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query)),
    responses((status = 200, description = "A piece of the list", body = Listed<AuditLineDocument>)))]
pub(super) async fn audit(
    State(api): State<Api>,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<AuditLineDocument>>, Problem> {
    let query = Parameters::read(&uri, &["limit", "cursor"])?;
    let (limit, list) = (query.limit()?, ListName::of("audit", ()).in_log(log));
    let from = match query.text("cursor") {
        Some(cursor) => Some(place(&list.text_place(cursor)?)?),
        None => None,
    };
    let page = api.actions.audit(from, limit).await?;
    let next = page.next.map(|next| list.text_cursor(&format!("{} {}", next.month, next.before)));
    let items = page.lines.into_iter().map(AuditLineDocument::of).collect::<Result<_, _>>()?;
    Ok(Json(Listed::with_cursor(items, next).of_log(log)))
}

/// The place that stands in a cursor.
fn place(text: &str) -> Result<AuditPlace, Problem> {
    let read = || {
        let (month, before) = text.split_once(' ')?;
        Some(AuditPlace { month: month.parse::<Month>().ok()?, before: Version::new(before.parse().ok()?) })
    };
    read().ok_or_else(not_of_this_list)
}

impl AuditLineDocument {
    fn of(line: AuditLine) -> Result<Self, Problem> {
        let (stored, reason, unreadable) = match line.taken {
            Ok(taken) => {
                let stored = serde_json::from_slice(&taken.stored());
                (stored.map_err(|error| Problem::defect(&error))?, taken.reason, None)
            }
            Err(cause) => (Value::Null, None, Some(cause)),
        };
        let field = |name: &str| stored.get(name).cloned().unwrap_or_default();
        let (outcome, cause) = match (unreadable, line.outcome) {
            (Some(cause), _) => ("UNREADABLE", Some(cause)),
            (None, Some(ActionOutcome::Applied)) => ("APPLIED", None),
            (None, Some(ActionOutcome::Refused { cause })) => ("REFUSED", Some(cause)),
            (None, None) => ("WAITING", None),
        };
        Ok(Self {
            id: line.event.to_string(),
            position: line.position.value(),
            at: line.at.to_string(),
            what: field("what"),
            target: field("target"),
            reason: reason.map(|reason| reason.as_str().to_owned()),
            actor: field("actor"),
            detail: field("detail"),
            outcome,
            cause,
        })
    }
}
