//! What an event makes of a member.

use super::{Member, MemberEvent};
use crate::points::Points;

pub(super) fn evolve(member: Member, event: &MemberEvent) -> Member {
    match event {
        MemberEvent::MemberRegistered { person, email } => match member {
            Member::Unknown => {
                Member::Registered { person: person.clone(), email: email.clone(), points: Points::ZERO }
            }
            registered @ Member::Registered { .. } => registered,
        },
        MemberEvent::PointsSaved { balance, .. }
        | MemberEvent::PointsUsed { balance, .. }
        | MemberEvent::PointsTakenBack { balance, .. } => with_balance(member, *balance),
        MemberEvent::PointsRefused { .. } => member,
    }
}

fn with_balance(member: Member, points: Points) -> Member {
    match member {
        Member::Unknown => Member::Unknown,
        Member::Registered { person, email, .. } => Member::Registered { person, email, points },
    }
}
