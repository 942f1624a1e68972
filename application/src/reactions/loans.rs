//! What is out: one row a rental, from the rent until it is cancelled or the book has come back.

use domain::RentalId;
use domain::rental_card::ItemChange;

use crate::codec::AnyEvent;
use crate::ports::loan_view::{LoanRow, LoanState};
use crate::ports::token_store::{Row, RowKey};
use crate::processing::{DecodedEvent, Projection, Sequence};

/// Folds the events of cards.
pub(super) struct Loans;

const WANTED: &[&str] = &[
    "rental-card.item-rented",
    "rental-card.rent-confirmed",
    "rental-card.rent-cancelled",
    "rental-card.item-overdue",
    "rental-card.item-returned",
    "rental-card.return-confirmed",
    "rental-card.return-cancelled",
];

impl Projection for Loans {
    fn wanted(&self) -> &'static [&'static str] {
        WANTED
    }

    fn sequence(&self) -> Sequence {
        Sequence::Member
    }

    fn row(&self, event: &AnyEvent) -> Option<RowKey> {
        change_by(event).map(|(rental_id, _)| RowKey::Loan(rental_id))
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let Some((rental_id, change)) = change_by(&happened.event) else { return old };
        let row = match old {
            Some(Row::Loan(row)) => Some(row),
            Some(Row::Catalogue(_) | Row::BestSeller(_) | Row::Process(_) | Row::Title(_)) | None => None,
        };
        after(row, rental_id, change).map(Row::Loan)
    }
}

fn change_by(event: &AnyEvent) -> Option<(RentalId, ItemChange<'_>)> {
    let AnyEvent::RentalCard(event) = event else { return None };
    event.about().item
}

fn after(old: Option<LoanRow>, rental_id: RentalId, change: ItemChange<'_>) -> Option<LoanRow> {
    match change {
        ItemChange::Added { asked, due_on } => Some(LoanRow {
            rental_id,
            member_id: asked.member.id.clone(),
            book_no: asked.what.item.no,
            title: asked.what.item.title.clone(),
            rented_on: asked.what.rented_on,
            due_on,
            overdue: false,
            state: LoanState::Pending,
        }),
        ItemChange::Confirmed | ItemChange::Kept { .. } => {
            old.map(|row| LoanRow { state: LoanState::Rented, ..row })
        }
        ItemChange::Returning { .. } => old.map(|row| LoanRow { state: LoanState::ReturnPending, ..row }),
        ItemChange::MarkedOverdue => old.map(|row| LoanRow { overdue: true, ..row }),
        ItemChange::Removed | ItemChange::CameBack { .. } => None,
    }
}
