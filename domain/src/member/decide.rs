//! What a member may do, and what follows from it.

use super::{Cause, Member, MemberCommand, MemberEvent, MemberRefusal};
use crate::points::{Amount, Points};
use crate::request::{Person, Request, RequestKind};
use crate::text::{Email, Reason};

type Decision = Result<Vec<MemberEvent>, MemberRefusal>;

pub(super) fn decide(member: &Member, command: &MemberCommand) -> Decision {
    match command {
        MemberCommand::Register { person, email } => register(member, person, email.as_ref()),
        MemberCommand::SavePoints { amount } => save_points(member, *amount),
        MemberCommand::UsePoints { amount } => use_points(member, *amount),
        MemberCommand::Award { asked } => Ok(vec![award(member, asked)]),
        MemberCommand::Pay { asked } => Ok(vec![pay(member, asked)]),
        MemberCommand::TakeBackAward { asked } => Ok(vec![take_back_award(member, asked)]),
    }
}

fn register(member: &Member, person: &Person, email: Option<&Email>) -> Decision {
    match member {
        Member::Unknown => {
            Ok(vec![MemberEvent::MemberRegistered { person: person.clone(), email: email.cloned() }])
        }
        Member::Registered { person: known, .. } if known.name != person.name => {
            Err(MemberRefusal::MemberExists { differing: "another name" })
        }
        Member::Registered { email: known, .. } if email.is_some() && known.as_ref() != email => {
            Err(MemberRefusal::MemberExists { differing: "another e-mail address" })
        }
        Member::Registered { .. } => Ok(vec![]),
    }
}

fn save_points(member: &Member, amount: Amount) -> Decision {
    let points = member.balance().ok_or(MemberRefusal::NotRegistered)?;
    Ok(vec![saved(Cause::Operator, amount, points)])
}

fn use_points(member: &Member, amount: Amount) -> Decision {
    let balance = member.balance().ok_or(MemberRefusal::NotRegistered)?;
    if balance < amount.points() {
        return Err(MemberRefusal::NotEnoughPoints { balance, wanted: amount.points() });
    }
    Ok(vec![used(Cause::Operator, amount, balance)])
}

fn award(member: &Member, asked: &Request) -> MemberEvent {
    match (&asked.what, member.balance()) {
        (RequestKind::Clearing(_), _) => refused(asked, "a payment is no award"),
        (RequestKind::Rent(_) | RequestKind::Return(_), None) => refused(asked, "not registered"),
        (RequestKind::Rent(_) | RequestKind::Return(_), Some(balance)) => {
            saved(Cause::Attempt(asked.clone()), asked.points, balance)
        }
    }
}

fn pay(member: &Member, asked: &Request) -> MemberEvent {
    match (&asked.what, member.balance()) {
        (RequestKind::Rent(_) | RequestKind::Return(_), _) => refused(asked, "an award is no payment"),
        (RequestKind::Clearing(_), None) => refused(asked, "not registered"),
        (RequestKind::Clearing(_), Some(balance)) if balance < asked.points.points() => {
            refused(asked, "balance too small")
        }
        (RequestKind::Clearing(_), Some(balance)) => {
            used(Cause::Attempt(asked.clone()), asked.points, balance)
        }
    }
}

/// Never refused, since an undo must not fail: what was never awarded here is answered with nothing taken.
fn take_back_award(member: &Member, asked: &Request) -> MemberEvent {
    let balance = member.balance();
    let amount = match (&asked.what, balance) {
        (RequestKind::Rent(_) | RequestKind::Return(_), Some(_)) => asked.points.points(),
        (RequestKind::Clearing(_), _) | (_, None) => Points::ZERO,
    };
    let balance = balance.unwrap_or(Points::ZERO) - amount;
    MemberEvent::PointsTakenBack { asked: asked.clone(), amount, balance }
}

fn saved(cause: Cause, amount: Amount, before: Points) -> MemberEvent {
    let amount = amount.points();
    MemberEvent::PointsSaved { cause, amount, balance: before + amount }
}

fn used(cause: Cause, amount: Amount, before: Points) -> MemberEvent {
    let amount = amount.points();
    MemberEvent::PointsUsed { cause, amount, balance: before - amount }
}

fn refused(asked: &Request, why: &'static str) -> MemberEvent {
    MemberEvent::PointsRefused { asked: asked.clone(), reason: Reason::of(why) }
}
