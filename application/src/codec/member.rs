//! The member's stored form: events, and the state in a snapshot.

use bytes::Bytes;
use domain::member::{Cause, Member, MemberEvent};
use domain::{Email, MemberId, Person, Points, ProcessId, Reason, Request};
use serde::{Deserializer, Serializer};

use super::snapshot::{self, schema};
use super::stored_event::{self, StoredEvent, placed, stored_events};
use super::wire::{Stored, stored_structs};
use super::{Aggregate, AnyEvent, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;

stored_events! { MemberEvent {
    MemberRegistered = "member.member-registered" 2 {
        #[serde(rename = "member")]
        person: Person,
        email: Option<Email>,
    }
    PointsSaved = "member.points-saved" 1 {
        #[serde(rename = "asked")]
        cause: Cause,
        amount: Points,
        balance: Points,
    }
    PointsUsed = "member.points-used" 1 {
        #[serde(rename = "asked")]
        cause: Cause,
        amount: Points,
        balance: Points,
    }
    PointsTakenBack = "member.points-taken-back" 1 { asked: Request, amount: Points, balance: Points }
    PointsRefused = "member.points-refused" 1 { asked: Request, reason: Reason }
} }

impl Aggregate for Member {
    type Id = MemberId;

    const CATEGORY: &'static str = "member";

    const SNAPSHOT_SCHEMA: u64 = schema("member", 1);

    fn encode(event: &MemberEvent) -> Encoded {
        event.encode()
    }

    fn decode(recorded: &Recorded) -> Result<MemberEvent, DecodeError> {
        stored_event::decode(recorded)
    }

    fn any(event: MemberEvent) -> AnyEvent {
        AnyEvent::Member(event)
    }

    fn keys(id: &MemberId, event: &MemberEvent) -> SequenceKeys {
        let book = event.answers().and_then(|(asked, _)| asked.item()).map(|item| item.no);
        SequenceKeys { book, member: Some(id.clone()), process: event.process() }
    }

    fn correlation(event: &MemberEvent) -> Option<ProcessId> {
        event.process()
    }

    fn freeze(&self) -> Bytes {
        snapshot::freeze(self)
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        snapshot::thaw(state)
    }

    fn bytes(&self) -> usize {
        let texts = match self {
            Self::Unknown => 0,
            Self::Registered { person, email, points: _ } => {
                snapshot::person_bytes(person) + email.as_ref().map_or(0, |email| email.as_str().len())
            }
        };
        size_of::<Self>() + texts
    }
}

/// The request that moved the points; left out when an operator did.
impl Stored for Cause {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Operator => to.serialize_none(),
            Self::Attempt(asked) => asked.write(to),
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<Request>::read(from)?.map_or(Self::Operator, Self::Attempt))
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Operator)
    }
}

/// A registered member in a snapshot.
struct Registered {
    member: Person,
    email: Option<Email>,
    points: Points,
}

stored_structs! {
    Registered { member: Person, email: Option<Email>, points: Points }
}

impl Stored for Member {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => to.serialize_none(),
            Self::Registered { person, email, points } => {
                Registered { member: person.clone(), email: email.clone(), points: *points }.write(to)
            }
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let registered = Option::<Registered>::read(from)?;
        Ok(registered.map_or(Self::Unknown, |Registered { member, email, points }| Self::Registered {
            person: member,
            email,
            points,
        }))
    }
}
