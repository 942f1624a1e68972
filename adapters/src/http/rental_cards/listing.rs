//! All cards.

use application::commands::{ListQuery, Versioned};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Date;
use domain::rental_card::RentalCard;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::current_log::CurrentLog;
use super::super::cursor::Listed;
use super::super::docs::values;
use super::super::people::People;
use super::super::problem::Problem;
use super::document::status;

/// What is asked of all cards.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(cards))
}

/// A card in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CardListed {
    /// `{year}-{uuid}`
    card_no: String,
    #[schema(value_type = values::MemberId)]
    member_id: String,
    #[schema(value_type = values::PersonName)]
    member_name: String,
    #[schema(value_type = values::CardStatus)]
    status: &'static str,
    /// What is owed, in points.
    late_fee: i64,
    /// How many books are pending, rented, or on their way back.
    held: usize,
    /// How many of them had to be back before today.
    overdue: usize,
    version: u64,
}

/// Cards by member, each always up to date; `search` looks into the member's id and name. One answer looks at 2,000
/// cards at most, so that a piece may hold fewer than `limit`, or none, and still have a cursor to go on with.
#[utoipa::path(get, path = "/v1/rental-cards", tag = "rental cards",
    params(("search" = Option<values::SearchText>, Query), ("status" = Option<values::CardStatus>, Query),
        ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query),
        ("minPosition" = Option<values::Position>, Query), ("logId" = Option<values::Id>, Query)),
    responses((status = 200, description = "A piece of the list", body = Listed<CardListed>)))]
pub(in super::super) async fn cards(
    State(api): State<Api>,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<CardListed>>, Problem> {
    let people = People::asked(&api, log, &uri, "cards", &["status"]).await?;
    let suspended = people.query.parsed("status", |raw| match raw {
        "SUSPENDED" => Ok(true),
        "AVAILABLE" => Ok(false),
        _ => Err("it is AVAILABLE or SUSPENDED"),
    })?;
    let wanted = ListQuery { search: people.search.clone(), after: people.after.clone(), suspended };
    let page = api.cards.list(&wanted, people.limit).await?;
    let today = api.cards.today();
    Ok(Json(people.listed(page, |current| CardListed::of(&current, today))))
}

impl CardListed {
    /// None for a card that was never issued.
    fn of(current: &Versioned<RentalCard>, today: Date) -> Option<Self> {
        let card = current.state.issued()?;
        Some(Self {
            card_no: card.card_no.to_string(),
            member_id: card.member.id.to_string(),
            member_name: card.member.name.as_str().to_owned(),
            status: status(card),
            late_fee: card.fee.value(),
            held: card.items.len(),
            overdue: card.items.iter().filter(|item| item.due_on < today).count(),
            version: current.version.value(),
        })
    }
}
