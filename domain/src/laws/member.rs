//! The laws of a member: two requests of each kind, small amounts, two names.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{Laws, config};
use crate::decider::Decider;
use crate::member::{Member, MemberCommand, MemberEvent};
use crate::points::Points;
use crate::request::Request;
use crate::sample::{amount, email, payment_of, person, rent_of, return_of};

const LAWS: Laws<Member> = Laws {
    is_bare: |_, event| match event {
        MemberEvent::PointsRefused { .. } => true,
        MemberEvent::PointsTakenBack { amount, .. } => *amount == Points::ZERO,
        MemberEvent::MemberRegistered { .. }
        | MemberEvent::PointsSaved { .. }
        | MemberEvent::PointsUsed { .. } => false,
    },
    is_lifecycle: |command| matches!(command, MemberCommand::Register { .. }),
};

fn asked() -> impl Strategy<Value = Request> {
    prop_oneof![
        (1..3_u128).prop_map(|n| rent_of(n, 1)),
        (1..3_u128).prop_map(|n| return_of(n, 1, 1)),
        (1..3_u128, 1..40_i64).prop_map(|(n, value)| payment_of(n, value)),
    ]
}

fn command() -> impl Strategy<Value = MemberCommand> {
    let register = (any::<bool>(), any::<bool>()).prop_map(|(other, with_email)| MemberCommand::Register {
        person: person("jenny", if other { "Jenny" } else { "제니" }),
        email: with_email.then(|| email("jenny@example.org")),
    });
    prop_oneof![
        register,
        (1..50_i64).prop_map(|value| MemberCommand::SavePoints { amount: amount(value) }),
        (1..50_i64).prop_map(|value| MemberCommand::UsePoints { amount: amount(value) }),
        asked().prop_map(|asked| MemberCommand::Award { asked }),
        asked().prop_map(|asked| MemberCommand::Pay { asked }),
        asked().prop_map(|asked| MemberCommand::TakeBackAward { asked }),
    ]
}

fn moved(event: &MemberEvent) -> Points {
    match event {
        MemberEvent::PointsSaved { amount, .. } => *amount,
        MemberEvent::PointsUsed { amount, .. } | MemberEvent::PointsTakenBack { amount, .. } => -*amount,
        MemberEvent::MemberRegistered { .. } | MemberEvent::PointsRefused { .. } => Points::ZERO,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_member_hears_and_settles_and_its_balance_is_the_sum_of_what_moved(commands in vec(command(), 0..40)) {
        let history = LAWS.history(commands);
        let sum = history.iter().map(moved).fold(Points::ZERO, |sum, points| sum + points);
        assert_eq!(Member::replay(&history).balance().unwrap_or(Points::ZERO), sum);
    }

    #[test]
    fn the_balance_falls_below_zero_only_by_an_undo(commands in vec(command(), 0..40)) {
        let mut member = Member::default();
        for command in commands {
            let before = member.balance().unwrap_or(Points::ZERO);
            let (after, events) = LAWS.obey(member, &command);
            let undone = matches!(events.as_slice(), [MemberEvent::PointsTakenBack { .. }]);
            let balance = after.balance().unwrap_or(Points::ZERO);
            assert!(balance >= Points::ZERO || undone || balance >= before);
            member = after;
        }
    }

    #[test]
    fn a_request_always_leaves_exactly_one_answer(commands in vec(command(), 0..20), asked in asked()) {
        let member = Member::replay(&LAWS.history(commands));
        let requests = [
            MemberCommand::Award { asked: asked.clone() },
            MemberCommand::Pay { asked: asked.clone() },
            MemberCommand::TakeBackAward { asked: asked.clone() },
        ];
        for request in requests {
            let events = member.decide(&request).unwrap();
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].answers().map(|(answered, _)| answered), Some(&asked));
        }
    }

    #[test]
    fn any_history_of_a_member_can_be_replayed(
        history in vec(command(), 0..40).prop_map(|commands| LAWS.history(commands))
            .prop_flat_map(|events| Just(events).prop_shuffle()),
    ) {
        let _member = Member::replay(&history);
    }
}
