//! What every request that starts a process has in common: the day it may name, and the answer while or when it ends.

use application::commands::Executed;
use application::ports::process_view::{ProcessRow, StepKind};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::rental_card::RentalCard;
use domain::rental_card::attempt::Status;
use domain::{Date, Kind, ProcessId};
use jiff::ToSpan;
use serde::Serialize;

use super::super::Api;
use super::super::body::{BodyFields, date};
use super::super::command::{Written, done, located, replayed};
use super::super::current_log::CurrentLog;
use super::super::problem::{CLEARING_REFUSED, Problem, RENTAL_CANCELLED, RETURN_CANCELLED};
use super::super::processes::{AnsweredProcess, ProcessDocument};
use super::super::wait::Prefer;

/// The furthest from today that a given day may lie, in years.
const GIVEN_YEARS_MAX: i64 = 20;

/// The day a request says it happens on; only where the settings allow it, and not absurdly far away.
pub(super) fn given_day(api: &Api, fields: &mut BodyFields) -> Option<Date> {
    let on = fields.optional("on", date)?;
    if !api.settings.allow_given_dates {
        fields.wrong("on", "is accepted only when the service allows given dates; leave it out");
        return None;
    }
    let today = api.cards.today();
    let furthest = GIVEN_YEARS_MAX.years();
    if on < today.saturating_sub(furthest) || on > today.saturating_add(furthest) {
        fields.wrong("on", format!("must lie within {GIVEN_YEARS_MAX} years of today, {today}"));
        return None;
    }
    Some(on)
}

/// The answer to a request that started a process: accepted, unless the caller waited and it has ended.
pub(super) async fn started(
    api: &Api,
    prefer: &Prefer,
    executed: &Executed<RentalCard>,
    log: CurrentLog,
    process: ProcessId,
    accepted: impl Serialize,
) -> Result<Response, Problem> {
    let answer = match prefer.ended(api, process).await {
        None => done(executed, StatusCode::ACCEPTED, accepted),
        Some(row) if is_cancelled(&row) => replayed(executed, cancelled(executed, log, &row).into_response()),
        Some(row) => {
            let process = AnsweredProcess::new(ProcessDocument::of(row), Written::of(executed, log));
            done(executed, StatusCode::OK, process)
        }
    };
    located(prefer.heard(answer), &format!("/v1/processes/{process}"))
}

/// Whether what was asked for will not happen. A process that was resolved by hand went the way its steps say.
fn is_cancelled(row: &ProcessRow) -> bool {
    match row.status {
        Status::Compensating | Status::Compensated => true,
        Status::Started | Status::Completed | Status::NeedsReview => false,
        Status::Resolved => !row.steps.iter().any(|step| matches!(step.what, StepKind::Confirmed(_))),
    }
}

fn cancelled(executed: &Executed<RentalCard>, log: CurrentLog, row: &ProcessRow) -> Problem {
    let (kind, what) = match row.id.kind() {
        Kind::Rent => (&RENTAL_CANCELLED, "the rent was cancelled and the book is not on the card"),
        Kind::Return => (&RETURN_CANCELLED, "the return was cancelled and the book is on the card as before"),
        Kind::Overdue => (&CLEARING_REFUSED, "the payment was refused and the late fee is owed as before"),
    };
    let reason = row.reason.as_ref().map_or("no reason given", |reason| reason.as_str());
    Problem::new(kind, format!("{what}: {reason}"))
        .with("reason", reason)
        .with("processId", row.id.to_string())
        .with("version", executed.version.value())
        .with("position", executed.position.value())
        .with("logId", log.written())
}
