//! The visitors: what they believe they hold and owe, and what they do next.

use application::codec::Named;
use application::ports::loan_view::LoanState;
use jiff::Span;
use jiff::civil::Date;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::super::ClientError;
use super::super::desk::{Card, Told};
use super::action::{Action, Came, Looked, Request};

/// How many tries to find somebody who can do what was thought of, before it is asked for all the same.
const TRIES: usize = 8;
/// Books on a card at most, as far as visitors know.
const BOOKS_MAX: usize = 5;
/// A rent of so many days costs nothing.
const FREE_DAYS: i64 = 14;

/// All visitors of a run, and the dice they throw.
#[derive(Debug)]
pub(super) struct Visitors {
    all: Vec<Visitor>,
    books: Vec<i64>,
    today: Option<Date>,
    /// Whether rents are said to have happened on different days.
    over_weeks: bool,
    dice: SmallRng,
    asked: u64,
}

/// One visitor. Beliefs may be wrong: then a request is refused, and that is learnt from.
#[derive(Debug, Clone, Default)]
struct Visitor {
    id: String,
    held: Vec<i64>,
    fee: i64,
}

impl Visitors {
    pub(super) fn new(members: Vec<String>, books: Vec<i64>, today: Option<Date>, seed: u64) -> Self {
        let all = members.into_iter().map(|id| Visitor { id, ..Visitor::default() }).collect();
        Self { all, books, today, over_weeks: false, dice: SmallRng::seed_from_u64(seed), asked: 0 }
    }

    /// The same, each with a day of its own within the last three weeks and a half on which it rents: some of what they
    /// hold is late.
    pub(super) fn over_weeks(self) -> Self {
        Self { over_weeks: true, ..self }
    }

    /// What is asked for next.
    pub(super) fn next(&mut self, run: &str) -> Request {
        let deed = self.deed();
        self.asked += 1;
        let id = self.all[deed.member()].id.clone();
        let days_ago = if self.over_weeks { deed.member() as i64 * 5 % 24 } else { 0 };
        let rented_on = self.today.map(|today| today.saturating_sub(Span::new().days(days_ago)));
        Request { deed, id, key: format!("{run}-{}", self.asked), rented_on }
    }

    /// Whether the same is to be asked for once more.
    pub(super) fn repeats(&mut self) -> bool {
        self.one_in(20)
    }

    /// Takes over what an answer says.
    pub(super) fn learn(&mut self, deed: &Action, answer: &Result<Came, ClientError>) {
        let visitor = &mut self.all[deed.member()];
        match answer {
            Ok(came) => visitor.heard(deed, came),
            Err(error) => {
                if let Some(problem) = error.problem() {
                    visitor.was_refused(deed, &problem.slug, problem.number("lateFee"));
                }
            }
        }
    }

    fn deed(&mut self) -> Action {
        match self.dice.random_range(0..100) {
            0..40 => self.rent(),
            40..68 => self.give_back(),
            68..76 => self.clear(),
            76..84 => self.save(),
            _ => self.read(),
        }
    }

    fn rent(&mut self) -> Action {
        let may = |visitor: &Visitor| visitor.fee == 0 && visitor.held.len() < BOOKS_MAX;
        let member = self.somebody(may);
        let book = self.books[self.dice.random_range(0..self.books.len())];
        Action::Rent { member, book, wait: self.one_in(3) }
    }

    fn give_back(&mut self) -> Action {
        let member = self.somebody(|visitor| !visitor.held.is_empty());
        let held = &self.all[member].held;
        let Some(&book) = held.get(self.dice.random_range(0..held.len().max(1))) else { return self.read() };
        // One in eight is late, up to a month.
        let days = if self.one_in(8) {
            FREE_DAYS + self.dice.random_range(1..=31)
        } else {
            self.dice.random_range(0..=FREE_DAYS)
        };
        Action::Return { member, book, days, wait: self.one_in(3) }
    }

    /// Who owes and holds nothing pays; who still holds something brings it back first.
    fn clear(&mut self) -> Action {
        let member = self.somebody(|visitor| visitor.fee > 0);
        let Visitor { held, fee, .. } = &self.all[member];
        match (held.first(), *fee) {
            (_, 0) => Action::Read { member, what: Looked::Card },
            (None, points) => Action::Clear { member, points, wait: self.one_in(2) },
            (Some(&book), _) => Action::Return { member, book, days: 0, wait: false },
        }
    }

