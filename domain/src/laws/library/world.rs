//! Two members with cards, one of whom has no points account, three books, and the messages under way between them.

use std::collections::BTreeMap;

use super::Turn;
use crate::best_seller::{BestSeller, BestSellerCommand};
use crate::book::{Book, BookCommand, BookDetails, BookEvent};
use crate::decider::Decider;
use crate::ids::{BookNo, Month};
use crate::member::{Member, MemberCommand, MemberEvent};
use crate::points::Points;
use crate::rental_card::{Addressee, Answer, RentalCard, RentalCardCommand, RentalCardEvent};
use crate::request::{Kind, Outcome, Participant, Person, Rent, Request, Step};
use crate::sample::{
    amount, book_no, card_no, clearing, due_day, item, person, rent_day, rental, returning, title,
};

pub(super) const MEMBERS: usize = 3;
pub(super) const BOOKS: i64 = 3;

pub(super) struct World {
    pub(super) cards: Vec<RentalCard>,
    pub(super) members: Vec<Member>,
    pub(super) books: BTreeMap<BookNo, Book>,
    pub(super) best_sellers: BTreeMap<BookNo, BestSeller>,
    /// What happened to each card.
    pub(super) histories: Vec<Vec<RentalCardEvent>>,
    /// What operators saved and used.
    pub(super) by_hand: Vec<Points>,
    letters: Vec<Letter>,
    started: u128,
}

#[derive(Clone)]
enum Letter {
    Book(BookNo, BookCommand),
    Member(usize, MemberCommand),
    BestSeller(BookNo, BestSellerCommand),
    Card(usize, RentalCardCommand),
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            cards: vec![RentalCard::default(); MEMBERS],
            members: vec![Member::default(); MEMBERS],
            books: (1..=BOOKS).map(|no| (book_no(no), Book::default())).collect(),
            best_sellers: (1..=BOOKS).map(|no| (book_no(no), BestSeller::default())).collect(),
            histories: vec![vec![]; MEMBERS],
            by_hand: vec![Points::ZERO; MEMBERS],
            letters: vec![],
            started: 0,
        };
        for who in 0..MEMBERS {
            world.ask_card(who, &RentalCardCommand::IssueCard { card_no: card_no(), member: who_is(who) });
        }
        for who in 1..MEMBERS {
            world.ask_member(who, &MemberCommand::Register { person: who_is(who), email: None });
        }
        for no in 1..=BOOKS {
            world.ask_book(book_no(no), &BookCommand::Enter { details: details(no), available: no > 1 });
        }
        world
    }

    pub(super) fn take(&mut self, turn: &Turn) {
        self.started += 1;
        let fresh = self.started;
        match *turn {
            Turn::Rent { who, no } => {
                let (rental_id, item, on) = (rental(fresh), item(no), rent_day());
                self.ask_card(who, &RentalCardCommand::RentItem { rental_id, item, on });
            }
            Turn::Return { who, no, days_late } => {
                let on = due_day().saturating_add(jiff::Span::new().days(days_late));
                let (return_id, book_no) = (returning(fresh), book_no(no));
                self.ask_card(who, &RentalCardCommand::ReturnItem { return_id, book_no, on });
            }
            Turn::Clear { who } => {
                let points = self.cards[who].issued().map_or(1, |card| card.fee.value().max(1));
                let (clearing_id, points) = (clearing(fresh), amount(points));
                self.ask_card(who, &RentalCardCommand::ClearOverdue { clearing_id, points });
            }
            Turn::Save { who, points } => {
                self.move_points(who, &MemberCommand::SavePoints { amount: amount(points) });
            }
            Turn::Use { who, points } => {
                self.move_points(who, &MemberCommand::UsePoints { amount: amount(points) });
            }
            Turn::Shelve { no } => self.ask_book(book_no(no), &BookCommand::MakeAvailable),
            Turn::Withdraw { no } => self.ask_book(book_no(no), &BookCommand::Withdraw),
            Turn::Deadline { who, which } => {
                let open: Vec<_> = self.cards[who]
                    .issued()
                    .into_iter()
                    .flat_map(|card| card.attempts.keys())
                    .copied()
                    .collect();
                if !open.is_empty() {
                    self.ask_card(who, &RentalCardCommand::ExpireAttempt { process: *which.get(&open) });
                }
            }
            Turn::Deliver { which, twice } if !self.letters.is_empty() => {
                let letter = self.letters.swap_remove(which.index(self.letters.len()));
                if twice && matches!(letter, Letter::Card(..)) {
                    self.deliver(letter.clone());
                }
                self.deliver(letter);
            }
            Turn::Deliver { .. } => {}
        }
    }

    pub(super) fn deliver_all(&mut self) {
        while let Some(letter) = self.letters.pop() {
            self.deliver(letter);
        }
    }

    fn deliver(&mut self, letter: Letter) {
        match letter {
            Letter::Book(no, command) => self.ask_book(no, &command),
            Letter::Member(who, command) => self.ask_member(who, &command),
            Letter::BestSeller(no, command) => {
                if let Some(best_seller) = self.best_sellers.get_mut(&no) {
                    let Ok(events) = best_seller.decide(&command);
                    *best_seller = events.iter().fold(best_seller.clone(), BestSeller::evolve);
                }
            }
            Letter::Card(who, command) => self.ask_card(who, &command),
        }
    }

    fn move_points(&mut self, who: usize, command: &MemberCommand) {
        let before = self.members[who].balance().unwrap_or(Points::ZERO);
        self.ask_member(who, command);
        let after = self.members[who].balance().unwrap_or(Points::ZERO);
        self.by_hand[who] = self.by_hand[who] + (after - before);
    }

    /// A refusal of the card is for its caller; nothing is written and nothing follows.
    fn ask_card(&mut self, who: usize, command: &RentalCardCommand) {
        for event in self.cards[who].decide(command).unwrap_or_default() {
            self.cards[who] = self.cards[who].clone().evolve(&event);
            self.letters.extend(letters_of(who, &event));
            self.histories[who].push(event);
        }
    }

    fn ask_member(&mut self, who: usize, command: &MemberCommand) {
        for event in self.members[who].decide(command).unwrap_or_default() {
            self.members[who] = self.members[who].clone().evolve(&event);
            let refusal = match &event {
                MemberEvent::PointsRefused { reason, .. } => Some(reason),
                MemberEvent::MemberRegistered { .. }
                | MemberEvent::PointsSaved { .. }
                | MemberEvent::PointsUsed { .. }
                | MemberEvent::PointsTakenBack { .. } => None,
            };
            let outcome = outcome(refusal);
            self.letters.extend(event.answers().map(|answer| reply(Participant::Member, answer, outcome)));
        }
    }

    fn ask_book(&mut self, no: BookNo, command: &BookCommand) {
        let Some(book) = self.books.get_mut(&no) else { return };
        for event in book.decide(command).unwrap_or_default() {
            *book = book.clone().evolve(&event);
            let refusal = match &event {
                BookEvent::LendingRefused { reason, .. }
                | BookEvent::TakingBackRefused { reason, .. }
                | BookEvent::UndoRefused { reason, .. } => Some(reason),
                _ => None,
            };
            let outcome = outcome(refusal);
            self.letters.extend(event.answers().map(|answer| reply(Participant::Book, answer, outcome)));
        }
    }
}

