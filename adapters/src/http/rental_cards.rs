//! Rental cards: issuing and showing them. What is asked of a card is in `rental_cards/`.

mod clearing;
mod items;
mod listing;
mod renting;

mod document;
mod started;
mod watching;

use application::commands::{Executed, Versioned};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::rental_card::RentalCard;
use domain::{Decider, MemberId, PersonName};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::body::{Body, text};
use super::command::{CommandHeaders, Written, done, etag, located, no_effect};
use super::conditional::IfNoneMatch;
use super::current_log::CurrentLog;
use super::docs::{ProblemBody, values};
use super::path::PathSegment;
use super::problem::{CARD_NOT_FOUND, Problem};
use super::streams::{self, Streams};
use document::{CardDocument, CardIssued, NewCard};

/// What is asked of cards.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(issue))
        .routes(routes!(card))
        .merge(renting::routes())
        .merge(items::routes())
        .merge(clearing::routes())
        .merge(listing::routes())
}

/// Issues a card. The same again changes nothing.
#[utoipa::path(post, path = "/v1/rental-cards", tag = "rental cards", request_body = NewCard,
    params(("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 201, description = "Issued", body = CardIssued),
        (status = 200, description = "Issued before to the same name", body = CardIssued),
        (status = 409, description = "card-exists", body = ProblemBody)))]
pub(super) async fn issue(
    State(api): State<Api>,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = body.fields(&["memberId", "memberName"])?;
    let member = fields.required("memberId", text(MemberId::parse));
    let name = fields.optional("memberName", text(PersonName::parse));
    let (member, log) = (fields.finish(|| member)?, headers.log);

    let executed = api.cards.issue_card(&member, name, headers.context(&body)).await?;
    let status = if executed.events.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    let answer = done(&executed, status, issued(&api, &executed, log)?);
    located(answer, &format!("/v1/rental-cards/{member}"))
}

/// One card, always up to date. With `Accept: text/event-stream`: the card, and again whenever it has changed, as
/// events `state` whose `id` is the version.
#[utoipa::path(get, path = "/v1/rental-cards/{memberId}", tag = "rental cards",
    params(("memberId" = values::MemberId, Path), ("accept" = Option<String>, Header),
        ("if-none-match" = Option<String>, Header, example = "\"3\"")),
    responses(
        (status = 200, description = "The card; ETag is its version",
            content((CardDocument = "application/json"), (String = "text/event-stream"))),
        (status = 304, description = "It has the version that If-None-Match names, and no fee accrues"),
        (status = 404, description = "card-not-found", body = ProblemBody),
        (status = 503, description = "too-busy, stopping", body = ProblemBody)))]
pub(super) async fn card(
    State(api): State<Api>,
    member: PathSegment,
    headers: HeaderMap,
    known: IfNoneMatch,
    streams: Streams,
) -> Result<Response, Problem> {
    let member = member.card()?;
    if streams::is_wanted(&headers) {
        return watching::watched(&api, streams.place()?, member).await;
    }
    let current = read(&api, &member).await?;
    let card = current.state.issued().ok_or_else(|| no_card(&member))?;
    let today = api.cards.today();
    let document = CardDocument::of(card, current.version, today);
    let mut answer = if card.accruing_fee(today).is_positive() {
        // Tomorrow the same version shows another fee.
        ([(header::ETAG, etag(current.version))], Json(document)).into_response()
    } else {
        known.answer(current.version, document)
    };
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(answer)
}

async fn read(api: &Api, member: &MemberId) -> Result<Versioned<RentalCard>, Problem> {
    Ok(api.cards.current(member).await?)
}

fn no_card(member: &MemberId) -> Problem {
    Problem::new(&CARD_NOT_FOUND, format!("no card was issued to {member}; issue one first"))
}

/// From what was recorded when it was recorded now or before, else from the state: a repeat shows what the first answer
/// showed.
fn issued(api: &Api, executed: &Executed<RentalCard>, log: CurrentLog) -> Result<CardIssued, Problem> {
    let recorded = (!executed.events.is_empty()).then(|| RentalCard::replay(&executed.events));
    let card = recorded.as_ref().unwrap_or(&executed.state).issued();
    let today = api.cards.today();
    card.map(|card| CardIssued::of(card, today, Written::of(executed, log)))
        .ok_or_else(|| no_effect("issuing a card"))
}
