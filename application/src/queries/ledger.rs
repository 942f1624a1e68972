//! The points ledger: what moved a member's points, line by line.

use domain::member::{Cause, MemberEvent};
use domain::{Points, Request};

use super::{LedgerCause, LedgerLine};
use crate::ports::event_store::Recorded;

/// The line an event adds to the ledger; none when it moved no points.
pub(super) fn line(recorded: &Recorded, event: &MemberEvent) -> Option<LedgerLine> {
    let (kind, cause, amount, balance) = match event {
        MemberEvent::PointsSaved { cause, amount, balance } => ("points-saved", of(cause), amount, balance),
        MemberEvent::PointsUsed { cause, amount, balance } => ("points-used", of(cause), amount, balance),
        MemberEvent::PointsTakenBack { asked, amount, balance } => {
            ("points-taken-back", process(asked), amount, balance)
        }
        MemberEvent::MemberRegistered { .. } | MemberEvent::PointsRefused { .. } => return None,
    };
    Some(entry(recorded, kind, cause, *amount, *balance))
}

fn entry(
    recorded: &Recorded,
    kind: &'static str,
    cause: LedgerCause,
    amount: Points,
    balance: Points,
) -> LedgerLine {
    LedgerLine {
        cause,
        kind,
        amount: amount.value(),
        balance: balance.value(),
        at: recorded.occurred_at,
        position: recorded.position,
        version: recorded.version,
        event: recorded.id,
    }
}

fn of(cause: &Cause) -> LedgerCause {
    match cause {
        Cause::Operator => LedgerCause::Operator,
        Cause::Attempt(asked) => process(asked),
    }
}

const fn process(asked: &Request) -> LedgerCause {
    LedgerCause::Process(asked.process())
}
