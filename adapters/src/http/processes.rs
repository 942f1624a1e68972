//! Processes: the attempts to rent, to return and to pay.

pub(super) mod resolving;

mod document;

use application::ports::process_view::ProcessQuery;
use application::reactions::PROCESSES;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::rental_card::attempt::Status;
use domain::{Kind, MemberId, ProcessId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::current_log::{CurrentLog, InLog};
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::edge::RequestPermit;
use super::path::PathSegment;
use super::problem::{PROCESS_NOT_FOUND, Problem};
use super::query::{Parameters, passed};
use super::resumed::{cursor_from, position_of};
pub(super) use document::{AnsweredProcess, ProcessDocument};

/// What is asked of processes, but for deciding them by hand.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(process)).routes(routes!(processes))
}

const PARAMETERS: [&str; 7] = ["status", "kind", "memberId", "limit", "cursor", "minPosition", "logId"];

/// One process. Right after the answer that named it, it is there.
#[utoipa::path(get, path = "/v1/processes/{id}", tag = "processes", params(("id" = values::ProcessId, Path)),
    responses(
        (status = 200, description = "The process", body = InLog<ProcessDocument>),
        (status = 404, description = "process-not-found", body = ProblemBody),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(super) async fn process(
    State(api): State<Api>,
    id: PathSegment,
    log: CurrentLog,
) -> Result<Json<InLog<ProcessDocument>>, Problem> {
    let id = id.process()?;
    match api.queries.process(id).await? {
        Some(row) => Ok(Json(log.shows(ProcessDocument::of(row)))),
        None => Err(no_process(id)),
    }
}

/// Processes, newest first.
#[utoipa::path(get, path = "/v1/processes", tag = "processes",
    params(
        ("status" = Option<values::ProcessStatus>, Query),
        ("kind" = Option<values::ProcessKind>, Query),
        ("memberId" = Option<values::MemberId>, Query), ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query),
        ("minPosition" = Option<values::Position>, Query), ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "A piece of the list", body = Listed<ProcessDocument>),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(super) async fn processes(
    State(api): State<Api>,
    log: CurrentLog,
    turn: RequestPermit,
    uri: Uri,
) -> Result<Json<Listed<ProcessDocument>>, Problem> {
    let query = Parameters::read(&uri, &PARAMETERS)?;
    let (status, kind) = (query.word::<Status>("status")?, query.word::<Kind>("kind")?);
    let (member_id, limit) = (query.parsed("memberId", MemberId::parse)?, query.limit()?);
    let list = ListName::of("processes", (status, kind, &member_id));
    let before = match query.text("cursor") {
        Some(cursor) => Some(position_of(&api, &list, cursor).await?),
        None => None,
    };
    passed(&api, log, &turn, &PROCESSES, &query).await?;
    let wanted = ProcessQuery { status, kind, member_id, before };
    let mut rows = api.queries.processes(&wanted, limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last().filter(|_| more) {
        Some(last) => Some(cursor_from(&api, &list, log, last.started).await?),
        None => None,
    };
    Ok(Json(Listed::with_cursor(rows.into_iter().map(ProcessDocument::of).collect(), next).of_log(log)))
}

fn no_process(id: ProcessId) -> Problem {
    Problem::new(&PROCESS_NOT_FOUND, format!("no rent, return or payment has the id {id}"))
}
