//! Deciding all that waits for a stream, one command after the other on the state as it grows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::cache::Known;
use super::error::CommandError;
use super::mailbox::Pending;
use super::path::Shared;
use super::{CommandErrorOf, Context};
use crate::codec::{Aggregate, Metadata};
use crate::ports::event_store::{EVENT_BYTES_MAX, EventId, NewEvent, Part, Position, Version};

/// What was decided for a turn.
pub(super) struct Decided<A: Aggregate> {
    /// What each command comes to, in order.
    pub(super) verdicts: Vec<Verdict<A>>,
    /// What is to be stored.
    pub(super) parts: Vec<Part>,
    /// The state with all of it; none when nothing is to be stored.
    pub(super) after: Option<After<A>>,
}

/// What one command comes to. `added` counts the events decided in this turn up to and with this command.
pub(super) enum Verdict<A: Aggregate> {
    /// These events, once they are stored.
    Happens { events: Vec<A::Event>, added: u64 },
    /// There is nothing to do, as this state shows.
    Nothing { added: u64, state: Arc<A> },
    /// It is not done.
    Fails(CommandErrorOf<A>),
}

/// The state after a turn.
pub(super) struct After<A> {
    state: A,
    added: u64,
    last: EventId,
}

impl<A: Aggregate> After<A> {
    /// The state with its place, once the first event of the turn is stored at `first`.
    pub(super) fn known(self, before: &Known<A>, first: Position) -> Known<A> {
        Known {
            state: Arc::new(self.state),
            version: before.version.plus(self.added),
            position: first.plus(self.added.saturating_sub(1)),
            event: Some(self.last),
        }
    }
}

impl<A: Aggregate> Decided<A> {
    /// Whether some command would be answered without writing anything for it.
    pub(super) fn writes_nothing_for_some(&self) -> bool {
        self.verdicts.iter().any(Verdict::needs_look_up)
    }
}

impl<A: Aggregate> Verdict<A> {
    /// Whether the answer writes nothing, so that it has to be found out whether the command was done before.
    pub(super) const fn needs_look_up(&self) -> bool {
        match self {
            Self::Happens { .. } => false,
            Self::Nothing { .. } | Self::Fails(_) => true,
        }
    }
}

/// Decides all commands, in order. One that panics or is too large fails alone.
pub(super) fn all<A: Aggregate>(
    shared: &Shared,
    id: &A::Id,
    known: &Known<A>,
    waiting: &[Pending<A>],
) -> Decided<A> {
    let mut decided = Decided { verdicts: Vec::with_capacity(waiting.len()), parts: Vec::new(), after: None };
    for pending in waiting {
        let verdict = one(shared, id, known, &mut decided, pending);
        decided.verdicts.push(verdict);
    }
    decided
}

fn one<A: Aggregate>(
    shared: &Shared,
    id: &A::Id,
    known: &Known<A>,
    decided: &mut Decided<A>,
    pending: &Pending<A>,
) -> Verdict<A> {
    let (state, added) = match &decided.after {
        None => (known.state.as_ref(), 0),
        Some(after) => (&after.state, after.added),
    };
    if let Some(error) = version_mismatch(known.version.plus(added), &pending.context) {
        return Verdict::Fails(error);
    }
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let events = state.decide(&pending.command)?;
        let stored = stored::<A>(shared, id, &pending.context, &events);
        Ok::<_, A::Refusal>((events, stored))
    }));
    let (events, stored) = match attempt {
        Ok(Ok(happens)) => happens,
        Ok(Err(refusal)) => return Verdict::Fails(CommandError::Refused(refusal)),
        Err(_panic) => return Verdict::Fails(CommandError::Defect { stream: A::stream(id) }),
    };
    let Some(last) = stored.last().map(|event| event.id) else {
        let state = decided.after.as_ref().map(|after| Arc::new(after.state.clone()));
        return Verdict::Nothing { added, state: state.unwrap_or_else(|| Arc::clone(&known.state)) };
    };
    if let Some(bytes) = stored.iter().map(NewEvent::bytes).find(|&bytes| bytes > EVENT_BYTES_MAX) {
        return Verdict::Fails(too_large(bytes));
    }
    let added = added + stored.len() as u64;
    let before = decided.after.take().map_or_else(|| A::clone(&known.state), |after| after.state);
    let state = events.iter().fold(before, A::evolve);
    decided.after = Some(After { state, added, last });
    decided.parts.push(Part { command: pending.context.command, events: stored });
    Verdict::Happens { events, added }
}

fn version_mismatch<R: std::error::Error>(actual: Version, context: &Context) -> Option<CommandError<R>> {
    let expected = context.if_version?;
    (expected != actual).then_some(CommandError::VersionMismatch { expected, actual })
}

/// That an event is larger than a store takes.
pub(super) const fn too_large<R: std::error::Error>(bytes: usize) -> CommandError<R> {
    CommandError::TooLarge { bytes, limit: EVENT_BYTES_MAX }
}

fn stored<A: Aggregate>(
    shared: &Shared,
    id: &A::Id,
    context: &Context,
    events: &[A::Event],
) -> Vec<NewEvent> {
    let occurred_at = shared.clock.now();
    let store = |event: &A::Event| {
        let encoded = A::encode(event);
        let metadata = Metadata {
            keys: A::keys(id, event),
            correlation: A::correlation(event),
            causation: context.causation,
            command: context.command,
            fingerprint: context.fingerprint,
            actor: context.actor.clone(),
            traceparent: context.traceparent.clone(),
            occurred_at,
        };
        NewEvent {
            id: EventId::new(shared.ids.next()),
            kind: encoded.kind,
            revision: encoded.revision,
            payload: encoded.payload,
            metadata: metadata.encode(),
            occurred_at,
        }
    };
    events.iter().map(store).collect()
}
