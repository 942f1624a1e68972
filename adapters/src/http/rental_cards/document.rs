//! Cards as they are asked for and shown.

use application::codec::Named;
use application::ports::event_store::Version;
use application::ports::loan_view::LoanState;
use domain::rental_card::{CardItem, IssuedCard, ItemState, ReturnedItem};
use domain::{ClearingId, Date, Points, ProcessId};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::command::Written;
use super::super::docs::values;

/// A card to be issued.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(super) struct NewCard {
    member_id: values::MemberId,
    /// Left out: the member's, if registered here, else the id.
    member_name: Option<values::PersonName>,
}

/// A card.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardDocument {
    #[serde(flatten)]
    card: Card,
    version: u64,
}

/// A card after it was issued.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardIssued {
    #[serde(flatten)]
    card: Card,
    #[serde(flatten)]
    written: Written,
}

/// What a card shows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Card {
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
    /// What late books would cost if all came back today; it is owed once they do.
    accruing_fee: i64,
    /// What is pending, rented, or on its way back.
    held: Vec<ItemShown>,
    /// The last 50 that came back, oldest first.
    returned: Vec<ItemShown>,
    /// The payment of the late fee that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    clearing: Option<Clearing>,
}

/// An item of a card.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Item)]
struct ItemShown {
    #[schema(value_type = values::Id)]
    rental_id: String,
    #[schema(value_type = values::BookNo)]
    book_no: i64,
    #[schema(value_type = values::Title)]
    title: String,
    #[schema(value_type = values::Day)]
    rented_on: String,
    /// The last day without a fee.
    #[schema(value_type = values::Day)]
    due_on: String,
    /// Whether it was marked overdue.
    overdue: bool,
    #[schema(value_type = values::ItemState)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Day>, nullable = false)]
    returned_on: Option<String>,
    /// What being late cost, once the item came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    late_fee: Option<i64>,
    /// What being late would cost if the item came back today; left out while that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    accruing_fee: Option<i64>,
}

/// A payment under way.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Clearing {
    #[schema(value_type = values::Id)]
    clearing_id: String,
    #[schema(value_type = values::ProcessId)]
    process_id: String,
}

impl CardDocument {
    /// The card as it is on this day.
    pub(super) fn of(card: &IssuedCard, version: Version, today: Date) -> Self {
        Self { card: Card::of(card, today), version: version.value() }
    }
}

impl CardIssued {
    /// The card as it was issued, or as it is on this day.
    pub(super) fn of(card: &IssuedCard, today: Date, written: Written) -> Self {
        Self { card: Card::of(card, today), written }
    }
}

impl Card {
    fn of(card: &IssuedCard, today: Date) -> Self {
        Self {
            card_no: card.card_no.to_string(),
            member_id: card.member.id.to_string(),
            member_name: card.member.name.as_str().to_owned(),
            status: status(card),
            late_fee: card.fee.value(),
            accruing_fee: card.accruing_fee(today).value(),
            held: card.items.iter().map(|item| ItemShown::held(item, today)).collect(),
            returned: card.returned.iter().map(ItemShown::returned).collect(),
            clearing: card.clearing().map(Clearing::of),
        }
    }
}

/// Whether a card may rent, in a word.
pub(super) fn status(card: &IssuedCard) -> &'static str {
    if card.is_suspended() { "SUSPENDED" } else { "AVAILABLE" }
}

impl ItemShown {
    fn held(held: &CardItem, today: Date) -> Self {
        let accruing_fee = held.late_fee(today);
        let (returned_on, late_fee) = match &held.state {
            ItemState::Pending | ItemState::Rented => (None, None),
            ItemState::ReturnPending { returned_on, late_fee, .. } => {
                (Some(returned_on.to_string()), Some(late_fee.value()))
            }
        };
        Self {
            rental_id: held.rental_id.to_string(),
            book_no: held.item.no.value(),
            title: held.item.title.as_str().to_owned(),
            rented_on: held.rented_on.to_string(),
            due_on: held.due_on.to_string(),
            overdue: held.overdue,
            state: LoanState::of(&held.state).name(),
            returned_on,
            late_fee,
            accruing_fee: (held.is_held() && accruing_fee.is_positive()).then_some(accruing_fee.value()),
        }
    }

    fn returned(returned: &ReturnedItem) -> Self {
        Self {
            rental_id: returned.rental_id.to_string(),
            book_no: returned.item.no.value(),
            title: returned.item.title.as_str().to_owned(),
            rented_on: returned.rented_on.to_string(),
            due_on: returned.due_on.to_string(),
            overdue: returned.late_fee > Points::ZERO,
            state: "RETURNED",
            returned_on: Some(returned.returned_on.to_string()),
            late_fee: Some(returned.late_fee.value()),
            accruing_fee: None,
        }
    }
}

impl Clearing {
    fn of(clearing: ClearingId) -> Self {
        Self { clearing_id: clearing.to_string(), process_id: ProcessId::Clearing(clearing).to_string() }
    }
}
