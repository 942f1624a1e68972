//! The rental card's stored form: its events.

mod snapshot;

use bytes::Bytes;
use domain::rental_card::attempt::Direction;
use domain::rental_card::{RentalCard, RentalCardEvent};
use domain::{
    Amount, BookNo, CardNo, ClearingId, Date, Item, MemberId, Outcome, Participant, Person, Points,
    ProcessId, Reason, RentalId, Request, ReturnId, Step,
};

use super::snapshot::{freeze, schema, thaw};
use super::stored_event::{self, StoredEvent, stored_events};
use super::{Aggregate, AnyEvent, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;

stored_events! { RentalCardEvent {
    CardIssued = "rental-card.card-issued" 1 { card_no: CardNo, member: Person }
    ItemRented = "rental-card.item-rented" 1 {
        member: Person,
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        due_on: Date,
        points: Amount,
    }
    ItemReturned = "rental-card.item-returned" 1 {
        member: Person,
        return_id: ReturnId,
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        returned_on: Date,
        days_late: i32,
        late_fee: Points,
        points: Amount,
    }
    ItemOverdue = "rental-card.item-overdue" 1 { rental_id: RentalId, item: Item, on: Date }
    ClearingRequested = "rental-card.clearing-requested" 1 {
        member: Person,
        clearing_id: ClearingId,
        points: Amount,
    }
    AnswerRecorded = "rental-card.answer-recorded" 1 {
        process: ProcessId,
        participant: Participant,
        step: Step,
        outcome: Outcome,
    }
    RentConfirmed = "rental-card.rent-confirmed" 1 { rental_id: RentalId, item: Item }
    RentCancelled = "rental-card.rent-cancelled" 1 {
        member: Person,
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        points: Amount,
        reason: Reason,
    }
    ReturnConfirmed = "rental-card.return-confirmed" 1 {
        return_id: ReturnId,
        rental_id: RentalId,
        item: Item,
        late_fee: Points,
    }
    ReturnCancelled = "rental-card.return-cancelled" 1 {
        return_id: ReturnId,
        rental_id: RentalId,
        item: Item,
        late_fee: Points,
        reason: Reason,
    }
    FeeCleared = "rental-card.fee-cleared" 1 { clearing_id: ClearingId, points: Points }
    ClearingRefused = "rental-card.clearing-refused" 1 {
        clearing_id: ClearingId,
        points: Points,
        reason: Reason,
    }
    UndoRequested = "rental-card.undo-requested" 1 { participant: Participant, asked: Request }
    AttemptCompensated = "rental-card.attempt-compensated" 1 { process: ProcessId }
    ReviewRequested = "rental-card.review-requested" 1 { process: ProcessId, reason: Reason }
    ReviewResolved = "rental-card.review-resolved" 1 {
        process: ProcessId,
        direction: Direction,
        reason: Reason,
    }
} }

impl Aggregate for RentalCard {
    type Id = MemberId;

    const CATEGORY: &'static str = "rental-card";

    const SNAPSHOT_SCHEMA: u64 = schema("rental-card", 1);

    fn encode(event: &RentalCardEvent) -> Encoded {
        event.encode()
    }

    fn decode(recorded: &Recorded) -> Result<RentalCardEvent, DecodeError> {
        stored_event::decode(recorded)
    }

    fn any(event: RentalCardEvent) -> AnyEvent {
        AnyEvent::RentalCard(event)
    }

    fn keys(id: &MemberId, event: &RentalCardEvent) -> SequenceKeys {
        SequenceKeys { book: book_of(event), member: Some(id.clone()), process: Self::correlation(event) }
    }

    fn correlation(event: &RentalCardEvent) -> Option<ProcessId> {
        type E = RentalCardEvent;
        match event {
            E::CardIssued { .. } | E::ItemOverdue { .. } => None,
            E::ItemRented { rental_id, .. }
            | E::RentConfirmed { rental_id, .. }
            | E::RentCancelled { rental_id, .. } => Some(ProcessId::Rent(*rental_id)),
            E::ItemReturned { return_id, .. }
            | E::ReturnConfirmed { return_id, .. }
            | E::ReturnCancelled { return_id, .. } => Some(ProcessId::Return(*return_id)),
            E::ClearingRequested { clearing_id, .. }
            | E::FeeCleared { clearing_id, .. }
            | E::ClearingRefused { clearing_id, .. } => Some(ProcessId::Clearing(*clearing_id)),
            E::UndoRequested { asked, .. } => Some(asked.process()),
            E::AnswerRecorded { process, .. }
            | E::AttemptCompensated { process }
            | E::ReviewRequested { process, .. }
            | E::ReviewResolved { process, .. } => Some(*process),
        }
    }

    fn freeze(&self) -> Bytes {
        freeze(self)
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        thaw(state)
    }

    fn bytes(&self) -> usize {
        snapshot::bytes_of(self)
    }
}

/// The book an event is about, when the event itself names it.
fn book_of(event: &RentalCardEvent) -> Option<BookNo> {
    type E = RentalCardEvent;
    match event {
        E::ItemRented { item, .. }
        | E::ItemReturned { item, .. }
        | E::ItemOverdue { item, .. }
        | E::RentConfirmed { item, .. }
        | E::RentCancelled { item, .. }
        | E::ReturnConfirmed { item, .. }
        | E::ReturnCancelled { item, .. } => Some(item.no),
        E::UndoRequested { asked, .. } => asked.item().map(|item| item.no),
        E::CardIssued { .. }
        | E::ClearingRequested { .. }
        | E::AnswerRecorded { .. }
        | E::FeeCleared { .. }
        | E::ClearingRefused { .. }
        | E::AttemptCompensated { .. }
        | E::ReviewRequested { .. }
        | E::ReviewResolved { .. } => None,
    }
}