fn outcome(refusal: Option<&crate::text::Reason>) -> Outcome {
    refusal.map_or(Outcome::Done, |reason| Outcome::Refused { reason: reason.clone() })
}

fn reply(participant: Participant, (asked, step): (&Request, Step), outcome: Outcome) -> Letter {
    let who = (0..MEMBERS).find(|&who| who_is(who) == asked.member).unwrap();
    let answer = Answer {
        to: Addressee::Process(asked.process()),
        participant,
        step,
        outcome,
        member_id: asked.member.id.clone(),
        book_no: asked.item().map(|item| item.no),
    };
    Letter::Card(who, RentalCardCommand::RecordAnswer(answer))
}

/// What a card's event asks of the others.
fn letters_of(who: usize, event: &RentalCardEvent) -> Vec<Letter> {
    match event.clone() {
        RentalCardEvent::ItemRented { asked, .. } => {
            let Rent { rental_id, item, rented_on } = asked.what.clone();
            let (asked, month) = (asked.of_any_kind(), Month::of(rented_on));
            let count = BestSellerCommand::CountRental { rental_id, month, item: item.clone() };
            vec![
                Letter::Book(item.no, BookCommand::Lend { asked: asked.clone() }),
                Letter::Member(who, MemberCommand::Award { asked }),
                Letter::BestSeller(item.no, count),
            ]
        }
        RentalCardEvent::RentCancelled { asked, .. } => {
            let Rent { rental_id, item, rented_on } = asked.what;
            let (no, month) = (item.no, Month::of(rented_on));
            vec![Letter::BestSeller(no, BestSellerCommand::UncountRental { rental_id, month, item })]
        }
        RentalCardEvent::ItemReturned { asked, .. } => {
            let (no, asked) = (asked.what.item.no, asked.of_any_kind());
            vec![
                Letter::Book(no, BookCommand::TakeBack { asked: asked.clone() }),
                Letter::Member(who, MemberCommand::Award { asked }),
            ]
        }
        RentalCardEvent::ClearingRequested { asked } => {
            vec![Letter::Member(who, MemberCommand::Pay { asked: asked.of_any_kind() })]
        }
        RentalCardEvent::UndoRequested { participant: Participant::Member, asked } => {
            vec![Letter::Member(who, MemberCommand::TakeBackAward { asked })]
        }
        RentalCardEvent::UndoRequested { participant: Participant::Book, asked } => {
            let no = asked.item().map(|item| item.no).unwrap();
            match asked.kind() {
                Kind::Rent => vec![Letter::Book(no, BookCommand::UndoLend { asked })],
                Kind::Return => vec![Letter::Book(no, BookCommand::UndoTakeBack { asked })],
                Kind::Overdue => panic!("a payment asks no book"),
            }
        }
        _ => vec![],
    }
}

fn who_is(who: usize) -> Person {
    person(&format!("member-{who}"), &format!("Member {who}"))
}

fn details(no: i64) -> BookDetails {
    BookDetails {
        no: book_no(no),
        title: title(&format!("Book {no}")),
        author: None,
        description: None,
        isbn: None,
        publication_date: None,
        source: None,
        classification: None,
        location: None,
    }
}