    /// Who owes needs points most.
    fn save(&mut self) -> Action {
        let member = self.somebody(|visitor| visitor.fee > 0);
        Action::Save { member, amount: self.dice.random_range(1..=200) }
    }

    fn read(&mut self) -> Action {
        let member = self.dice.random_range(0..self.all.len());
        let what = match self.dice.random_range(0..8) {
            0..5 => Looked::Card,
            5 => Looked::Ledger,
            6 => Looked::Books,
            _ => Looked::BestSellers,
        };
        Action::Read { member, what }
    }

    /// Somebody of whom this is true, or after some tries anybody: a service has to bear that, too.
    fn somebody(&mut self, wanted: impl Fn(&Visitor) -> bool) -> usize {
        let mut member = 0;
        for _ in 0..TRIES {
            member = self.dice.random_range(0..self.all.len());
            if wanted(&self.all[member]) {
                break;
            }
        }
        member
    }

    fn one_in(&mut self, sides: u32) -> bool {
        self.dice.random_ratio(1, sides)
    }
}

impl Visitor {
    fn heard(&mut self, deed: &Action, came: &Came) {
        match (deed, came) {
            (Action::Rent { book, .. }, Came::Started(accepted)) if accepted.told != Told::Cancelled => {
                self.takes(*book);
            }
            (Action::Return { book, .. }, Came::Started(accepted)) if accepted.told != Told::Cancelled => {
                self.gives(*book);
                // An answer that waited shows the process, and not the fee; the next look at the card does.
                self.fee += accepted.late_fee;
            }
            (Action::Clear { .. }, Came::Started(accepted)) if accepted.told == Told::Completed => {
                self.fee = 0
            }
            (_, Came::Card(card)) => self.sees(card),
            (_, Came::Started(_) | Came::Done(_) | Came::Shown) => {}
        }
    }

    fn was_refused(&mut self, deed: &Action, slug: &str, late_fee: Option<i64>) {
        match (slug, deed) {
            ("card-suspended" | "fee-mismatch", _) => self.fee = late_fee.unwrap_or(self.fee),
            ("no-fee", _) => self.fee = 0,
            ("book-not-held", Action::Return { book, .. }) => self.gives(*book),
            ("book-already-held", Action::Rent { book, .. }) => self.takes(*book),
            _ => {}
        }
    }

    fn sees(&mut self, card: &Card) {
        self.fee = card.late_fee;
        let held = card.held.iter().filter(|held| held.state != LoanState::ReturnPending.name());
        self.held = held.map(|held| held.book_no).collect();
    }

    fn takes(&mut self, book: i64) {
        if !self.held.contains(&book) {
            self.held.push(book);
        }
    }

    fn gives(&mut self, book: i64) {
        self.held.retain(|held| *held != book);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitors(seed: u64) -> Visitors {
        Visitors::new(vec!["a".into(), "b".into()], vec![1, 2, 3], None, seed)
    }

    #[test]
    fn the_same_seed_makes_the_same_choices() {
        let deeds = |seed| {
            let mut visitors = visitors(seed);
            (0..200).map(|_| visitors.deed()).collect::<Vec<_>>()
        };
        assert_eq!(deeds(7), deeds(7));
        assert_ne!(deeds(7), deeds(8));
    }

    #[test]
    fn every_request_has_a_key_of_its_own() {
        let mut visitors = visitors(1);
        let keys: std::collections::BTreeSet<_> = (0..100).map(|_| visitors.next("run").key).collect();
        assert_eq!(keys.len(), 100);
    }

    #[test]
    fn what_a_card_shows_replaces_what_was_believed() {
        let mut visitor = Visitor { held: vec![1], fee: 0, ..Visitor::default() };
        let held = |no, state: &str| super::super::super::desk::Held { book_no: no, state: state.to_owned() };
        visitor.sees(&Card { late_fee: 30, held: vec![held(2, "RENTED"), held(3, "RETURN_PENDING")] });
        assert_eq!((visitor.held, visitor.fee), (vec![2], 30));
    }
}
