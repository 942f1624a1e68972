//! Renting a book.

use axum::extract::State;
use axum::response::Response;
use domain::rental_card::RentalCardEvent;
use domain::{BookNo, Date, ProcessId, Title};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::body::{Body, number, text};
use super::super::command::{CommandHeaders, Written, no_effect};
use super::super::docs::{ProblemBody, values};
use super::super::path::PathSegment;
use super::super::problem::Problem;
use super::super::processes::AnsweredProcess;
use super::super::wait::Prefer;
use super::started::{given_day, started};

/// Renting.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(rent))
}

/// A rent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewRent {
    book_no: values::BookNo,
    /// Used only when the book's own title is not known.
    title: Option<values::Title>,
    /// The day of the rent, where the service allows given dates.
    on: Option<values::Day>,
}

/// A rent that was started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RentStarted {
    #[schema(value_type = values::Id)]
    rental_id: String,
    #[schema(value_type = values::ProcessId)]
    process_id: String,
    #[serde(flatten)]
    written: Written,
}

/// Starts a rent; the book and the member's points answer later. `Prefer: wait=N` waits for that, up to ten seconds.
#[utoipa::path(post, path = "/v1/rental-cards/{memberId}/rent", tag = "rental cards", request_body = NewRent,
    params(("memberId" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header),
        ("prefer" = Option<String>, Header, example = "wait=5")),
    responses(
        (status = 202, description = "Started; Location is the process", body = RentStarted,
            links(("process" = (operation_id = "process", parameters(("id" = "$response.body#/processId")))))),
        (status = 200, description = "Completed while waiting", body = AnsweredProcess),
        (status = 404, description = "card-not-found", body = ProblemBody),
        (status = 409, description = "card-suspended, too-many-books, book-already-held, rental-cancelled", body = ProblemBody)))]
pub(in super::super) async fn rent(
    State(api): State<Api>,
    member: PathSegment,
    headers: CommandHeaders,
    prefer: Prefer,
    body: Body,
) -> Result<Response, Problem> {
    let (member, log) = (member.card()?, headers.log);
    let (book, title, on) = wanted(&api, &body)?;
    let executed = api.cards.rent(&member, book, title, on, headers.context(&body)).await?;
    let rental = executed.events.iter().find_map(|event| {
        let RentalCardEvent::ItemRented { asked, .. } = event else { return None };
        Some(asked.what.rental_id)
    });
    let rental = rental.ok_or_else(|| no_effect("renting a book"))?;
    let process = ProcessId::Rent(rental);
    let accepted = RentStarted {
        rental_id: rental.to_string(),
        process_id: process.to_string(),
        written: Written::of(&executed, log),
    };
    started(&api, &prefer, &executed, log, process, accepted).await
}

fn wanted(api: &Api, body: &Body) -> Result<(BookNo, Option<Title>, Option<Date>), Problem> {
    let mut fields = body.fields(&["bookNo", "title", "on"])?;
    let book = fields.required("bookNo", number(BookNo::parse));
    let title = fields.optional("title", text(Title::parse));
    let on = given_day(api, &mut fields);
    fields.finish(|| Some((book?, title, on)))
}
