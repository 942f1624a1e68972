//! The laws of a card: seven books, a few weeks, answers of all kinds to whatever is open.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::Index;

use super::{Laws, config};
use crate::decider::Decider;
use crate::ids::ProcessId;
use crate::points::Points;
use crate::policy;
use crate::rental_card::attempt::{Direction, Part, Status};
use crate::rental_card::{
    Addressee, Answer, IssuedCard, ItemState, RentalCard, RentalCardCommand, RentalCardEvent,
};
use crate::request::{Kind, Outcome, Participant, Step};
use crate::sample::{
    amount, book_no, card_no, clearing, item, jenny, reason, refused, rent_day, rental, returning,
};

const LAWS: Laws<RentalCard> = Laws {
    is_bare: |_, event| matches!(event, RentalCardEvent::AnswerRecorded { .. }),
    is_lifecycle: |command| match command {
        RentalCardCommand::IssueCard { .. }
        | RentalCardCommand::MarkOverdue { .. }
        | RentalCardCommand::ExpireAttempt { .. } => true,
        RentalCardCommand::RentItem { .. }
        | RentalCardCommand::ReturnItem { .. }
        | RentalCardCommand::ClearOverdue { .. }
        | RentalCardCommand::RecordAnswer(_)
        | RentalCardCommand::ResolveAttempt { .. } => false,
    },
};

/// What somebody wants; which attempt and how much is seen when the card is at hand.
#[derive(Debug, Clone)]
enum Wish {
    Rent { no: i64 },
    Return { no: i64, day: i32 },
    MarkOverdue { no: i64, day: i32 },
    Clear { short: bool },
    Answer { which: Index, participant: Participant, step: Step, ok: bool, plain: bool },
    Expire { which: Index },
    Resolve { which: Index, confirm: bool },
}

fn wish() -> impl Strategy<Value = Wish> {
    let participant = || prop_oneof![Just(Participant::Book), Just(Participant::Member)];
    let step = || prop_oneof![3 => Just(Step::Do), 2 => Just(Step::Undo)];
    let answer =
        (any::<Index>(), participant(), step(), proptest::bool::weighted(0.8), any::<bool>()).prop_map(
            |(which, participant, step, ok, plain)| Wish::Answer { which, participant, step, ok, plain },
        );
    prop_oneof![
        5 => (1..8_i64).prop_map(|no| Wish::Rent { no }),
        4 => (1..8_i64, -1..60_i32).prop_map(|(no, day)| Wish::Return { no, day }),
        1 => (1..8_i64, 0..60_i32).prop_map(|(no, day)| Wish::MarkOverdue { no, day }),
        2 => proptest::bool::weighted(0.2).prop_map(|short| Wish::Clear { short }),
        20 => answer,
        2 => any::<Index>().prop_map(|which| Wish::Expire { which }),
        2 => (any::<Index>(), any::<bool>()).prop_map(|(which, confirm)| Wish::Resolve { which, confirm }),
    ]
}

fn issue() -> RentalCardCommand {
    RentalCardCommand::IssueCard { card_no: card_no(), member: jenny() }
}

impl Wish {
    /// The command for this card; `fresh` makes the ids of what starts now.
    fn of(&self, card: &IssuedCard, fresh: u128) -> RentalCardCommand {
        let day = |day: i32| rent_day().saturating_add(jiff::Span::new().days(day));
        match *self {
            Self::Rent { no } => {
                RentalCardCommand::RentItem { rental_id: rental(fresh), item: item(no), on: rent_day() }
            }
            Self::Return { no, day: on } => RentalCardCommand::ReturnItem {
                return_id: returning(fresh),
                book_no: book_no(no),
                on: day(on),
            },
            Self::MarkOverdue { no, day: on } => {
                RentalCardCommand::MarkOverdue { book_no: book_no(no), on: day(on) }
            }
            Self::Clear { short } => {
                let offered = (card.fee.value() - i64::from(short)).max(1);
                RentalCardCommand::ClearOverdue { clearing_id: clearing(fresh), points: amount(offered) }
            }
            Self::Answer { which, participant, step, ok, plain } => {
                let process = open(card, which);
                let outcome = if ok { Outcome::Done } else { refused("no") };
                answer(card, process, participant, step, outcome, plain)
            }
            Self::Expire { which } => RentalCardCommand::ExpireAttempt { process: open(card, which) },
            Self::Resolve { which, confirm } => RentalCardCommand::ResolveAttempt {
                process: open(card, which),
                direction: if confirm { Direction::Confirm } else { Direction::Cancel },
                reason: reason("seen at the shelf"),
            },
        }
    }
}

