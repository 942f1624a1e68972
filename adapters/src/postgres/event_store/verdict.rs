//! What the database says of a call.

use std::collections::HashMap;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventId, Position, StreamAppend, Version,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::call::Call;
use super::rows;
use crate::postgres::connection::Failure;

/// What became of the proposals of a call, and how far the log goes.
pub(super) struct StreamVerdict {
    pub(super) outcomes: Vec<(usize, AppendOutcome)>,
    pub(super) head: Position,
}

impl StreamVerdict {
    /// `is_asked_again`: an earlier answer to the same call was lost, so what is known may be what that one did.
    pub(super) fn read(call: &Call<'_>, answer: &[PgRow], is_asked_again: bool) -> Result<Self, Failure> {
        let found = FoundStream::read(answer)?;
        let mut head = found.base;
        let mut outcomes = Vec::with_capacity(call.proposals.len());
        for (number, (place, proposal)) in (1..).zip(&call.proposals) {
            let outcome = found.objection(number, proposal, is_asked_again).unwrap_or_else(|| {
                let first = head.plus(1);
                head = head.plus(events_of(proposal));
                AppendOutcome::Appended { first }
            });
            outcomes.push((*place, outcome));
        }
        Ok(Self { outcomes, head })
    }
}

#[derive(Default)]
struct FoundStream {
    base: Position,
    conflicts: HashMap<i32, Version>,
    known: HashMap<CommandId, (Done, EventId)>,
}

impl FoundStream {
    fn read(answer: &[PgRow]) -> Result<Self, Failure> {
        let mut found = Self::default();
        for row in answer {
            match row.try_get::<i16, _>("what")? {
                0 => found.base = rows::position(row, "position")?,
                1 => {
                    found.conflicts.insert(row.try_get("proposal")?, rows::version(row, "version")?);
                }
                _ => {
                    let event = EventId::new(row.try_get("event")?);
                    found.known.insert(CommandId::new(row.try_get("command")?), (rows::done(row)?, event));
                }
            }
        }
        Ok(found)
    }

    fn objection(&self, number: i32, proposal: &StreamAppend, is_asked_again: bool) -> Option<AppendOutcome> {
        let known = |command| self.known.get(&command).map(|(done, _)| done.clone());
        match proposal.already_done(known) {
            Some(AppendOutcome::AlreadyDone { commands }) if is_asked_again && self.is_the_same(proposal) => {
                commands.first().map(|(_, done)| AppendOutcome::Appended { first: done.position })
            }
            None => self.conflicts.get(&number).map(|&actual| AppendOutcome::Conflict { actual }),
            already_done => already_done,
        }
    }

    /// Whether the very events of a proposal are stored, and not just others of the same commands.
    fn is_the_same(&self, proposal: &StreamAppend) -> bool {
        proposal.parts.iter().all(|part| {
            let stored = self.known.get(&part.command).map(|(_, event)| *event);
            stored.is_some() && stored == part.events.first().map(|event| event.id)
        })
    }
}

fn events_of(proposal: &StreamAppend) -> u64 {
    proposal.parts.iter().map(|part| part.events.len() as u64).sum()
}
