//! What is out: one row a rental, from the rent until it is cancelled or the book has come back.

use domain::RentalId;
use domain::rental_card::RentalCardEvent;

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
        let AnyEvent::RentalCard(event) = event else { return None };
        rental_of(event).map(RowKey::Loan)
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let AnyEvent::RentalCard(event) = &happened.event else { return old };
        let row = match old {
            Some(Row::Loan(row)) => Some(row),
            Some(Row::Catalogue(_) | Row::BestSeller(_) | Row::Process(_)) | None => None,
        };
        fold(row, event).map(Row::Loan)
    }
}

fn fold(old: Option<LoanRow>, event: &RentalCardEvent) -> Option<LoanRow> {
    match event {
        RentalCardEvent::ItemRented { member, rental_id, item, rented_on, due_on, .. } => Some(LoanRow {
            rental_id: *rental_id,
            member_id: member.id.clone(),
            book_no: item.no,
            title: item.title.clone(),
            rented_on: *rented_on,
            due_on: *due_on,
            overdue: false,
            state: LoanState::Pending,
        }),
        RentalCardEvent::RentConfirmed { .. } | RentalCardEvent::ReturnCancelled { .. } => {
            old.map(|row| LoanRow { state: LoanState::Rented, ..row })
        }
        RentalCardEvent::ItemReturned { .. } => {
            old.map(|row| LoanRow { state: LoanState::ReturnPending, ..row })
        }
        RentalCardEvent::ItemOverdue { .. } => old.map(|row| LoanRow { overdue: true, ..row }),
        RentalCardEvent::RentCancelled { .. } | RentalCardEvent::ReturnConfirmed { .. } => None,
        RentalCardEvent::CardIssued { .. }
        | RentalCardEvent::ClearingRequested { .. }
        | RentalCardEvent::AnswerRecorded { .. }
        | RentalCardEvent::FeeCleared { .. }
        | RentalCardEvent::ClearingRefused { .. }
        | RentalCardEvent::UndoRequested { .. }
        | RentalCardEvent::AttemptCompensated { .. }
        | RentalCardEvent::ReviewRequested { .. }
        | RentalCardEvent::ReviewResolved { .. } => old,
    }
}

const fn rental_of(event: &RentalCardEvent) -> Option<RentalId> {
    match event {
        RentalCardEvent::ItemRented { rental_id, .. }
        | RentalCardEvent::RentConfirmed { rental_id, .. }
        | RentalCardEvent::RentCancelled { rental_id, .. }
        | RentalCardEvent::ItemOverdue { rental_id, .. }
        | RentalCardEvent::ItemReturned { rental_id, .. }
        | RentalCardEvent::ReturnConfirmed { rental_id, .. }
        | RentalCardEvent::ReturnCancelled { rental_id, .. } => Some(*rental_id),
        RentalCardEvent::CardIssued { .. }
        | RentalCardEvent::ClearingRequested { .. }
        | RentalCardEvent::AnswerRecorded { .. }
        | RentalCardEvent::FeeCleared { .. }
        | RentalCardEvent::ClearingRefused { .. }
        | RentalCardEvent::UndoRequested { .. }
        | RentalCardEvent::AttemptCompensated { .. }
        | RentalCardEvent::ReviewRequested { .. }
        | RentalCardEvent::ReviewResolved { .. } => None,
    }
}
