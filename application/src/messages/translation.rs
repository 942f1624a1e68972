//! From a stored event to messages: a pure function of one event.

use domain::book::{BookEvent, BookStatus};
use domain::member::MemberEvent;
use domain::rental_card::attempt::{Phase, Start};
use domain::rental_card::{Addressee, RentalCardEvent};
use domain::{BookNo, Kind, Outcome, Participant, Reason, Request, RequestKind, Return, Step, Title};
use uuid::Uuid;

use super::{Body, Envelope, EventResult, Message, Topic};
use crate::codec::{AnyEvent, Metadata};
use crate::ports::event_store::Recorded;
use crate::services::ServiceName;

/// The messages that follow from an event: none, or one for each topic it goes to. A pure function of one event.
#[must_use]
pub fn messages_of(recorded: &Recorded, metadata: &Metadata, event: &AnyEvent) -> Vec<Message> {
    let Some(source) = event.service().map(ServiceName::source) else { return vec![] };
    let said = match event {
        AnyEvent::RentalCard(event) => said_by_card(event),
        AnyEvent::Member(event) => said_by_member(event),
        AnyEvent::Book(event) => said_by_book(event),
        AnyEvent::BestSeller(_) | AnyEvent::Operator(_) => None,
    };
    let message = said.map(|(topic, body)| Message {
        topic,
        key: body.key(),
        envelope: envelope(recorded, metadata, source, topic),
        body,
    });
    message.into_iter().collect()
}

impl Body {
    /// What decides the order of what is said: the member, or for the catalogue the book.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Request(asked) => asked.member.id.to_string(),
            Self::Result(result) => result.member.id.to_string(),
            Self::Catalogue { no, .. } => no.to_string(),
        }
    }
}

fn envelope(recorded: &Recorded, metadata: &Metadata, source: &str, topic: Topic) -> Envelope {
    Envelope {
        id: Uuid::new_v5(&recorded.id.uuid(), topic.name().as_bytes()),
        source: source.to_owned(),
        kind: topic.message_type().to_owned(),
        time: metadata.occurred_at,
        subject: recorded.stream.clone(),
        position: recorded.position,
        causation: recorded.id,
        traceparent: metadata.traceparent.clone(),
    }
}

fn said_by_card(event: &RentalCardEvent) -> Option<(Topic, Body)> {
    let (topic, asked) = requested(event)?;
    Some((topic, Body::Request(asked)))
}

fn requested(event: &RentalCardEvent) -> Option<(Topic, Request)> {
    if let RentalCardEvent::RentCancelled { asked, .. } = event {
        return Some((Topic::RentalUncount, asked.clone().of_any_kind()));
    }
    let (_, phase) = event.about().attempt?;
    match phase {
        Phase::Started(start) => Some((start_topic(start), start.asked())),
        Phase::UndoRequested { participant, asked } => {
            undo_topic(participant, asked.kind()).map(|topic| (topic, asked.clone()))
        }
        Phase::Answered { .. }
        | Phase::Confirmed
        | Phase::Cancelled { .. }
        | Phase::Compensated
        | Phase::ReviewRequested { .. }
        | Phase::ReviewResolved { .. } => None,
    }
}

const fn start_topic(start: Start<'_>) -> Topic {
    match start {
        Start::Rent(_) => Topic::RentalRent,
        Start::Return(..) => Topic::RentalReturn,
        Start::Clearing(_) => Topic::OverdueClear,
    }
}

/// Where undoing is asked for; a payment is never undone.
const fn undo_topic(participant: Participant, kind: Kind) -> Option<Topic> {
    match (participant, kind) {
        (Participant::Book, Kind::Rent) => Some(Topic::RentCancel),
        (Participant::Book, Kind::Return) => Some(Topic::ReturnCancel),
        (Participant::Member, Kind::Rent | Kind::Return) => Some(Topic::PointUse),
        (Participant::Book | Participant::Member, Kind::Overdue) => None,
    }
}

fn said_by_book(event: &BookEvent) -> Option<(Topic, Body)> {
    type E = BookEvent;
    let refusal = match event {
        E::BookEntered { details } => return catalogued(details.no, &details.title, BookStatus::Entered),
        E::BookMadeAvailable { no, title } => return catalogued(*no, title, BookStatus::Available),
        E::BookWithdrawn { no, title } => return catalogued(*no, title, BookStatus::Unavailable),
        E::LendingRefused { reason, .. }
        | E::TakingBackRefused { reason, .. }
        | E::UndoRefused { reason, .. } => Some(reason),
        E::BookLent { .. }
        | E::LendingUndone { .. }
        | E::BookTakenBack { .. }
        | E::TakingBackUndone { .. } => None,
    };
    event.answers().map(|(asked, step)| answer(asked, Participant::Book, step, refusal))
}

fn said_by_member(event: &MemberEvent) -> Option<(Topic, Body)> {
    type E = MemberEvent;
    let refusal = match event {
        E::PointsRefused { reason, .. } => Some(reason),
        E::MemberRegistered { .. }
        | E::PointsSaved { .. }
        | E::PointsUsed { .. }
        | E::PointsTakenBack { .. } => None,
    };
    event.answers().map(|(asked, step)| answer(asked, Participant::Member, step, refusal))
}

fn catalogued(no: BookNo, title: &Title, status: BookStatus) -> Option<(Topic, Body)> {
    Some((Topic::BookCatalogue, Body::Catalogue { no, title: title.clone(), status }))
}

fn answer(asked: &Request, participant: Participant, step: Step, refusal: Option<&Reason>) -> (Topic, Body) {
    let outcome = refusal.map_or(Outcome::Done, |reason| Outcome::Refused { reason: reason.clone() });
    let result = EventResult {
        to: Addressee::Process(asked.process()),
        member: asked.member.clone(),
        item: asked.item().cloned(),
        points: asked.points,
        rental_id: match asked.what {
            RequestKind::Return(Return { rental_id, .. }) => Some(rental_id),
            RequestKind::Rent(_) | RequestKind::Clearing(_) => None,
        },
        rented_on: asked.rented_on(),
        participant,
        step,
        outcome,
    };
    (Topic::RentalResult, Body::Result(result))
}
