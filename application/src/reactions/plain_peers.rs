//! Participants that answer less than ours do: what they never answer counts as done once they were told.

use async_trait::async_trait;
use domain::rental_card::attempt::{Phase, Start};
use domain::rental_card::{Addressee, Answer, RentalCard, RentalCardCommand};
use domain::{Outcome, Participant, Step};
use uuid::Uuid;

use super::PUBLISH;
use super::message_handlers::sorted;
use crate::codec::{Actor, AnyEvent, Fingerprint};
use crate::commands::{Commands, Context};
use crate::ports::event_store::{CommandId, EventId};
use crate::processing::{DecodedEvent, EventHandler, HandlingError, Sequence};

/// Namespace of the ids of answers that nobody gave: made of the event that asks and of who was asked.
const PRESUMED: Uuid = Uuid::from_u128(0x91c4_5a0f_2e7d_4b16_8f3a_6d20_b7e8_04c9);

/// Which participants are plain. Such a one answers without ids: a book to rents and returns, and a member to payments
/// only. Neither answers when it is asked to undo something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlainPeers {
    /// Whether books are kept by one.
    pub book: bool,
    /// Whether members are kept by one.
    pub member: bool,
}

impl PlainPeers {
    /// Whether there is one.
    #[must_use]
    pub const fn are_any(self) -> bool {
        self.book || self.member
    }

    const fn have(self, participant: Participant) -> bool {
        match participant {
            Participant::Book => self.book,
            Participant::Member => self.member,
        }
    }

    /// The answer that will never come to what an event asks; none when one will, or when it asks nothing.
    fn presumed(self, event: &AnyEvent) -> Option<Answer> {
        let AnyEvent::RentalCard(event) = event else { return None };
        let (_, phase) = event.about().attempt?;
        let (participant, step, asked) = match phase {
            Phase::UndoRequested { participant, asked } => (participant, Step::Undo, asked.clone()),
            Phase::Started(Start::Rent(asked)) => {
                (Participant::Member, Step::Do, asked.clone().of_any_kind())
            }
            Phase::Started(Start::Return(asked, _)) => {
                (Participant::Member, Step::Do, asked.clone().of_any_kind())
            }
            Phase::Started(Start::Clearing(_))
            | Phase::Answered { .. }
            | Phase::Confirmed
            | Phase::Cancelled { .. }
            | Phase::Compensated
            | Phase::ReviewRequested { .. }
            | Phase::ReviewResolved { .. } => return None,
        };
        self.have(participant).then(|| Answer {
            to: Addressee::Process(asked.process()),
            participant,
            step,
            outcome: Outcome::Done,
            book_no: asked.item().map(|item| item.no),
            member_id: asked.member.id,
        })
    }
}

/// Records what plain peers will not answer themselves, after they were told.
pub(super) struct PresumedAnswers {
    pub(super) peers: PlainPeers,
    pub(super) commands: Commands,
}

#[async_trait]
impl EventHandler for PresumedAnswers {
    fn wanted(&self) -> &'static [&'static str] {
        &["rental-card.item-rented", "rental-card.item-returned", "rental-card.undo-requested"]
    }

    fn sequence(&self) -> Sequence {
        Sequence::Member
    }

    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        let Some(answer) = self.peers.presumed(&happened.event) else { return Ok(()) };
        let (event, card) = (happened.recorded.id, answer.member_id.clone());
        let context = Context {
            command: presumed_id(event, answer.participant),
            fingerprint: Fingerprint::of(event.uuid().as_bytes()),
            former_fingerprint: None,
            actor: Actor::Service(PUBLISH.to_string()),
            causation: Some(event),
            traceparent: happened.metadata.traceparent.clone(),
            if_version: None,
        };
        let recorded =
            self.commands.execute::<RentalCard>(&card, RentalCardCommand::RecordAnswer(answer), context);
        recorded.await.map(|_| ()).map_err(sorted::<RentalCard>)
    }
}

/// An event asks each participant one thing.
fn presumed_id(event: EventId, participant: Participant) -> CommandId {
    let who = match participant {
        Participant::Book => "book",
        Participant::Member => "member",
    };
    CommandId::new(Uuid::new_v5(&PRESUMED, format!("{event}\n{who}").as_bytes()))
}