fn open(card: &IssuedCard, which: Index) -> ProcessId {
    let open: Vec<_> = card.attempts.keys().copied().collect();
    if open.is_empty() { ProcessId::Rent(rental(0)) } else { *which.get(&open) }
}

fn answer(
    card: &IssuedCard,
    process: ProcessId,
    participant: Participant,
    step: Step,
    outcome: Outcome,
    plain: bool,
) -> RentalCardCommand {
    let asked = card.attempts.get(&process).map(|attempt| &attempt.asked);
    RentalCardCommand::RecordAnswer(Answer {
        to: if plain { Addressee::OnlyOne(process.kind()) } else { Addressee::Process(process) },
        participant,
        step,
        outcome,
        member_id: jenny().id,
        book_no: asked.and_then(|asked| asked.item()).map(|item| item.no),
    })
}

/// Lives through all wishes and checks the card after each; gives the card and its history.
fn live(wishes: &[Wish]) -> (RentalCard, Vec<RentalCardEvent>) {
    let (mut card, mut history) = LAWS.obey(RentalCard::default(), &issue());
    for (wish, fresh) in wishes.iter().zip(1..) {
        let before = card.issued().unwrap().held_count();
        let command = wish.of(card.issued().unwrap(), fresh);
        let (after, events) = LAWS.obey(card, &command);
        history.extend(events.iter().cloned());
        if matches!(events.as_slice(), [RentalCardEvent::ItemRented { .. }]) {
            assert!(before < policy::BOOKS_MAX, "a sixth book was rented");
        }
        check(after.issued().unwrap(), &history);
        card = after;
    }
    (card, history)
}

fn check(card: &IssuedCard, history: &[RentalCardEvent]) {
    assert!(card.fee >= Points::ZERO, "the fee is {}", card.fee);
    assert_eq!(card.fee, owed(history), "the fee is that of the late returns less what was cleared");
    for (at, item) in card.items.iter().enumerate() {
        let others = &card.items[at + 1..];
        assert!(
            others.iter().all(|other| other.item.no != item.item.no && other.rental_id != item.rental_id)
        );
        let undecided = |process| card.attempts[&process].progress.direction.is_none();
        match item.state {
            ItemState::Pending => assert!(undecided(ProcessId::Rent(item.rental_id))),
            ItemState::ReturnPending { return_id, .. } => assert!(undecided(ProcessId::Return(return_id))),
            ItemState::Rented => {}
        }
    }
    for (process, attempt) in &card.attempts {
        assert_eq!(*process, attempt.process());
        assert!(!attempt.progress.is_over());
        let undo_refused = |who| attempt.progress.part(who) == Some(Part::UndoRefused);
        let visible = attempt.status() == Status::NeedsReview || attempt.status() == Status::Resolved;
        assert!(visible || ![Participant::Book, Participant::Member].into_iter().any(undo_refused));
    }
    if card.clearing().is_some() {
        assert!(card.items.is_empty() && card.is_suspended());
    }
    assert!(card.returned.len() <= policy::RETURNED_KEPT);
}

fn owed(history: &[RentalCardEvent]) -> Points {
    let mut cancelled = vec![];
    history.iter().fold(Points::ZERO, |owed, event| match event {
        RentalCardEvent::ItemReturned { late_fee, .. } => owed + *late_fee,
        RentalCardEvent::ReturnCancelled { late_fee, return_id, .. } => {
            cancelled.push(*return_id);
            owed - *late_fee
        }
        RentalCardEvent::ReturnConfirmed { late_fee, return_id, .. } if cancelled.contains(return_id) => {
            owed + *late_fee
        }
        RentalCardEvent::FeeCleared { points, .. } => owed - *points,
        _ => owed,
    })
}

