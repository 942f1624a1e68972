//! Every order of answers of each kind of attempt, with repeats, contradictions, deadlines and decisions by hand put
//! in anywhere (T58, T62, T65), compared with what the rules say about the answers alone.

use std::collections::BTreeMap;

use super::{
    answer, bring_back, card, card_owing, card_with, clear, clearing_id, days_after_due, expire, rent,
    rent_id, resolve, return_id,
};
use crate::decider::Decider;
use crate::ids::ProcessId;
use crate::points::Points;
use crate::rental_card::attempt::{Direction, Status};
use crate::rental_card::{
    ItemState, Mismatch, RentalCard, RentalCardCommand, RentalCardEvent, RentalCardRefusal,
};
use crate::request::{Kind, Outcome, Participant, Step};
use crate::sample::{points, refused};

const BOTH: [Participant; 2] = [Participant::Book, Participant::Member];

#[test]
fn a_rent_follows_its_answers_in_every_order() {
    let orders = Walk::from(card().and(rent(1, 1)).state(), rent_id(1)).explore();
    assert!(orders > 1_000, "{orders} orders are too few to prove anything");
}

#[test]
fn a_return_follows_its_answers_in_every_order() {
    let card = card_with(&[1]).and(bring_back(101, 1, days_after_due(3)));
    let orders = Walk::from(card.state(), return_id(101)).explore();
    assert!(orders > 1_000, "{orders} orders are too few to prove anything");
}

#[test]
fn a_payment_follows_its_answers_in_every_order() {
    let orders = Walk::from(card_owing(3).and(clear(1, 30)).state(), clearing_id(1)).explore();
    assert!(orders > 10, "{orders} orders are too few to prove anything");
}

/// One order of answers, so far.
#[derive(Clone)]
struct Walk {
    card: RentalCard,
    process: ProcessId,
    events: Vec<RentalCardEvent>,
    first_answers: BTreeMap<(Participant, Step), bool>,
    repeats_left: usize,
    deadlines_left: usize,
    by_hand: Option<Direction>,
}

#[derive(Clone, Copy)]
enum Move {
    First(Participant, Step, bool),
    Repeat(Participant, Step, bool),
    Deadline,
    ByHand(Direction),
}

impl Walk {
    fn from(card: RentalCard, process: ProcessId) -> Self {
        let (events, first_answers) = (vec![], BTreeMap::new());
        Self { card, process, events, first_answers, repeats_left: 1, deadlines_left: 2, by_hand: None }
    }

    /// Goes every way from here and checks after each move; how many ways there were.
    fn explore(&self) -> usize {
        self.check();
        let ways: usize = self.moves().into_iter().map(|next| self.after(next).explore()).sum();
        ways.max(1)
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = vec![];
        for participant in self.participants() {
            for step in [Step::Do, Step::Undo] {
                let answered = self.first_answers.contains_key(&(participant, step));
                let asked = step == Step::Do || self.undo_requests(participant) > 0;
                for ok in [true, false] {
                    if asked && !answered {
                        moves.push(Move::First(participant, step, ok));
                    }
                    if answered && self.repeats_left > 0 {
                        moves.push(Move::Repeat(participant, step, ok));
                    }
                }
            }
        }
        if self.deadlines_left > 0 {
            moves.push(Move::Deadline);
        }
        if self.status() == Some(Status::NeedsReview) {
            moves.push(Move::ByHand(Direction::Cancel));
            if self.can_be_confirmed() {
                moves.push(Move::ByHand(Direction::Confirm));
            }
        }
        moves
    }

    fn after(&self, next: Move) -> Self {
        let mut walk = self.clone();
        match next {
            Move::First(participant, step, ok) => {
                walk.first_answers.insert((participant, step), ok);
                let events = walk.ask(&says(self.process, participant, step, ok)).unwrap();
                assert!(matches!(events.first(), Some(RentalCardEvent::AnswerRecorded { .. })));
            }
            Move::Repeat(participant, step, ok) => {
                walk.repeats_left -= 1;
                walk.repeat(&says(self.process, participant, step, ok));
            }
            Move::Deadline => {
                walk.deadlines_left -= 1;
                walk.ask(&expire(self.process)).unwrap();
            }
            Move::ByHand(direction) => {
                walk.ask(&resolve(self.process, direction)).unwrap();
                walk.by_hand = Some(direction);
            }
        }
        walk
    }

    /// A repeat leaves one bare event while the attempt is open and is turned down after that.
    fn repeat(&mut self, command: &RentalCardCommand) {
        let before = self.card.clone();
        match self.ask(command) {
            Ok(events) => assert!(matches!(events.as_slice(), [RentalCardEvent::AnswerRecorded { .. }])),
            Err(refusal) => {
                let mismatch = Mismatch::Process(self.process);
                assert_eq!(refusal, RentalCardRefusal::NoSuchAttempt { mismatch });
                assert!(self.status().is_none());
            }
        }
        assert_eq!(self.card, before);
    }

    fn ask(&mut self, command: &RentalCardCommand) -> Result<Vec<RentalCardEvent>, RentalCardRefusal> {
        let events = self.card.decide(command)?;
        self.card = events.iter().fold(self.card.clone(), RentalCard::evolve);
        self.events.extend(events.clone());
        Ok(events)
    }

