//! Stored forms of what a card asks and what it is answered.

use domain::{
    Amount, BookNo, Clearing, Date, Item, MemberId, Outcome, OutcomeKind, Person, PersonName, ProcessId,
    Reason, Rent, RentalId, Request, RequestKind, Return, Title,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{In, Out, Stored, stored_structs};

stored_structs! {
    Person { id: MemberId, name: PersonName }
    Item { no: BookNo, title: Title }
}

/// The attempt, and of the rest what its kind has; a rent's rental is named by its process.
impl Stored for Request {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            process: Out<'a, ProcessId>,
            member: Out<'a, Person>,
            points: Out<'a, Amount>,
            #[serde(skip_serializing_if = "Option::is_none")]
            item: Option<Out<'a, Item>>,
            #[serde(skip_serializing_if = "Out::is_absent")]
            rental_id: Out<'a, Option<RentalId>>,
            #[serde(skip_serializing_if = "Out::is_absent")]
            rented_on: Out<'a, Option<Date>>,
        }
        let rental_id = match self.what {
            RequestKind::Return(Return { rental_id, .. }) => Some(rental_id),
            RequestKind::Rent(_) | RequestKind::Clearing(_) => None,
        };
        let wire = Wire {
            process: Out(&self.process()),
            member: Out(&self.member),
            points: Out(&self.points),
            item: self.item().map(Out),
            rental_id: Out(&rental_id),
            rented_on: Out(&self.rented_on()),
        };
        wire.serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            process: In<ProcessId>,
            member: In<Person>,
            points: In<Amount>,
            item: In<Option<Item>>,
            rental_id: In<Option<RentalId>>,
            rented_on: In<Option<Date>>,
        }
        let wire = Wire::deserialize(from)?;
        let item = wire.item.0.ok_or_else(|| D::Error::missing_field("item"));
        let rented_on = wire.rented_on.0.ok_or_else(|| D::Error::missing_field("rentedOn"));
        let rental_id = wire.rental_id.0.ok_or_else(|| D::Error::missing_field("rentalId"));
        let what = match wire.process.0 {
            ProcessId::Rent(rental_id) => Rent { rental_id, item: item?, rented_on: rented_on? }.into(),
            ProcessId::Return(return_id) => {
                Return { return_id, rental_id: rental_id?, item: item?, rented_on: rented_on? }.into()
            }
            ProcessId::Clearing(clearing_id) => Clearing { clearing_id }.into(),
        };
        Ok(Self { member: wire.member.0, points: wire.points.0, what })
    }
}

/// `{"result": "DONE"}` or `{"result": "REFUSED", "reason": …}`.
impl Stored for Outcome {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            result: Out<'a, OutcomeKind>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<Out<'a, Reason>>,
        }
        let reason = match self {
            Self::Done => None,
            Self::Refused { reason } => Some(Out(reason)),
        };
        Wire { result: Out(&self.kind()), reason }.serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            result: In<OutcomeKind>,
            reason: In<Option<Reason>>,
        }
        let Wire { result, reason } = Wire::deserialize(from)?;
        match result.0 {
            OutcomeKind::Done => Ok(Self::Done),
            OutcomeKind::Refused => {
                let reason = reason.0.ok_or_else(|| D::Error::missing_field("reason"))?;
                Ok(Self::Refused { reason })
            }
        }
    }
}
