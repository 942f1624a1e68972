//! Message handlers: an event becomes a message, the message a command with an id of its own, and its effect an event.

use async_trait::async_trait;
use domain::best_seller::BestSeller;
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::RentalCard;
use uuid::Uuid;

use crate::codec::{Actor, Fingerprint};
use crate::commands::{CommandError, CommandErrorOf, Commands, Context, ReadError, Routed};
use crate::messages::{Envelope, Handler, Message, ServiceCommand, command_of, messages_of};
use crate::ports::event_store::CommandId;
use crate::ports::token_store::ProcessorName;
use crate::processing::{DecodedEvent, EventHandler, HandlingError, Sequence};

/// What ids of commands that follow from messages are made in.
const EFFECTS: Uuid = Uuid::from_u128(0x2b6e_90c4_71fd_4a3b_9d08_c35e_1fa4_7760);

/// Handles the messages that one service listens to.
pub struct MessageHandler {
    processor: ProcessorName,
    handler: Handler,
    commands: Commands,
}

impl MessageHandler {
    /// A handler for a processor of this name.
    #[must_use]
    pub const fn new(processor: ProcessorName, handler: Handler, commands: Commands) -> Self {
        Self { processor, handler, commands }
    }

    /// Lets a message have its effect, at most once however often it comes.
    ///
    /// # Errors
    /// [`HandlingError`], which says what is to become of the message.
    pub async fn receive(&self, message: &Message) -> Result<(), HandlingError> {
        let Some(command) = command_of(self.handler, message) else { return Ok(()) };
        let context = self.context(&message.envelope);
        match command {
            ServiceCommand::RentalCard(id, command) => self.send::<RentalCard>(&id, command, context).await,
            ServiceCommand::Member(id, command) => self.send::<Member>(&id, command, context).await,
            ServiceCommand::Book(no, command) => self.send::<Book>(&no, command, context).await,
            ServiceCommand::BestSeller(id, command) => self.send::<BestSeller>(&id, command, context).await,
        }
    }

    async fn send<A: Routed>(
        &self,
        id: &A::Id,
        command: A::Command,
        context: Context,
    ) -> Result<(), HandlingError> {
        self.commands.execute::<A>(id, command, context).await.map(|_| ()).map_err(sorted::<A>)
    }

    fn context(&self, envelope: &Envelope) -> Context {
        Context {
            command: effect_id(&self.processor, envelope),
            fingerprint: Fingerprint::of(envelope.id.as_bytes()),
            former_fingerprint: None,
            actor: Actor::Service(self.processor.to_string()),
            causation: Some(envelope.causation),
            traceparent: envelope.traceparent.clone(),
            if_version: None,
        }
    }
}

/// The id of the command that a message leads to at a processor: made of what identifies the message, so that it is the
/// same whenever the message comes.
#[must_use]
pub fn effect_id(processor: &ProcessorName, envelope: &Envelope) -> CommandId {
    let name = format!("{}\n{}\n{processor}", envelope.source, envelope.id);
    CommandId::new(Uuid::new_v5(&EFFECTS, name.as_bytes()))
}

#[async_trait]
impl EventHandler for MessageHandler {
    fn wanted(&self) -> &'static [&'static str] {
        self.handler.event_types()
    }

    fn sequence(&self) -> Sequence {
        match self.handler {
            Handler::LendBooks | Handler::CountRentals => Sequence::Book,
            Handler::KeepPoints | Handler::RecordAnswers => Sequence::Member,
        }
    }

    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        for message in messages_of(&happened.recorded, &happened.metadata, &happened.event) {
            self.receive(&message).await?;
        }
        Ok(())
    }

    async fn handle_message(&self, message: &Message) -> Result<(), HandlingError> {
        self.receive(message).await
    }
}

/// What is away comes back, and so does a stream that is busy, which is no reason for others to wait; what does not fit
/// never will; everything else is for somebody to look at.
pub(crate) fn sorted<A: Routed>(error: CommandErrorOf<A>) -> HandlingError {
    match error {
        CommandError::Unavailable { .. }
        | CommandError::OutcomeUnknown { .. }
        | CommandError::DoneUnread { source: ReadError::Unavailable { .. } }
        | CommandError::Stopping => HandlingError::Wait(Box::new(error)),
        CommandError::Busy { .. } | CommandError::Contended { .. } => HandlingError::Busy(Box::new(error)),
        CommandError::Refused(_) => HandlingError::Reject(Box::new(error)),
        CommandError::VersionMismatch { .. }
        | CommandError::IdReused { .. }
        | CommandError::TooLarge { .. }
        | CommandError::Unreadable { .. }
        | CommandError::DoneUnread { .. }
        | CommandError::Corrupt { .. }
        | CommandError::Defect { .. } => HandlingError::Park(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::event_store::StreamName;

    #[test]
    fn a_stream_that_is_busy_keeps_only_those_waiting_who_need_it() {
        let stream = StreamName::of("book", "7");
        for error in [
            CommandError::Busy { stream: stream.clone(), waiting: 10_000 },
            CommandError::Contended { stream, attempts: 5 },
        ] {
            let sorted = sorted::<Book>(error);
            assert!(matches!(sorted, HandlingError::Busy(_)), "{sorted}");
        }
    }

    #[test]
    fn a_service_that_stops_keeps_all_waiting() {
        assert!(matches!(sorted::<Book>(CommandError::Stopping), HandlingError::Wait(_)));
    }
}
