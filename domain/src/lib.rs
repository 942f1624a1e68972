//! The rules of the rental library: pure decisions over facts, with no I/O, no clock and no randomness.

pub mod decider;
pub mod policy;

pub mod ids;
pub mod points;
pub mod text;

pub mod best_seller;
pub mod book;
pub mod member;
pub mod rental_card;

mod request;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod scenario;

pub use decider::Decider;
pub use ids::{BookNo, CardNo, ClearingId, MemberId, Month, ProcessId, RentalId, ReturnId};
pub use jiff::civil::Date;
pub use points::{Amount, Points};
pub use request::{
    Clearing, Item, Kind, Outcome, OutcomeKind, Participant, Person, Rent, Request, RequestKind, Return, Step,
};
pub use text::{
    Author, Description, Email, INVISIBLE, InvalidValue, Isbn, PersonName, Reason, SearchText, Title,
};
