//! Processes: the attempts to rent, to return and to pay.

pub(super) mod resolving;

mod document;

use application::ports::event_store::Position;
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::reactions::PROCESSES;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::{MemberId, ProcessId};

use super::Api;
use super::current_log::{CurrentLog, InLog};
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::edge::RequestPermit;
use super::path::PathSegment;
use super::problem::{PROCESS_NOT_FOUND, Problem};
use super::query::{Parameters, passed};
pub(super) use document::{AnsweredProcess, ProcessDocument};

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
    let (status, kind) = (query.word("status", &document::STATUSES)?, query.word("kind", &document::KINDS)?);
    let (member_id, limit) = (query.parsed("memberId", MemberId::parse)?, query.limit()?);
    let list = ListName::of("processes", (status, kind, &member_id)).in_log(log);
    let before = query.text("cursor").map(|cursor| list.place(cursor)).transpose()?.map(Position::new);
    passed(&api, log, &turn, &PROCESSES, &query).await?;
    let wanted = ProcessQuery { status, kind, member_id, before };
    let rows = api.queries.processes(&wanted, limit + 1).await?;
    let cursor = |row: &ProcessRow| list.cursor(row.started.value());
    Ok(Json(Listed::of(rows, limit, cursor, ProcessDocument::of).of_log(log)))
}

fn no_process(id: ProcessId) -> Problem {
    Problem::new(&PROCESS_NOT_FOUND, format!("no rent, return or payment has the id {id}"))
}
