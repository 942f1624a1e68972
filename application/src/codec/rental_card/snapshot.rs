//! The rental card's state in a snapshot.

use std::collections::BTreeMap;

use domain::rental_card::attempt::{Attempt, Direction, Part, Review};
use domain::rental_card::{CardItem, IssuedCard, ItemState, OpenAttempt, RentalCard, Returned, ReturnedItem};
use domain::{CardNo, Date, Item, Kind, Person, Points, ProcessId, RentalId, Request, ReturnId};
use serde::de::Error;
use serde::{Deserializer, Serializer};

use crate::codec::snapshot::{item_bytes, person_bytes};
use crate::codec::wire::{Stored, stored_names, stored_structs};

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
        state: StateName,
        return_id: Option<ReturnId>,
        returned_on: Option<Date>,
        late_fee: Option<Points>,
    }
}

stored_names! {
    StateName as "an item's state" {
        Pending = "PENDING", Rented = "RENTED", ReturnPending = "RETURN_PENDING",
    }
    Part as "a participant's state" {
        Waiting = "WAITING",
        Done = "DONE",
        Refused = "REFUSED",
        Undoing = "UNDOING",
        Undone = "UNDONE",
        UndoRefused = "UNDO_REFUSED",
    }
    Review as "a review" { NotNeeded = "NOT_NEEDED", Requested = "REQUESTED", Resolved = "RESOLVED" }
}

/// About how many bytes a card takes in memory.
pub(super) fn bytes_of(card: &RentalCard) -> usize {
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

/// The state of an item without what belongs to it.
enum StateName {
    Pending,
    Rented,
    ReturnPending,
}

/// The state of an item with what a return has.
struct StateForm {
    state: StateName,
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
        to.collect_seq(self.values().map(crate::codec::wire::Out))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<OpenAttempt>::read(from)?.into_iter().map(|open| (open.asked.process(), open)).collect())
    }
}

impl Stored for ItemState {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bare = |state| StateForm { state, return_id: None, returned_on: None, late_fee: None };
        let form = match self {
            Self::Pending => bare(StateName::Pending),
            Self::Rented => bare(StateName::Rented),
            Self::ReturnPending { return_id, returned_on, late_fee } => StateForm {
                state: StateName::ReturnPending,
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
            StateName::Pending => Ok(Self::Pending),
            StateName::Rented => Ok(Self::Rented),
            StateName::ReturnPending => Ok(Self::ReturnPending {
                return_id: form.return_id.ok_or_else(|| D::Error::missing_field("returnId"))?,
                returned_on: form.returned_on.ok_or_else(|| D::Error::missing_field("returnedOn"))?,
                late_fee: form.late_fee.ok_or_else(|| D::Error::missing_field("lateFee"))?,
            }),
        }
    }
}