    fn check(&self) {
        let direction = self.direction();
        let cancelled = direction == Some(Direction::Cancel);
        for participant in self.participants() {
            let done = self.first_answers.get(&(participant, Step::Do)) == Some(&true);
            let requests = self.undo_requests(participant);
            assert!(requests <= usize::from(done && self.process.kind() != Kind::Overdue));
            if cancelled && done && self.process.kind() != Kind::Overdue {
                assert_eq!(requests, 1, "what was done is undone: {:#?}", self.events);
            }
        }
        assert_eq!(
            self.compensations(),
            usize::from(self.by_hand.is_none() && cancelled && self.is_undone())
        );
        assert_eq!(self.status().is_some(), self.is_open(), "{:#?}", self.events);
        self.check_status(direction);
        self.check_card(direction);
    }

    /// A cancelled rent cannot be confirmed by hand; anything else in review can.
    fn can_be_confirmed(&self) -> bool {
        let answer = self.card.decide(&resolve(self.process, Direction::Confirm));
        let turned = self.process.kind() == Kind::Rent && self.direction() == Some(Direction::Cancel);
        let process = self.process;
        assert_eq!(answer.as_ref().err(), turned.then_some(&RentalCardRefusal::CannotConfirm { process }));
        answer.is_ok()
    }

    fn check_status(&self, direction: Option<Direction>) {
        match (self.status(), self.by_hand) {
            (None | Some(Status::NeedsReview), _) => {}
            (Some(status), Some(_)) => assert_eq!(status, Status::Resolved),
            (Some(status), None) => match direction {
                None => assert_eq!(status, Status::Started),
                Some(Direction::Cancel) => assert_eq!(status, Status::Compensating),
                Some(Direction::Confirm) => panic!("a confirmed attempt is still open: {:#?}", self.events),
            },
        }
    }

    /// The item and the fee are what the direction says.
    fn check_card(&self, direction: Option<Direction>) {
        let card = self.card.issued().unwrap();
        let state = card.items.first().map(|item| item.state.clone());
        let due = |owed: i64| if owed > 0 { points(owed) } else { Points::ZERO };
        match (self.process.kind(), direction) {
            (Kind::Rent, None) => assert_eq!((state, card.fee), (Some(ItemState::Pending), due(0))),
            (Kind::Rent, Some(Direction::Confirm)) => assert_eq!(state, Some(ItemState::Rented)),
            (Kind::Rent, Some(Direction::Cancel)) => assert_eq!(state, None),
            (Kind::Return, None) => assert!(matches!(state, Some(ItemState::ReturnPending { .. }))),
            (Kind::Return, Some(Direction::Confirm)) => {
                assert_eq!((state, card.fee, card.returned.len()), (None, due(30), 1));
            }
            (Kind::Return, Some(Direction::Cancel)) => {
                assert_eq!((state, card.fee), (Some(ItemState::Rented), due(0)));
            }
            (Kind::Overdue, Some(Direction::Confirm)) => assert_eq!(card.fee, due(0)),
            (Kind::Overdue, None | Some(Direction::Cancel)) => assert_eq!(card.fee, due(30)),
        }
    }

    /// Which way the rules send it, from the answers and the operator alone.
    fn direction(&self) -> Option<Direction> {
        let answers: Vec<_> =
            self.participants().map(|who| self.first_answers.get(&(who, Step::Do)).copied()).collect();
        if self.by_hand.is_some() {
            return self.by_hand;
        }
        if answers.contains(&Some(false)) {
            return Some(Direction::Cancel);
        }
        answers.iter().all(|answer| *answer == Some(true)).then_some(Direction::Confirm)
    }

    /// Whether the rules keep the attempt on the card.
    fn is_open(&self) -> bool {
        let silent = self.participants().any(|who| !self.first_answers.contains_key(&(who, Step::Do)))
            || self.participants().any(|who| {
                self.undo_requests(who) > 0 && !self.first_answers.contains_key(&(who, Step::Undo))
            });
        match (self.by_hand, self.direction()) {
            (Some(_), _) => silent,
            (None, None) => true,
            (None, Some(Direction::Confirm)) => false,
            (None, Some(Direction::Cancel)) => silent || !self.is_undone(),
        }
    }

    fn is_undone(&self) -> bool {
        self.participants().all(|who| match self.first_answers.get(&(who, Step::Do)) {
            None => false,
            Some(false) => true,
            Some(true) => self.first_answers.get(&(who, Step::Undo)) == Some(&true),
        })
    }

    fn participants(&self) -> impl Iterator<Item = Participant> {
        let kind = self.process.kind();
        BOTH.into_iter().filter(move |who| kind != Kind::Overdue || *who == Participant::Member)
    }

    fn undo_requests(&self, who: Participant) -> usize {
        let of = |event: &&RentalCardEvent| matches!(event, RentalCardEvent::UndoRequested { participant, .. } if *participant == who);
        self.events.iter().filter(of).count()
    }

    fn compensations(&self) -> usize {
        let is = |event: &&RentalCardEvent| matches!(event, RentalCardEvent::AttemptCompensated { .. });
        self.events.iter().filter(is).count()
    }

    fn status(&self) -> Option<Status> {
        self.card.issued().unwrap().attempts.get(&self.process).map(|attempt| attempt.status())
    }
}

fn says(process: ProcessId, participant: Participant, step: Step, ok: bool) -> RentalCardCommand {
    answer(process, participant, step, if ok { Outcome::Done } else { refused("no") })
}
