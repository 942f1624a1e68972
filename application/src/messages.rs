//! Integration messages: what services tell each other, translated from one event and into one command.

mod envelope;
mod foreign;
mod handler;
mod json;
mod received;
mod topic;
mod translation;

pub use envelope::record_of;
pub use foreign::{ForeignRecord, MalformedRecord};
pub use handler::{Handler, ServiceCommand, command_of};
pub use received::{Received, read};
pub use topic::Topic;
pub use translation::messages_of;

use domain::book::BookStatus;
use domain::rental_card::Addressee;
use domain::{
    Amount, BookNo, Date, Item, Kind, Outcome, Participant, Person, RentalId, Request, Step, Title,
};
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::ports::event_store::{EventId, Position, StreamName};

/// A message: where it goes, what identifies it, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its topic.
    pub topic: Topic,
    /// What decides its order.
    pub key: String,
    /// What identifies it.
    pub envelope: Envelope,
    /// What it says.
    pub body: Body,
}

/// The CloudEvents attributes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `ce_id`: uuid5 of the stored event's id and the topic; the same at every redelivery and replay.
    pub id: Uuid,
    /// `ce_source`: `/rental`, `/book`, `/member` or `/best-seller`.
    pub source: String,
    /// `ce_type`, such as `library.item-rented.v1`.
    pub kind: String,
    /// `ce_time`.
    pub time: Timestamp,
    /// `ce_subject`: the stream.
    pub subject: StreamName,
    /// `ce_position`: in the producer's log.
    pub position: Position,
    /// `ce_causationid`: the event it was made from.
    pub causation: EventId,
    /// `traceparent`.
    pub traceparent: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// ItemRented, ItemReturned, ItemRentCancelled, ItemReturnCancelled, OverdueCleared and PointUseCommand: a request.
    /// For PointUse it says what of the attempt is to be taken back.
    Request(Request),
    /// EventResult: an answer.
    Result(EventResult),
    /// A book of the catalogue.
    Catalogue {
        /// Its number.
        no: BookNo,
        /// Its title.
        title: Title,
        /// Its status.
        status: BookStatus,
    },
}

/// An answer. What a plain peer leaves out is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventResult {
    /// Which attempt it is for; its kind is the `eventType`.
    pub to: Addressee,
    /// The member it names.
    pub member: Person,
    /// The book it names; none for a payment.
    pub item: Option<Item>,
    /// The points that were asked for.
    pub points: Amount,
    /// The rental that a return ends.
    pub rental_id: Option<RentalId>,
    /// The day of the rent.
    pub rented_on: Option<Date>,
    /// Who answers.
    pub participant: Participant,
    /// What it was asked for.
    pub step: Step,
    /// What it says.
    pub outcome: Outcome,
}

impl EventResult {
    /// The kind of attempt it is for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.to {
            Addressee::Process(process) => process.kind(),
            Addressee::OnlyOne(kind) => kind,
        }
    }
}

/// Why a message is rejected.
#[derive(Debug, Error)]
pub enum MessageError {
    /// It cannot be read.
    #[error("the message on `{topic}` cannot be read: {found}")]
    Unreadable {
        /// The topic.
        topic: &'static str,
        /// What was found, without quoting the body.
        found: String,
    },
}

#[cfg(test)]
mod tests;
