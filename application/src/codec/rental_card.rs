//! The rental card's stored form: events, and the state in a snapshot.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::rental_card::attempt::{Attempt, Direction, Part, Review};
use domain::rental_card::{
    About, CardItem, IssuedCard, ItemState, OpenAttempt, RentalCard, RentalCardEvent, Returned, ReturnedItem,
};
use domain::{
    Amount, CardNo, Clearing, ClearingId, Date, Item, Kind, MemberId, Outcome, Participant, Person, Points,
    ProcessId, Reason, Rent, RentalId, Request, Return, ReturnId, Step,
};
use serde::de::Error;
use serde::{Deserializer, Serializer};

use super::snapshot::{freeze, item_bytes, person_bytes, schema, thaw};
use super::stored_event::{self, StoredEvent, placed, stored_events};
use super::wire::{Out, Stored, stored_structs};
use super::{Aggregate, AnyEvent, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;
use crate::ports::loan_view::LoanState;

stored_events! { RentalCardEvent {
    CardIssued = "rental-card.card-issued" 1 { card_no: CardNo, member: Person }
    ItemRented { asked: Request { member, points, what: Rent { rental_id, item, rented_on } }, due_on }
    = "rental-card.item-rented" 1 {
        member: Person,
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        due_on: Date,
        points: Amount,
    }
    ItemReturned {
        asked: Request { member, points, what: Return { return_id, rental_id, item, rented_on } },
        returned_on,
        days_late,
        late_fee,
    }
    = "rental-card.item-returned" 1 {
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
    ClearingRequested { asked: Request { member, points, what: Clearing { clearing_id } } }
    = "rental-card.clearing-requested" 1 {
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
    RentCancelled { asked: Request { member, points, what: Rent { rental_id, item, rented_on } }, reason }
    = "rental-card.rent-cancelled" 1 {
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
        let About { book, attempt, .. } = event.about();
        SequenceKeys { book, member: Some(id.clone()), process: attempt.map(|(process, _)| process) }
    }

    fn correlation(event: &RentalCardEvent) -> Option<ProcessId> {
        event.process()
    }

    fn freeze(&self) -> Bytes {
        freeze(self)
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        thaw(state)
    }

    fn bytes(&self) -> usize {
        bytes_of(self)
    }
}

stored_structs! {
    IssuedCard {
        card_no: CardNo,
        member: Person,
        items: Vec<CardItem>,
        returned: Vec<ReturnedItem>,
        fee: Points,
        attempts: BTreeMap<ProcessId, OpenAttempt>,
    }
    CardItem {
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        due_on: Date,
        overdue: bool,
        state: ItemState,
    }
    ReturnedItem {
        rental_id: RentalId,
        item: Item,
        rented_on: Date,
        due_on: Date,
        returned_on: Date,
        late_fee: Points,
    }
    OpenAttempt { asked: Request, returned: Option<Returned>, progress: Attempt }
    Returned { on: Date, late_fee: Points }
    Attempt {
        kind: Kind,
        book: Option<Part>,
        member: Part,
        direction: Option<Direction>,
        review: Review,
    }
    StateForm {
        state: LoanState,
        return_id: Option<ReturnId>,
        returned_on: Option<Date>,
        late_fee: Option<Points>,
    }
}

/// About how many bytes a card takes in memory.
fn bytes_of(card: &RentalCard) -> usize {
    let RentalCard::Issued(card) = card else { return size_of::<RentalCard>() };
    let items = card.items.iter().map(|item| size_of::<CardItem>() + item_bytes(&item.item));
    let returned = card.returned.iter().map(|item| size_of::<ReturnedItem>() + item_bytes(&item.item));
    let attempts = card.attempts.values().map(|open| {
        let texts = person_bytes(&open.asked.member) + open.asked.item().map_or(0, item_bytes);
        size_of::<(ProcessId, OpenAttempt)>() + texts
    });
    let inside: usize = items.chain(returned).chain(attempts).sum();
    size_of::<RentalCard>() + person_bytes(&card.member) + inside
}

/// The state of an item with what a return has.
struct StateForm {
    state: LoanState,
    return_id: Option<ReturnId>,
    returned_on: Option<Date>,
    late_fee: Option<Points>,
}

impl Stored for RentalCard {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NotIssued => to.serialize_none(),
            Self::Issued(card) => card.write(to),
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::read(from)?.map_or(Self::NotIssued, Self::Issued))
    }
}

/// A list: each attempt names its process itself.
impl Stored for BTreeMap<ProcessId, OpenAttempt> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.values().map(Out))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<OpenAttempt>::read(from)?.into_iter().map(|open| (open.asked.process(), open)).collect())
    }
}

impl Stored for ItemState {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bare = |state| StateForm { state, return_id: None, returned_on: None, late_fee: None };
        let form = match self {
            Self::Pending => bare(LoanState::Pending),
            Self::Rented => bare(LoanState::Rented),
            Self::ReturnPending { return_id, returned_on, late_fee } => StateForm {
                state: LoanState::ReturnPending,
                return_id: Some(*return_id),
                returned_on: Some(*returned_on),
                late_fee: Some(*late_fee),
            },
        };
        form.write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let form = StateForm::read(from)?;
        match form.state {
            LoanState::Pending => Ok(Self::Pending),
            LoanState::Rented => Ok(Self::Rented),
            LoanState::ReturnPending => Ok(Self::ReturnPending {
                return_id: form.return_id.ok_or_else(|| D::Error::missing_field("returnId"))?,
                returned_on: form.returned_on.ok_or_else(|| D::Error::missing_field("returnedOn"))?,
                late_fee: form.late_fee.ok_or_else(|| D::Error::missing_field("lateFee"))?,
            }),
        }
    }
}