/// Everybody answers, and an operator cancels what is left: as every attempt ends in the end.
fn settle(mut card: RentalCard) -> RentalCard {
    for _ in 0..4 {
        let open: Vec<_> = card.issued().unwrap().attempts.keys().copied().collect();
        for process in open {
            for participant in [Participant::Book, Participant::Member] {
                for step in [Step::Do, Step::Undo] {
                    let issued = card.issued().unwrap();
                    let command = answer(issued, process, participant, step, Outcome::Done, false);
                    card = LAWS.obey(card, &command).0;
                }
            }
            let (direction, reason) = (Direction::Cancel, reason("seen at the shelf"));
            card = LAWS.obey(card, &RentalCardCommand::ResolveAttempt { process, direction, reason }).0;
        }
    }
    card
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_card_hears_and_settles_and_keeps_its_invariants(wishes in vec(wish(), 0..80)) {
        let (card, history) = live(&wishes);
        assert_eq!(RentalCard::replay(&history), card);
    }

    #[test]
    fn every_attempt_of_a_card_ends_and_leaves_it(wishes in vec(wish(), 0..60)) {
        let card = settle(live(&wishes).0);
        let card = card.issued().unwrap();
        assert!(card.attempts.is_empty(), "bounded: {:#?}", card.attempts);
        assert!(card.items.iter().all(|item| item.state == ItemState::Rented));
    }

    #[test]
    fn an_answer_is_recorded_by_one_event_first_or_turned_down(
        wishes in vec(wish(), 0..40), which in any::<Index>(), ok in any::<bool>(),
    ) {
        let (card, _) = live(&wishes);
        let issued = card.issued().unwrap();
        let outcome = if ok { Outcome::Done } else { refused("no") };
        let command = answer(issued, open(issued, which), Participant::Member, Step::Do, outcome, false);
        match card.decide(&command) {
            Ok(events) => {
                let recorded = |event: &RentalCardEvent| matches!(event, RentalCardEvent::AnswerRecorded { .. });
                assert!(recorded(&events[0]) && !events[1..].iter().any(recorded));
            }
            Err(_refusal) => assert!(issued.attempts.is_empty()),
        }
    }

    #[test]
    fn any_history_of_a_card_can_be_replayed(
        history in vec(wish(), 0..60).prop_map(|wishes| live(&wishes).1)
            .prop_flat_map(|events| Just(events).prop_shuffle()),
        begins in any::<bool>(),
    ) {
        let first = begins.then(|| RentalCardEvent::CardIssued { card_no: card_no(), member: jenny() });
        let _card = RentalCard::replay(first.iter().chain(&history));
    }
}

/// The small world is large enough: every kind of end is reached by it.
#[test]
fn the_random_wishes_reach_every_event_of_a_card() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::new(config());
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..256 {
        let wishes = vec(wish(), 40..80).new_tree(&mut runner).unwrap().current();
        let (card, history) = live(&wishes);
        seen.extend(history.iter().map(name));
        assert!(card.issued().is_some());
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
}

fn name(event: &RentalCardEvent) -> String {
    let shown = format!("{event:?}");
    shown.split([' ', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn the_kinds_of_attempt_are_told_apart_by_what_was_asked() {
    let kinds = [
        (crate::sample::payment_of(1, 10), Kind::Overdue),
        (crate::sample::rent_of(1, 1), Kind::Rent),
        (crate::sample::return_of(1, 1, 1), Kind::Return),
    ];
    for (asked, kind) in kinds {
        assert_eq!(asked.kind(), kind);
        assert_eq!(asked.item().is_some(), kind != Kind::Overdue);
        assert_eq!(asked.rental_id().is_some(), asked.rented_on().is_some());
    }
}
