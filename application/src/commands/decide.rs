//! Deciding all that waits for a stream, one command after the other on the state as it grows.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::error::CommandError;
use super::mailbox::Pending;
use super::versioned::Versioned;
use super::{CommandErrorOf, Context};
use crate::codec::{Aggregate, Metadata};
use crate::ports::event_store::{
    CommandEvents, CommandId, EVENT_BYTES_MAX, EventId, NewEvent, Position, Version,
};
use crate::ports::{Clock, Ids};

/// What was decided in one round of a batch.
pub(super) struct Decided<A: Aggregate> {
    /// What each command comes to, in order.
    pub(super) verdicts: Vec<Verdict<A>>,
    /// What is to be stored.
    pub(super) parts: Vec<CommandEvents>,
    /// The state with all of it; none when nothing is to be stored.
    pub(super) after: Option<After<A>>,
    /// Which verdict each command of `parts` got, by its place.
    stored: HashMap<CommandId, usize>,
}

/// What one command comes to. `added` counts the events decided in this round up to and with this command.
pub(super) enum Verdict<A: Aggregate> {
    /// These events, once they are stored.
    Happens { events: Vec<A::Event>, added: u64 },
    /// There is nothing to do, as this state shows.
    Nothing { added: u64, state: Arc<A> },
    /// It is not done.
    Fails(CommandErrorOf<A>),
    /// It has the id of the command that got this verdict, by its place, and which is to be stored: it is a repeat of
    /// that one.
    Repeats(usize),
}

/// The state after a round.
pub(super) struct After<A> {
    state: A,
    added: u64,
    last: EventId,
}

impl<A: Aggregate> After<A> {
    /// The state with its place, once the first event of the round is stored at `first`.
    pub(super) fn known(self, before: &Versioned<A>, first: Position) -> Versioned<A> {
        Versioned {
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

    /// Takes the events of one more command into the state. Says whether it could: after a panic the state is as it
    /// was, built again from what had been decided before, so that the state need not be copied for each command.
    fn evolve(&mut self, known: &Versioned<A>, events: &[A::Event], last: EventId) -> bool {
        let (before, kept) = match self.after.take() {
            None => (None, None),
            Some(After { state, added, last }) => (Some(state), Some((added, last))),
        };
        let added = kept.map_or(0, |(added, _)| added) + events.len() as u64;
        let evolved = catch_unwind(AssertUnwindSafe(|| {
            let before = before.unwrap_or_else(|| A::clone(&known.state));
            events.iter().fold(before, A::evolve)
        }));
        let is_whole = evolved.is_ok();
        self.after = match evolved {
            Ok(state) => Some(After { state, added, last }),
            Err(_panic) => kept.map(|(added, last)| After { state: self.replayed(known), added, last }),
        };
        is_whole
    }

    fn replayed(&self, known: &Versioned<A>) -> A {
        let happened = self.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Happens { events, .. } => Some(events),
            Verdict::Nothing { .. } | Verdict::Fails(_) | Verdict::Repeats(_) => None,
        });
        happened.flatten().fold(A::clone(&known.state), A::evolve)
    }
}

/// Where the time and the ids of events come from.
pub(super) struct Stamp<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) ids: &'a dyn Ids,
}

impl<A: Aggregate> Verdict<A> {
    /// Whether the answer writes nothing, so that it has to be found out whether the command was done before.
    pub(super) const fn needs_look_up(&self) -> bool {
        match self {
            Self::Happens { .. } | Self::Repeats(_) => false,
            Self::Nothing { .. } | Self::Fails(_) => true,
        }
    }
}

/// Decides all commands, in order, so that of each id at most one is to be stored. One that panics or is too large
/// fails alone.
pub(super) fn all<A: Aggregate>(
    stamp: &Stamp<'_>,
    id: &A::Id,
    known: &Versioned<A>,
    waiting: &[Pending<A>],
) -> Decided<A> {
    let mut decided = Decided {
        verdicts: Vec::with_capacity(waiting.len()),
        parts: Vec::new(),
        after: None,
        stored: HashMap::new(),
    };
    for pending in waiting {
        let verdict = one(stamp, id, known, &mut decided, pending);
        decided.verdicts.push(verdict);
    }
    decided
}

