//! What is asked of a book that is out: returning it, and marking it overdue.

use application::commands::Executed;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::rental_card::{RentalCard, RentalCardEvent};
use domain::{BookNo, Date, ProcessId, Return};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::body::{Body, number};
use super::super::command::{CommandHeaders, Written, done, no_effect};
use super::super::current_log::CurrentLog;
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::super::processes::AnsweredProcess;
use super::super::wait::Prefer;
use super::started::{given_day, started};

/// What is asked of an item.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(return_item)).routes(routes!(mark_overdue))
}

/// A return.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewReturn {
    book_no: values::BookNo,
    /// The day of the return, where the service allows given dates.
    on: Option<values::Day>,
}

/// A return that was started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ReturnStarted {
    #[schema(value_type = values::Id)]
    return_id: String,
    #[schema(value_type = values::Id)]
    rental_id: String,
    #[schema(value_type = values::ProcessId)]
    process_id: String,
    /// What being late costs; owed at once.
    late_fee: i64,
    #[serde(flatten)]
    written: Written,
}

/// The book to be marked overdue.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct OverdueBook {
    book_no: values::BookNo,
}

/// An item that is marked overdue.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct MarkedOverdue {
    #[schema(value_type = values::Id)]
    rental_id: String,
    #[schema(value_type = values::BookNo)]
    book_no: i64,
    overdue: bool,
    #[serde(flatten)]
    written: Written,
}

/// Starts a return; the book and the member's points answer later. `Prefer: wait=N` waits for that, up to ten seconds.
#[utoipa::path(post, path = "/v1/rental-cards/{memberId}/return", tag = "rental cards", request_body = NewReturn,
    params(("memberId" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header),
        ("prefer" = Option<String>, Header, example = "wait=5")),
    responses(
        (status = 202, description = "Started; Location is the process", body = ReturnStarted,
            links(("process" = (operation_id = "process", parameters(("id" = "$response.body#/processId")))))),
        (status = 200, description = "Completed while waiting", body = AnsweredProcess),
        (status = 404, description = "card-not-found", body = ProblemBody),
        (status = 409, description = "book-not-held, rental-pending, return-before-rent, return-cancelled", body = ProblemBody)))]
pub(in super::super) async fn return_item(
    State(api): State<Api>,
    member: PathSegment,
    headers: CommandHeaders,
    prefer: Prefer,
    body: Body,
) -> Result<Response, Problem> {
    let (member, log) = (member.card()?, headers.log);
    let (book, on) = brought_back(&api, &body)?;
    let executed = api.cards.return_item(&member, book, on, headers.context(&body)).await?;
    let (process, accepted) = return_started(&executed, log).ok_or_else(|| no_effect("returning a book"))?;
    started(&api, &prefer, &executed, log, process, accepted).await
}

/// Marks an item overdue, as of today. Marked already: nothing changes.
#[utoipa::path(post, path = "/v1/rental-cards/{memberId}/overdue", tag = "rental cards", request_body = OverdueBook,
    params(("memberId" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "It is marked", body = MarkedOverdue),
        (status = 404, description = "card-not-found", body = ProblemBody),
        (status = 409, description = "not-yet-due, book-not-held", body = ProblemBody)))]
pub(in super::super) async fn mark_overdue(
    State(api): State<Api>,
    member: PathSegment,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let (member, log) = (member.card()?, headers.log);
    let mut fields = body.fields(&["bookNo"])?;
    let book = fields.required("bookNo", number(BookNo::parse));
    let book = fields.finish(|| book)?;
    let executed = api.cards.mark_overdue(&member, book, headers.context(&body)).await?;
    let marked = marked(&executed, log, book).ok_or_else(|| no_effect("marking an item overdue"))?;
    Ok(done(&executed, StatusCode::OK, marked))
}

fn brought_back(api: &Api, body: &Body) -> Result<(BookNo, Option<Date>), Problem> {
    let mut fields = body.fields(&["bookNo", "on"])?;
    let book = fields.required("bookNo", number(BookNo::parse));
    let on = given_day(api, &mut fields);
    fields.finish(|| Some((book?, on)))
}

fn return_started(executed: &Executed<RentalCard>, log: CurrentLog) -> Option<(ProcessId, ReturnStarted)> {
    executed.events.iter().find_map(|event| {
        let RentalCardEvent::ItemReturned { asked, late_fee, .. } = event else { return None };
        let Return { return_id, rental_id, .. } = &asked.what;
        let process = ProcessId::Return(*return_id);
        let accepted = ReturnStarted {
            return_id: return_id.to_string(),
            rental_id: rental_id.to_string(),
            process_id: process.to_string(),
            late_fee: late_fee.value(),
            written: Written::of(executed, log),
        };
        Some((process, accepted))
    })
}

/// From the event when there is one, else from the item that was marked before.
fn marked(executed: &Executed<RentalCard>, log: CurrentLog, book: BookNo) -> Option<MarkedOverdue> {
    let now = executed.events.iter().find_map(|event| {
        let RentalCardEvent::ItemOverdue { rental_id, .. } = event else { return None };
        Some(*rental_id)
    });
    let before = || executed.state.issued()?.item(book).map(|item| item.rental_id);
    now.or_else(before).map(|rental_id| MarkedOverdue {
        rental_id: rental_id.to_string(),
        book_no: book.value(),
        overdue: true,
        written: Written::of(executed, log),
    })
}