fn one<A: Aggregate>(
    stamp: &Stamp<'_>,
    id: &A::Id,
    known: &Versioned<A>,
    decided: &mut Decided<A>,
    pending: &Pending<A>,
) -> Verdict<A> {
    if let Some(&first) = decided.stored.get(&pending.context.command) {
        return Verdict::Repeats(first);
    }
    let (state, added) = match &decided.after {
        None => (known.state.as_ref(), 0),
        Some(after) => (&after.state, after.added),
    };
    if let Some(error) = version_mismatch(known.version.plus(added), &pending.context) {
        return Verdict::Fails(error);
    }
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let events = state.decide(&pending.command)?;
        let stored = stored::<A>(stamp, id, &pending.context, &events);
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
    if !decided.evolve(known, &events, last) {
        return Verdict::Fails(CommandError::Defect { stream: A::stream(id) });
    }
    let added = added + stored.len() as u64;
    decided.stored.insert(pending.context.command, decided.verdicts.len());
    decided.parts.push(CommandEvents { command: pending.context.command, events: stored });
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
    stamp: &Stamp<'_>,
    id: &A::Id,
    context: &Context,
    events: &[A::Event],
) -> Vec<NewEvent> {
    let occurred_at = stamp.clock.now();
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
            id: EventId::new(stamp.ids.next()),
            kind: encoded.kind,
            revision: encoded.revision,
            payload: encoded.payload,
            metadata: metadata.encode(),
            occurred_at,
        }
    };
    events.iter().map(store).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::codec::{Actor, Fingerprint};
    use crate::commands::brittle::{BREAKS, Brittle};

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn today(&self) -> domain::Date {
            domain::Date::constant(2026, 1, 1)
        }
    }

    impl Ids for Fixed {
        fn next(&self) -> Uuid {
            Uuid::nil()
        }

        fn fraction(&self) -> f64 {
            0.0
        }
    }

    fn pending(key: usize, command: u8) -> Pending<Brittle> {
        let context = Context {
            command: CommandId::new(Uuid::from_u128(key as u128)),
            fingerprint: Fingerprint(0),
            former_fingerprint: None,
            actor: Actor::Anonymous,
            causation: None,
            traceparent: None,
            if_version: None,
        };
        Pending { command, context, reply: oneshot::channel().0 }
    }

    /// Which of these commands happen, the state after them, and how many events there are.
    fn decided(commands: &[u8]) -> (Vec<bool>, Vec<u8>, u64) {
        let waiting: Vec<_> = commands.iter().enumerate().map(|(key, &it)| pending(key, it)).collect();
        let decided = all(&Stamp { clock: &Fixed, ids: &Fixed }, &1, &Versioned::empty(), &waiting);
        let happens = |verdict: &Verdict<Brittle>| match verdict {
            Verdict::Happens { .. } => true,
            Verdict::Fails(CommandError::Defect { .. }) => false,
            _ => panic!("neither done nor a defect"),
        };
        let happened: Vec<bool> = decided.verdicts.iter().map(happens).collect();
        assert_eq!(decided.parts.len(), happened.iter().filter(|happens| **happens).count());
        let (state, added) = decided.after.map(|after| (after.state.0, after.added)).unwrap_or_default();
        (happened, state, added)
    }

    #[test]
    fn a_command_whose_event_panics_in_evolve_fails_alone() {
        assert_eq!(decided(&[1, BREAKS, 2]), (vec![true, false, true], vec![1, 2], 2));
        assert_eq!(decided(&[BREAKS, 1, BREAKS, 2]), (vec![false, true, false, true], vec![1, 2], 2));
        assert_eq!(decided(&[1, 2, BREAKS]), (vec![true, true, false], vec![1, 2], 2));
        assert_eq!(decided(&[BREAKS]), (vec![false], vec![], 0));
    }
}
